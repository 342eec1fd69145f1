//! The mask travels by itself, and what stands in padded steps is never seen.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor};
use firebrick_layers::{Mask, sequential};

use super::{close, flat, formula, ids, numbers};
use crate::build::*;
use crate::{Sequence, SequenceNetwork, SequenceNetworkConfig, SequenceShape, Signal, sequence};

/// Everything that a mask must pass through.
fn stack() -> SequenceNetworkConfig {
    sequence![
        dense(6).tanh(),
        bidirectional(lstm(3)),
        residual(sequence![lstm(6)]),
        spatial_dropout1d(0.0),
        time_distributed(sequential![dense(5), batch_norm(), dropout(0.0)]),
        batch_norm(),
        branches(
            Merge::Concatenate,
            [sequence![gru(3)], sequence![simple_rnn(2).with_go_backwards(false)], sequence![]]
        ),
        gru(4).with_zero_output_for_mask(true).return_sequences(),
        dense(3),
    ]
}

/// Features with `padding` in the steps that do not count: lengths 5, 2 and 3 of 5, and a hole in the last.
fn padded(padding: f32, device: &Device) -> (Tensor<3>, Mask) {
    let mask =
        Mask::from_rows(&[[true; 5], [true, true, false, false, false], [true, false, true, true, false]], device)
            .unwrap();
    let x: Tensor<3> = formula([3, 5, 4], 0.31, device);
    let hidden = mask.steps().bool_not().unsqueeze_dim::<3>(2).expand([3, 5, 4]);
    (x.mask_fill(hidden, padding), mask)
}

/// All gradients of a model in a row.
struct Collected<'a>(&'a Gradients, Vec<f32>);

impl ModuleVisitor for Collected<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        if let Some(gradient) = parameter.val().grad(self.0) {
            self.1.extend(numbers(gradient));
        }
    }
}

/// Outputs of the steps that count, the loss over them, all gradients of the weights and of the input.
fn trained(model: &SequenceNetwork, padding: f32, device: &Device) -> (Vec<f32>, Vec<f32>) {
    let (x, mask) = padded(padding, device);
    let x = x.require_grad();
    let y = model.forward((x.clone(), mask)).into_sequence();
    let mask = y.mask.expect("the mask arrives at the end");
    let used = mask.fill(y.values, 0.0).unwrap();
    let weights = formula(used.dims(), 0.23, device);
    let gradients = (used.clone() * weights).sum().backward();
    let mut collected = Collected(&gradients, vec![]);
    model.visit(&mut collected);
    let mut gradients_of_all = collected.1;
    gradients_of_all.extend(numbers(x.grad(&gradients).unwrap()));
    (numbers(used.inner()), gradients_of_all)
}

#[test]
fn padded_steps_leave_no_trace_in_outputs_and_gradients() {
    let device = Device::flex().autodiff();
    let model = stack().init(&SequenceShape::features(4), &device).unwrap();
    let (outputs, gradients) = trained(&model, 0.0, &device);
    assert!(outputs.iter().chain(&gradients).all(|value| value.is_finite()));
    assert!(gradients.iter().any(|value| *value != 0.0));
    for padding in [f32::NAN, 1e30, f32::NEG_INFINITY] {
        let (found, found_gradients) = trained(&model, padding, &device);
        assert_eq!(found, outputs, "{padding}");
        assert_eq!(found_gradients, gradients, "{padding}");
    }
}

#[test]
fn a_padded_sequence_gives_what_it_gives_alone() {
    let device = Device::flex();
    let network = sequence![
        dense(6).tanh(),
        bidirectional(gru(3)),
        residual(sequence![lstm(6)]),
        time_distributed(sequential![dense(5)]),
        branches(Merge::Concatenate, [sequence![gru(3)], sequence![]]),
        gru(4),
        dense(3),
    ];
    let model = network.init(&SequenceShape::features(4), &device).unwrap();
    let (x, mask) = padded(f32::NAN, &device);
    let together = model.forward((x.clone(), mask)).into_features();
    let alone = model.forward(x.narrow(0, 1, 1).narrow(1, 0, 2)).into_features();
    close(&numbers(alone), &numbers(together.narrow(0, 1, 1)), 1e-6, "row 1");
}

#[test]
fn masks_of_the_embedding_and_by_hand_combine() {
    let device = Device::flex();
    let model = sequence![embedding(9, 3).mask_zero(), dropout(0.5), gru(2).return_sequences(), dense(2)];
    let model = model.init(&SequenceShape::ids(), &device).unwrap();
    let x = Tensor::<2, burn::tensor::Int>::from_ints([[1, 0, 3, 4]], &device);
    let by_hand = Mask::from_lengths(&[3], 4, &device).unwrap();
    let y = model.forward((x.clone(), by_hand)).into_sequence();
    assert_eq!(y.mask.unwrap().rows(), [[true, false, true, false]]);
    let y = model.forward(x).into_sequence();
    assert_eq!(y.mask.unwrap().rows(), [[true, false, true, true]]);
}

#[test]
fn a_mask_by_value_and_by_hand_combine_and_end_with_the_sequence() {
    let device = Device::flex();
    let x = Tensor::<3>::from_floats([[[1.0], [-1.0], [2.0], [3.0]]], &device);
    let by_hand = Mask::from_rows(&[[true, true, true, false]], &device).unwrap();
    let model = sequence![masking(-1.0), gru(2)].init(&SequenceShape::features(1), &device).unwrap();
    let (y, outputs) = model.forward_at((x, by_hand), &["0.masking"]).unwrap();
    assert_eq!(outputs["0.masking"].mask().unwrap().rows(), [[true, false, true, false]]);
    assert!(y.mask().is_none());
}

#[test]
fn arms_of_a_residual_count_the_steps_that_count_in_both() {
    let device = Device::flex();
    let model = sequence![residual(sequence![masking(2.0)])].init(&SequenceShape::features(1), &device).unwrap();
    let x = Tensor::<3>::from_floats([[[1.0], [2.0], [3.0]]], &device);
    let y = model.forward((x, Mask::from_lengths(&[2], 3, &device).unwrap())).into_sequence();
    assert_eq!(y.mask.unwrap().rows(), [[true, false, false]]);
}

#[test]
fn poolings_see_the_steps_that_count_alone() {
    let device = Device::flex();
    let nan = f32::NAN;
    let x =
        || Tensor::<3>::from_floats([[[1.0], [5.0], [nan]], [[-3.0], [nan], [-1.0]], [[nan], [nan], [nan]]], &device);
    let mask = || {
        let rows = [[true, true, false], [true, false, true], [false; 3]];
        Mask::from_rows(&rows, &device).unwrap()
    };
    for (network, expected) in [
        (sequence![global_max_pool1d()], [5.0, -1.0, 0.0]),
        (sequence![global_avg_pool1d()], [3.0, -2.0, 0.0]),
        (sequence![last_step()], [5.0, -1.0, 0.0]),
    ] {
        let model = network.init(&SequenceShape::features(1), &device).unwrap();
        assert_eq!(numbers(model.forward((x(), mask())).into_features()), expected);
        let whole = Sequence::from(Tensor::<3>::from_floats([[[1.0], [5.0], [3.0]]], &device));
        let unmasked = numbers(model.forward(whole.clone()).into_features());
        let full = Mask::full(1, 3, &device).unwrap();
        assert_eq!(numbers(model.forward((whole.values, full)).into_features()), unmasked);
    }
}

#[test]
fn batch_statistics_are_those_of_the_steps_that_count() {
    let device = Device::flex().autodiff();
    let model = sequence![batch_norm()].init(&SequenceShape::features(4), &device).unwrap();
    let (x, mask) = padded(1e30, &device);
    let masked = model.forward((x.clone(), mask.clone())).into_sequence();
    let rows: Vec<usize> =
        mask.rows().concat().iter().enumerate().filter_map(|(row, used)| used.then_some(row)).collect();
    let used = Tensor::<1, burn::tensor::Int>::from_ints(rows.as_slice(), &device);
    let alone = x.reshape([15, 4]).select(0, used.clone()).unsqueeze_dim::<3>(0);
    let alone = sequence![batch_norm()].init(&SequenceShape::features(4), &device).unwrap().forward(alone);
    let found = masked.values.reshape([15, 4]).select(0, used);
    close(&numbers(found.inner()), &numbers(alone.into_sequence().values.inner()), 1e-6, "normalised");
}

#[test]
fn an_all_masked_batch_has_a_defined_result() {
    let device = Device::flex().autodiff();
    let model = stack().init(&SequenceShape::features(4), &device).unwrap();
    let x: Tensor<3> = formula([2, 5, 4], 0.3, &device) * f32::NAN;
    let y = model.forward((x, Mask::from_lengths(&[0, 0], 5, &device).unwrap()));
    assert!(numbers(flat(y)).iter().all(|value| value.is_finite()));
}

#[test]
fn flatten_ends_the_mask_with_zeros() {
    let device = Device::flex();
    let model = sequence![dense(4).sigmoid(), flatten()];
    let model = model.init(&SequenceShape::features(4).with_steps(5), &device).unwrap();
    let y = numbers(model.forward(padded(f32::NAN, &device)).into_features());
    assert!(y[..20].iter().all(|value| *value > 0.0), "every step of row 0 counts");
    assert!(y[20..28].iter().all(|value| *value > 0.0) && y[28..40].iter().all(|value| *value == 0.0));
}

#[test]
fn masked_ids_are_not_looked_up() {
    let device = Device::flex();
    let model = sequence![embedding(20, 3), gru(2)].init(&SequenceShape::ids(), &device).unwrap();
    let x = ids([1, 3], 20, &device);
    let wild = Tensor::cat(vec![x.clone(), Tensor::from_ints([[-5, 1000]], &device)], 1);
    let mask = Mask::from_lengths(&[3], 5, &device).unwrap();
    let (found, expected) = (model.forward((wild, mask)), model.forward(Signal::from(x)));
    close(&numbers(flat(found)), &numbers(flat(expected)), 1e-6, "only the three that count");
}
