//! Tests of the mean squared error, on Flex and, with the feature `wgpu` and an adapter, on a GPU.

use burn::backend::{Dispatch, Flex};
use burn::tensor::{DType, Device, Tensor};

use super::*;
use crate::cpu::on_each_set;
use crate::testing::{
    VIEWS, assert_close, contiguous, devices, formula, formula_values, primitive, values, with_threads,
};

/// The loss and the gradients of x and of the target for a loss gradient of 3; x is cos(0.7 i + 1), the target cos(0.7 i + 2).
fn outcome(x: Tensor<4>, operation: impl Fn(Tensor<4>, Tensor<4>) -> Tensor<1>) -> [Vec<f32>; 3] {
    let target = formula(x.dims(), 2.0, &x.device()).autodiff().require_grad();
    let x = x.autodiff().require_grad();
    let loss = operation(x.clone(), target.clone());
    let gradients = (loss.clone() * 3.0).backward();
    [values(loss.inner()), values(x.grad(&gradients).unwrap()), values(target.grad(&gradients).unwrap())]
}

/// The same by the definition, in 64-bit floats.
fn definition(x: &[f32]) -> [Vec<f32>; 3] {
    let (n, target) = (x.len() as f64, formula_values(x.len(), 2.0));
    let differences: Vec<f64> = x.iter().zip(target).map(|(x, t)| f64::from(*x) - f64::from(t)).collect();
    let loss = differences.iter().map(|difference| difference * difference).sum::<f64>() / n;
    let gradient = |sign: f64| differences.iter().map(|difference| (sign * 6.0 * difference / n) as f32).collect();
    [vec![loss as f32], gradient(1.0), gradient(-1.0)]
}

fn assert_agree(actual: &[Vec<f32>; 3], expected: &[Vec<f32>; 3], what: &str) {
    for ((actual, expected), name) in
        actual.iter().zip(expected).zip(["loss", "gradient of x", "gradient of the target"])
    {
        assert_close(actual, expected, 1e-6, what, name);
    }
}

const SHAPES: [[usize; 4]; 4] = [[1, 1, 1, 1], [2, 3, 6, 5], [1, 1, 1, 129], [3, 40, 50, 31]];

#[test]
fn the_loss_and_its_gradients_agree_with_the_definition_on_every_set_of_instructions() {
    for (shape, device) in SHAPES.into_iter().flat_map(|shape| devices().into_iter().map(move |device| (shape, device)))
    {
        let x = || formula(shape, 1.0, &device);
        let expected = definition(&values(x()));
        assert_agree(&outcome(x(), mean_squared_error), &expected, &format!("{shape:?} on {device:?}"));
        for actual in on_each_set(|| outcome(formula(shape, 1.0, &Device::flex()), mean_squared_error)) {
            assert_agree(&actual, &expected, &format!("{shape:?}"));
        }
    }
}

#[test]
fn the_reference_agrees_with_its_own_gradient_and_with_burns() {
    for shape in SHAPES {
        let x: Tensor<4> = formula(shape, 1.0, &Device::flex());
        let expected = definition(&values(x.clone()));
        let actual = outcome(x.clone(), |x, target| {
            Tensor::from_dispatch(reference::forward::<Dispatch>(x.into_dispatch(), target.into_dispatch()))
        });
        assert_agree(&actual, &expected, &format!("{shape:?}"));
        let (target, dloss) = (formula(shape, 2.0, &Device::flex()), Tensor::<1>::from_floats([3.0], &Device::flex()));
        let own = reference::gradient::<Flex>(primitive(x), primitive::<4>(target), primitive(dloss));
        assert_close(own.storage(), &expected[1], 1e-6, &format!("{shape:?}"), "gradient of the reference");
    }
}

#[test]
fn inputs_may_lie_in_memory_in_any_order_and_stay_as_they_are() {
    for (device, (name, view)) in devices().into_iter().flat_map(|device| VIEWS.map(|view| (device.clone(), view))) {
        let x = view([2, 3, 6, 5], &device);
        let before = values(x.clone());
        let expected = outcome(contiguous(x.clone()), mean_squared_error);
        assert_agree(&outcome(x.clone(), mean_squared_error), &expected, &format!("{name} on {device:?}"));
        assert_eq!(values(x), before);
    }
}

#[test]
fn equal_input_gives_equal_bytes_whatever_the_number_of_threads() {
    let run =
        |threads| with_threads(threads, || outcome(formula([7, 40, 50, 31], 1.0, &Device::flex()), mean_squared_error));
    let one = run(1);
    assert!([2, 3].into_iter().all(|threads| run(threads) == one));
}

#[test]
fn gradients_equal_central_differences() {
    let device = Device::flex();
    let [_, gradient, _] = outcome(formula([1, 1, 3, 4], 1.0, &device), mean_squared_error);
    let loss = |index: usize, shift: f32| {
        let mut x = formula_values(12, 1.0);
        x[index] += shift;
        let x = Tensor::<1>::from_floats(x.as_slice(), &device);
        mean_squared_error(x, formula([12], 2.0, &device)).into_scalar::<f32>()
    };
    for (index, gradient) in gradient.iter().enumerate() {
        let difference = 3.0 * (loss(index, 0.1) - loss(index, -0.1)) / 0.2;
        assert!((difference - gradient).abs() < 1e-4, "{index}: {difference}, {gradient}");
    }
}

#[test]
fn gradients_reach_exactly_the_inputs_that_require_them_and_other_floats_keep_their_type() {
    for (dtype, mask) in [DType::F32, DType::F64].into_iter().flat_map(|dtype| (0..4).map(move |mask| (dtype, mask))) {
        let wanted = [mask & 1 > 0, mask & 2 > 0];
        let [x, target]: [Tensor<1>; 2] = [0, 1]
            .map(|place| formula([5], 1.0, &Device::flex()).cast(dtype).autodiff().set_require_grad(wanted[place]));
        let loss = mean_squared_error(x.clone(), target.clone());
        assert_eq!((loss.dtype(), loss.is_tracked()), (dtype, mask > 0));
        if mask > 0 {
            let gradients = loss.backward();
            assert_eq!([x.grad(&gradients).is_some(), target.grad(&gradients).is_some()], wanted);
        }
    }
}

#[test]
fn other_shapes_and_none_are_refused() {
    for (x, target) in [([2, 3], [3, 2]), ([0, 3], [0, 3])] {
        let device = Device::flex();
        let refused = std::panic::catch_unwind(|| {
            mean_squared_error(Tensor::<2>::zeros(x, &device), Tensor::zeros(target, &device))
        });
        let message = *refused.unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains(&format!("x {x:?} and target {target:?}")), "{message}");
    }
}
