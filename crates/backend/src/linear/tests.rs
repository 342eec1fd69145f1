//! Tests of the linear map, on Flex and, with the feature `wgpu` and an adapter, on a GPU.

use burn::backend::{Dispatch, Flex};
use burn::tensor::{DType, Device, Tensor, s};

use super::*;
use crate::WeightedGradients;
use crate::cpu::on_each_set;
use crate::testing::{assert_close, contiguous, devices, formula, formula_values, primitive, values, with_threads};

/// y and the gradients of x, W and b for an output gradient of cos(0.7 i + 4).
type Outcome = [Vec<f32>; 4];
type Map<'a> = &'a dyn Fn(Tensor<2>, Tensor<2>, Option<Tensor<1>>) -> Tensor<2>;

/// B, I, O: single numbers, one column, few columns and many, parts of rows and of columns with rests.
const CASES: [[usize; 3]; 10] = [
    [1, 1, 1],
    [3, 5, 2],
    [7, 300, 1],
    [1, 40, 33],
    [37, 19, 65],
    [128, 400, 10],
    [130, 70, 260],
    [9, 100, 1500],
    [64, 300, 130],
    [3, 7, 300],
];

/// Element i of x is cos(0.7 i + 1), of W cos(0.7 i + 2), of b cos(0.7 i + 3).
fn inputs([batch, features, columns]: [usize; 3], device: &Device) -> (Tensor<2>, Tensor<2>, Tensor<1>) {
    (
        formula([batch, features], 1.0, device),
        formula([features, columns], 2.0, device),
        formula([columns], 3.0, device),
    )
}

fn outcome((x, weight, bias): (Tensor<2>, Tensor<2>, Tensor<1>), map: Map<'_>) -> Outcome {
    let (x, weight, bias) =
        (x.autodiff().require_grad(), weight.autodiff().require_grad(), bias.autodiff().require_grad());
    let y = map(x.clone(), weight.clone(), Some(bias.clone()));
    let dy = formula(y.dims(), 4.0, &y.device().inner()).autodiff();
    let gradients = (y.clone() * dy).sum().backward();
    let bias = values(bias.grad(&gradients).unwrap());
    [values(y.inner()), values(x.grad(&gradients).unwrap()), values(weight.grad(&gradients).unwrap()), bias]
}

/// The same by the definition, in 64-bit floats.
fn definition([batch, features, columns]: [usize; 3]) -> Outcome {
    let of = |len: usize, shift: f64| formula_values(len, shift).into_iter().map(f64::from).collect::<Vec<_>>();
    let (x, weight, bias) = (of(batch * features, 1.0), of(features * columns, 2.0), of(columns, 3.0));
    let dy = of(batch * columns, 4.0);
    let mut outcome = [bias.repeat(batch), vec![0.0; x.len()], vec![0.0; weight.len()], vec![0.0; columns]];
    for (b, o) in (0..batch).flat_map(|b| (0..columns).map(move |o| (b, o))) {
        let output = b * columns + o;
        outcome[3][o] += dy[output];
        for i in 0..features {
            outcome[0][output] += x[b * features + i] * weight[i * columns + o];
            outcome[1][b * features + i] += dy[output] * weight[i * columns + o];
            outcome[2][i * columns + o] += dy[output] * x[b * features + i];
        }
    }
    outcome.map(|values| values.into_iter().map(|value| value as f32).collect())
}

fn assert_agree(actual: &Outcome, expected: &Outcome, what: &str) {
    let names = ["output", "gradient of x", "gradient of the weight", "gradient of the bias"];
    for ((actual, expected), name) in actual.iter().zip(expected).zip(names) {
        assert_close(actual, expected, 1e-4, what, name);
    }
}

#[test]
fn outputs_and_gradients_agree_with_the_definition_on_every_set_of_instructions() {
    for case in CASES {
        let expected = definition(case);
        for device in devices() {
            assert_agree(&outcome(inputs(case, &device), &linear), &expected, &format!("{case:?} on {device:?}"));
        }
        for actual in on_each_set(|| outcome(inputs(case, &Device::flex()), &linear)) {
            assert_agree(&actual, &expected, &format!("{case:?}"));
        }
    }
}

#[test]
fn the_reference_agrees_with_its_own_gradient_and_with_burns() {
    let on_dispatch = |x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<1>>| {
        let bias = bias.map(Tensor::into_dispatch);
        Tensor::from_dispatch(reference::forward::<Dispatch>(x.into_dispatch(), weight.into_dispatch(), bias))
    };
    for case in CASES {
        let expected = definition(case);
        assert_agree(&outcome(inputs(case, &Device::flex()), &on_dispatch), &expected, &format!("{case:?}"));
        let (x, weight, _) = inputs(case, &Device::flex());
        let dy = primitive::<2>(formula([case[0], case[2]], 4.0, &Device::flex()));
        let wanted = WeightedGradients { x: true, weight: true, bias: true };
        let (dx, dweight, dbias) = reference::backward::<Flex>(primitive(x), primitive(weight), dy, wanted);
        for (own, expected) in [dx, dweight, dbias].into_iter().zip(&expected[1..]) {
            let own = own.unwrap().to_contiguous();
            assert_close(own.storage(), expected, 1e-4, &format!("{case:?}"), "gradient of the reference");
        }
    }
}

/// The map is linear in each input, so a central difference is exact but for rounding.
#[test]
fn gradients_equal_central_differences() {
    let (case, device) = ([3, 5, 4], Device::flex());
    let expected = outcome(inputs(case, &device), &linear);
    let loss = |part: usize, index: usize, shift: f32| -> f64 {
        let (x, weight, bias) = inputs(case, &device);
        let shifted = |values: Vec<f32>, own: usize| {
            let mut values = values;
            if own == part {
                values[index] += shift;
            }
            Tensor::<1>::from_data(values.as_slice(), &device)
        };
        let (x, weight, bias) = (shifted(values(x), 0), shifted(values(weight), 1), shifted(values(bias), 2));
        let y = values(linear(x.reshape([3, 5]), weight.reshape([5, 4]), Some(bias)));
        formula_values(12, 4.0).iter().zip(y).map(|(dy, y)| f64::from(*dy) * f64::from(y)).sum()
    };
    for (part, gradient) in expected[1..].iter().enumerate() {
        for (index, gradient) in gradient.iter().enumerate() {
            let difference = (loss(part, index, 0.5) - loss(part, index, -0.5)) as f32;
            assert!((difference - gradient).abs() < 1e-4, "{part}, {index}: {difference}, {gradient}");
        }
    }
}

#[test]
fn tensors_may_lie_in_memory_in_any_order() {
    let device = Device::flex();
    let x = formula([40, 9], 1.0, &device).transpose();
    let weight = formula([82, 300], 2.0, &device).slice(s![1..41, ..;-1]);
    let bias = formula([301], 3.0, &device).slice(s![1..]);
    let copies = (contiguous(x.clone()), contiguous(weight.clone()), contiguous(bias.clone()));
    let through_view = |x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<1>>| {
        // The gradient of the output is a view as well.
        (linear(x, weight, bias).transpose() * 1.0).transpose()
    };
    assert_agree(&outcome((x, weight, bias), &through_view), &outcome(copies, &linear), "views");
}

#[test]
fn equal_input_gives_equal_bytes_whatever_the_number_of_threads() {
    for case in [[128, 1600, 10], [64, 100, 1500], [130, 300, 300]] {
        let run = |threads| with_threads(threads, || outcome(inputs(case, &Device::flex()), &linear));
        let one = run(1);
        assert!([2, 3].into_iter().all(|threads| run(threads) == one), "{case:?}");
    }
}

#[test]
fn gradients_reach_exactly_the_inputs_that_require_them() {
    for (mask, with_bias) in (0..8).flat_map(|mask| [true, false].map(|bias| (mask, bias))) {
        let wanted = [mask & 1 > 0, mask & 2 > 0, mask & 4 > 0];
        let (x, weight, bias) = inputs([3, 5, 4], &Device::flex());
        let x = x.autodiff().set_require_grad(wanted[0]);
        let weight = weight.autodiff().set_require_grad(wanted[1]);
        let bias = bias.autodiff().set_require_grad(wanted[2]);
        let y = linear(x.clone(), weight.clone(), with_bias.then(|| bias.clone()));
        let expected = [wanted[0], wanted[1], wanted[2] && with_bias];
        assert_eq!(y.is_tracked(), expected.contains(&true));
        if y.is_tracked() {
            let gradients = y.sum().backward();
            let found =
                [x.grad(&gradients).is_some(), weight.grad(&gradients).is_some(), bias.grad(&gradients).is_some()];
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn other_floats_keep_their_type_and_no_rows_have_no_gradient() {
    let (x, weight, bias) = inputs([3, 5, 4], &Device::flex());
    let expected = values(linear(x.clone(), weight.clone(), Some(bias.clone())));
    for dtype in [DType::F64, DType::F16] {
        let y = linear(x.clone().cast(dtype), weight.clone().cast(dtype), Some(bias.clone().cast(dtype)));
        assert_eq!(y.dtype(), dtype);
        assert_close(&values(y.cast(DType::F32)), &expected, 5e-3, "other floats", "output");
    }
    for columns in [1, 4, 300] {
        let [y, dx, dweight, dbias] = outcome(inputs([0, 5, columns], &Device::flex()), &linear);
        assert!(y.is_empty() && dx.is_empty());
        assert_eq!((dweight, dbias), (vec![0.0; 5 * columns], vec![0.0; columns]));
    }
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    for (features, bias) in [(4, 4), (5, 3)] {
        let refused = std::panic::catch_unwind(|| {
            let device = Device::flex();
            linear(
                Tensor::zeros([2, features], &device),
                Tensor::zeros([5, 4], &device),
                Some(Tensor::zeros([bias], &device)),
            )
        });
        let message = *refused.unwrap_err().downcast::<String>().unwrap();
        assert!(
            message.contains(&format!("x [2, {features}] with weight [5, 4] and bias Some([{bias}])")),
            "{message}"
        );
    }
}
