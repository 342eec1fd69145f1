//! Tests of the block, on Flex and, with the feature `wgpu` and an adapter, on a GPU.

use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{Device, Tensor};

use super::{Conv2dBlockOptions, conv2d_block};
use crate::cpu::on_each_set;
use crate::testing::{assert_close, devices, formula, values};
use crate::{Activation, Conv2dOptions, activation, conv2d};

/// How far a value may be from the expected one, relative to 1 + its size.
const TOLERANCE: f32 = 1e-5;

#[derive(Clone, Debug)]
struct Case {
    x: [usize; 4],
    weight: [usize; 4],
    options: Conv2dBlockOptions,
}

/// The output and the gradients of x, weight and bias for an output gradient of cos(0.7 i + 4).
type Outcome = ([usize; 4], [Vec<f32>; 4]);

type Block = fn(Tensor<4>, Tensor<4>, Option<Tensor<1>>, Conv2dBlockOptions) -> Tensor<4>;

fn outcome(case: &Case, device: &Device, block: Block) -> Outcome {
    let scale = 1.0 / (case.weight[1] * case.weight[2] * case.weight[3]) as f32;
    let x = formula(case.x, 1.0, device).autodiff().require_grad();
    let weight = (formula(case.weight, 2.0, device) * scale).autodiff().require_grad();
    let bias = formula([case.weight[0]], 3.0, device).autodiff().require_grad();
    let y = block(x.clone(), weight.clone(), Some(bias.clone()), case.options.clone());
    let output_grad = formula(y.dims(), 4.0, device);
    let grads = (y.clone() * output_grad.autodiff()).sum().backward();
    let dims = y.dims();
    let [dx, dweight] = [x.grad(&grads), weight.grad(&grads)].map(|grad| values(grad.unwrap()));
    (dims, [values(y.inner()), dx, dweight, values(bias.grad(&grads).unwrap())])
}

/// The operations one after the other.
fn one_by_one(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>, options: Conv2dBlockOptions) -> Tensor<4> {
    let y = conv2d(x, weight, bias, options.conv);
    let y = match options.activation {
        Some(function) => activation(y, function),
        None => y,
    };
    match options.pool {
        Some(window) => burn::tensor::module::max_pool2d(y, MaxPoolOptions::new(window)),
        None => y,
    }
}

fn activations() -> [Option<Activation>; 6] {
    [
        None,
        Some(Activation::Relu),
        Some(Activation::LeakyRelu { slope: 0.2 }),
        Some(Activation::Sigmoid),
        Some(Activation::Tanh),
        Some(Activation::Gelu),
    ]
}

fn cases() -> Vec<Case> {
    let plain = Conv2dOptions::default;
    let convolutions = [
        ([3, 1, 12, 13], [32, 1, 3, 3], plain()),
        ([2, 5, 9, 10], [40, 5, 3, 3], plain().with_padding([[1, 1], [1, 1]])),
        ([2, 4, 11, 10], [8, 4, 4, 4], plain().with_stride([2, 2]).with_padding([[1, 1], [1, 1]])),
        ([2, 8, 8, 8], [24, 4, 2, 3], plain().with_groups(2)),
        ([2, 3, 8, 8], [3, 1, 3, 3], plain().with_groups(3)),
        ([1, 2, 7, 7], [4, 2, 3, 3], plain()),
    ];
    let pools = [None, Some([2, 2]), Some([1, 3]), Some([3, 1])];
    let mut cases = vec![];
    for (x, weight, conv) in convolutions {
        for (activation, pool) in activations().into_iter().flat_map(|activation| pools.map(|pool| (activation, pool)))
        {
            cases.push(Case { x, weight, options: Conv2dBlockOptions { conv: conv.clone(), activation, pool } });
        }
    }
    cases
}

#[test]
fn the_block_gives_what_its_operations_give_one_after_the_other() {
    for device in devices() {
        for case in cases() {
            let (expected_dims, expected) = outcome(&case, &device, one_by_one);
            let (dims, actual) = outcome(&case, &device, conv2d_block);
            assert_eq!(dims, expected_dims);
            for (name, (actual, expected)) in ["output", "gradient of x", "gradient of weight", "gradient of bias"]
                .iter()
                .zip(actual.iter().zip(&expected))
            {
                assert_close(actual, expected, TOLERANCE, &format!("{case:?} on {device:?}"), name);
            }
        }
    }
}

/// Whatever instructions the kernel uses; in one pool each, so that the saved indices fit its vectors.
#[test]
fn each_set_of_instructions_gives_the_same_block() {
    let device = Device::flex();
    for case in cases().into_iter().filter(|case| case.options.activation == Some(Activation::Relu)) {
        let (_, expected) = outcome(&case, &device, one_by_one);
        for (_, actual) in on_each_set(|| outcome(&case, &device, conv2d_block)) {
            for (actual, expected) in actual.iter().zip(&expected) {
                assert_close(actual, expected, TOLERANCE, &format!("{case:?}"), "output or gradient");
            }
        }
    }
}

#[test]
fn an_empty_batch_gives_an_empty_output_and_zero_gradients() {
    let device = Device::flex();
    let conv = Conv2dOptions::default();
    let options = Conv2dBlockOptions::new(conv).with_activation(Activation::Relu).with_pool([2, 2]);
    for inputs in [1, 8] {
        let case = Case { x: [0, inputs, 8, 8], weight: [8, inputs, 3, 3], options: options.clone() };
        let (dims, [_, dx, dweight, dbias]) = outcome(&case, &device, conv2d_block);
        assert_eq!((dims, dx.len()), ([0, 8, 3, 3], 0));
        assert!(dweight.iter().chain(&dbias).all(|value| *value == 0.0) && dweight.len() == 72 * inputs);
    }
}

#[test]
fn windows_that_do_not_fit_are_refused() {
    for (window, rule) in
        [([0, 2], "at least 1 x 1"), ([7, 2], "covers [7, 2] pixels, but the convolution gives [6, 6]")]
    {
        let refused = std::panic::catch_unwind(|| {
            let device = Device::flex();
            let options = Conv2dBlockOptions::new(Conv2dOptions::default()).with_pool(window);
            conv2d_block(Tensor::zeros([1, 1, 8, 8], &device), Tensor::zeros([1, 1, 3, 3], &device), None, options)
        });
        let message = *refused.unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains(rule), "{message}");
    }
}
