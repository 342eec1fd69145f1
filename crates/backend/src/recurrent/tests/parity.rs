//! The kernels and the hand-written backward against the reference, against PyTorch, and against
//! finite differences.

use burn::backend::Dispatch;
use burn::tensor::{DType, Device, Tensor};
use serde::Deserialize;

use super::super::{Cell, GruReset, LstmGates, RnnActivation, reference};
use super::{
    CELLS, Call, Case, Inputs, MASKINGS, Outcome, Steps, assert_close, cases, devices, outcome, outcome_on, values,
};

#[derive(Deserialize)]
struct Fixture {
    cell: String,
    x: [usize; 3],
    hidden: usize,
    bias: bool,
    state: bool,
    lengths: Option<Vec<usize>>,
    reverse: bool,
    packed: Vec<f64>,
    gradients: [Vec<f64>; 6],
}

#[test]
fn outputs_and_gradients_equal_those_of_pytorch() {
    let json = include_str!("../../../tests/fixtures/recurrent.json");
    let fixtures: Vec<Fixture> = serde_json::from_str(json).unwrap();
    assert_eq!(fixtures.len(), 12);
    for (index, fixture) in fixtures.into_iter().enumerate() {
        let cell = match fixture.cell.as_str() {
            "lstm" => Cell::Lstm(LstmGates::Separate),
            "gru" => Cell::Gru(GruReset::After),
            "tanh" => Cell::Rnn(RnnActivation::Tanh),
            _ => Cell::Rnn(RnnActivation::Relu),
        };
        let case = Case { bias: fixture.bias, state: fixture.state, ..Case::new(cell, fixture.x, fixture.hidden) };
        let expected = Outcome { packed: fixture.packed, gradients: fixture.gradients };
        for device in devices() {
            let steps = fixture.lengths.as_ref().map_or_else(Steps::default, |lengths| {
                Steps::with_lengths(lengths, fixture.x[1], &device).with_zero_output_for_mask()
            });
            let steps = Steps { reverse: fixture.reverse, ..steps };
            let actual = outcome(&case, case.inputs(&device), steps, &Call::run);
            actual.assert_close(&expected, &format!("fixture {index} on {device:?}"));
        }
    }
}

/// The reference on `Dispatch`, which Burn differentiates by itself.
fn reference_on_dispatch(call: Call) -> Tensor<2> {
    let (inputs, options) = call.into_inputs();
    Tensor::from_dispatch(reference::forward::<Dispatch>(inputs, options))
}

#[test]
fn outputs_and_gradients_agree_with_the_reference_and_its_own_gradient() {
    let flex = Device::flex();
    for case in cases() {
        let expected = outcome(&case, case.inputs(&flex), case.steps(&flex), &reference_on_dispatch);
        for device in devices() {
            outcome_on(&case, &device).assert_close(&expected, &format!("{case:?} on {device:?}"));
        }
    }
}

/// The inputs as 64-bit floats.
fn in_f64(inputs: Inputs) -> Inputs {
    let cast = |tensor: Option<Tensor<1>>| tensor.map(|tensor| tensor.cast(DType::F64));
    Inputs {
        x: inputs.x.cast(DType::F64),
        input: inputs.input.cast(DType::F64),
        recurrent: inputs.recurrent.cast(DType::F64),
        bias: cast(inputs.bias),
        recurrent_bias: cast(inputs.recurrent_bias),
        state: inputs.state.map(|state| state.cast(DType::F64)),
    }
}

/// The inputs with one element of one of them shifted.
fn shifted(inputs: Inputs, part: usize, index: usize, shift: f64) -> Inputs {
    fn moved<const D: usize>(tensor: Tensor<D>, index: usize, shift: f64) -> Tensor<D> {
        let (dims, device) = (tensor.dims(), tensor.device());
        let mut values = values(tensor);
        values[index] += shift;
        let data = burn::tensor::TensorData::new(values, dims);
        Tensor::from_data(data, (&device, DType::F64))
    }
    let mut inputs = inputs;
    match part {
        0 => inputs.x = moved(inputs.x, index, shift),
        1 => inputs.input = moved(inputs.input, index, shift),
        2 => inputs.recurrent = moved(inputs.recurrent, index, shift),
        3 => inputs.bias = inputs.bias.map(|bias| moved(bias, index, shift)),
        4 => inputs.recurrent_bias = inputs.recurrent_bias.map(|bias| moved(bias, index, shift)),
        _ => inputs.state = inputs.state.map(|state| moved(state, index, shift)),
    }
    inputs
}

#[test]
fn gradients_equal_central_differences_in_64_bits() {
    const STEP: f64 = 1e-4;
    let device = Device::flex();
    for (cell, masking) in CELLS.into_iter().flat_map(|cell| MASKINGS.map(|masking| (cell, masking))) {
        let case = Case { reverse: true, ..Case::new(cell, [2, 4, 2], 2).masked(masking) };
        let inputs = in_f64(case.inputs(&device));
        let run = |inputs: Inputs| outcome(&case, inputs, case.steps(&device), &Call::run);
        let gradients = run(inputs.clone()).gradients;
        for (part, gradient) in gradients.iter().enumerate() {
            let difference: Vec<f64> = (0..gradient.len())
                .map(|index| {
                    let loss = |shift| loss(&run(shifted(inputs.clone(), part, index, shift)).packed);
                    // Of fourth order: the error of the difference itself is below the tolerance.
                    (8.0 * (loss(STEP) - loss(-STEP)) - (loss(2.0 * STEP) - loss(-2.0 * STEP))) / (12.0 * STEP)
                })
                .collect();
            assert_close(gradient, &difference, 1e-6, &format!("gradient {part} of {case:?}"));
        }
    }
}

/// The loss whose gradient `outcome` takes.
fn loss(packed: &[f64]) -> f64 {
    let weight = |index: usize| f64::from((0.7 * index as f64 + 7.0).cos() as f32);
    packed.iter().enumerate().map(|(index, value)| value * weight(index)).sum()
}
