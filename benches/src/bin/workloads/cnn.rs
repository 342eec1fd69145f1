//! Keras's simple convnet: two convolutions with pooling, dropout, one dense layer; 34,826
//! parameters.

use anyhow::Result;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig};
use burn::optim::AdamConfig;
use burn::prelude::*;
use burn::tensor::activation::relu;
use firebrick_cnn::networks::keras_convnet;
use firebrick_layers::{Sequential, optim};

use crate::rate::Rate;
use crate::training::measure;

/// In our layers.
pub(crate) fn ours(seconds: f64) -> Result<Vec<(&'static str, Rate)>> {
    let device = Device::flex().autodiff();
    let model = keras_convnet(10).init(&[1, 28, 28], &device)?;
    Ok(measure(model, optim::AdamConfig::new().init(), Sequential::forward, &device, seconds))
}

/// In Burn's own.
pub(crate) fn burns(seconds: f64) -> Vec<(&'static str, Rate)> {
    let device = Device::flex().autodiff();
    measure(BurnConvnet::new(&device), AdamConfig::new().init(), BurnConvnet::forward, &device, seconds)
}

#[derive(Module, Debug)]
struct BurnConvnet {
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
