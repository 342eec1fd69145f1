//! What comes after a convolution: activations, pooling, normalisation, and all of it as one operation.

use burn::prelude::*;
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, ConvTransposeOptions, MaxPoolOptions};
use burn::tensor::{Distribution, activation as f, module};
use criterion::Criterion;
use firebrick_backend::{
    self as backend, Activation, BatchNormOptions, Conv2dBlockOptions, Conv2dOptions, ConvTranspose2dOptions,
    Pool2dOptions,
};

use crate::sides::{Case, Operation, compare, weights};

const EPSILON: f64 = 1e-5;
const RATE: f64 = 0.5;

/// After the first convolution of Keras's simple convnet.
const MAPS: [usize; 4] = [128, 32, 26, 26];

fn boxed(operation: impl Fn(Tensor<4>) -> Tensor<4> + 'static) -> Operation {
    Box::new(operation)
}

/// The activations that networks of pictures use most.
pub(crate) fn activations(criterion: &mut Criterion) {
    let case = |name, ours, burns| Case { name, input: MAPS, ours, burns };
    let cases = [
        case("relu", |_| boxed(|x| backend::activation(x, Activation::Relu)), |_| boxed(f::relu)),
        case(
            "leaky_relu",
            |_| boxed(|x| backend::activation(x, Activation::LeakyRelu { slope: 0.2 })),
            |_| boxed(|x| f::leaky_relu(x, 0.2)),
        ),
        case("sigmoid", |_| boxed(|x| backend::activation(x, Activation::Sigmoid)), |_| boxed(f::sigmoid)),
        case("tanh", |_| boxed(|x| backend::activation(x, Activation::Tanh)), |_| boxed(f::tanh)),
        case("gelu", |_| boxed(|x| backend::activation(x, Activation::Gelu)), |_| boxed(f::gelu)),
    ];
    compare(criterion, "activation", &cases);
}

/// Windows of 2, and of 3 that overlap.
pub(crate) fn pooling(criterion: &mut Criterion) {
    let cases = [
        Case {
            name: "max_2",
            input: MAPS,
            ours: |_| boxed(|x| backend::max_pool2d(x, Pool2dOptions::new([2, 2]))),
            burns: |_| boxed(|x| module::max_pool2d(x, MaxPoolOptions::new([2, 2]))),
        },
        Case {
            name: "max_3_stride_2",
            input: MAPS,
            ours: |_| boxed(|x| backend::max_pool2d(x, Pool2dOptions::new([3, 3]).with_stride([2, 2]))),
            burns: |_| boxed(|x| module::max_pool2d(x, MaxPoolOptions::new([3, 3]).with_stride([2, 2]))),
        },
        Case {
            name: "mean_2",
            input: MAPS,
            ours: |_| boxed(|x| backend::avg_pool2d(x, Pool2dOptions::new([2, 2]), false)),
            burns: |_| boxed(|x| module::avg_pool2d(x, AvgPoolOptions::new([2, 2]))),
        },
    ];
    compare(criterion, "pool2d", &cases);
}

/// Normalisation by the batch, in the middle of a DCGAN.
pub(crate) fn batch_norm(criterion: &mut Criterion) {
    let cases = [Case {
        name: "64_14x14_relu",
        input: [64, 64, 14, 14],
        ours: |device| {
            let (gamma, beta) = (weights([64], device), weights([64], device));
            let options = BatchNormOptions::new(EPSILON).with_activation(Some(Activation::Relu));
            boxed(move |x| backend::batch_norm_train(x, gamma.clone(), beta.clone(), options).output)
        },
        burns: |device| {
            let (gamma, beta) = (weights([64], device), weights([64], device));
            boxed(move |x| f::relu(module::batch_norm_train(x, gamma.clone(), beta.clone(), EPSILON).output))
        },
    }];
    compare(criterion, "batch_norm", &cases);
}

/// Half of the numbers become zeros.
pub(crate) fn dropout(criterion: &mut Criterion) {
    let cases = [Case {
        name: "128_1600",
        input: [128, 64, 5, 5],
        ours: |_| {
            boxed(|x| {
                let mask = x.dims();
                backend::dropout(x, mask, RATE)
            })
        },
        burns: |_| {
            boxed(|x| {
                let mask = Tensor::random(x.dims(), Distribution::Bernoulli(1.0 - RATE), &x.device());
                x * (mask / (1.0 - RATE))
            })
        },
    }];
    compare(criterion, "dropout", &cases);
}

/// Convolution, bias, ReLU and pooling: ours as one operation, Burn's one after the other.
pub(crate) fn blocks(criterion: &mut Criterion) {
    let cases = [
        Case {
            name: "1to32_28x28_k3",
            input: [128, 1, 28, 28],
            ours: |device| our_block([32, 1, 3, 3], device),
            burns: |device| burns_block([32, 1, 3, 3], device),
        },
        Case {
            name: "32to64_13x13_k3",
            input: [128, 32, 13, 13],
            ours: |device| our_block([64, 32, 3, 3], device),
            burns: |device| burns_block([64, 32, 3, 3], device),
        },
    ];
    compare(criterion, "conv2d_block", &cases);
}

fn our_block(filters: [usize; 4], device: &Device) -> Operation {
    let (weight, bias) = (weights(filters, device), weights([filters[0]], device));
    boxed(move |x| {
        let options = Conv2dBlockOptions::new(Conv2dOptions::default());
        let options = options.with_activation(Activation::Relu).with_pool([2, 2]);
        backend::conv2d_block(x, weight.clone(), Some(bias.clone()), options)
    })
}

fn burns_block(filters: [usize; 4], device: &Device) -> Operation {
    let (weight, bias) = (weights(filters, device), weights([filters[0]], device));
    boxed(move |x| {
        let options = ConvOptions::new([1, 1], [0, 0], [1, 1], 1);
        let y = module::conv2d(x, weight.clone(), Some(bias.clone()), options);
        module::max_pool2d(f::relu(y), MaxPoolOptions::new([2, 2]))
    })
}

/// From 128 channels of 7x7 to 64 of 14x14, in the middle of a DCGAN's generator; and from 8 to 16, in an autoencoder.
pub(crate) fn transposed(criterion: &mut Criterion) {
    let cases = [
        Case {
            name: "128to64_7x7_k4_s2",
            input: [64, 128, 7, 7],
            ours: |device| our_transposed([128, 64, 4, 4], 1, device),
            burns: |device| burns_transposed([128, 64, 4, 4], 1, device),
        },
        Case {
            name: "8to16_7x7_k2_s2",
            input: [128, 8, 7, 7],
            ours: |device| our_transposed([8, 16, 2, 2], 0, device),
            burns: |device| burns_transposed([8, 16, 2, 2], 0, device),
        },
    ];
    compare(criterion, "conv_transpose2d", &cases);
}

fn our_transposed(filters: [usize; 4], padding: usize, device: &Device) -> Operation {
    let (weight, bias) = (weights(filters, device), weights([filters[1]], device));
    boxed(move |x| {
        let options = ConvTranspose2dOptions::default().with_stride([2, 2]).with_padding([[padding; 2]; 2]);
        backend::conv_transpose2d(x, weight.clone(), Some(bias.clone()), options)
    })
}

fn burns_transposed(filters: [usize; 4], padding: usize, device: &Device) -> Operation {
    let (weight, bias) = (weights(filters, device), weights([filters[1]], device));
    boxed(move |x| {
        let options = ConvTransposeOptions::new([2, 2], [padding; 2], [0, 0], [1, 1], 1);
        module::conv_transpose2d(x, weight.clone(), Some(bias.clone()), options)
    })
}
