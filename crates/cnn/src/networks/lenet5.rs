//! LeNet-5 (LeCun et al., 1998, <https://doi.org/10.1109/5.726791>).

use firebrick_layers::{SequentialConfig, build::*, sequential};

/// LeNet-5: two convolutions with average pooling, three dense layers, tanh.
///
/// The first convolution pads to keep 28x28 as 28x28, as the paper does by growing the picture to
/// 32x32. 61,706 parameters on `[1, 28, 28]` and 10 classes.
pub fn lenet5(classes: usize) -> SequentialConfig {
    sequential![
        conv2d(6, 5).same().tanh().named("conv1"),
        avg_pool2d(2),
        conv2d(16, 5).tanh().named("conv2"),
        avg_pool2d(2),
        flatten(),
        dense(120).tanh(),
        dense(84).tanh(),
        dense(classes).named("logits"),
    ]
}
