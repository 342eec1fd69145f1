//! What masked steps may and may not do.

use burn::backend::Dispatch;
use burn::tensor::{DType, Device, Tensor, TensorData};

use super::super::reference;
use super::{CELLS, Call, Case, Inputs, MASKINGS, Masking, Outcome, Steps, assert_close, devices, outcome, values};

/// Every cell with every mask, in both directions, with outputs carried on and with zeros.
fn masked_cases() -> Vec<Case> {
    let options = [(false, false), (true, true), (true, false), (false, true)];
    let maskings = MASKINGS.into_iter().filter(|&masking| masking != Masking::None);
    let cells = maskings.flat_map(|masking| CELLS.map(|cell| Case::new(cell, [4, 7, 3], 5).masked(masking)));
    cells.flat_map(|case| options.map(|(reverse, zero_output)| Case { reverse, zero_output, ..case })).collect()
}

/// The inputs with `filler` in the masked steps of x.
fn filled(case: &Case, inputs: Inputs, filler: f32) -> Inputs {
    let [batch, steps, features] = case.x;
    let counts = case.masking.values([batch, steps]);
    let device = inputs.x.device();
    let x = values(inputs.x).into_iter().enumerate();
    let x: Vec<f32> = x.map(|(index, value)| if counts[index / features] { value as f32 } else { filler }).collect();
    Inputs { x: Tensor::from_data(TensorData::new(x, case.x), &device), ..inputs }
}

fn bits(outcome: &Outcome) -> Vec<Vec<u64>> {
    let parts = [&outcome.packed].into_iter().chain(&outcome.gradients);
    parts.map(|part| part.iter().map(|value| value.to_bits()).collect()).collect()
}

#[test]
fn padded_steps_leave_no_trace_in_outputs_and_gradients() {
    for (case, device) in masked_cases().into_iter().flat_map(|case| devices().into_iter().map(move |d| (case, d))) {
        let run = |filler: f32| {
            let inputs = filled(&case, case.inputs(&device), filler);
            outcome(&case, inputs, case.steps(&device), &Call::run)
        };
        let expected = bits(&run(0.25));
        assert!(run(0.25).packed.iter().all(|value| value.is_finite()));
        for filler in [f32::NAN, 1e30, f32::NEG_INFINITY] {
            assert!(bits(&run(filler)) == expected, "{filler} in masked steps shows in {case:?} on {device:?}");
        }
    }
}

#[test]
fn padded_steps_leave_no_trace_in_the_references() {
    let on_dispatch = |call: Call| {
        let (inputs, options) = call.into_inputs();
        Tensor::from_dispatch(reference::forward::<Dispatch>(inputs, options))
    };
    let device = Device::flex();
    for case in masked_cases() {
        // 64-bit floats take the reference and its hand-written backward, `Dispatch` Burn's own.
        for (dtype, run) in [(DType::F64, &Call::run as super::Run<'_>), (DType::F32, &on_dispatch)] {
            let run = |filler: f32| {
                let inputs = filled(&case, case.inputs(&device), filler);
                let inputs = Inputs {
                    x: inputs.x.cast(dtype),
                    input: inputs.input.cast(dtype),
                    recurrent: inputs.recurrent.cast(dtype),
                    bias: inputs.bias.map(|bias| bias.cast(dtype)),
                    recurrent_bias: inputs.recurrent_bias.map(|bias| bias.cast(dtype)),
                    state: inputs.state.map(|state| state.cast(dtype)),
                };
                bits(&outcome(&case, inputs, case.steps(&device), run))
            };
            let expected = run(0.25);
            for filler in [f32::NAN, 1e30] {
                assert!(run(filler) == expected, "{filler} in masked steps shows in {case:?}, {dtype:?}");
            }
        }
    }
}

#[test]
fn the_gradient_of_a_masked_step_is_zero() {
    for case in masked_cases() {
        let device = Device::flex();
        let [batch, steps, features] = case.x;
        let counts = case.masking.values([batch, steps]);
        let gradients = outcome(&case, case.inputs(&device), case.steps(&device), &Call::run).gradients;
        for (index, gradient) in gradients[0].iter().enumerate() {
            assert!(counts[index / features] || *gradient == 0.0, "{case:?}: {gradient} at {index}");
        }
    }
}

/// The definition of a mask: each sequence alone, without its masked steps.
#[test]
fn a_masked_run_equals_runs_of_each_sequence_without_its_masked_steps() {
    for (case, device) in masked_cases().into_iter().flat_map(|case| devices().into_iter().map(move |d| (case, d))) {
        let [batch, steps, _] = case.x;
        let call = |inputs: Inputs, steps: Steps| values(case.call(inputs, steps).run());
        let packed = call(case.inputs(&device), case.steps(&device));
        let row = |index: usize| packed[index * case.hidden..(index + 1) * case.hidden].to_vec();
        for sequence in 0..batch {
            let inputs = case.inputs(&device);
            let initial = values(inputs.state.clone().unwrap().narrow(0, sequence, 1));
            let counting: Vec<usize> = (0..steps).filter(|&t| case.masking.counts(sequence, t, steps)).collect();
            let alone = (!counting.is_empty()).then(|| {
                let parts = counting.iter().map(|&t| inputs.x.clone().slice([sequence..sequence + 1, t..t + 1]));
                let x = Tensor::cat(parts.collect(), 1);
                let state = inputs.state.clone().map(|state| state.narrow(0, sequence, 1));
                let order = Steps { reverse: case.reverse, ..Steps::default() };
                call(Inputs { x, state, ..inputs.clone() }, order)
            });

            let mut expected = initial[..case.hidden].to_vec();
            let order: Vec<usize> = if case.reverse { (0..steps).rev().collect() } else { (0..steps).collect() };
            for time in order {
                let place = counting.iter().position(|&counting| counting == time);
                if let (Some(place), Some(alone)) = (place, &alone) {
                    expected = alone[place * case.hidden..(place + 1) * case.hidden].to_vec();
                }
                let put_out =
                    if case.zero_output && place.is_none() { vec![0.0; case.hidden] } else { expected.clone() };
                let what = format!("sequence {sequence}, step {time} of {case:?} on {device:?}");
                assert_close(&row(sequence * steps + time), &put_out, 1e-6, &what);
            }
            let what = format!("the final state of sequence {sequence} of {case:?} on {device:?}");
            assert_close(&row(batch * steps + sequence), &expected, 1e-6, &what);
        }
    }
}

#[test]
fn lengths_are_the_masks_that_they_say() {
    let steps = Steps::with_lengths(&[2, 0, 3], 3, &Device::flex());
    let mask = steps.mask.unwrap().into_data();
    mask.assert_eq(&TensorData::from([[true, true, false], [false, false, false], [true, true, true]]), true);
}

#[test]
#[should_panic(expected = "a sequence of length 4 among 3 steps")]
fn a_length_beyond_the_steps_is_refused() {
    Steps::with_lengths(&[3, 4], 3, &Device::flex());
}
