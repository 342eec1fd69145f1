//! Criterion benchmarks of single operations: ours beside Burn's own, on the shapes of the
//! reference workloads.
//!
//! `cargo xtask bench [filter]`; a filter is a part of `operation/case/engine`.

mod averages;
mod conv2d;
mod optimizers;
mod pictures;
mod recurrent;
mod sides;

use criterion::{criterion_group, criterion_main};
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

criterion_group!(
    operations,
    averages::lerp,
    averages::sum_of_squares,
    conv2d::forward,
    conv2d::backward,
    optimizers::steps,
    optimizers::table,
    optimizers::embedding,
    pictures::activations,
    pictures::pooling,
    pictures::batch_norm,
    pictures::dropout,
    pictures::blocks,
    pictures::transposed,
    recurrent::forward,
    recurrent::backward
);
criterion_main!(operations);
