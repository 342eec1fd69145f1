//! Sizes, states and dropout of stacks.

use burn::tensor::{Device, Tensor};
use firebrick_layers::Mask;

use super::*;
use crate::{BidirectionalConfig, GruConfig, LstmConfig, RecurrentState, SequenceError};

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

fn x(device: &Device) -> Tensor<3> {
    let values = Tensor::<1, burn::tensor::Int>::arange(0..2 * 5 * 3, device).float();
    (values * 0.37).sin().reshape([2, 5, 3])
}

#[test]
fn a_stack_is_its_layers_one_after_the_other() {
    let device = Device::flex();
    let stack = StackConfig::new(LstmConfig::new(4), 3).with_dropout(0.5).init(3, &device);
    let mask = Mask::from_lengths(&[5, 2], 5, &device).unwrap();
    let output = stack.forward(Sequence::masked(x(&device), mask.clone()));
    let mut by_hand = Sequence::masked(x(&device), mask);
    for (layer, state) in stack.layers.iter().zip(&output.state) {
        let step = layer.forward(by_hand);
        assert_eq!(values(step.state.cell), values(state.cell.clone()));
        by_hand = step.sequence;
    }
    assert_eq!(values(output.sequence.values), values(by_hand.values));
    assert_eq!(output.sequence.mask.unwrap().lengths(), Some(vec![5, 2]));
}

#[test]
fn layers_of_other_sizes_fit_where_one_takes_what_the_one_below_puts_out() {
    let device = Device::flex();
    let layers = vec![GruConfig::new(6).init(3, &device), GruConfig::new(2).init(6, &device)];
    let output = Stack::new(layers, 0.0).forward(x(&device));
    assert_eq!(output.last.dims(), [2, 2]);
    assert_eq!(output.state[0].dims(), [2, 6]);
}

#[test]
#[should_panic(expected = "stack: layer 0 puts out 6 features and layer 1 takes 5")]
fn layers_that_do_not_fit_are_refused() {
    let device = Device::flex();
    Stack::new(vec![GruConfig::new(6).init(3, &device), GruConfig::new(2).init(5, &device)], 0.0);
}

#[test]
fn states_are_written_and_read_in_the_layout_of_pytorch() {
    let device = Device::flex();
    let both = BidirectionalConfig::new(LstmConfig::new(4));
    let stack = StackConfig::new(both, 2).init(3, &device);
    let state = stack.forward(x(&device)).state;
    let (h_n, c_n) = (state.h_n(), state.c_n().unwrap());
    assert_eq!(values(h_n.clone().narrow(0, 3, 1)), values(state[1].1.hidden.clone()));

    let read = stack.state_from(h_n.clone(), Some(c_n.clone())).unwrap();
    for ((_, a), (_, b)) in read.tensors().into_iter().zip(state.tensors()) {
        assert_eq!(values(a), values(b));
    }
    let error = stack.state_from(h_n.clone(), None).unwrap_err();
    assert_eq!(error, SequenceError::StateParts { found: 0, expected: 4 });
    let error = stack.state_from(h_n.clone().narrow(0, 0, 2), Some(c_n)).unwrap_err();
    assert_eq!(error, SequenceError::StateParts { found: 2, expected: 4 });
    let error = stack.state_from(h_n.narrow(2, 0, 3), None).unwrap_err();
    assert_eq!(error, SequenceError::State { found: [2, 3], expected: [2, 4] });
}

#[test]
fn dropout_lies_between_the_layers_and_after_none() {
    let device = Device::flex().autodiff();
    let one = StackConfig::new(GruConfig::new(4), 1).with_dropout(0.9).init(3, &device);
    assert_eq!(values(one.forward(x(&device)).last), values(one.layers[0].forward(x(&device)).last));

    let two = StackConfig::new(GruConfig::new(4), 2).with_dropout(0.9).init(3, &device);
    let first = |stack: &Stack<crate::Gru>| values(stack.forward(x(&device)).state[0].clone());
    assert_eq!(first(&two), first(&two));
    assert_ne!(values(two.forward(x(&device)).last), values(two.forward(x(&device)).last));
    let plain = device.clone().inner();
    let quiet = two.valid();
    assert_eq!(values(quiet.forward(x(&plain)).last), values(quiet.forward(x(&plain)).last));
}

#[test]
fn impossible_settings_are_refused_and_parameters_counted() {
    let config = |layers, dropout| StackConfig::new(GruConfig::new(4), layers).with_dropout(dropout);
    let message = |config: StackConfig<GruConfig>| config.check(3).unwrap_err().to_string();
    assert_eq!(message(config(0, 0.0)), "num_layers must be at least 1");
    assert_eq!(message(config(2, 1.0)), "dropout is 1: it must be at least 0 and below 1");
    assert!(message(config(usize::MAX, 0.0)).contains("parameters"));

    let device = Device::flex();
    let both = StackConfig::new(BidirectionalConfig::new(GruConfig::new(4)), 3);
    assert_eq!(both.init(3, &device).num_params(), both.num_params(3));
    let toml = toml::to_string(&both).unwrap();
    assert_eq!(toml::from_str::<StackConfig<BidirectionalConfig<GruConfig>>>(&toml).unwrap(), both, "{toml}");
}
