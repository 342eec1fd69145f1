//! Tests of batch normalisation, on Flex and, with the feature `wgpu` and an adapter, on a GPU.

use burn::backend::{Dispatch, Flex};
use burn::tensor::{DType, Device, Tensor, TensorData};
use serde::Deserialize;

use super::*;
use crate::Activation;
use crate::cpu::on_each_set;
use crate::testing::{
    assert_close, bits, contiguous, devices, formula, formula_values, primitive, values, with_threads,
};

/// One normalisation. The values are formulas: x 2 cos(0.7 i + 1) + 0.5, γ, β, the given mean and the root of the given variance
/// cos(0.7 i + 2, 3, 5, 6).
#[derive(Clone, Debug)]
struct Case {
    x: [usize; 3],
    by_batch: bool,
    options: BatchNormOptions,
}

/// y, mean, variance, and the gradients of x, γ and β for an output gradient of cos(0.7 i + 4).
type Outcome = [Vec<f32>; 6];

type Normalise<'a> =
    &'a dyn Fn(Tensor<3>, [Tensor<1>; 2], Option<[Tensor<1>; 2]>, BatchNormOptions) -> BatchNormTrain<3>;

impl Case {
    fn new(x: [usize; 3], by_batch: bool, activation: Option<Activation>) -> Self {
        Self { x, by_batch, options: BatchNormOptions::new(1e-3).with_activation(activation) }
    }

    fn input(&self, device: &Device) -> Tensor<3> {
        formula(self.x, 1.0, device) * 2.0 + 0.5
    }

    fn outcome(&self, x: Tensor<3>, normalise: Normalise<'_>) -> Outcome {
        let device = x.device();
        let of_channels = |shift: f64| -> Tensor<1> { formula([self.x[1]], shift, &device) };
        let [x, gamma, beta] =
            [x.reshape([-1]), of_channels(2.0), of_channels(3.0)].map(|tensor| tensor.autodiff().require_grad());
        let given = (!self.by_batch).then(|| [of_channels(5.0), of_channels(6.0).powi_scalar(2)].map(Tensor::autodiff));
        let batch = normalise(x.clone().reshape(self.x), [gamma.clone(), beta.clone()], given, self.options);
        let dy = formula(self.x, 4.0, &device).autodiff();
        let gradients = (batch.output.clone() * dy).sum().backward();
        let gradient = |tensor: Tensor<1>| values(tensor.grad(&gradients).unwrap());
        let statistics = [batch.mean, batch.variance].map(|tensor| values(tensor.inner()));
        let [mean, variance] = statistics;
        [values(batch.output.inner()), mean, variance, gradient(x), gradient(gamma), gradient(beta)]
    }

    fn outcome_on(&self, device: &Device) -> Outcome {
        self.outcome(self.input(device), &normalise)
    }

    /// By the definition, in 64-bit floats.
    fn definition(&self) -> Outcome {
        let [samples, channels, numbers] = self.x;
        let n = (samples * numbers) as f64;
        let of_channels = |shift: f64| formula_values(channels, shift).into_iter().map(f64::from).collect::<Vec<_>>();
        let (gamma, beta, given) = (of_channels(2.0), of_channels(3.0), [of_channels(5.0), of_channels(6.0)]);
        let x: Vec<f64> = values(self.input(&Device::flex())).into_iter().map(f64::from).collect();
        let dy = formula_values(x.len(), 4.0);
        let mut outcome = [vec![0.0; x.len()], vec![], vec![], vec![0.0; x.len()], vec![], vec![]];
        for c in 0..channels {
            let places: Vec<usize> =
                (0..samples).flat_map(|b| (0..numbers).map(move |k| (b * channels + c) * numbers + k)).collect();
            let mean = places.iter().map(|&i| x[i]).sum::<f64>() / n;
            let variance = places.iter().map(|&i| (x[i] - mean).powi(2)).sum::<f64>() / n;
            let (mean, variance) = if self.by_batch { (mean, variance) } else { (given[0][c], given[1][c].powi(2)) };
            let std = (variance + self.options.epsilon).sqrt();
            let (mut dgamma, mut dbeta) = (0.0, 0.0);
            let mut dz = vec![0.0; x.len()];
            for &i in &places {
                let normalised = (x[i] - mean) / std;
                let z = gamma[c] * normalised + beta[c];
                let (y, slope) = activated(self.options.activation, z);
                outcome[0][i] = y as f32;
                dz[i] = slope * f64::from(dy[i]);
                dgamma += dz[i] * normalised;
                dbeta += dz[i];
            }
            for &i in &places {
                let through = if self.by_batch { dbeta / n + (x[i] - mean) / std * dgamma / n } else { 0.0 };
                outcome[3][i] = (gamma[c] / std * (dz[i] - through)) as f32;
            }
            for (place, value) in [(1, mean), (2, variance), (4, dgamma), (5, dbeta)] {
                outcome[place].push(value as f32);
            }
        }
        outcome
    }
}

/// The value and the slope.
fn activated(activation: Option<Activation>, z: f64) -> (f64, f64) {
    match activation {
        None => (z, 1.0),
        Some(Activation::Relu) => (z.max(0.0), if z > 0.0 { 1.0 } else { 0.0 }),
        Some(Activation::Tanh) => (z.tanh(), 1.0 - z.tanh().powi(2)),
        Some(other) => panic!("the tests do not know {other:?}"),
    }
}

fn normalise(
    x: Tensor<3>,
    affine: [Tensor<1>; 2],
    given: Option<[Tensor<1>; 2]>,
    options: BatchNormOptions,
) -> BatchNormTrain<3> {
    match given {
        None => {
            let [gamma, beta] = affine;
            batch_norm_train(x, gamma, beta, options)
        }
        Some(given) => {
            let [mean, variance] = given.clone();
            BatchNormTrain { output: batch_norm(x, affine, given, options), mean, variance }
        }
    }
}

fn on_dispatch(
    x: Tensor<3>,
    affine: [Tensor<1>; 2],
    given: Option<[Tensor<1>; 2]>,
    options: BatchNormOptions,
) -> BatchNormTrain<3> {
    let (x, [gamma, beta]) = (x.into_dispatch(), affine.map(Tensor::into_dispatch));
    match given {
        None => {
            let (output, mean, variance) = reference::by_batch::<Dispatch>(x, gamma, beta, options);
            let [mean, variance] = [mean, variance].map(|tensor| Tensor::from_dispatch(tensor).detach());
            BatchNormTrain { output: Tensor::from_dispatch(output), mean, variance }
        }
        Some([mean, variance]) => {
            let statistics =
                Statistics { mean: mean.clone().into_dispatch(), variance: variance.clone().into_dispatch() };
            let output = reference::given::<Dispatch>(x, gamma, beta, statistics, options);
            BatchNormTrain { output: Tensor::from_dispatch(output), mean, variance }
        }
    }
}

fn assert_agree(actual: &Outcome, expected: &Outcome, what: &str) {
    let names = ["output", "mean", "variance", "gradient of x", "gradient of gamma", "gradient of beta"];
    for ((actual, expected), name) in actual.iter().zip(expected).zip(names) {
        assert_close(actual, expected, 1e-5, what, name);
    }
}

/// Channels of single numbers, of less than a vector, of several with a rest; one channel, one sample, several parts.
fn cases() -> Vec<Case> {
    let shapes = [[4, 3, 30], [6, 4, 1], [9, 37, 1], [2, 19, 3], [1, 5, 40], [1, 1, 2], [33, 40, 100], [300, 300, 1]];
    let activations = [None, Some(Activation::Relu), Some(Activation::Tanh)];
    let all = shapes.into_iter().flat_map(|x| [true, false].map(|by_batch| (x, by_batch)));
    all.zip(activations.into_iter().cycle())
        .map(|((x, by_batch), activation)| Case::new(x, by_batch, activation))
        .collect()
}

#[derive(Deserialize)]
struct Fixture {
    x: Vec<usize>,
    epsilon: f64,
    by_batch: bool,
    activation: Option<String>,
    y: Vec<f32>,
    mean: Vec<f32>,
    variance: Vec<f32>,
    grad_x: Vec<f32>,
    grad_gamma: Vec<f32>,
    grad_beta: Vec<f32>,
}

#[test]
fn outputs_statistics_and_gradients_equal_those_of_pytorch() {
    let fixtures: Vec<Fixture> = serde_json::from_str(include_str!("../../tests/fixtures/batch_norm.json")).unwrap();
    assert_eq!(fixtures.len(), 5);
    for (fixture, device) in fixtures.iter().flat_map(|f| devices().into_iter().map(move |device| (f, device))) {
        let activation = fixture.activation.as_ref().map(|_| Activation::Relu);
        let x = [fixture.x[0], fixture.x[1], fixture.x[2..].iter().product()];
        let options = BatchNormOptions::new(fixture.epsilon).with_activation(activation);
        let case = Case { x, by_batch: fixture.by_batch, options };
        let mut actual = case.outcome_on(&device);
        if !case.by_batch {
            (actual[1], actual[2]) = (fixture.mean.clone(), fixture.variance.clone());
        }
        let Fixture { y, mean, variance, grad_x, grad_gamma, grad_beta, .. } = fixture;
        let expected = [y, mean, variance, grad_x, grad_gamma, grad_beta].map(Clone::clone);
        assert_agree(&actual, &expected, &format!("{case:?} on {device:?}"));
    }
}

#[test]
fn odd_shapes_agree_with_the_definition_on_every_set_of_instructions() {
    for case in cases() {
        let expected = case.definition();
        for device in devices() {
            assert_agree(&case.outcome_on(&device), &expected, &format!("{case:?} on {device:?}"));
        }
        for actual in on_each_set(|| case.outcome_on(&Device::flex())) {
            assert_agree(&actual, &expected, &format!("{case:?}"));
        }
    }
}

#[test]
fn the_reference_agrees_with_its_own_gradient_and_with_burns() {
    let device = Device::flex();
    for case in cases() {
        let expected = case.definition();
        assert_agree(&case.outcome(case.input(&device), &on_dispatch), &expected, &format!("{case:?}"));

        let of_channels =
            |values: &[f32]| primitive(Tensor::<1>::from_data(TensorData::new(values.to_vec(), [case.x[1]]), &device));
        let output = Tensor::<3>::from_data(TensorData::new(expected[0].clone(), case.x), &device);
        let inputs = BatchNormInputs::<Flex> {
            x: primitive(case.input(&device)),
            output: Some(primitive(output)).into(),
            gamma: primitive::<1>(formula([case.x[1]], 2.0, &device)),
            statistics: Statistics { mean: of_channels(&expected[1]), variance: of_channels(&expected[2]) },
        };
        let dy = primitive::<3>(formula(case.x, 4.0, &device));
        let wanted = BatchNormGradients { x: true, gamma: true, beta: true, through_statistics: case.by_batch };
        let (dx, dgamma, dbeta) = reference::backward::<Flex>(inputs, dy, case.options, wanted);
        for (own, place) in [(dx, 3), (dgamma, 4), (dbeta, 5)] {
            let own = own.unwrap().to_contiguous();
            assert_close(own.storage(), &expected[place], 1e-5, &format!("{case:?}"), "gradient of the reference");
        }
    }
}

#[test]
fn gradients_equal_central_differences() {
    for case in [
        Case::new([3, 2, 5], true, None),
        Case::new([6, 3, 1], true, Some(Activation::Tanh)),
        Case::new([3, 2, 5], false, None),
    ] {
        let device = Device::flex();
        let [_, _, _, gradient, _, _] = case.outcome_on(&device);
        let loss = |index: usize, shift: f32| -> f64 {
            let mut x = values(case.input(&device));
            x[index] += shift;
            let x = Tensor::<3>::from_data(TensorData::new(x, case.x), &device);
            let [y, ..] = case.outcome(x, &normalise);
            formula_values(y.len(), 4.0).iter().zip(y).map(|(dy, y)| f64::from(*dy) * f64::from(y)).sum()
        };
        for (index, gradient) in gradient.iter().enumerate() {
            let difference = ((loss(index, 0.02) - loss(index, -0.02)) / 0.04) as f32;
            assert!((difference - gradient).abs() < 1e-3, "{case:?}, {index}: {difference}, {gradient}");
        }
    }
}

#[test]
fn inputs_may_lie_in_memory_in_any_order() {
    let device = Device::flex();
    for case in cases().into_iter().take(6) {
        let [a, b, c] = case.x;
        let view = formula([c, b, a], 1.0, &device).swap_dims(0, 2);
        let through_view = |x: Tensor<3>, affine, given, options| {
            // The gradient of the output is a view as well.
            let batch = normalise(x, affine, given, options);
            BatchNormTrain { output: (batch.output.swap_dims(0, 2) * 1.0).swap_dims(0, 2), ..batch }
        };
        let expected = case.outcome(contiguous(view.clone()), &normalise);
        assert_agree(&case.outcome(view, &through_view), &expected, &format!("{case:?}"));
    }
}

#[test]
fn equal_input_gives_equal_bytes_whatever_the_number_of_threads() {
    for case in [Case::new([33, 40, 100], true, Some(Activation::Relu)), Case::new([300, 300, 1], true, None)] {
        let run = |threads| with_threads(threads, || case.outcome_on(&Device::flex()));
        let one = run(1);
        assert!([2, 3].into_iter().all(|threads| run(threads) == one), "{case:?}");
    }
}

#[test]
fn the_variance_is_exact_where_the_mean_is_a_thousand_times_larger() {
    let case = Case::new([16, 3, 50], true, None);
    let x = case.input(&Device::flex());
    let far = case.outcome(x.clone() + 1024.0, &normalise);
    let near = case.outcome(x, &normalise);
    assert_close(&far[2], &near[2], 1e-4, "a far mean", "variance");
    assert_close(&far[0], &near[0], 3e-4, "a far mean", "output");
}

#[test]
fn gradients_reach_exactly_the_inputs_that_require_them() {
    for mask in 0..8 {
        let device = Device::flex();
        let wanted = [mask & 1 > 0, mask & 2 > 0, mask & 4 > 0];
        let x: Tensor<2> = formula([4, 3], 1.0, &device).autodiff().set_require_grad(wanted[0]);
        let [gamma, beta]: [Tensor<1>; 2] =
            [1, 2].map(|place| formula([3], 2.0, &device).autodiff().set_require_grad(wanted[place]));
        let batch = batch_norm_train(x.clone(), gamma.clone(), beta.clone(), BatchNormOptions::new(1e-3));
        assert!(!batch.mean.is_tracked() && !batch.variance.is_tracked());
        assert_eq!(batch.output.is_tracked(), mask > 0);
        if mask > 0 {
            let gradients = batch.output.sum().backward();
            let found =
                [x.grad(&gradients).is_some(), gamma.grad(&gradients).is_some(), beta.grad(&gradients).is_some()];
            assert_eq!(found, wanted);
        }
    }
}

#[test]
fn other_floats_keep_their_type() {
    for (case, dtype) in
        cases().into_iter().take(5).flat_map(|case| [DType::F64, DType::F16].map(|dtype| (case.clone(), dtype)))
    {
        let cast = |x: Tensor<3>, affine: [Tensor<1>; 2], given: Option<[Tensor<1>; 2]>, options| {
            let given = given.map(|given| given.map(|tensor| tensor.cast(dtype)));
            let batch = normalise(x.cast(dtype), affine.map(|tensor| tensor.cast(dtype)), given, options);
            assert_eq!(batch.output.dtype(), dtype);
            let [mean, variance] = [batch.mean, batch.variance].map(|tensor| tensor.cast(DType::F32));
            BatchNormTrain { output: batch.output.cast(DType::F32), mean, variance }
        };
        let tolerance = if dtype == DType::F64 { 1e-5 } else { 5e-2 };
        let actual = case.outcome(case.input(&Device::flex()), &cast);
        for (actual, expected) in actual.iter().zip(case.definition()) {
            assert_close(actual, &expected, tolerance, &format!("{case:?}"), &format!("{dtype:?}"));
        }
    }
}

#[test]
fn an_empty_batch_may_be_normalised_by_a_given_mean_only() {
    let device = Device::flex();
    let [ones, zeros]: [Tensor<1>; 2] = [Tensor::ones([3], &device), Tensor::zeros([3], &device)];
    let options = BatchNormOptions::new(1e-3);
    let empty = || Tensor::<4>::zeros([0, 3, 2, 2], &device);
    let y = batch_norm(empty(), [ones.clone(), zeros.clone()], [zeros.clone(), ones.clone()], options);
    assert_eq!(y.dims(), [0, 3, 2, 2]);
    assert_eq!(bits(&primitive(y)), [0u32; 0]);
    let refused = std::panic::catch_unwind(|| batch_norm_train(empty(), ones, zeros, options));
    assert!(refused.unwrap_err().downcast::<String>().unwrap().contains("an empty batch has no mean"));
}

#[test]
fn shapes_and_activations_that_do_not_fit_are_refused() {
    let call = |channels: usize, activation| {
        let refused = std::panic::catch_unwind(|| {
            let device = Device::flex();
            let of_channels = Tensor::ones([channels], &device);
            let options = BatchNormOptions::new(1e-3).with_activation(activation);
            batch_norm_train(Tensor::<2>::ones([2, 3], &device), of_channels.clone(), of_channels, options)
        });
        *refused.unwrap_err().downcast::<String>().unwrap()
    };
    assert!(call(4, None).contains("batch norm of [2, 3]: what each channel has must be [3], not [4]"));
    assert!(call(3, Some(Activation::Gelu)).contains("the gradient of Some(Gelu) needs its input"));
}
