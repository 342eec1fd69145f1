//! Tests of the steps: agreement with their definition and with the reference, memory, laziness, refusals.

use burn::backend::flex::FlexTensor;
use burn::backend::{Dispatch, Flex};
use burn::tensor::{DType, Device, Tensor};

use super::*;
use crate::testing::{assert_close, bits, devices, formula, primitive, values};

/// A kind of step; the number of the step is set as it goes.
#[derive(Clone, Copy, Debug)]
enum Rule {
    Adam(AdamStep, bool),
    Sgd(SgdStep),
}

/// What an optimiser holds after some steps: the parameter, then what it remembers.
type Held<const D: usize> = Vec<Tensor<D>>;

const RATE: f64 = 0.03;

fn adam() -> AdamStep {
    AdamStep::new(RATE, 0).with_betas([0.8, 0.95]).with_epsilon(1e-3)
}

fn rules() -> Vec<Rule> {
    let sgd = SgdStep::new(RATE);
    let momentum = sgd.with_momentum(0.7);
    let adams = [Decay::None, Decay::Penalty(0.1), Decay::Decoupled(0.2), Decay::Cautious(0.2)]
        .into_iter()
        .flat_map(|decay| [false, true].map(|amsgrad| Rule::Adam(adam().with_decay(decay), amsgrad)));
    let sgds = [
        sgd,
        sgd.with_penalty(0.1),
        momentum,
        momentum.with_penalty(0.1).with_dampening(0.4),
        momentum.with_nesterov(true),
    ];
    adams.chain(sgds.map(Rule::Sgd)).collect()
}

fn lazy(rule: Rule) -> Rule {
    match rule {
        Rule::Adam(step, amsgrad) => Rule::Adam(step.with_lazy(true), amsgrad),
        Rule::Sgd(step) => Rule::Sgd(step.with_lazy(true)),
    }
}

/// Steps with these gradients, by the public functions.
fn steps<const D: usize>(rule: Rule, mut parameter: Tensor<D>, gradients: Vec<Tensor<D>>) -> Held<D> {
    match rule {
        Rule::Adam(step, amsgrad) => {
            let mut moments = Moments::zeros_like(&parameter, amsgrad);
            for (index, gradient) in gradients.into_iter().enumerate() {
                let step = AdamStep { time: index + 1, ..step };
                (parameter, moments) = adam_update(parameter, gradient, moments, step);
            }
            [Some(parameter), Some(moments.first), Some(moments.second), moments.largest]
                .into_iter()
                .flatten()
                .collect()
        }
        Rule::Sgd(step) => {
            let mut velocity = None;
            for gradient in gradients {
                (parameter, velocity) = sgd_update(parameter, gradient, velocity, step);
            }
            [Some(parameter), velocity].into_iter().flatten().collect()
        }
    }
}

/// The parameter after the steps by their definition, in 64-bit floats, one number after the other.
fn definition(rule: Rule, parameter: &[f32], gradients: &[Vec<f32>]) -> Vec<f32> {
    let number = |index: usize| {
        let (mut theta, mut m, mut v, mut largest) = (f64::from(parameter[index]), 0.0, 0.0, 0.0f64);
        for (past, gradient) in gradients.iter().enumerate() {
            let g = f64::from(gradient[index]);
            match rule {
                Rule::Adam(step, amsgrad) => {
                    let penalty = if let Decay::Penalty(penalty) = step.decay { f64::from(penalty) } else { 0.0 };
                    let g = g + penalty * theta;
                    let [beta_1, beta_2] = step.betas.map(f64::from);
                    (m, v) = (beta_1 * m + (1.0 - beta_1) * g, beta_2 * v + (1.0 - beta_2) * g * g);
                    largest = if amsgrad { largest.max(v) } else { v };
                    let time = past as i32 + 1;
                    let mean = m / (1.0 - beta_1.powi(time));
                    let root = (largest / (1.0 - beta_2.powi(time))).sqrt();
                    let decays = match step.decay {
                        Decay::Decoupled(lambda) => f64::from(lambda),
                        Decay::Cautious(lambda) if (theta >= 0.0) == (m >= 0.0) => f64::from(lambda),
                        _ => 0.0,
                    };
                    theta -= RATE * decays * theta + RATE * mean / (root + f64::from(step.epsilon));
                }
                Rule::Sgd(step) => {
                    let g = g + f64::from(step.penalty) * theta;
                    let momentum = f64::from(step.momentum.unwrap_or(0.0));
                    let taken = if past == 0 { 1.0 } else { 1.0 - step.dampening };
                    m = momentum * m + taken * g;
                    theta -= RATE * if step.nesterov { g + momentum * m } else { m };
                }
            }
        }
        theta as f32
    };
    (0..parameter.len()).map(number).collect()
}

fn gradients<const D: usize>(dims: [usize; D], count: usize, device: &Device) -> Vec<Tensor<D>> {
    (0..count).map(|step| formula(dims, 2.0 + 0.9 * step as f64, device) / (1.0 + step as f64)).collect()
}

/// Gradients of `[9, 5]` in which most rows are zeros.
fn sparse_gradients(device: &Device) -> Vec<Tensor<2>> {
    let rows = Tensor::<1, burn::tensor::Int>::arange(0..9, device);
    let touched = |step: i64| ((rows.clone() + step) % 4).equal_scalar(0).float().reshape([9, 1]);
    let dense = gradients([9, 5], 4, device);
    dense.into_iter().enumerate().map(|(step, gradient)| gradient * touched(step as i64)).collect()
}

#[test]
fn steps_agree_with_their_definition_at_any_length() {
    for (rule, len) in rules().into_iter().flat_map(|rule| [1, 15, 16, 37].map(|len| (rule, len))) {
        for device in devices() {
            let (parameter, gradients) = (formula([len], 1.0, &device), gradients([len], 4, &device));
            let numbers: Vec<Vec<f32>> = gradients.iter().cloned().map(values).collect();
            let expected = definition(rule, &values(parameter.clone()), &numbers);
            let actual = values(steps(rule, parameter, gradients).remove(0));
            assert_close(&actual, &expected, 1e-5, &format!("{rule:?} on {device:?}"), "parameter");
        }
    }
}

/// The same steps by the reference.
fn reference_steps<const D: usize>(rule: Rule, parameter: &Tensor<D>, gradients: &[Tensor<D>]) -> Held<D> {
    let mut parameter = parameter.clone().into_dispatch();
    let gradients = gradients.iter().map(|gradient| gradient.clone().into_dispatch());
    let held = match rule {
        Rule::Adam(step, amsgrad) => {
            let like = Tensor::<D>::from_dispatch(parameter.clone());
            let mut moments = Moments::zeros_like(&like, amsgrad).into_primitives();
            for (past, gradient) in gradients.enumerate() {
                let step = AdamStep { time: past + 1, ..step };
                (parameter, moments) = reference::adam::<Dispatch>(parameter, gradient, moments, &step);
            }
            vec![Some(parameter), Some(moments.first), Some(moments.second), moments.largest.into_option()]
        }
        Rule::Sgd(step) => {
            let mut velocity = OptionalTensor::Absent;
            for gradient in gradients {
                (parameter, velocity) = reference::sgd::<Dispatch>(parameter, gradient, velocity, &step);
            }
            vec![Some(parameter), velocity.into_option()]
        }
    };
    held.into_iter().flatten().map(Tensor::from_dispatch).collect()
}

#[test]
fn the_kernel_gives_the_numbers_of_the_reference_to_the_last_bit() {
    let device = Device::flex();
    let sparse = sparse_gradients(&device);
    for (rule, gradients) in rules().into_iter().flat_map(|rule| {
        [(rule, gradients([9, 5], 3, &device)), (lazy(rule), sparse.clone()), (rule, gradients([9, 5], 1, &device))]
    }) {
        let parameter = formula([9, 5], 1.0, &device);
        let expected = reference_steps(rule, &parameter, &gradients);
        let actual = steps(rule, parameter, gradients);
        assert_eq!(actual.len(), expected.len());
        for (actual, expected) in actual.into_iter().zip(expected) {
            assert_eq!(values(actual), values(expected), "{rule:?}");
        }
    }
}

#[test]
fn large_parameters_are_cut_into_parts_that_give_equal_bytes_for_any_number_of_threads() {
    let device = Device::flex();
    for rule in rules().into_iter().flat_map(|rule| [rule, lazy(rule)]) {
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let (parameter, gradients) = (formula([4001, 19], 1.0, &device), gradients([4001, 19], 2, &device));
            let held = pool.install(|| steps(rule, parameter, gradients));
            held.into_iter().map(|tensor| bits(&primitive(tensor))).collect::<Vec<_>>()
        };
        let one = run(1);
        assert!([2, 3].iter().all(|threads| run(*threads) == one), "{rule:?}");

        let numbers: Vec<Vec<f32>> = gradients([4001, 19], 2, &device).into_iter().map(values).collect();
        let expected = definition(rule, &values(formula([4001, 19], 1.0, &device)), &numbers);
        let actual: Vec<f32> = one[0].iter().map(|bits| f32::from_bits(*bits)).collect();
        assert_close(&actual, &expected, 1e-5, &format!("{rule:?}"), "parameter");
    }
}

#[test]
fn a_lazy_step_leaves_rows_of_zero_gradient_alone_and_moves_the_others_as_ever() {
    for (rule, device) in rules().into_iter().flat_map(|rule| devices().into_iter().map(move |device| (rule, device))) {
        // The shaders of a graphics processor may take NaN for any number.
        let odd = if device == Device::flex() { f32::NAN } else { 2.0 };
        let gradient = || {
            let rows = [[0.5, -1.0, 0.0], [0.0, -0.0, 0.0], [0.0, 0.0, 1e-30], [odd, 0.0, 0.0]];
            Tensor::<2>::from_floats(rows, &device)
        };
        let parameter = || formula([4, 3], 1.0, &device);
        let dense = steps(rule, parameter(), vec![gradient()]);
        let lazy = steps(lazy(rule), parameter(), vec![gradient()]);
        let before = [values(parameter()), vec![0.0; 12], vec![0.0; 12], vec![0.0; 12]];
        for ((dense, lazy), before) in dense.into_iter().zip(lazy).zip(before) {
            let (dense, lazy) = (values(dense), values(lazy));
            let number = |index: usize| if index / 3 == 1 { before[index] } else { dense[index] };
            let expected: Vec<u32> = (0..12).map(|index| number(index).to_bits()).collect();
            // A NaN may have any sign and payload.
            let is_same = |(index, value): (usize, &f32)| {
                value.is_nan() && number(index).is_nan() || value.to_bits() == expected[index]
            };
            assert!(lazy.iter().enumerate().all(is_same), "{rule:?} on {device:?}: {lazy:?}, dense {dense:?}");
        }
    }
}

fn address(tensor: &FlexTensor) -> *const f32 {
    tensor.storage::<f32>().as_ptr()
}

#[test]
#[cfg(not(feature = "reference-only"))]
fn memory_that_nobody_else_holds_is_used_again() {
    let device = Device::flex();
    let tensor = |shift| primitive(formula([3, 40], shift, &device) * 1.0);
    for shared in [false, true] {
        let (parameter, gradient, first, second) = (tensor(1.0), tensor(2.0), tensor(3.0), tensor(4.0));
        let [at, at_gradient, at_first, at_second] = [&parameter, &gradient, &first, &second].map(address);
        let kept = shared.then(|| parameter.clone());
        let moments = AdamMoments { first, second, largest: OptionalTensor::Absent };
        let (new, moments) = Flex::adam_update(parameter, gradient, moments, AdamStep::new(0.1, 1));
        assert_eq!(address(&new), if shared { at_gradient } else { at });
        assert_eq!([address(&moments.first), address(&moments.second)], [at_first, at_second]);
        if let Some(kept) = kept {
            assert_eq!(bits(&kept), bits(&tensor(1.0)), "the parameter that is still held changed");
        }
    }
}

#[test]
#[cfg(not(feature = "reference-only"))]
fn the_public_function_hands_memory_on_without_a_copy() {
    let device = Device::flex();
    let tensor = |shift| formula([3, 40], shift, &device) * 1.0;
    let address_of = |tensor: &Tensor<2>| address(&primitive(tensor.clone()));
    let (parameter, moments) = (tensor(1.0), Moments { first: tensor(3.0), second: tensor(4.0), largest: None });
    let before = [&parameter, &moments.first, &moments.second].map(address_of);
    let (parameter, moments) = adam_update(parameter, tensor(2.0), moments, AdamStep::new(0.1, 1));
    assert_eq!([&parameter, &moments.first, &moments.second].map(address_of), before);
}

#[test]
fn tensors_may_be_shared_and_lie_in_memory_in_any_order() {
    let device = Device::flex();
    let plain = |shift| formula([6, 4], shift, &device);
    let views = [
        plain(2.0).swap_dims(0, 1),
        formula([6, 6], 2.0, &device).slice([1..5, 0..6]),
        formula([1, 6], 2.0, &device).expand([4, 6]),
        formula([4, 6], 2.0, &device).flip([0]),
    ];
    for (rule, view) in rules().into_iter().flat_map(|rule| views.clone().map(|view| (rule, view))) {
        let copy = || Tensor::<2>::from_data(view.clone().into_data(), &device);
        let parameter = Tensor::<2>::from_data(plain(1.0).swap_dims(0, 1).into_data(), &device);
        let expected = steps(rule, parameter.clone(), vec![copy(), copy()]);
        let gradients = vec![view.clone(), view.clone()];
        let actual = steps(rule, plain(1.0).swap_dims(0, 1), gradients);
        for (actual, expected) in actual.into_iter().zip(expected) {
            assert_eq!(values(actual), values(expected), "{rule:?}");
        }
    }
}

#[test]
fn other_floats_keep_their_type_and_empty_parameters_stay_empty() {
    for (rule, dtype) in rules().into_iter().flat_map(|rule| [DType::F64, DType::F16].map(|dtype| (rule, dtype))) {
        let device = Device::flex();
        let expected = values(steps(rule, formula([7], 1.0, &device), gradients([7], 2, &device)).remove(0));
        let cast = |tensor: Tensor<1>| tensor.cast(dtype);
        let gradients = gradients([7], 2, &device).into_iter().map(cast).collect();
        let actual = steps(rule, cast(formula([7], 1.0, &device)), gradients).remove(0);
        assert_eq!(actual.dtype(), dtype);
        assert_close(&values(actual.cast(DType::F32)), &expected, 5e-3, &format!("{rule:?}"), "parameter");

        let empty = FlexTensor::zeros([0, 3].into(), DType::F32);
        let (parameter, velocity) =
            Flex::sgd_update(empty.clone(), empty, OptionalTensor::Absent, SgdStep::new(0.1).with_lazy(true));
        assert!(bits(&parameter).is_empty() && velocity.into_option().is_none());
    }
}

#[test]
#[should_panic(expected = "the gradient [3, 2] must have the parameter's shape [2, 3]")]
fn a_gradient_of_another_shape_is_refused() {
    let device = Device::flex();
    sgd_update(Tensor::<2>::zeros([2, 3], &device), Tensor::zeros([3, 2], &device), None, SgdStep::new(0.1));
}

#[test]
#[should_panic(expected = "the second moment [4] must have the parameter's shape [3]")]
fn a_moment_of_another_shape_is_refused() {
    let zeros = |len: usize| Tensor::<1>::zeros([len], &Device::flex());
    let moments = Moments { first: zeros(3), second: zeros(4), largest: None };
    adam_update(zeros(3), zeros(3), moments, AdamStep::new(0.1, 1));
}
