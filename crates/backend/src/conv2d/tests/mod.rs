//! Tests of the convolution, on Flex and, with the feature `wgpu` and an adapter, on a GPU.

mod definition;
mod layouts;
mod parity;
mod properties;
mod routes;

use burn::tensor::{Device, Tensor};

use super::{Conv2dOptions, conv2d};
use crate::testing::{assert_close, devices, formula, formula_values, values};

/// How far an output may be from the expected one, relative to 1 + its size.
const FORWARD_TOLERANCE: f32 = 1e-5;
/// The same for a gradient.
const GRADIENT_TOLERANCE: f32 = 1e-4;

/// One convolution: shapes and options. The values are formulas.
#[derive(Clone, Debug)]
struct Case {
    x: [usize; 4],
    weight: [usize; 4],
    bias: bool,
    options: Conv2dOptions,
}

impl Case {
    fn new(x: [usize; 4], weight: [usize; 4], options: Conv2dOptions) -> Self {
        let bias = true;
        Self { x, weight, bias, options }
    }

    fn without_bias(mut self) -> Self {
        self.bias = false;
        self
    }

    /// The inputs on `device`: element i of x is cos(0.7 i + 1), of weight cos(0.7 i + 2), of bias
    /// cos(0.7 i + 3).
    fn inputs(&self, device: &Device) -> Inputs {
        Inputs {
            x: formula(self.x, 1.0, device),
            weight: formula(self.weight, 2.0, device),
            bias: self.bias.then(|| formula([self.weight[0]], 3.0, device)),
        }
    }
}

/// The tensors of one call, without autodiff.
#[derive(Clone)]
struct Inputs {
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
}

/// What a convolution gives: the output, and the gradients for an output gradient of
/// cos(0.7 i + 4).
#[derive(Clone, Debug, PartialEq)]
struct Outcome {
    shape: [usize; 4],
    y: Vec<f32>,
    grad_x: Vec<f32>,
    grad_weight: Vec<f32>,
    grad_bias: Option<Vec<f32>>,
}

impl Outcome {
    /// Panics unless both agree within the tolerances.
    fn assert_close(&self, expected: &Self, what: &str) {
        assert_eq!(self.shape, expected.shape, "output shape of {what}");
        let bias = |outcome: &Self| outcome.grad_bias.clone().unwrap_or_default();
        assert_close(&self.y, &expected.y, FORWARD_TOLERANCE, what, "output");
        let gradients = [
            (&self.grad_x, &expected.grad_x, "gradient of x"),
            (&self.grad_weight, &expected.grad_weight, "gradient of weight"),
            (&bias(self), &bias(expected), "gradient of bias"),
        ];
        for (actual, expected, name) in gradients {
            assert_close(actual, expected, GRADIENT_TOLERANCE, what, name);
        }
    }
}

type Convolve<'a> = &'a dyn Fn(Tensor<4>, Tensor<4>, Option<Tensor<1>>, Conv2dOptions) -> Tensor<4>;

/// The outcome of `convolve` on these inputs.
fn outcome(inputs: Inputs, options: &Conv2dOptions, convolve: Convolve<'_>) -> Outcome {
    let x = inputs.x.autodiff().require_grad();
    let weight = inputs.weight.autodiff().require_grad();
    let bias = inputs.bias.map(|bias| bias.autodiff().require_grad());

    let y = convolve(x.clone(), weight.clone(), bias.clone(), options.clone());
    let output_grad = formula(y.dims(), 4.0, &y.device().inner());
    let grads = (y.clone() * output_grad.autodiff()).sum().backward();
    Outcome {
        shape: y.dims(),
        y: values(y.inner()),
        grad_x: values(x.grad(&grads).unwrap()),
        grad_weight: values(weight.grad(&grads).unwrap()),
        grad_bias: bias.map(|bias| values(bias.grad(&grads).unwrap())),
    }
}

/// The outcome of [`conv2d`] for a case on a device.
fn outcome_on(case: &Case, device: &Device) -> Outcome {
    outcome(case.inputs(device), &case.options, &conv2d)
}

/// Odd shapes, ungrouped and grouped.
fn cases() -> Vec<Case> {
    [ungrouped_cases(), grouped_cases()].concat()
}

/// Kernels of one pixel, strides that leave pixels over, dilation, asymmetric padding, one sample,
/// 1, 3 and 5 channels, kernels larger than the picture.
fn ungrouped_cases() -> Vec<Case> {
    let plain = Conv2dOptions::default;
    let all = plain().with_stride([2, 3]).with_padding([[3, 1], [0, 2]]).with_dilation([2, 2]);
    // A column of the filter that sees padding only.
    let beside = plain().with_padding([[0, 0], [0, 2]]).with_dilation([1, 3]);
    vec![
        Case::new([2, 1, 6, 5], [3, 1, 3, 3], plain()),
        Case::new([1, 3, 8, 7], [5, 3, 3, 3], plain()).without_bias(),
        Case::new([3, 5, 4, 6], [2, 5, 1, 1], plain()),
        Case::new([2, 3, 7, 9], [4, 3, 1, 1], plain().with_stride([2, 3])),
        Case::new([2, 3, 5, 4], [4, 3, 1, 1], plain().with_padding([[1, 0], [2, 1]])),
        Case::new([2, 3, 9, 8], [4, 3, 3, 2], plain().with_stride([2, 2])),
        Case::new([1, 2, 11, 10], [3, 2, 2, 4], plain().with_stride([3, 1])),
        Case::new([2, 3, 7, 7], [5, 3, 3, 3], plain().with_padding([[1, 1], [1, 1]])),
        Case::new([2, 3, 7, 6], [2, 3, 4, 2], plain().with_padding([[1, 2], [0, 1]])),
        Case::new([1, 3, 6, 9], [2, 3, 2, 3], plain().with_padding([[0, 2], [3, 0]])).without_bias(),
        Case::new([1, 2, 9, 9], [3, 2, 3, 3], plain().with_dilation([2, 3])),
        Case::new([2, 1, 9, 8], [2, 1, 3, 2], all),
        Case::new([1, 1, 1, 1], [1, 1, 1, 1], plain()),
        Case::new([2, 1, 2, 2], [2, 1, 5, 4], plain().with_padding([[2, 3], [1, 4]])),
        Case::new([1, 1, 3, 3], [1, 1, 3, 3], plain().with_padding([[5, 4], [0, 6]])),
        Case::new([1, 2, 5, 5], [1, 2, 1, 3], beside),
    ]
}

/// Groups of several channels, and depthwise ones.
fn grouped_cases() -> Vec<Case> {
    let groups = |groups| Conv2dOptions::default().with_groups(groups);
    let wide = groups(3).with_stride([1, 2]).with_padding([[1, 0], [1, 1]]);
    let all = groups(3).with_stride([2, 2]).with_padding([[0, 1], [2, 0]]).with_dilation([1, 2]);
    // A row of the filter that sees padding only.
    let above = groups(2).with_padding([[2, 0], [0, 0]]).with_dilation([3, 1]);
    vec![
        Case::new([2, 6, 5, 5], [4, 3, 3, 3], groups(2)),
        Case::new([1, 6, 5, 7], [9, 2, 2, 3], wide),
        Case::new([1, 10, 4, 4], [10, 5, 1, 1], groups(2)),
        Case::new([3, 5, 6, 6], [5, 1, 3, 3], groups(5)),
        Case::new([2, 3, 8, 7], [6, 1, 3, 2], all),
        Case::new([2, 2, 5, 5], [12, 1, 3, 3], groups(2)).without_bias(),
        Case::new([1, 2, 5, 5], [2, 1, 3, 1], above),
    ]
}
