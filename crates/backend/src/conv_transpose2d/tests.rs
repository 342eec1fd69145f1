//! Tests of the transposed convolution, on Flex and, with the feature `wgpu` and an adapter, on a GPU.

use burn::tensor::ops::ConvTransposeOptions;
use burn::tensor::{DType, Device, Tensor};

use super::{ConvTranspose2dOptions, conv_transpose2d};
use crate::cpu::on_each_set;
use crate::testing::{assert_close, devices, formula, shifted, values};

/// How far a value may be from the expected one, relative to 1 + its size.
const TOLERANCE: f32 = 1e-5;

#[derive(Clone, Debug)]
struct Case {
    x: [usize; 4],
    weight: [usize; 4],
    options: ConvTranspose2dOptions,
}

/// The output, and the gradients of x, weight and bias for an output gradient of cos(0.7 i + 4).
type Outcome = ([usize; 4], [Vec<f32>; 4]);

type Operation = fn(Tensor<4>, Tensor<4>, Option<Tensor<1>>, ConvTranspose2dOptions) -> Tensor<4>;

impl Case {
    fn new(x: [usize; 4], weight: [usize; 4], options: ConvTranspose2dOptions) -> Self {
        Self { x, weight, options }
    }

    fn inputs(&self, device: &Device) -> (Tensor<4>, Tensor<4>, Tensor<1>) {
        let scale = 1.0 / (self.x[1] / self.options.groups * self.weight[2] * self.weight[3]) as f32;
        let weight = formula(self.weight, 2.0, device) * scale;
        (formula(self.x, 1.0, device), weight, formula([self.weight[1] * self.options.groups], 3.0, device))
    }
}

fn outcome(case: &Case, device: &Device, operation: Operation) -> Outcome {
    let (x, weight, bias) = case.inputs(device);
    let (x, weight) = (x.autodiff().require_grad(), weight.autodiff().require_grad());
    let bias = bias.autodiff().require_grad();
    let y = operation(x.clone(), weight.clone(), Some(bias.clone()), case.options.clone());
    let output_grad = formula(y.dims(), 4.0, device);
    let grads = (y.clone() * output_grad.autodiff()).sum().backward();
    let [dx, dweight] = [x.grad(&grads), weight.grad(&grads)].map(|grad| values(grad.unwrap()));
    (y.dims(), [values(y.inner()), dx, dweight, values(bias.grad(&grads).unwrap())])
}

fn assert_outcomes_close(actual: &Outcome, expected: &Outcome, what: &str) {
    assert_eq!(actual.0, expected.0, "output shape of {what}");
    let names = ["output", "gradient of x", "gradient of weight", "gradient of bias"];
    for (name, (actual, expected)) in names.into_iter().zip(actual.1.iter().zip(&expected.1)) {
        assert_close(actual, expected, TOLERANCE, what, name);
    }
}

/// Burn's own operation, and its gradients; the padding that it does not know is cut off afterwards.
fn burns(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>, options: ConvTranspose2dOptions) -> Tensor<4> {
    let ConvTranspose2dOptions { stride, padding, output_padding, dilation, groups } = options;
    let burn_options = ConvTransposeOptions::new(stride, [0, 0], output_padding, dilation, groups);
    let y = burn::tensor::module::conv_transpose2d(x, weight, bias, burn_options);
    let [_, _, height, width] = y.dims();
    let [[top, bottom], [left, right]] = padding;
    y.slice(burn::tensor::s![.., .., top..height - bottom, left..width - right])
}

fn cases() -> Vec<Case> {
    let plain = ConvTranspose2dOptions::default;
    let halves = || plain().with_stride([2, 2]).with_padding([[1, 1], [1, 1]]);
    let all =
        plain().with_stride([2, 3]).with_padding([[1, 0], [2, 1]]).with_dilation([2, 1]).with_output_padding([1, 2]);
    vec![
        Case::new([2, 3, 5, 6], [3, 4, 3, 3], plain()),
        Case::new([3, 16, 7, 7], [16, 12, 4, 4], halves()),
        Case::new([2, 12, 6, 5], [12, 1, 4, 4], halves()),
        Case::new([2, 8, 7, 7], [8, 16, 2, 2], plain().with_stride([2, 2])),
        Case::new([2, 40, 3, 4], [40, 33, 3, 2], plain().with_padding([[1, 1], [0, 1]])),
        Case::new([1, 9, 4, 5], [9, 10, 1, 2], plain().with_stride([3, 3])),
        Case::new([2, 10, 5, 4], [10, 9, 3, 2], all.clone()),
        Case::new([2, 6, 5, 4], [6, 2, 3, 2], all.clone().with_groups(3)),
        Case::new([2, 32, 4, 4], [32, 9, 3, 3], halves().with_groups(2)),
        Case::new([2, 4, 4, 5], [4, 1, 3, 3], halves().with_groups(4)),
        Case::new([1, 1, 1, 1], [1, 1, 1, 1], plain()),
        // Output padding beyond the stride, where the dilation allows it; rows that no weight reaches.
        Case::new([2, 8, 3, 3], [8, 8, 2, 2], plain().with_dilation([3, 3]).with_output_padding([2, 1])),
        Case::new([2, 8, 3, 3], [8, 8, 1, 1], plain().with_stride([3, 2]).with_output_padding([2, 1])),
        // Padding of more than the filter covers.
        Case::new([2, 8, 6, 6], [8, 8, 2, 2], plain().with_padding([[3, 1], [0, 4]])),
    ]
}

#[test]
fn outputs_and_gradients_are_those_of_burns_own_operation() {
    for device in devices() {
        for case in cases() {
            let expected = outcome(&case, &device, burns);
            let actual = outcome(&case, &device, conv_transpose2d);
            assert_outcomes_close(&actual, &expected, &format!("{case:?} on {device:?}"));
        }
    }
}

#[test]
fn each_set_of_instructions_gives_the_same() {
    let device = Device::flex();
    for case in cases() {
        let expected = outcome(&case, &device, burns);
        for actual in on_each_set(|| outcome(&case, &device, conv_transpose2d)) {
            assert_outcomes_close(&actual, &expected, &format!("{case:?}"));
        }
    }
}

/// The operation is linear in each of its inputs, so a central difference is exact but for rounding.
#[test]
fn gradients_equal_central_differences() {
    let device = Device::flex();
    for case in cases().into_iter().filter(|case| case.x.iter().product::<usize>() < 150) {
        let (_, [_, dx, dweight, dbias]) = outcome(&case, &device, conv_transpose2d);
        for (part, gradient) in [dx, dweight, dbias].into_iter().enumerate() {
            for (index, gradient) in gradient.iter().enumerate().step_by(3) {
                let difference = (loss(&case, part, index, 0.5) - loss(&case, part, index, -0.5)) as f32;
                assert!(
                    (difference - gradient).abs() <= 1e-3 * (1.0 + gradient.abs()),
                    "{case:?}: input {part}, element {index}: {gradient}, but {difference} by difference"
                );
            }
        }
    }
}

/// The loss whose gradient `outcome` takes, with one element of one input shifted.
fn loss(case: &Case, part: usize, index: usize, shift: f32) -> f64 {
    let device = Device::flex();
    let (mut x, mut weight, mut bias) = case.inputs(&device);
    match part {
        0 => x = shifted(x, index, shift),
        1 => weight = shifted(weight, index, shift),
        _ => bias = shifted(bias, index, shift),
    }
    let y = conv_transpose2d(x, weight, Some(bias), case.options.clone());
    let output_grad = values(formula(y.dims(), 4.0, &device));
    values(y).into_iter().zip(output_grad).map(|(y, dy)| f64::from(y) * f64::from(dy)).sum()
}

#[test]
fn views_are_read_in_their_order() {
    let device = Device::flex();
    let case = &cases()[1];
    let [a, b, c, d] = case.x;
    let x = formula([a, d, c, b], 1.0, &device).swap_dims(1, 3);
    let weight = formula(case.weight, 2.0, &device).flip([2, 3]);
    let copy = |tensor: Tensor<4>| Tensor::<4>::from_data(tensor.into_data(), &device);
    let expected = conv_transpose2d(copy(x.clone()), copy(weight.clone()), None, case.options.clone());
    let actual = conv_transpose2d(x, weight, None, case.options.clone());
    assert_eq!(values(actual), values(expected));
}

#[test]
fn other_floats_keep_their_type() {
    let device = Device::flex();
    let case = &cases()[1];
    let (x, weight, bias) = case.inputs(&device);
    let expected = conv_transpose2d(x.clone(), weight.clone(), Some(bias.clone()), case.options.clone());
    let (x, weight, bias) = (x.cast(DType::F64), weight.cast(DType::F64), bias.cast(DType::F64));
    let y = conv_transpose2d(x, weight, Some(bias), case.options.clone());
    assert_eq!(y.dtype(), DType::F64);
    assert_close(&values(y.cast(DType::F32)), &values(expected), TOLERANCE, "64 bits", "output");
}

#[test]
fn shapes_that_do_not_fit_are_refused_with_the_rule() {
    let plain = ConvTranspose2dOptions::default;
    let table = [
        ([4, 2, 3, 3], 2, plain(), "weight dimension 0 must be the channels of x, 3"),
        ([3, 2, 3, 3], 4, plain().with_groups(2), "must be a multiple of groups 2"),
        ([3, 2, 3, 3], 3, plain(), "bias [3] must be [2]"),
        ([3, 2, 3, 3], 2, plain().with_stride([0, 1]), "a stride must be at least 1"),
        ([3, 2, 3, 3], 2, plain().with_output_padding([1, 0]), "the output padding of height, 1"),
        ([3, 2, 3, 3], 2, plain().with_padding([[0, 0], [4, 3]]), "cuts 7 pixels of width, but the output has 7"),
        ([3, 2, 3, 3], 2, plain().with_stride([usize::MAX, 1]), "does not fit memory"),
    ];
    for (weight, bias, options, rule) in table {
        let refused = std::panic::catch_unwind(|| {
            let device = Device::flex();
            let (x, weight) = (Tensor::zeros([1, 3, 5, 5], &device), Tensor::zeros(weight, &device));
            conv_transpose2d(x, weight, Some(Tensor::zeros([bias], &device)), options)
        });
        let message = *refused.unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains(rule), "{message}");
    }
}
