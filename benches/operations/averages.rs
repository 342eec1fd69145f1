//! One pass over a large tensor: a running average takes in its value, the sum of its squares.

use std::hint::black_box;
use std::time::Duration;

use burn::prelude::*;
use burn::tensor::Distribution;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};

/// A layer of a large perceptron.
const SIZE: [usize; 2] = [1024, 1024];

fn group<'a>(criterion: &'a mut Criterion, operation: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(format!("{operation}/{}x{}", SIZE[0], SIZE[1]));
    group.throughput(Throughput::Elements(SIZE.iter().product::<usize>() as u64));
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    group
}

fn random() -> Tensor<2> {
    Tensor::random(SIZE, Distribution::Default, &Device::flex())
}

/// A moving average, in place.
pub(crate) fn lerp(criterion: &mut Criterion) {
    let mut group = group(criterion, "lerp");
    let value = random();
    let mut average = Some(random());
    group.bench_function("firebrick", |bencher| {
        bencher.iter(|| average = average.take().map(|average| firebrick_backend::lerp(average, value.clone(), 0.001)));
    });
    group.bench_function("burn", |bencher| {
        let moved = |average: Tensor<2>| average.clone() + (value.clone() - average).mul_scalar(0.001);
        bencher.iter(|| average = average.take().map(moved));
    });
    group.finish();
}

/// What a norm is the root of.
pub(crate) fn sum_of_squares(criterion: &mut Criterion) {
    let mut group = group(criterion, "sum_of_squares");
    let x = random();
    group.bench_function("firebrick", |bencher| {
        bencher.iter(|| black_box(firebrick_backend::sum_of_squares(x.clone())));
    });
    group.bench_function("burn", |bencher| bencher.iter(|| black_box((x.clone() * x.clone()).sum())));
    group.finish();
}
