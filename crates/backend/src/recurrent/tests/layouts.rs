//! Tensors that do not lie in memory in the order of their shape.

use burn::backend::Flex;
use burn::tensor::{Bool, Device, Tensor, s};

use super::{CELLS, Call, Case, Inputs, Masking, Steps, devices, formula, outcome};

/// The same values as a tensor that lies in memory in the order of its shape.
fn contiguous<const D: usize>(tensor: Tensor<D>) -> Tensor<D> {
    let device = tensor.device();
    Tensor::from_data(tensor.into_data(), &device)
}

/// Views of x: axes exchanged in memory, values left out on all sides, every second step backwards,
/// one sequence repeated.
fn views([batch, steps, features]: [usize; 3], device: &Device) -> [(&'static str, Tensor<3>); 4] {
    [
        ("time first", formula([steps, batch, features], 1.0, 1.0, device).swap_dims(0, 1)),
        (
            "sliced",
            formula([batch + 2, steps + 2, features + 2], 1.0, 1.0, device).slice([
                1..1 + batch,
                1..1 + steps,
                1..1 + features,
            ]),
        ),
        ("strided", formula([batch, 2 * steps, features], 1.0, 1.0, device).slice(s![.., ..;-2, ..])),
        ("expanded", formula([1, steps, features], 1.0, 1.0, device).expand([batch, steps, features])),
    ]
}

/// Weights, bias and state of which every second value is taken, transposed weights.
fn strided(inputs: &Inputs) -> Inputs {
    let wide = |tensor: Tensor<2>| {
        let [rows, cols] = tensor.dims();
        Tensor::stack::<3>(vec![tensor.clone(), tensor], 2).reshape([rows, 2 * cols]).slice(s![.., ..;2])
    };
    let transposed = |tensor: Tensor<2>| contiguous(tensor.transpose()).transpose();
    let bias = |bias: Tensor<1>| {
        let len = bias.dims()[0];
        Tensor::stack::<2>(vec![bias.clone(), bias], 1).reshape([2 * len]).slice(s![..;2])
    };
    Inputs {
        x: inputs.x.clone(),
        input: transposed(inputs.input.clone()),
        recurrent: wide(inputs.recurrent.clone()),
        bias: inputs.bias.clone().map(bias),
        recurrent_bias: inputs.recurrent_bias.clone().map(bias),
        state: inputs.state.clone().map(wide),
    }
}

#[test]
fn all_tensors_may_lie_in_memory_in_any_order() {
    for (cell, device) in CELLS.into_iter().flat_map(|cell| devices().into_iter().map(move |d| (cell, d))) {
        let case = Case::new(cell, [3, 6, 4], 5).masked(Masking::Right);
        let mask = case.masking.mask([3, 6], &device).unwrap();
        let expand =
            |mask: Tensor<2, Bool>| Tensor::<2, Bool>::from_data(mask.transpose().into_data(), &device).transpose();
        for (name, x) in views(case.x, &device) {
            let copies = Inputs { x: contiguous(x.clone()), ..case.inputs(&device) };
            let views = Inputs { x, ..strided(&copies) };
            let expected = outcome(&case, copies, Steps::masked(mask.clone()), &Call::run);
            let actual = outcome(&case, views, Steps::masked(expand(mask.clone())), &Call::run);
            actual.assert_close(&expected, &format!("{case:?}, {name}, on {device:?}"));
        }
    }
}

#[test]
fn the_views_of_these_tests_are_not_contiguous_on_flex() {
    for (name, tensor) in views([3, 6, 4], &Device::flex()) {
        assert_eq!(tensor.dims(), [3, 6, 4], "{name}");
        let primitive = tensor.try_into_primitive::<Flex>().unwrap();
        let whole = primitive.is_contiguous() && primitive.layout().start_offset() == 0;
        assert!(!whole, "{name} lies in memory in the order of its shape");
    }
}

#[test]
fn a_view_as_output_gradient_is_read_in_its_order() {
    for (cell, device) in CELLS.into_iter().flat_map(|cell| devices().into_iter().map(move |d| (cell, d))) {
        let case = Case::new(cell, [3, 6, 4], 5);
        let expected = outcome(&case, case.inputs(&device), Steps::default(), &Call::run);
        // The output is transposed, made contiguous and transposed back: so is its gradient.
        let through_view = |call: Call| (call.run().transpose() * 1.0).transpose();
        let actual = outcome(&case, case.inputs(&device), Steps::default(), &through_view);
        actual.assert_close(&expected, &format!("{case:?} on {device:?}"));
    }
}
