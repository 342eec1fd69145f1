//! A convolutional network for very small pictures, such as the embedded 8x8 digits.

use firebrick_layers::{SequentialConfig, build::*, sequential};

/// Four convolutions in two stages, batch norm before each ReLU, dropout between.
pub fn digits_convnet(classes: usize) -> SequentialConfig {
    sequential![
        conv2d(32, 3).same().named("conv1"),
        batch_norm().pytorch().relu(),
        conv2d(32, 3).same().named("conv2"),
        batch_norm().pytorch().relu(),
        max_pool2d(2),
        dropout(0.25),
        conv2d(64, 3).same().named("conv3"),
        batch_norm().pytorch().relu(),
        conv2d(64, 3).same().named("conv4"),
        batch_norm().pytorch().relu(),
        max_pool2d(2),
        flatten(),
        dropout(0.5),
        dense(classes).named("logits"),
    ]
}
