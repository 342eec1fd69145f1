//! Tests of the recurrent operations, on Flex and, with the feature `wgpu` and an adapter, on a GPU.

mod layouts;
mod masks;
mod parity;
mod properties;
mod routes;

use burn::tensor::{Bool, Device, Tensor, TensorData};

use super::{Call, Cell, GruReset, LstmGates, RecurrentWeights, RnnActivation, Steps};
use crate::testing::devices;

/// How far an output may be from the expected one, relative to 1 + its size.
const FORWARD_TOLERANCE: f64 = 1e-5;
/// The same for a gradient.
const GRADIENT_TOLERANCE: f64 = 1e-4;

const CELLS: [Cell; 6] = [
    Cell::Lstm(LstmGates::Separate),
    Cell::Lstm(LstmGates::Coupled),
    Cell::Gru(GruReset::After),
    Cell::Gru(GruReset::Before),
    Cell::Rnn(RnnActivation::Tanh),
    Cell::Rnn(RnnActivation::Relu),
];

/// Which steps count.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Masking {
    /// No mask.
    None,
    /// Sequences that end early.
    Right,
    /// Sequences that begin late.
    Left,
    /// Sequences with holes.
    Holes,
    /// Sequences of which the first has no step that counts.
    Empty,
}

const MASKINGS: [Masking; 5] = [Masking::None, Masking::Right, Masking::Left, Masking::Holes, Masking::Empty];

impl Masking {
    /// Whether step `time` of sequence `sequence` counts.
    fn counts(self, sequence: usize, time: usize, steps: usize) -> bool {
        let length = 1 + (sequence * 3 + 2) % steps;
        match self {
            Self::None => true,
            Self::Right => time < length,
            Self::Left => time >= steps - length,
            Self::Holes => (sequence + time * time + time / 3) % 3 != 1,
            Self::Empty => sequence > 0 && time != 1,
        }
    }

    fn values(self, [batch, steps]: [usize; 2]) -> Vec<bool> {
        let rows = (0..batch).flat_map(|sequence| (0..steps).map(move |time| self.counts(sequence, time, steps)));
        rows.collect()
    }

    fn mask(self, dims: [usize; 2], device: &Device) -> Option<Tensor<2, Bool>> {
        let data = TensorData::new(self.values(dims), dims);
        (self != Self::None).then(|| Tensor::from_data(data, device))
    }
}

/// One run over sequences. The values are formulas.
#[derive(Clone, Copy, Debug)]
struct Case {
    cell: Cell,
    /// `[B, T, I]`
    x: [usize; 3],
    hidden: usize,
    bias: bool,
    state: bool,
    masking: Masking,
    reverse: bool,
    zero_output: bool,
}

impl Case {
    /// With bias, initial state and no mask.
    fn new(cell: Cell, x: [usize; 3], hidden: usize) -> Self {
        let (bias, state, reverse, zero_output) = (true, true, false, false);
        Self { cell, x, hidden, bias, state, masking: Masking::None, reverse, zero_output }
    }

    fn masked(self, masking: Masking) -> Self {
        Self { masking, ..self }
    }

    /// The inputs on `device`.
    fn inputs(&self, device: &Device) -> Inputs {
        let ([batch, _, features], hidden, width) = (self.x, self.hidden, self.cell.gates() * self.hidden);
        let bias = |shift| self.bias.then(|| formula([width], shift, 0.5, device));
        Inputs {
            x: formula(self.x, 1.0, 1.0, device),
            input: formula([features, width], 2.0, 1.0 / (features as f64).sqrt(), device),
            recurrent: formula([hidden, width], 3.0, 1.0 / (hidden as f64).sqrt(), device),
            bias: bias(4.0),
            recurrent_bias: bias(5.0),
            state: self.state.then(|| formula([batch, self.cell.states() * hidden], 6.0, 0.7, device)),
        }
    }

    /// The call on these inputs.
    fn call(&self, inputs: Inputs, steps: Steps) -> Call {
        let Inputs { x, input, recurrent, bias, recurrent_bias, state } = inputs;
        Call { cell: self.cell, x, weights: RecurrentWeights { input, recurrent, bias, recurrent_bias }, state, steps }
    }

    fn steps(&self, device: &Device) -> Steps {
        let [batch, steps, _] = self.x;
        let mask = self.masking.mask([batch, steps], device);
        Steps { mask, reverse: self.reverse, zero_output_for_mask: self.zero_output }
    }
}

/// Every cell, mask, direction and way to put out, on odd shapes of one, seven and fifty steps.
fn cases() -> Vec<Case> {
    let shapes = [([1, 1, 1], 1), ([3, 1, 5], 3), ([5, 7, 3], 5), ([2, 50, 4], 7), ([9, 7, 17], 19)];
    let mut cases = vec![];
    for (cell, (x, hidden)) in CELLS.into_iter().flat_map(|cell| shapes.map(|shape| (cell, shape))) {
        for masking in MASKINGS {
            for (reverse, zero_output) in [(false, false), (true, false), (false, true), (true, true)] {
                let case = Case::new(cell, x, hidden).masked(masking);
                cases.push(Case { reverse, zero_output, ..case });
            }
        }
        let case = Case::new(cell, x, hidden).masked(Masking::Right);
        cases.push(Case { bias: false, ..case });
        cases.push(Case { state: false, ..case });
        cases.push(Case { bias: false, state: false, ..case });
    }
    cases
}

/// The tensors of one call, without autodiff.
#[derive(Clone)]
struct Inputs {
    x: Tensor<3>,
    input: Tensor<2>,
    recurrent: Tensor<2>,
    bias: Option<Tensor<1>>,
    recurrent_bias: Option<Tensor<1>>,
    state: Option<Tensor<2>>,
}

/// What a run gives: the packed output, and the gradients for a gradient of the packed output of
/// cos(0.7 i + 7): of x, W, U, both biases and the initial state.
#[derive(Clone, Debug, PartialEq)]
struct Outcome {
    packed: Vec<f64>,
    gradients: [Vec<f64>; 6],
}

impl Outcome {
    /// Panics unless both agree within the tolerances.
    fn assert_close(&self, expected: &Self, what: &str) {
        assert_close(&self.packed, &expected.packed, FORWARD_TOLERANCE, &format!("output of {what}"));
        for (index, (actual, expected)) in self.gradients.iter().zip(&expected.gradients).enumerate() {
            assert_close(actual, expected, GRADIENT_TOLERANCE, &format!("gradient {index} of {what}"));
        }
    }
}

fn assert_close(actual: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(actual.len(), expected.len(), "length of {what}");
    for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        assert!(
            (actual - expected).abs() <= tolerance * (1.0 + expected.abs()),
            "{what}: element {index} is {actual} instead of {expected}"
        );
    }
}

/// The packed output of a call: ours, or another one's.
type Run<'a> = &'a dyn Fn(Call) -> Tensor<2>;

/// The outcome of `run` on these inputs.
fn outcome(case: &Case, inputs: Inputs, steps: Steps, run: Run<'_>) -> Outcome {
    let tracked = |tensor: Tensor<2>| tensor.autodiff().require_grad();
    let bias = |bias: Option<Tensor<1>>| bias.map(|bias| bias.autodiff().require_grad());
    let x = inputs.x.autodiff().require_grad();
    let (input, recurrent, state) = (tracked(inputs.input), tracked(inputs.recurrent), inputs.state.map(tracked));
    let (first, second) = (bias(inputs.bias), bias(inputs.recurrent_bias));
    let weights = RecurrentWeights {
        input: input.clone(),
        recurrent: recurrent.clone(),
        bias: first.clone(),
        recurrent_bias: second.clone(),
    };

    let packed = run(Call { cell: case.cell, x: x.clone(), weights, state: state.clone(), steps });
    let output_grad = formula(packed.dims(), 7.0, 1.0, &packed.device().inner()).cast(packed.dtype());
    let grads = (packed.clone() * output_grad.autodiff()).sum().backward();
    let bias = |bias: Option<Tensor<1>>| bias.map_or(vec![], |bias| values(bias.grad(&grads).unwrap()));
    Outcome {
        packed: values(packed.inner()),
        gradients: [
            values(x.grad(&grads).unwrap()),
            values(input.grad(&grads).unwrap()),
            values(recurrent.grad(&grads).unwrap()),
            bias(first),
            bias(second),
            state.map_or(vec![], |state| values(state.grad(&grads).unwrap())),
        ],
    }
}

/// The outcome of the public operation for a case on a device.
fn outcome_on(case: &Case, device: &Device) -> Outcome {
    outcome(case, case.inputs(device), case.steps(device), &Call::run)
}

/// Element i is scale · cos(0.7 i + shift).
fn formula<const D: usize>(dims: [usize; D], shift: f64, scale: f64, device: &Device) -> Tensor<D> {
    let values: Vec<f32> =
        (0..dims.iter().product()).map(|index: usize| (scale * (0.7 * index as f64 + shift).cos()) as f32).collect();
    Tensor::<1>::from_data(values.as_slice(), device).reshape(dims)
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}
