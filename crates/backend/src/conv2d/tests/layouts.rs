//! Tensors that do not lie in memory in the order of their shape.

use burn::backend::Flex;
use burn::tensor::{Device, Tensor};

use super::{Case, Conv2dOptions, Inputs, conv2d, devices, formula, outcome};
use crate::testing::{VIEWS, contiguous};

fn view_cases() -> [Case; 4] {
    let plain = Conv2dOptions::default;
    [
        Case::new([2, 3, 6, 5], [4, 3, 3, 2], plain().with_padding([[1, 0], [1, 1]])),
        Case::new([2, 3, 6, 5], [4, 3, 2, 2], plain().with_stride([2, 1])),
        Case::new([2, 4, 4, 5], [6, 4, 1, 1], plain()),
        Case::new([3, 4, 6, 6], [4, 1, 3, 3], plain().with_groups(4)),
    ]
}

#[test]
fn inputs_and_filters_may_lie_in_memory_in_any_order() {
    for device in devices() {
        for (case, (name, view)) in view_cases().iter().flat_map(|case| VIEWS.map(|view| (case, view))) {
            let plain = case.inputs(&device);
            let views = Inputs { x: view(case.x, &device), weight: view(case.weight, &device), bias: plain.bias };
            let copies = Inputs {
                x: contiguous(views.x.clone()),
                weight: contiguous(views.weight.clone()),
                bias: views.bias.clone(),
            };
            let expected = outcome(copies, &case.options, &conv2d);
            let what = format!("{case:?}, {name}, on {device:?}");
            outcome(views, &case.options, &conv2d).assert_close(&expected, &what);
        }
    }
}

#[test]
fn the_views_of_these_tests_are_not_contiguous_on_flex() {
    for (name, view) in VIEWS {
        let tensor = view([2, 3, 6, 5], &Device::flex());
        assert_eq!(tensor.dims(), [2, 3, 6, 5], "{name}");
        let primitive = tensor.try_into_primitive::<Flex>().unwrap();
        let whole = primitive.is_contiguous() && primitive.layout().start_offset() == 0;
        assert!(!whole, "{name} lies in memory in the order of its shape");
    }
}

#[test]
fn a_sliced_bias_and_a_view_as_output_gradient_are_read_in_their_order() {
    let case = &view_cases()[0];
    for device in devices() {
        let mut inputs = case.inputs(&device);
        let bias = formula([9], 5.0, &device).slice(3..7).flip([0]);
        inputs.bias = Some(bias.clone());
        let expected = outcome(Inputs { bias: Some(contiguous(bias)), ..inputs.clone() }, &case.options, &conv2d);
        // The output is transposed, made contiguous and transposed back: so is its gradient.
        let through_view = |x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>, options| {
            let y = conv2d(x, weight, bias, options).swap_dims(1, 3);
            (y * 1.0).swap_dims(1, 3)
        };
        let actual = outcome(inputs, &case.options, &through_view);
        actual.assert_close(&expected, &format!("{case:?} on {device:?}"));
    }
}
