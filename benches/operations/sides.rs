//! One operation of pictures in ours and in Burn's own, forward alone and with all gradients.

use std::hint::black_box;
use std::time::Duration;

use burn::prelude::*;
use burn::tensor::Distribution;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};

/// An operation with its weights.
pub(crate) type Operation = Box<dyn Fn(Tensor<4>) -> Tensor<4>>;

/// A case of an operation: its name, the shape of the input, and both sides, made with their weights.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) input: [usize; 4],
    pub(crate) ours: fn(&Device) -> Operation,
    pub(crate) burns: fn(&Device) -> Operation,
}

impl Case {
    fn sides(&self, device: &Device) -> [(&'static str, Operation); 2] {
        [("firebrick", (self.ours)(device)), ("burn", (self.burns)(device))]
    }

    fn input(&self, device: &Device) -> Tensor<4> {
        normal(self.input, device)
    }
}

/// Numbers of a normal distribution.
pub(crate) fn normal<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
}

/// Weights that take part in a gradient where the device has one.
pub(crate) fn weights<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    let weights = normal(shape, device) * 0.1;
    if device.is_autodiff() { weights.require_grad() } else { weights }
}

/// The forward pass without autodiff, then, as `OPERATION_backward`, forward, sum, and all gradients.
pub(crate) fn compare(criterion: &mut Criterion, operation: &str, cases: &[Case]) {
    for case in cases {
        let device = Device::flex();
        let mut group = group(criterion, operation, case.name, case.input[0]);
        let x = case.input(&device);
        for (side, operation) in case.sides(&device) {
            group.bench_function(side, |bencher| bencher.iter(|| black_box(operation(x.clone()))));
        }
        group.finish();
    }
    for case in cases {
        let device = Device::flex().autodiff();
        let mut group = group(criterion, &format!("{operation}_backward"), case.name, case.input[0]);
        let x = case.input(&device).require_grad();
        for (side, operation) in case.sides(&device) {
            group.bench_function(side, |bencher| bencher.iter(|| black_box(operation(x.clone()).sum().backward())));
        }
        group.finish();
    }
}

/// A group of both sides, `OPERATION/CASE`, for a batch of so many samples.
pub(crate) fn group<'a>(
    criterion: &'a mut Criterion,
    operation: &str,
    case: &str,
    samples: usize,
) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(format!("{operation}/{case}"));
    group.throughput(Throughput::Elements(samples as u64));
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    group
}
