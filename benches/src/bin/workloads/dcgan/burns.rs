//! The players in Burn's own layers.

use anyhow::Result;
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::optim::{AdamConfig, ModuleOptimizer};
use burn::prelude::*;
use burn::tensor::activation::{leaky_relu, relu, tanh};

use super::{NOISE, Players};

const SLOPE: f64 = 0.2;

#[derive(Module, Debug)]
pub(super) struct Generator {
    project: Linear,
    up1: ConvTranspose2d,
    norm: BatchNorm,
    up2: ConvTranspose2d,
}

#[derive(Module, Debug)]
pub(super) struct Discriminator {
    down1: Conv2d,
    down2: Conv2d,
    norm: BatchNorm,
    head: Linear,
}

pub(super) struct Burns;

impl Players for Burns {
    type Generator = Generator;
    type Discriminator = Discriminator;

    fn generator(&self, device: &Device) -> Result<Generator> {
        let up = |channels| ConvTranspose2dConfig::new(channels, [4, 4]).with_stride([2, 2]).with_padding([1, 1]);
        Ok(Generator {
            project: LinearConfig::new(NOISE, 128 * 7 * 7).init(device),
            up1: up([128, 64]).init(device),
            norm: BatchNormConfig::new(64).init(device),
            up2: up([64, 1]).init(device),
        })
    }

    fn discriminator(&self, device: &Device) -> Result<Discriminator> {
        let padding = PaddingConfig2d::Explicit(1, 1, 1, 1);
        let down = |channels| Conv2dConfig::new(channels, [4, 4]).with_stride([2, 2]).with_padding(padding.clone());
        Ok(Discriminator {
            down1: down([1, 64]).init(device),
            down2: down([64, 128]).init(device),
            norm: BatchNormConfig::new(128).init(device),
            head: LinearConfig::new(128 * 7 * 7, 1).init(device),
        })
    }

    fn optimizer(&self) -> ModuleOptimizer {
        AdamConfig::new().with_epsilon(1e-8).init()
    }

    fn generate(&self, generator: &Generator, noise: Tensor<2>) -> Tensor<4> {
        let x = relu(generator.project.forward(noise));
        let [batch, _] = x.dims();
        let x = generator.up1.forward(x.reshape([batch, 128, 7, 7]));
        tanh(generator.up2.forward(relu(generator.norm.forward(x))))
    }

    fn judge(&self, discriminator: &Discriminator, pictures: Tensor<4>) -> Tensor<2> {
        let x = leaky_relu(discriminator.down1.forward(pictures), SLOPE);
        let x = leaky_relu(discriminator.norm.forward(discriminator.down2.forward(x)), SLOPE);
        discriminator.head.forward(x.flatten(1, 3))
    }
}
