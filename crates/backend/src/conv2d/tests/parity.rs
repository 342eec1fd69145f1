//! The kernels against PyTorch, against the definition, and against the reference.

use burn::backend::Dispatch;
use burn::tensor::{Device, Tensor};
use serde::Deserialize;

use super::super::reference;
use super::{Case, Conv2dOptions, Outcome, cases, definition, devices, outcome, outcome_on};

#[derive(Deserialize)]
struct Fixture {
    x: [usize; 4],
    weight: [usize; 4],
    bias: bool,
    stride: [usize; 2],
    padding: [[usize; 2]; 2],
    dilation: [usize; 2],
    groups: usize,
    y_shape: [usize; 4],
    y: Vec<f32>,
    grad_x: Vec<f32>,
    grad_weight: Vec<f32>,
    grad_bias: Option<Vec<f32>>,
}

#[test]
fn outputs_and_gradients_equal_those_of_pytorch() {
    let json = include_str!("../../../tests/fixtures/conv2d.json");
    let fixtures: Vec<Fixture> = serde_json::from_str(json).unwrap();
    assert_eq!(fixtures.len(), 10);
    for fixture in fixtures {
        let case = Case {
            x: fixture.x,
            weight: fixture.weight,
            bias: fixture.bias,
            options: Conv2dOptions {
                stride: fixture.stride,
                padding: fixture.padding,
                dilation: fixture.dilation,
                groups: fixture.groups,
            },
        };
        let expected = Outcome {
            shape: fixture.y_shape,
            y: fixture.y,
            grad_x: fixture.grad_x,
            grad_weight: fixture.grad_weight,
            grad_bias: fixture.grad_bias,
        };
        for device in devices() {
            let what = format!("{case:?} on {device:?}");
            outcome_on(&case, &device).assert_close(&expected, &what);
        }
    }
}

#[test]
fn odd_shapes_agree_with_the_definition() {
    for case in cases() {
        let expected = definition::outcome(&case);
        for device in devices() {
            let what = format!("{case:?} on {device:?}");
            outcome_on(&case, &device).assert_close(&expected, &what);
        }
    }
}

#[test]
fn odd_shapes_agree_with_the_reference_and_its_own_gradient() {
    // On `Dispatch` Burn differentiates the reference by itself.
    let on_dispatch = |x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>, options| {
        let (x, weight, bias) = (x.into_dispatch(), weight.into_dispatch(), bias.map(Tensor::into_dispatch));
        Tensor::from_dispatch(reference::forward::<Dispatch>(x, weight, bias, &options))
    };
    for case in cases() {
        let device = Device::flex();
        let expected = outcome(case.inputs(&device), &case.options, &on_dispatch);
        outcome_on(&case, &device).assert_close(&expected, &format!("{case:?}"));
    }
}

#[test]
fn work_that_is_cut_into_parts_agrees_with_the_definition() {
    let plain = Conv2dOptions::default;
    let cases = [
        // Columns in several tiles, the last one shorter.
        Case::new([1, 16, 40, 67], [8, 16, 3, 3], plain().with_padding([[1, 1], [1, 1]])),
        Case::new([1, 130, 33, 37], [3, 130, 1, 1], plain()),
        // Few samples: channels cut into parts.
        Case::new([1, 48, 5, 5], [40, 48, 3, 3], plain()),
        Case::new([3, 32, 4, 4], [64, 16, 3, 3], plain().with_groups(2)),
        // Many samples: partial sums of the filters' gradient.
        Case::new([37, 3, 5, 5], [4, 3, 3, 3], plain()),
        Case::new([19, 4, 5, 5], [6, 2, 3, 3], plain().with_groups(2)),
        // Filters cut into parts as well.
        Case::new([2, 128, 3, 3], [256, 128, 3, 3], plain()),
    ];
    for case in cases {
        let expected = definition::outcome(&case);
        let what = format!("{case:?}");
        outcome_on(&case, &Device::flex()).assert_close(&expected, &what);
    }
}
