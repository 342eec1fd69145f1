//! What holds for every cell: equal bytes, one direction mirrored in the other, runs in pieces.

use burn::backend::{Flex, TensorMetadata, flex::FlexTensor};
use burn::tensor::{Device, Tensor};

use super::super::{OptionalMask, RecurrentGradients, RecurrentInputs, RecurrentOptions};
use super::{CELLS, Case, Inputs, Masking, Steps, assert_close, devices, formula, values};
use crate::{Backend, OptionalTensor};

fn primitive<const D: usize>(tensor: Tensor<D>) -> FlexTensor {
    tensor.try_into_primitive::<Flex>().unwrap()
}

/// What the operation of the trait takes.
fn flex_inputs(case: &Case) -> (RecurrentInputs<Flex>, RecurrentOptions) {
    let device = Device::flex();
    let (_, options) = case.call(case.inputs(&device), case.steps(&device)).into_inputs();
    let inputs = case.inputs(&device);
    let bias = case.cell.bias(inputs.bias, inputs.recurrent_bias);
    let mask = case.steps(&device).mask.map(|mask| mask.try_into_primitive::<Flex>().unwrap());
    let inputs = RecurrentInputs {
        x: primitive(inputs.x),
        weight_ih: primitive(inputs.input),
        weight_hh: primitive(inputs.recurrent),
        bias: bias.map(primitive).into(),
        state: inputs.state.map(primitive).into(),
        mask: OptionalMask::from(mask),
    };
    (inputs, options)
}

fn wanted_of(mask: u32) -> RecurrentGradients {
    let [x, weight_ih, weight_hh, bias, state] = [1, 2, 4, 8, 16].map(|bit| mask & bit > 0);
    RecurrentGradients { x, weight_ih, weight_hh, bias, state }
}

fn bits(tensor: &FlexTensor) -> Vec<u32> {
    tensor.storage::<f32>().iter().map(|value| value.to_bits()).collect()
}

/// The output, and the gradients of which `wanted` says that they are wanted, as bit patterns.
fn run(case: &Case, wanted: RecurrentGradients) -> (Vec<u32>, [Option<Vec<u32>>; 5]) {
    let (inputs, options) = flex_inputs(case);
    let (packed, saved) = Flex::recurrent_record(inputs.clone(), options);
    let grad = primitive(formula(packed.shape().dims::<2>(), 7.0, 1.0, &Device::flex()));
    let (x, w, u, bias, state) = Flex::recurrent_backward(inputs, saved, grad, options, wanted);
    (bits(&packed), [x, w, u, bias, state].map(|tensor| tensor.map(|tensor| bits(&tensor))))
}

#[test]
fn equal_input_gives_equal_bytes_whatever_the_number_of_threads() {
    for (cell, masking) in CELLS.into_iter().flat_map(|cell| [Masking::None, Masking::Holes].map(|m| (cell, m))) {
        let case = Case::new(cell, [29, 31, 13], 37).masked(masking);
        let with_threads = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| run(&case, wanted_of(31)))
        };
        let expected = with_threads(1);
        for threads in [2, 3, 5] {
            assert!(with_threads(threads) == expected, "{case:?}: {threads} threads give other bytes than one");
        }
    }
}

#[test]
fn only_the_wanted_gradients_are_computed_and_each_equals_that_of_all() {
    for cell in CELLS {
        let case = Case::new(cell, [5, 6, 3], 4).masked(Masking::Holes);
        let (_, all) = run(&case, wanted_of(31));
        assert!(all.iter().all(Option::is_some));
        for mask in 0..32 {
            let (_, some) = run(&case, wanted_of(mask));
            for (index, (some, all)) in some.iter().zip(&all).enumerate() {
                let wanted = mask & (1 << index) > 0;
                assert_eq!(some.as_ref(), all.as_ref().filter(|_| wanted), "{case:?}, {mask:b}, {index}");
            }
        }
    }
}

#[test]
fn what_is_recorded_changes_no_output() {
    for case in super::cases() {
        let (inputs, options) = flex_inputs(&case);
        let packed = Flex::recurrent_forward(inputs, options);
        assert_eq!(bits(&packed), run(&case, wanted_of(0)).0, "{case:?}");
    }
}

#[test]
fn reversed_steps_are_those_of_the_mirrored_sequence() {
    for (cell, device) in CELLS.into_iter().flat_map(|cell| devices().into_iter().map(move |d| (cell, d))) {
        let case = Case::new(cell, [3, 8, 4], 5);
        let mirrored = |inputs: Inputs| Inputs { x: inputs.x.flip([1]), ..inputs };
        let forward = case.call(mirrored(case.inputs(&device)), Steps::default()).run();
        let reversed = case.call(case.inputs(&device), Steps::default().reversed()).run();
        let sequence = |packed: &Tensor<2>| packed.clone().narrow(0, 0, 24).reshape([3, 8, 5]);
        let what = format!("{case:?} on {device:?}");
        assert_close(&values(sequence(&forward).flip([1])), &values(sequence(&reversed)), 1e-6, &what);
        assert_close(&values(forward.narrow(0, 24, 3)), &values(reversed.narrow(0, 24, 3)), 1e-6, &what);
    }
}

#[test]
fn a_run_in_pieces_that_hand_on_the_state_equals_the_whole_run() {
    for (cell, device) in CELLS.into_iter().flat_map(|cell| devices().into_iter().map(move |d| (cell, d))) {
        let case = Case::new(cell, [3, 100, 4], 5);
        let whole = values(case.call(case.inputs(&device), Steps::default()).run());
        let mut inputs = case.inputs(&device);
        for piece in 0..10 {
            let x = inputs.x.clone().slice([0..3, piece * 10..(piece + 1) * 10]);
            let packed = case.call(Inputs { x, ..inputs.clone() }, Steps::default()).run();
            let finals = (0..cell.states()).map(|state| packed.clone().narrow(0, 30 + 3 * state, 3));
            inputs.state = Some(Tensor::cat(finals.collect(), 1));
            let packed = values(packed);
            for sequence in 0..3 {
                let expected = &whole[(sequence * 100 + piece * 10) * 5..][..50];
                assert_close(&packed[sequence * 50..][..50], expected, 1e-6, &format!("{case:?}, piece {piece}"));
            }
        }
    }
}

#[test]
fn an_empty_batch_gives_an_empty_output_and_zero_gradients() {
    for cell in CELLS {
        let (mut inputs, options) = flex_inputs(&Case::new(cell, [1, 6, 3], 4));
        inputs.x = FlexTensor::zeros([0, 6, 3].into(), burn::tensor::DType::F32);
        inputs.state = OptionalTensor::Absent;
        let (packed, saved) = Flex::recurrent_record(inputs.clone(), options);
        assert_eq!(packed.shape().dims(), [0, 4]);
        let (x, w, u, bias, state) = Flex::recurrent_backward(inputs, saved, packed, options, wanted_of(31));
        assert_eq!(x.unwrap().shape().dims(), [0, 6, 3]);
        assert_eq!(state.unwrap().shape().dims(), [0, cell.states() * 4]);
        let parts = [(w, 3 * cell.gates() * 4), (u, 4 * cell.gates() * 4), (bias, cell.biases() * 4)];
        for (tensor, len) in parts {
            assert_eq!(bits(&tensor.unwrap()), vec![0; len], "{cell:?}");
        }
    }
}

#[test]
fn gradients_that_vanish_over_a_long_sequence_end_as_zeros_and_not_as_tiny_numbers() {
    for cell in CELLS {
        let case = Case { bias: false, state: false, ..Case::new(cell, [2, 400, 3], 4) };
        let inputs = case.inputs(&Device::flex());
        let x = inputs.x.clone().autodiff().require_grad();
        // Weights so small that a step passes on a tenth of the gradient or less.
        let inputs = Inputs { x: x.clone(), input: inputs.input * 0.1, recurrent: inputs.recurrent * 0.01, ..inputs };
        let packed = case.call(inputs, Steps::default()).run();
        let grads = packed.narrow(0, 799, 1).sum().backward();
        let gradient = values(x.grad(&grads).unwrap());
        let tiny = gradient.iter().filter(|value| **value != 0.0 && value.abs() < 1e-34).count();
        assert_eq!(tiny, 0, "{cell:?}");
        assert!(gradient.iter().any(|value| *value != 0.0) || matches!(cell, super::Cell::Rnn(_)), "{cell:?}");
        assert!(gradient[1200..1500].iter().all(|value| *value == 0.0), "{cell:?}");
    }
}
