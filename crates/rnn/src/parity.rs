//! Every layer against Keras's and PyTorch's numbers: outputs and states to 1e-5, gradients to 1e-4.
//!
//! The fixtures hold what comes out; what goes in is a formula of the index, the same here and in the generators
//! (`tests/fixtures/cases.py`). Of most cases the fixtures hold two sums for each tensor, in which every number and its
//! place counts; of some all numbers.

mod keras;
mod pytorch;

use burn::tensor::{Device, Gradients, Tensor, TensorData};

use crate::{ForeignWeights, RecurrentLayer, RecurrentState, Sequence, Weights};

const BATCH: usize = 3;
const FEATURES: usize = 3;
const HIDDEN: usize = 5;

/// What comes out of a case: one list of tensors each.
struct Found {
    outputs: Vec<Vec<f32>>,
    states: Vec<Vec<f32>>,
    /// Of the weights, the input and the initial state.
    gradients: Vec<Vec<f32>>,
}

/// Outputs and final state of a layer.
type Outcome<S> = (Vec<Tensor<3>>, S);

/// Element i is size · cos(0.7 i + shift).
fn wave(count: usize, size: f64, shift: f64) -> Vec<f32> {
    (0..count).map(|i| (size * (0.7 * i as f64 + shift).cos()) as f32).collect()
}

fn wave_array(shape: &[usize], size: f64, shift: f64) -> TensorData {
    TensorData::new(wave(shape.iter().product(), size, shift), shape.to_vec())
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

fn sequences(steps: usize, device: &Device) -> Tensor<3> {
    Tensor::from_data(wave_array(&[BATCH, steps, FEATURES], 1.2, 0.1), device).require_grad()
}

/// Whether a step counts; a mask that is not known counts none.
fn counts(mask: &str, row: usize, step: usize, steps: usize) -> bool {
    let length = 1 + (row * 3 + 2) % steps;
    match mask {
        "right" => step < length,
        "left" => step >= steps - length,
        "holes" => (row + step * step + step / 3) % 3 != 1,
        "empty" => row > 0 && step != 1,
        _ => false,
    }
}

/// The sum of the outputs times cos(0.23 i), backwards.
fn backward(outputs: &[Tensor<3>]) -> Gradients {
    let losses = outputs.iter().map(|y| {
        let shape = y.dims();
        let weights: Vec<f32> = (0..shape.iter().product()).map(|i: usize| (0.23 * i as f64).cos() as f32).collect();
        (y.clone() * Tensor::from_data(TensorData::new(weights, shape), &y.device())).sum()
    });
    losses.reduce(|sum, loss| sum + loss).unwrap().backward()
}

/// Runs a layer, and gives the gradients of its weights as `arrays` lists them.
fn measure<L: RecurrentLayer + ForeignWeights>(
    layer: &L,
    x: Sequence,
    state: Option<L::State>,
    run: impl Fn(&L, Sequence, Option<L::State>) -> Outcome<L::State>,
    arrays: impl Fn(&L) -> Vec<TensorData>,
) -> Found {
    let state = state.map(|state| state.map(&mut |_, tensor| tensor.require_grad()));
    let (outputs, final_state) = run(layer, x.clone(), state.clone());
    let gradients = backward(&outputs);

    let of_weights = arrays(&gradients_in_place(layer, &gradients));
    let of_weights = of_weights.into_iter().map(|array| array.try_to_vec().unwrap());
    let of_state = state.into_iter().flat_map(|state| state.tensors());
    let of_state = of_state.map(|(_, tensor)| match tensor.grad(&gradients) {
        Some(gradient) => values(gradient),
        None => vec![0.0; tensor.dims().iter().product()],
    });
    let of_input = values(x.values.grad(&gradients).unwrap());
    Found {
        gradients: of_weights.chain([of_input]).chain(of_state).collect(),
        outputs: outputs.into_iter().map(values).collect(),
        states: final_state.tensors().into_iter().map(|(_, tensor)| values(tensor)).collect(),
    }
}

/// The layer with gradients for weights, so that they can be written in the layout of another system.
fn gradients_in_place<L: ForeignWeights>(layer: &L, gradients: &Gradients) -> L {
    let swap = |weights: Weights| Weights {
        kernel: weights.kernel.map(|old| old.grad(gradients).unwrap()),
        recurrent_kernel: weights.recurrent_kernel.map(|old| old.grad(gradients).unwrap()),
        bias: weights.bias.map(|bias| bias.map(|old| old.grad(gradients).unwrap())),
        recurrent_bias: weights.recurrent_bias.map(|bias| bias.map(|old| old.grad(gradients).unwrap())),
    };
    layer.clone().map_weights(&mut |_, _, weights| Ok(swap(weights))).unwrap()
}

/// Two sums that depend on every number and its place.
fn digest(values: &[f32]) -> [f64; 2] {
    let sum = |wave: fn(f64) -> f64| values.iter().enumerate().map(|(i, v)| f64::from(*v) * wave(i as f64)).sum();
    [sum(|i| (0.37 * i + 0.2).cos()), sum(|i| (0.71 * i + 0.3).sin())]
}

fn digests(tensors: &[Vec<f32>]) -> Vec<f64> {
    tensors.iter().flat_map(|tensor| digest(tensor)).collect()
}

/// The largest difference; a NaN is infinitely far.
fn distance(found: &[f64], expected: &[f64]) -> f64 {
    largest(found, expected, |_| 1.0)
}

/// The same, relative to the number expected where that is above 1.
fn deviation(found: &[f64], expected: &[f64]) -> f64 {
    largest(found, expected, |expected| expected.abs().max(1.0))
}

fn largest(found: &[f64], expected: &[f64], scale: impl Fn(f64) -> f64) -> f64 {
    assert_eq!(found.len(), expected.len());
    let distances = found.iter().zip(expected).map(|(a, b)| (a - b).abs() / scale(*b));
    distances.fold(0.0, |worst, distance| if distance.is_nan() { f64::INFINITY } else { worst.max(distance) })
}

/// What was compared, and how far it was off.
#[derive(Default)]
struct Tally {
    cases: usize,
    forward: f64,
    gradients: f64,
    failures: Vec<String>,
}

impl Tally {
    fn add(&mut self, name: &str, forward: f64, gradients: f64) {
        self.cases += 1;
        self.forward = self.forward.max(forward);
        self.gradients = self.gradients.max(gradients);
        if forward > 1e-5 || gradients > 1e-4 {
            self.failures.push(format!("{name}: outputs and states {forward:.1e}, gradients {gradients:.1e}"));
        }
    }

    /// Panics with the first failures unless all `expected` cases agreed.
    fn finish(self, system: &str, expected: usize) {
        let Self { cases, forward, gradients, failures } = self;
        println!(
            "{system}: {cases} cases, largest deviation of outputs and states {forward:.1e}, gradients {gradients:.1e}"
        );
        let first = failures.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
        assert!(failures.is_empty(), "{system}: {} of {cases} cases differ:\n{first}", failures.len());
        assert_eq!(cases, expected, "{system}");
    }
}
