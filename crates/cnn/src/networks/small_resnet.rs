//! A residual network for small pictures (He et al., 2016, <https://arxiv.org/abs/1512.03385>,
//! section 4.2).

use firebrick_layers::{BatchNormConfig, Conv2dConfig, ResidualConfig, SequentialConfig, build::*, sequential};

/// ResNet-8: a 3x3 stem, three stages of one block with 16, 32 and 64 channels, global average.
pub fn small_resnet(classes: usize) -> SequentialConfig {
    sequential![
        conv(16, 3, 1).named("stem"),
        norm().relu(),
        block(16, 1).named("stage1"),
        block(32, 2).with_shortcut(sequential![conv(32, 1, 2), norm()]).named("stage2"),
        block(64, 2).with_shortcut(sequential![conv(64, 1, 2), norm()]).named("stage3"),
        global_avg_pool2d(),
        dense(classes).named("logits"),
    ]
}

/// Two 3x3 convolutions, added to what came in.
fn block(channels: usize, stride: usize) -> ResidualConfig {
    residual(sequential![conv(channels, 3, stride), norm().relu(), conv(channels, 3, 1), norm()]).relu()
}

fn conv(channels: usize, kernel_size: usize, stride: usize) -> Conv2dConfig {
    conv2d(channels, kernel_size).with_stride(stride).same().with_bias(false)
}

fn norm() -> BatchNormConfig {
    batch_norm().pytorch()
}
