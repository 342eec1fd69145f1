//! A perceptron with more weights than small data can hold in check, for showing what overfitting looks like.

use firebrick_layers::{SequentialConfig, build::*, sequential};

/// Two hidden layers of 512 units with ReLU, and nothing against overfitting: no dropout, no normalisation.
pub fn wide_mlp(classes: usize) -> SequentialConfig {
    sequential![
        flatten(),
        dense(512).relu().named("hidden1"),
        dense(512).relu().named("hidden2"),
        dense(classes).named("logits"),
    ]
}
