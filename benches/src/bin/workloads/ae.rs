//! A convolutional autoencoder: 28x28 to 8 channels at 7x7 and back, sigmoid, mean squared error.

use anyhow::Result;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::loss::{MseLoss, Reduction};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::optim::{AdamConfig, ModuleOptimizer};
use burn::prelude::*;
use burn::tensor::Distribution;
use burn::tensor::activation::{relu, sigmoid};
use firebrick_backend::mean_squared_error;
use firebrick_layers::{Sequential, SequentialConfig, build::*, optim, sequential};

use crate::Rows;
use crate::training::{Subject, Work, both};

const BATCH: usize = 128;
const SHAPE: [usize; 3] = [1, 28, 28];

/// The network in our layers.
fn autoencoder() -> SequentialConfig {
    sequential![
        conv2d(16, 3).same().relu(),
        max_pool2d(2),
        conv2d(8, 3).same().relu(),
        max_pool2d(2),
        conv_transpose2d(16, 2).with_stride(2).relu(),
        conv_transpose2d(1, 2).with_stride(2).sigmoid(),
    ]
}

/// Measures our layers.
pub(crate) fn ours(seconds: f64) -> Result<Rows> {
    both(&Ours, Some(Work::of(&autoencoder(), &SHAPE)?), seconds)
}

/// Measures Burn's own.
pub(crate) fn burns(seconds: f64) -> Result<Rows> {
    both(&Burns, None, seconds)
}

/// Random pictures `[B, 1, 28, 28]`.
fn random_pictures(device: &Device) -> Tensor<4> {
    Tensor::random([BATCH, 1, 28, 28], Distribution::Default, device)
}

struct Ours;

impl Subject<4> for Ours {
    type Model = Sequential;
    type Batch = Tensor<4>;

    fn samples(&self) -> usize {
        BATCH
    }

    fn model(&self, device: &Device) -> Result<Sequential> {
        Ok(autoencoder().init(&SHAPE, device)?)
    }

    fn optimizer(&self) -> ModuleOptimizer {
        optim::AdamConfig::new().pytorch().init()
    }

    fn batch(&self, device: &Device) -> Tensor<4> {
        random_pictures(device)
    }

    fn forward(&self, model: &Sequential, pictures: &Tensor<4>) -> Tensor<4> {
        model.forward(pictures.clone())
    }

    fn loss(&self, output: Tensor<4>, pictures: &Tensor<4>) -> Tensor<1> {
        mean_squared_error(output, pictures.clone())
    }
}

struct Burns;

impl Subject<4> for Burns {
    type Model = BurnAutoencoder;
    type Batch = Tensor<4>;

    fn samples(&self) -> usize {
        BATCH
    }

    fn model(&self, device: &Device) -> Result<BurnAutoencoder> {
        Ok(BurnAutoencoder::new(device))
    }

    fn optimizer(&self) -> ModuleOptimizer {
        AdamConfig::new().with_epsilon(1e-8).init()
    }

    fn batch(&self, device: &Device) -> Tensor<4> {
        random_pictures(device)
    }

    fn forward(&self, model: &BurnAutoencoder, pictures: &Tensor<4>) -> Tensor<4> {
        model.forward(pictures.clone())
    }

    fn loss(&self, output: Tensor<4>, pictures: &Tensor<4>) -> Tensor<1> {
        MseLoss::new().forward(output, pictures.clone(), Reduction::Mean)
    }
}

#[derive(Module, Debug)]
struct BurnAutoencoder {
    conv1: Conv2d,
    conv2: Conv2d,
    pool: MaxPool2d,
    up1: ConvTranspose2d,
    up2: ConvTranspose2d,
}

impl BurnAutoencoder {
    fn new(device: &Device) -> Self {
        let conv = |channels| Conv2dConfig::new(channels, [3, 3]).with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1));
        let up = |channels| ConvTranspose2dConfig::new(channels, [2, 2]).with_stride([2, 2]);
        Self {
            conv1: conv([1, 16]).init(device),
            conv2: conv([16, 8]).init(device),
            pool: MaxPool2dConfig::new([2, 2]).init(),
            up1: up([8, 16]).init(device),
            up2: up([16, 1]).init(device),
        }
    }

    /// `[B, 1, 28, 28]` to the same shape.
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = self.pool.forward(relu(self.conv1.forward(x)));
        let x = self.pool.forward(relu(self.conv2.forward(x)));
        sigmoid(self.up2.forward(relu(self.up1.forward(x))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parity::{self, Formulas};

    #[test]
    fn both_autoencoders_have_the_same_parameters() {
        let device = Device::flex();
        let parameters = 16 * 9 + 16 + 8 * 16 * 9 + 8 + 8 * 16 * 4 + 16 + 16 * 4 + 1;
        assert_eq!(Ours.model(&device).unwrap().num_params(), parameters);
        assert_eq!(BurnAutoencoder::new(&device).num_params(), parameters);
    }

    #[test]
    fn the_autoencoder_learns_in_the_steps_of_pytorch() {
        let subject = Formulas { subject: Ours, batch: |device| parity::pictures(BATCH, device) };
        parity::assert_losses::<4, _>("ae", &subject, 0.99);
    }
}
