//! The multi-layer perceptron that convolutional networks are compared with.

use firebrick_layers::{SequentialConfig, build::*, sequential};

/// One hidden layer of 128 units with ReLU and dropout: the picture's rows and columns are lost
/// in the first line.
///
/// 101,770 parameters on `[1, 28, 28]` and 10 classes, as in Keras's first tutorial.
pub fn mlp(classes: usize) -> SequentialConfig {
    sequential![flatten(), dense(128).relu().named("hidden"), dropout(0.2), dense(classes).named("logits"),]
}
