//! The same seed makes the same network.
//!
//! One test in a program of its own: the CPU device has one generator for the whole process, from which tests beside it
//! would draw.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use burn::tensor::{Device, Tensor};
use firebrick_layers::{EmbeddingConfig, Initializer, SequentialConfig, build::*, sequential};

fn network() -> SequentialConfig {
    let he = Initializer::HeNormal;
    let orthogonal = Initializer::Orthogonal { gain: 1.0 };
    sequential![
        conv2d(4, 3).same().relu(),
        residual(sequential![conv2d(4, 3).same().with_kernel_initializer(he), spatial_dropout(0.2)]),
        flatten(),
        dense(16).pytorch().relu(),
        dropout(0.5),
        dense(3).with_kernel_initializer(orthogonal),
    ]
}

/// Scores of a training pass and of a second one: weights and dropout are drawn.
fn scores(seed: u64) -> Vec<f32> {
    let device = Device::flex().autodiff();
    device.seed(seed);
    let model = network().init(&[1, 6, 6], &device).unwrap();
    let x = Tensor::<4>::ones([2, 1, 6, 6], &device);
    let (first, second): (Tensor<2>, Tensor<2>) = (model.forward(x.clone()), model.forward(x));
    let both = Tensor::cat(vec![first, second], 0);
    both.into_data().try_to_vec().unwrap()
}

/// The table of an embedding.
fn table(seed: u64) -> Vec<f32> {
    let device = Device::flex();
    device.seed(seed);
    EmbeddingConfig::new(5, 3).init(&device).weight.val().into_data().try_to_vec().unwrap()
}

#[test]
fn the_same_seed_makes_the_same_weights_and_drops_the_same_numbers() {
    assert_eq!(scores(7), scores(7));
    assert_ne!(scores(7), scores(8));
    assert_eq!(table(7), table(7));
    assert_ne!(table(7), table(8));
}
