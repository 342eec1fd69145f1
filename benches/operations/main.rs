//! Criterion benchmarks of single operations: ours beside Burn's own, on the shapes of the
//! reference workloads.
//!
//! `cargo xtask bench [filter]`; a filter is a part of `operation/case/engine`.

mod conv2d;
mod recurrent;

use criterion::{criterion_group, criterion_main};
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

criterion_group!(operations, conv2d::forward, conv2d::backward, recurrent::forward, recurrent::backward);
criterion_main!(operations);
