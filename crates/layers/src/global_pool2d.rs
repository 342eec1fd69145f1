//! One number for each channel: its mean or its largest value.
//!
//! ```text
//! [B, C, H, W] -> [B, C]
//! ```

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::layer::{Apply, Leaf};
use crate::window2d::picture;
use crate::{Activation, Rule};

/// Configuration of [`GlobalAvgPool2d`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlobalAvgPool2dConfig {}

/// Configuration of [`GlobalMaxPool2d`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlobalMaxPool2dConfig {}

impl GlobalAvgPool2dConfig {
    /// The mean of each channel.
    pub fn new() -> Self {
        Self {}
    }

    /// Makes the layer.
    pub fn init(&self) -> GlobalAvgPool2d {
        GlobalAvgPool2d {}
    }
}

impl GlobalMaxPool2dConfig {
    /// The largest value of each channel.
    pub fn new() -> Self {
        Self {}
    }

    /// Makes the layer.
    pub fn init(&self) -> GlobalMaxPool2d {
        GlobalMaxPool2d {}
    }
}

impl Leaf for GlobalAvgPool2dConfig {
    type Layer = GlobalAvgPool2d;

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Rule> {
        picture(input).map(|[channels, _, _]| vec![channels])
    }

    fn init_for(&self, _input: &[usize], _device: &Device) -> GlobalAvgPool2d {
        self.init()
    }
}

impl Leaf for GlobalMaxPool2dConfig {
    type Layer = GlobalMaxPool2d;

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Rule> {
        picture(input).map(|[channels, _, _]| vec![channels])
    }

    fn init_for(&self, _input: &[usize], _device: &Device) -> GlobalMaxPool2d {
        self.init()
    }
}

/// Mean of each channel.
#[derive(Module, Debug)]
pub struct GlobalAvgPool2d {}

/// Largest value of each channel.
#[derive(Module, Debug)]
pub struct GlobalMaxPool2d {}

impl GlobalAvgPool2d {
    /// `[B, C, H, W]` to `[B, C]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        cells_in_rows(x).mean_dim(2).squeeze_dim(2)
    }
}

impl GlobalMaxPool2d {
    /// `[B, C, H, W]` to `[B, C]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        cells_in_rows(x).max_dim(2).squeeze_dim(2)
    }
}

/// `[B, C, H·W]`.
fn cells_in_rows(x: Tensor<4>) -> Tensor<3> {
    let [batch, channels, height, width] = x.dims();
    x.reshape([batch, channels, height * width])
}

impl Apply for GlobalAvgPool2d {
    fn apply(&self, x: Activation) -> Activation {
        self.forward(x.into_tensor()).into()
    }
}

impl Apply for GlobalMaxPool2d {
    fn apply(&self, x: Activation) -> Activation {
        self.forward(x.into_tensor()).into()
    }
}
