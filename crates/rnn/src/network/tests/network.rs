//! Whole networks: forward passes, outputs on the way, states, freezing.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use firebrick_layers::{Layer, Mask, NetworkError, sequential};

use super::{close, flat, formula, ids, numbers};
use crate::build::*;
use crate::{NetworkState, SequenceLayer, SequenceNetworkConfig, SequenceShape, Signal, sequence};

fn classifier() -> SequenceNetworkConfig {
    sequence![
        embedding(20, 6).mask_zero().named("words"),
        residual(sequence![gru(6).named("inner"), dropout(0.2)]).named("block"),
        time_distributed(sequential![dense(5).tanh().named("step")]),
        lstm(4),
        dense(3),
    ]
}

#[test]
fn one_output_for_the_sequence_or_one_for_each_step() {
    let device = Device::flex();
    let x = ids([2, 7], 20, &device);
    let model = classifier().init(&SequenceShape::ids(), &device).unwrap();
    assert_eq!(model.forward(x.clone()).into_features().dims(), [2, 3]);
    let tagger = sequence![embedding(20, 6), gru(4).return_sequences(), dense(3)];
    let tags = tagger.init(&SequenceShape::ids(), &device).unwrap().forward(x).into_sequence();
    assert_eq!(tags.dims(), [2, 7, 3]);
    assert!(tags.mask.is_none());
}

#[test]
fn named_outputs_are_taken_out_at_any_depth() {
    let device = Device::flex();
    let model = classifier().init(&SequenceShape::ids(), &device).unwrap();
    let x = ids([2, 7], 20, &device);
    let (y, outputs) = model.forward_named(x.clone());
    assert_eq!(outputs.keys().collect::<Vec<_>>(), ["block", "inner", "step", "words"]);
    assert_eq!(outputs["inner"].shape(), [2, 7, 6]);
    assert_eq!(outputs["step"].shape(), [2, 7, 5]);
    assert!(outputs["step"].mask().is_some(), "the mask travels");

    let (again, places) = model.forward_at(x, &["3.lstm", "1.residual.0.gru"]).unwrap();
    assert_eq!(numbers(flat(again)), numbers(flat(y)));
    assert_eq!(places["3.lstm"].shape(), [2, 4]);
    assert_eq!(numbers(flat(places["1.residual.0.gru"].clone())), numbers(flat(outputs["inner"].clone())));
}

#[test]
fn a_name_that_is_not_there_is_refused_with_those_that_are() {
    let device = Device::flex();
    let model = classifier().init(&SequenceShape::ids(), &device).unwrap();
    let refused = model.forward_at(ids([1, 3], 20, &device), &["inner", "outer"]).unwrap_err();
    let NetworkError::UnknownPosition { wanted, known } = refused else {
        panic!("{refused}");
    };
    assert_eq!(wanted, "outer");
    assert_eq!(known, "words, block, inner, 1.residual.1.dropout, 2.time_distributed, step, 3.lstm, 4.dense");
}

#[test]
fn a_layer_is_found_by_name_or_place_and_can_be_frozen() {
    let device = Device::flex().autodiff();
    let model = classifier().init(&SequenceShape::ids(), &device).unwrap();
    assert!(matches!(model.layer("1.residual.0.gru"), Some(SequenceLayer::Gru(_))));
    assert!(model.layer("nothing").is_none());
    let inside = model.layer("2.time_distributed").and_then(SequenceLayer::steps).unwrap();
    assert!(matches!(inside.layer("step"), Some(Layer::Linear(_))));
    let group = burn::module::ParamGroup::ids_from_module(model.layer("inner").unwrap().clone());
    let frozen = model.freeze_group(group);
    let Some(SequenceLayer::Gru(inner)) = frozen.layer("inner") else {
        panic!("the layer stays where it was");
    };
    assert!(!inner.weights.kernel.val().is_require_grad());
    let Some(SequenceLayer::Embedding(words)) = frozen.layer("words") else {
        panic!("the layer stays where it was");
    };
    assert!(words.weight.val().is_require_grad());
}

#[test]
fn step_by_step_with_the_state_equals_the_whole_sequence() {
    let device = Device::flex();
    let network = sequence![
        embedding(20, 6),
        residual(sequence![lstm(6)]),
        gru(5).return_sequences(),
        simple_rnn(4).return_sequences(),
        dense(3),
    ];
    let model = network.init(&SequenceShape::ids(), &device).unwrap();
    let x = ids([2, 6], 20, &device);
    let (whole, ended) = model.forward_with_state(x.clone(), None);
    let mut state = None;
    let mut steps: Vec<Tensor<3>> = vec![];
    for step in 0..6 {
        let (y, next) = model.forward_with_state(x.clone().narrow(1, step, 1), state);
        steps.push(y.into_sequence().values);
        state = Some(next);
    }
    close(&numbers(Tensor::cat(steps, 1)), &numbers(flat(whole)), 1e-6, "outputs");
    let state = state.unwrap();
    assert_eq!(state.batch_size(), Some(2));
    let sizes: Vec<usize> = state.layers().iter().map(Vec::len).collect();
    assert_eq!(sizes, [2, 1, 1], "h and c of the lstm, h of the others");
    for (found, expected) in state.layers().concat().into_iter().zip(ended.layers().concat()) {
        close(&numbers(found), &numbers(expected), 1e-6, "states");
    }
}

#[test]
fn films_go_on_step_by_step_too() {
    let device = Device::flex();
    let network = sequence![conv_lstm2d(2, 3).same(), conv_lstm2d(3, 2).same(), flatten(), dense(4)];
    let model = network.init(&SequenceShape::pictures([1, 4, 5]), &device).unwrap();
    let films: Tensor<5> = formula([2, 3, 1, 4, 5], 0.3, &device);
    let (whole, ended) = model.forward_with_state(films.clone(), None);
    let (_, state) = model.forward_with_state(films.clone().narrow(1, 0, 2), None);
    assert!(model.check_with_state(&films.clone().into(), &state).is_ok());
    let (last, state) = model.forward_with_state(films.narrow(1, 2, 1), Some(state));
    close(&numbers(flat(last)), &numbers(flat(whole)), 1e-6, "outputs");
    for (found, expected) in state.layers().concat().into_iter().zip(ended.layers().concat()) {
        close(&numbers(found), &numbers(expected), 1e-6, "states");
    }
}

#[test]
fn a_state_can_be_cut_off_from_its_history() {
    let device = Device::flex().autodiff();
    let model = sequence![gru(3)].init(&SequenceShape::features(2), &device).unwrap();
    let x: Tensor<3> = formula([2, 4, 2], 0.3, &device);
    let (_, state) = model.forward_with_state(x, None);
    assert!(state.layers()[0][0].is_tracked());
    assert!(!state.detach().layers()[0][0].is_tracked());
}

#[test]
fn a_stateful_layer_goes_on_until_it_is_reset() {
    let device = Device::flex();
    let network = sequence![residual(sequence![gru(2).with_stateful(true)])];
    let model = network.init(&SequenceShape::features(2), &device).unwrap();
    let x: Tensor<3> = formula([2, 4, 2], 0.3, &device);
    let first = numbers(flat(model.forward(x.clone())));
    let second = numbers(flat(model.forward(x.clone())));
    assert_ne!(first, second);
    model.reset_state();
    assert_eq!(numbers(flat(model.forward(x))), first);
}

#[test]
fn what_comes_from_outside_is_checked_before_it_runs() {
    let device = Device::flex();
    let model = classifier().init(&SequenceShape::ids(), &device).unwrap();
    let told = |x: Signal| model.check(&x).unwrap_err().to_string();
    assert!(model.check(&ids([2, 3], 20, &device).into()).is_ok());
    assert_eq!(
        told(Tensor::<2, burn::tensor::Int>::from_ints([[1, 20]], &device).into()),
        "id 20 in row 0 at position 1 is outside 0..20: map unknown words or categories to a row of their own before"
    );
    assert_eq!(
        told(formula::<3>([1, 2, 3], 0.1, &device).into()),
        "the network was made for inputs of shape [T] (without the batch), but the input is [1, 2, 3]"
    );
    let mask = Mask::from_lengths(&[1], 2, &device).unwrap();
    assert_eq!(
        told((ids([1, 3], 20, &device), mask).into()),
        "a mask of shape [1, 2] does not fit sequences of 1 rows and 3 steps"
    );
    let masked = Mask::from_lengths(&[1], 2, &device).unwrap();
    let padded = Tensor::<2, burn::tensor::Int>::from_ints([[1, -7]], &device);
    assert!(model.check(&(padded.clone(), masked.clone()).into()).is_ok(), "padding may hold any id");
    assert_eq!(model.forward((padded, masked)).shape(), [1, 3]);
}

#[test]
fn a_state_of_another_network_or_batch_is_refused() {
    let device = Device::flex();
    let model = sequence![lstm(3), gru(2)].init(&SequenceShape::features(2), &device).unwrap();
    let x = |batch| Signal::from(formula::<3>([batch, 4, 2], 0.3, &device));
    let (_, state) = model.forward_with_state(x(2), None);
    assert!(model.check_with_state(&x(2), &state).is_ok());
    assert_eq!(
        model.check_with_state(&x(1), &state).unwrap_err().to_string(),
        "a state of [[[2, 3], [2, 3]], [[2, 2]]] was given, the tensors of each recurrent layer, but it must be \
         [[[1, 3], [1, 3]], [[1, 2]]]: take the one that this network gave for the same sequences"
    );
    assert!(model.check_with_state(&x(2), &NetworkState::default()).is_err());
}

#[test]
#[should_panic(expected = "made for inputs of shape [T, 2] (without the batch), but the input is [1, 4, 3]")]
fn an_input_of_another_shape_is_the_callers_bug() {
    let device = Device::flex();
    let model = sequence![gru(2)].init(&SequenceShape::features(2), &device).unwrap();
    model.forward(formula::<3>([1, 4, 3], 0.3, &device));
}
