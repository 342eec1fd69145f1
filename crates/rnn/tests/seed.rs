//! The same seed makes the same layers, and padding leaves no trace where numbers are dropped.
//!
//! One program of its own: the CPU device has one generator for the whole process, from which tests beside it would
//! draw. Hence one test.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use burn::tensor::{Device, Int, Tensor};
use firebrick_layers::Mask;
use firebrick_rnn::{
    BidirectionalConfig, GruConfig, LstmConfig, RecurrentConfig, RecurrentLayer, Sequence, SimpleRnnConfig, StackConfig,
};

const STEPS: usize = 6;

/// The bits of outputs and of the gradient of the input, of a training pass with padding of `filler`.
fn training_pass<C: RecurrentConfig>(config: &C, seed: u64, filler: f32) -> Vec<u32> {
    let device = Device::flex().autodiff();
    device.seed(seed);
    let layer = config.init(3, &device);
    let mask = Mask::from_lengths(&[6, 2, 0, 4], STEPS, &device).unwrap();
    let x = Tensor::<1, Int>::arange(0..4 * 6 * 3, &device).float().sin().reshape([4, STEPS, 3]);
    let x = mask.fill(x, f64::from(filler)).unwrap().detach().require_grad();
    let output = layer.forward(Sequence::masked(x.clone(), mask));
    let gradients = output.sequence.values.clone().powi_scalar(2).sum().backward();
    let parts = [output.sequence.values, x.grad(&gradients).unwrap()];
    parts.into_iter().flat_map(|part| part.into_data().try_to_vec::<f32>().unwrap()).map(f32::to_bits).collect()
}

fn repeats_itself<C: RecurrentConfig>(config: &C) {
    let first = training_pass(config, 7, 0.5);
    assert!(first == training_pass(config, 7, 0.5), "{config:?} differs with the same seed");
    assert!(first != training_pass(config, 8, 0.5), "{config:?} is the same with another seed");
    for filler in [f32::NAN, 1e30] {
        assert!(first == training_pass(config, 7, filler), "{filler} in masked steps shows in {config:?}");
    }
}

#[test]
fn the_same_seed_draws_and_drops_the_same_and_padding_leaves_no_trace() {
    repeats_itself(&SimpleRnnConfig::new(5).with_dropout(0.3));
    repeats_itself(&GruConfig::new(5).with_dropout(0.3).with_recurrent_dropout(0.3));
    let lstm = LstmConfig::new(5).pytorch().with_dropout(0.3);
    repeats_itself(&lstm.clone().with_recurrent_dropout(0.3));
    repeats_itself(&StackConfig::new(BidirectionalConfig::new(lstm), 2).with_dropout(0.4));
}
