//! Keras's simple convnet: two convolutions with pooling, dropout, one dense layer; 34,826
//! parameters.

use anyhow::Result;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::optim::{AdamConfig, ModuleOptimizer};
use burn::prelude::*;
use burn::tensor::Distribution;
use burn::tensor::activation::relu;
use firebrick_cnn::networks::keras_convnet;
use firebrick_layers::{Sequential, SequentialConfig, optim};

use crate::Rows;
use crate::training::{Subject, Work, both, cross_entropy, random_labels};

const BATCH: usize = 128;
const CLASSES: usize = 10;
const SHAPE: [usize; 3] = [1, 28, 28];

/// Random pictures `[B, 1, 28, 28]` with labels `[B]`.
pub(crate) struct Pictures {
    pictures: Tensor<4>,
    labels: Tensor<1, Int>,
}

impl Pictures {
    fn random(device: &Device) -> Self {
        let pictures = Tensor::random([BATCH, 1, 28, 28], Distribution::Default, device);
        Self { pictures, labels: random_labels(BATCH, CLASSES, device) }
    }
}

/// Measures our layers.
pub(crate) fn ours(seconds: f64) -> Result<Rows> {
    both(&Ours(keras_convnet(CLASSES)), Some(Work::of(&keras_convnet(CLASSES), &SHAPE)?), seconds)
}

/// Measures Burn's own.
pub(crate) fn burns(seconds: f64) -> Result<Rows> {
    both(&Burns, None, seconds)
}

/// A network in our layers.
pub(crate) struct Ours(SequentialConfig);

impl Subject for Ours {
    type Model = Sequential;
    type Batch = Pictures;

    fn samples(&self) -> usize {
        BATCH
    }

    fn model(&self, device: &Device) -> Result<Sequential> {
        Ok(self.0.init(&SHAPE, device)?)
    }

    fn optimizer(&self) -> ModuleOptimizer {
        optim::AdamConfig::new().pytorch().init()
    }

    fn batch(&self, device: &Device) -> Pictures {
        Pictures::random(device)
    }

    fn forward(&self, model: &Sequential, batch: &Pictures) -> Tensor<2> {
        model.forward(batch.pictures.clone())
    }

    fn loss(&self, scores: Tensor<2>, batch: &Pictures) -> Tensor<1> {
        firebrick_backend::cross_entropy(scores, batch.labels.clone(), 0.0).mean()
    }
}

/// The network in Burn's own layers.
struct Burns;

impl Subject for Burns {
    type Model = BurnConvnet;
    type Batch = Pictures;

    fn samples(&self) -> usize {
        BATCH
    }

    fn model(&self, device: &Device) -> Result<BurnConvnet> {
        Ok(BurnConvnet::new(device))
    }

    fn optimizer(&self) -> ModuleOptimizer {
        AdamConfig::new().with_epsilon(1e-8).init()
    }

    fn batch(&self, device: &Device) -> Pictures {
        Pictures::random(device)
    }

    fn forward(&self, model: &BurnConvnet, batch: &Pictures) -> Tensor<2> {
        model.forward(batch.pictures.clone())
    }

    fn loss(&self, scores: Tensor<2>, batch: &Pictures) -> Tensor<1> {
        cross_entropy(scores, batch.labels.clone())
    }
}

#[derive(Module, Debug)]
pub(crate) struct BurnConvnet {
    conv1: Conv2d,
    conv2: Conv2d,
    pool: MaxPool2d,
    dropout: Dropout,
    dense: Linear,
}

impl BurnConvnet {
    fn new(device: &Device) -> Self {
        Self {
            conv1: Conv2dConfig::new([1, 32], [3, 3]).init(device),
            conv2: Conv2dConfig::new([32, 64], [3, 3]).init(device),
            pool: MaxPool2dConfig::new([2, 2]).init(),
            dropout: DropoutConfig::new(0.5).init(),
            dense: LinearConfig::new(1600, 10).init(device),
        }
    }

    /// `[B, 1, 28, 28]` -> scores `[B, 10]`.
    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = self.pool.forward(relu(self.conv1.forward(x)));
        let x = self.pool.forward(relu(self.conv2.forward(x)));
        self.dense.forward(self.dropout.forward(x.flatten(1, 3)))
    }
}

#[cfg(test)]
mod tests {
    use firebrick_layers::LayerConfig;

    use super::*;
    use crate::parity::{self, Formulas};

    #[test]
    fn the_convnet_learns_in_the_steps_of_pytorch() {
        let network = keras_convnet(CLASSES);
        let steady = network.positions().iter().filter(|position| !matches!(position.layer, LayerConfig::Dropout(_)));
        let subject = Formulas {
            subject: Ours(steady.cloned().collect()),
            batch: |device| Pictures {
                pictures: parity::pictures(BATCH, device),
                labels: parity::labels(BATCH, CLASSES, device),
            },
        };
        parity::assert_losses::<2, _>("cnn", &subject, 0.9);
    }

    #[test]
    fn the_work_is_that_of_two_convolutions_and_a_head() {
        let work = Work::of(&keras_convnet(CLASSES), &SHAPE).unwrap();
        let (first, second) = (26 * 26 * 32 * 9, 11 * 11 * 64 * 32 * 9);
        assert_eq!(work, Work { forward: first + second + 1600 * 10, first });
    }

    #[test]
    fn both_networks_have_the_parameters_of_keras() {
        let device = Device::flex();
        let ours = Ours(keras_convnet(CLASSES)).model(&device).unwrap();
        assert_eq!(ours.num_params(), 34_826);
        assert_eq!(BurnConvnet::new(&device).num_params(), 34_826);
    }
}
