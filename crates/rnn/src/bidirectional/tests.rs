//! Pairs that go together, and those that do not.

use burn::tensor::Device;
use firebrick_layers::Mask;

use super::*;
use crate::{GruConfig, LstmConfig, SimpleRnnConfig};

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

fn x(device: &Device) -> Tensor<3> {
    let values = Tensor::<1, burn::tensor::Int>::arange(0..2 * 5 * 3, device).float();
    (values * 0.37).sin().reshape([2, 5, 3])
}

#[test]
fn the_backward_half_is_the_layer_over_reversed_sequences() {
    let device = Device::flex();
    let layer = BidirectionalConfig::new(LstmConfig::new(4)).init(3, &device);
    let output = layer.forward(x(&device));
    let alone = layer.backward_layer.forward(x(&device));
    let half = output.sequence.values.narrow(2, 4, 4);
    assert_eq!(values(half), values(alone.sequence.values.flip([1])));
    assert_eq!(values(output.last.narrow(1, 4, 4)), values(alone.last));
}

#[test]
fn a_layer_that_goes_backwards_gives_its_outputs_and_its_mask_in_that_order() {
    let device = Device::flex();
    let forwards = BidirectionalConfig::new(GruConfig::new(4)).with_merge_mode(MergeMode::Sum).init(3, &device);
    let mut backwards = BidirectionalConfig::new(GruConfig::new(4).with_go_backwards(true));
    backwards.merge_mode = MergeMode::Sum;
    let backwards = backwards.init(3, &device);
    // The same two layers, the other way round.
    let backwards = Bidirectional {
        forward_layer: forwards.backward_layer.clone(),
        backward_layer: forwards.forward_layer.clone(),
        ..backwards
    };
    let sequence = || Sequence::masked(x(&device), Mask::from_lengths(&[5, 3], 5, &device).unwrap());
    let (a, b) = (forwards.forward(sequence()).sequence, backwards.forward(sequence()).sequence);
    assert_eq!(values(a.values), values(b.values.flip([1])));
    assert_eq!(b.mask.unwrap().rows(), a.mask.unwrap().reversed().rows());
}

#[test]
fn padded_steps_are_zeros_in_any_case_and_the_last_output_is_not() {
    let device = Device::flex();
    for zero in [false, true] {
        let layer = BidirectionalConfig::new(GruConfig::new(4).with_zero_output_for_mask(zero)).init(3, &device);
        let mask = Mask::from_lengths(&[5, 2], 5, &device).unwrap();
        let output = layer.forward(Sequence::masked(x(&device), mask));
        assert!(values(output.sequence.values)[5 * 8 + 2 * 8..].iter().all(|value| *value == 0.0));
        assert!(values(output.last).iter().all(|value| *value != 0.0));
    }
}

#[test]
fn layers_of_different_kinds_go_side_by_side() {
    let device = Device::flex();
    let forward = LstmConfig::new(4).init(3, &device);
    let backward = SimpleRnnConfig::new(2).with_go_backwards(true).init(3, &device);
    let output = Bidirectional::new(forward, backward, MergeMode::Concat).forward(x(&device));
    assert_eq!(output.sequence.dims(), [2, 5, 6]);
    assert_eq!(output.state.1.dims(), [2, 2]);
}

#[test]
fn pairs_that_do_not_go_together_are_refused() {
    let pair =
        |forward: GruConfig, backward: GruConfig| BidirectionalConfig::new(forward).with_backward_layer(backward);
    let gru = || GruConfig::new(4);
    let cases = [
        (pair(gru(), gru()), "go_backwards of the forward layer is false and of the backward layer false: they must"),
        (
            pair(gru(), gru().with_go_backwards(true).with_stateful(true)),
            "stateful of the forward layer is false and of the backward layer true: both must have the same",
        ),
        (
            pair(gru().with_return_sequences(true), gru().with_go_backwards(true).with_return_sequences(false)),
            "return_sequences of the forward layer is true and of the backward layer false",
        ),
        (
            pair(gru(), GruConfig::new(5).with_go_backwards(true)).with_merge_mode(MergeMode::Mul),
            "output size of the forward layer is 4 and of the backward layer 5: only concat",
        ),
        (pair(gru(), GruConfig::new(0).with_go_backwards(true)), "hidden_size must be at least 1"),
    ];
    for (config, expected) in cases {
        let message = config.check(3).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{message}");
    }
    assert!(pair(gru().with_return_sequences(true), gru().with_go_backwards(true)).check(3).is_ok());
}

#[test]
fn the_configuration_survives_json_and_toml_and_counts_its_parameters() {
    let config = BidirectionalConfig::new(GruConfig::new(4).with_dropout(0.1))
        .with_backward_layer(GruConfig::new(3).with_go_backwards(true));
    let json = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<BidirectionalConfig<GruConfig>>(&json).unwrap(), config);
    let toml = toml::to_string(&config).unwrap();
    assert_eq!(toml::from_str::<BidirectionalConfig<GruConfig>>(&toml).unwrap(), config, "{toml}");
    let read = |text| toml::from_str::<BidirectionalConfig<GruConfig>>(text);
    assert_eq!(read("merge_mode = \"ave\"\nlayer.hidden_size = 2").unwrap().merge_mode, MergeMode::Average);
    assert!(read("layer.hidden_size = 2\nlayer.units = 3").is_err());

    let layer = config.init(7, &Device::flex());
    assert_eq!(layer.num_params(), config.num_params(7));
    assert_eq!(layer.output_size(), config.output_size());
}
