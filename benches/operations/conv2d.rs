//! Convolution in two dimensions: forward, and forward with the gradients of all three inputs.

use std::hint::black_box;

use burn::prelude::*;
use burn::tensor::Distribution;
use burn::tensor::ops::ConvOptions;
use criterion::Criterion;
use firebrick_backend::Conv2dOptions;

use crate::sides::group;

/// One convolution of a workload: `[B, C, H, W]` in, `[O, C / groups, k, k]` weights.
struct Case {
    name: &'static str,
    input: [usize; 4],
    filters: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    groups: usize,
}

/// The two of Keras's simple convnet, a strided one as in a discriminator, a depthwise one.
const CASES: [Case; 4] = [
    Case::new("1to32_28x28_k3", [128, 1, 28, 28], 32, 3),
    Case::new("32to64_13x13_k3", [128, 32, 13, 13], 64, 3),
    Case::new("64to128_14x14_k4_s2", [64, 64, 14, 14], 128, 4).with_stride(2, 1),
    Case::new("64_14x14_k3_depthwise", [64, 64, 14, 14], 64, 3).with_groups(64),
];

type Engine = (&'static str, fn(Tensor<4>, Tensor<4>, Tensor<1>, &Case) -> Tensor<4>);

const ENGINES: [Engine; 2] = [("firebrick", ours), ("burn", burns)];

impl Case {
    const fn new(name: &'static str, input: [usize; 4], filters: usize, kernel: usize) -> Self {
        Self { name, input, filters, kernel, stride: 1, padding: 0, groups: 1 }
    }

    const fn with_stride(mut self, stride: usize, padding: usize) -> Self {
        self.stride = stride;
        self.padding = padding;
        self
    }

    const fn with_groups(mut self, groups: usize) -> Self {
        self.groups = groups;
        self
    }

    fn tensors(&self, device: &Device) -> (Tensor<4>, Tensor<4>, Tensor<1>) {
        let weight = [self.filters, self.input[1] / self.groups, self.kernel, self.kernel];
        let normal = Distribution::Normal(0.0, 1.0);
        (
            Tensor::random(self.input, normal, device),
            Tensor::random(weight, normal, device),
            Tensor::random([self.filters], normal, device),
        )
    }
}

fn ours(x: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>, case: &Case) -> Tensor<4> {
    let options = Conv2dOptions::default()
        .with_stride([case.stride; 2])
        .with_padding([[case.padding; 2]; 2])
        .with_groups(case.groups);
    firebrick_backend::conv2d(x, weight, Some(bias), options)
}

fn burns(x: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>, case: &Case) -> Tensor<4> {
    let options = ConvOptions::new([case.stride; 2], [case.padding; 2], [1, 1], case.groups);
    burn::tensor::module::conv2d(x, weight, Some(bias), options)
}

/// The forward pass alone, without autodiff.
pub(crate) fn forward(criterion: &mut Criterion) {
    let device = Device::flex();
    for case in &CASES {
        let mut group = group(criterion, "conv2d", case.name, case.input[0]);
        let (x, weight, bias) = case.tensors(&device);
        for (name, engine) in ENGINES {
            group.bench_function(name, |bencher| {
                bencher.iter(|| black_box(engine(x.clone(), weight.clone(), bias.clone(), case)));
            });
        }
        group.finish();
    }
}

/// Forward, sum, and the gradients of input, weight and bias.
pub(crate) fn backward(criterion: &mut Criterion) {
    let device = Device::flex().autodiff();
    for case in &CASES {
        let mut group = group(criterion, "conv2d_backward", case.name, case.input[0]);
        let (x, weight, bias) = case.tensors(&device);
        let (x, weight, bias) = (x.require_grad(), weight.require_grad(), bias.require_grad());
        for (name, engine) in ENGINES {
            group.bench_function(name, |bencher| {
                bencher.iter(|| {
                    let y = engine(x.clone(), weight.clone(), bias.clone(), case);
                    black_box(y.sum().backward())
                });
            });
        }
        group.finish();
    }
}
