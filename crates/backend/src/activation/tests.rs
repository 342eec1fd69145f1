//! Tests of the activations, on Flex and, with the feature `wgpu` and an adapter, on a GPU.

use burn::backend::{Dispatch, Flex};
use burn::tensor::{DType, Device, GradientCheckpointingStrategy, Tensor};
use serde::Deserialize;

use super::Activation::{Elu, Gelu, GeluTanh, LeakyRelu, Relu, Sigmoid, Silu, Tanh};
use super::*;
use crate::cpu::on_each_set;
use crate::testing::{
    VIEWS, assert_close, bits, contiguous, devices, formula, outcome, primitive, values, with_threads,
};

/// Each with its name in the fixture.
const ALL: [(Activation, &str); 10] = [
    (Relu, "relu"),
    (LeakyRelu { slope: 0.2 }, "leaky_relu 0.2"),
    (LeakyRelu { slope: -0.5 }, "leaky_relu -0.5"),
    (Elu { alpha: 1.5 }, "elu 1.5"),
    (Elu { alpha: -0.5 }, ""),
    (Sigmoid, "sigmoid"),
    (Tanh, "tanh"),
    (Silu, "silu"),
    (Gelu, "gelu"),
    (GeluTanh, "gelu_tanh"),
];

#[derive(Deserialize)]
struct Fixture {
    name: String,
    y: Vec<f32>,
    grad_x: Vec<f32>,
}

/// Element i is 4 cos(0.7 i + 1).
fn input<const D: usize>(dims: [usize; D], device: &Device) -> Tensor<D> {
    formula(dims, 1.0, device) * 4.0
}

fn assert_agree(actual: &[Vec<f32>; 2], expected: &[Vec<f32>; 2], what: &str) {
    assert_close(&actual[0], &expected[0], 1e-6, what, "output");
    assert_close(&actual[1], &expected[1], 2e-6, what, "gradient");
}

#[test]
fn values_and_gradients_equal_those_of_pytorch() {
    let fixtures: Vec<Fixture> = serde_json::from_str(include_str!("../../tests/fixtures/activation.json")).unwrap();
    assert_eq!(fixtures.len(), ALL.len() - 1);
    for (fixture, device) in fixtures.iter().flat_map(|f| devices().into_iter().map(move |device| (f, device))) {
        let (function, _) = ALL.into_iter().find(|(_, name)| *name == fixture.name).unwrap();
        let actual = outcome(input([40], &device), |x| activation(x, function));
        assert_agree(&actual, &[fixture.y.clone(), fixture.grad_x.clone()], &format!("{function:?} on {device:?}"));
    }
}

#[test]
fn the_reference_agrees_with_its_own_gradient_and_with_burns() {
    for (function, _) in ALL {
        let x = input([3, 67], &Device::flex());
        let expected = outcome(x.clone(), |x| {
            Tensor::<2>::from_dispatch(reference::forward::<Dispatch>(x.into_dispatch(), function))
        });
        let actual = outcome(x.clone(), |x| activation(x, function));
        assert_agree(&actual, &expected, &format!("{function:?}"));

        let kept = if function.needs_input() { x } else { activation(x, function) };
        let dy: Tensor<2> = formula([3, 67], 4.0, &Device::flex());
        let own = reference::backward::<Flex>(primitive(kept), primitive(dy), function);
        assert_close(own.storage(), &expected[1], 2e-6, &format!("{function:?}"), "gradient of the reference");
    }
}

#[test]
fn gradients_equal_central_differences() {
    let device = Device::flex();
    for (function, _) in ALL {
        let [_, gradient] = outcome(input([40], &device), |x| activation(x, function));
        let at = |shift: f64| values(activation(input([40], &device) + shift, function));
        let dy = values(formula([40], 4.0, &device));
        for (i, (after, before)) in at(0.01).into_iter().zip(at(-0.01)).enumerate() {
            let difference = (after - before) / 0.02 * dy[i];
            assert!(
                (difference - gradient[i]).abs() < 1e-3,
                "{function:?}, element {i}: {difference}, {}",
                gradient[i]
            );
        }
    }
}

#[test]
fn every_set_of_instructions_agrees_with_the_reference() {
    for (function, _) in ALL {
        let expected = outcome(input([1000], &Device::flex()), |x| {
            Tensor::<1>::from_dispatch(reference::forward::<Dispatch>(x.into_dispatch(), function))
        });
        for actual in on_each_set(|| outcome(input([1000], &Device::flex()), |x| activation(x, function))) {
            assert_agree(&actual, &expected, &format!("{function:?}"));
        }
    }
}

#[test]
fn inputs_may_lie_in_memory_in_any_order_and_stay_as_they_are() {
    for (device, (name, view)) in devices().into_iter().flat_map(|device| VIEWS.map(|view| (device.clone(), view))) {
        let x = view([2, 3, 6, 5], &device);
        let before = values(x.clone());
        for (function, _) in ALL {
            let expected = outcome(contiguous(x.clone()), |x| activation(x, function));
            let actual = outcome(x.clone(), |x| activation(x, function));
            assert_agree(&actual, &expected, &format!("{function:?}, {name}, on {device:?}"));
            assert_eq!(values(x.clone()), before, "{function:?} wrote over an input that is held");
        }
    }
}

#[test]
fn equal_input_gives_equal_bytes_whatever_the_number_of_threads() {
    for (function, _) in ALL {
        let run = |threads| {
            with_threads(threads, || {
                let (x, dy): (Tensor<1>, Tensor<1>) =
                    (input([200_003], &Device::flex()), formula([200_003], 4.0, &Device::flex()));
                let (x, dy) = (primitive(x), primitive(dy));
                let y = Flex::activation_forward(x.clone(), function);
                let kept = if function.needs_input() { x } else { y.clone() };
                [bits(&y), bits(&Flex::activation_backward(kept, dy, function))]
            })
        };
        let one = run(1);
        assert!([2, 3].into_iter().all(|threads| run(threads) == one), "{function:?}");
    }
}

#[test]
fn nan_stays_nan_and_extremes_are_those_of_the_reference() {
    let extremes = [f32::NAN, 1e30, -1e30, 100.0, -100.0, 0.0, f32::MIN_POSITIVE];
    for (function, _) in ALL {
        let x = Tensor::<1>::from_floats(extremes, &Device::flex());
        let expected =
            values::<1>(Tensor::from_dispatch(reference::forward::<Dispatch>(x.clone().into_dispatch(), function)));
        let actual = values(activation(x, function));
        assert!(actual[0].is_nan(), "{function:?}");
        assert_close(&actual[1..], &expected[1..], 1e-6, &format!("{function:?}"), "extremes");
    }
}

#[test]
fn other_floats_keep_their_type() {
    for ((function, _), dtype) in ALL.into_iter().flat_map(|all| [DType::F64, DType::F16].map(|dtype| (all, dtype))) {
        let expected = outcome(input([40], &Device::flex()), |x| activation(x, function));
        let actual = outcome(input([40], &Device::flex()), |x| {
            let y = activation(x.cast(dtype), function);
            assert_eq!(y.dtype(), dtype);
            y.cast(DType::F32)
        });
        let tolerance = if dtype == DType::F64 { 2e-6 } else { 5e-3 };
        for (actual, expected) in actual.iter().zip(&expected) {
            assert_close(actual, expected, tolerance, &format!("{function:?}"), &format!("{dtype:?}"));
        }
    }
}

#[test]
fn gradient_checkpointing_changes_no_gradient() {
    let gradient = |checkpointing: bool, function| {
        let x: Tensor<1> = input([40], &Device::flex()).autodiff();
        let x = match checkpointing {
            true => x.with_gradient_checkpointing_strategy(GradientCheckpointingStrategy::Balanced),
            false => x,
        };
        let x = x.require_grad();
        // exp is recomputed under checkpointing.
        let y = activation(activation(x.clone(), function).exp(), function);
        values(x.grad(&y.sum().backward()).unwrap())
    };
    for (function, _) in ALL {
        assert_eq!(gradient(true, function), gradient(false, function), "{function:?}");
    }
}

#[test]
fn what_takes_part_in_no_gradient_is_not_recorded() {
    let y = activation(input([3], &Device::flex().autodiff()), Tanh);
    assert!(!y.is_tracked());
}

#[test]
fn an_empty_tensor_stays_empty() {
    let x = Tensor::<2>::zeros([0, 3], &Device::flex());
    assert_eq!(activation(x, Relu).dims(), [0, 3]);
}
