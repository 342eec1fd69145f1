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
use firebrick_layers::{Sequential, optim};

use crate::training::{Subject, cross_entropy, random_labels};

const BATCH: usize = 128;
const CLASSES: usize = 10;

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

/// The network in our layers.
pub(crate) struct Ours;

impl Subject for Ours {
    type Model = Sequential;
    type Batch = Pictures;

    fn samples(&self) -> usize {
        BATCH
    }

    fn model(&self, device: &Device) -> Result<Sequential> {
        Ok(keras_convnet(CLASSES).init(&[1, 28, 28], device)?)
    }

    fn optimizer(&self) -> ModuleOptimizer {
        optim::AdamConfig::new().init()
    }

    fn batch(&self, device: &Device) -> Pictures {
        Pictures::random(device)
    }

    fn forward(&self, model: &Sequential, batch: &Pictures) -> Tensor<2> {
        model.forward(batch.pictures.clone())
    }

    fn loss(&self, scores: Tensor<2>, batch: &Pictures) -> Tensor<1> {
        cross_entropy(scores, batch.labels.clone())
    }
}

/// The network in Burn's own layers.
pub(crate) struct Burns;

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
        AdamConfig::new().init()
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
    use super::*;

    #[test]
    fn both_networks_have_the_parameters_of_keras() {
        let device = Device::flex();
        let ours = keras_convnet(10).init(&[1, 28, 28], &device).unwrap();
        assert_eq!(ours.num_params(), 34_826);
        assert_eq!(BurnConvnet::new(&device).num_params(), 34_826);
    }
}
