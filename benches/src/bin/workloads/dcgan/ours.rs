//! The players in our layers.

use anyhow::Result;
use burn::optim::ModuleOptimizer;
use burn::prelude::*;
use firebrick_layers::{Padding, Sequential, SequentialConfig, build::*, optim, sequential};

use super::{NOISE, Players};
use crate::training::Work;

const SLOPE: f64 = 0.2;
const PICTURE: [usize; 3] = [1, 28, 28];

fn generator() -> SequentialConfig {
    let up = |channels| conv_transpose2d(channels, 4).with_stride(2).with_padding(Padding::all(1));
    sequential![dense(128 * 7 * 7).relu(), reshape([128, 7, 7]), up(64), batch_norm().pytorch().relu(), up(1).tanh(),]
}

fn discriminator() -> SequentialConfig {
    let down = |channels| conv2d(channels, 4).with_stride(2).with_padding(Padding::all(1));
    sequential![down(64).leaky_relu(SLOPE), down(128), batch_norm().pytorch().leaky_relu(SLOPE), flatten(), dense(1),]
}

/// Multiplications with an addition of one sample, in training and in inference.
///
/// The discriminator goes forward three times, back to its weights twice, back through its inputs three times, of which only the
/// generator's step reaches the picture.
pub(super) fn work() -> Result<(u64, u64)> {
    let (g, d) = (Work::of(&generator(), &[NOISE])?, Work::of(&discriminator(), &PICTURE)?);
    Ok((g.training() + 8 * d.forward - 2 * d.first, g.forward))
}

pub(super) struct Ours;

impl Players for Ours {
    type Generator = Sequential;
    type Discriminator = Sequential;

    fn generator(&self, device: &Device) -> Result<Sequential> {
        Ok(generator().init(&[NOISE], device)?)
    }

    fn discriminator(&self, device: &Device) -> Result<Sequential> {
        Ok(discriminator().init(&PICTURE, device)?)
    }

    fn optimizer(&self) -> ModuleOptimizer {
        optim::AdamConfig::new().pytorch().init()
    }

    fn generate(&self, generator: &Sequential, noise: Tensor<2>) -> Tensor<4> {
        generator.forward(noise)
    }

    fn judge(&self, discriminator: &Sequential, pictures: Tensor<4>) -> Tensor<2> {
        discriminator.forward(pictures)
    }
}
