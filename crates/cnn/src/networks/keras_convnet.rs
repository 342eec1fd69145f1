//! Keras's "simple MNIST convnet" (F. Chollet, <https://keras.io/examples/vision/mnist_convnet/>).

use firebrick_layers::{SequentialConfig, build::*, sequential};

/// Two convolutions with maximum pooling, dropout and one dense layer.
///
/// 34,826 parameters on `[1, 28, 28]` and 10 classes.
pub fn keras_convnet(classes: usize) -> SequentialConfig {
    sequential![
        conv2d(32, 3).relu().named("conv1"),
        max_pool2d(2),
        conv2d(64, 3).relu().named("conv2"),
        max_pool2d(2),
        flatten(),
        dropout(0.5),
        dense(classes).named("logits"),
    ]
}
