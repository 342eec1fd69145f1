//! Spatial dropout: whole feature maps at a time (Tompson et al., 2015, <https://arxiv.org/abs/1411.4280>).
//!
//! ```text
//! training:  y[b, c] = x[b, c]·m[b, c] / (1 − p),  m ~ Bernoulli(1 − p)        otherwise:  y = x
//! ```

use burn::module::{Flag, Module, Param};
use burn::tensor::{Device, Tensor};
use firebrick_backend::dropout;
use serde::{Deserialize, Serialize};

use crate::dropout::check_rate;
use crate::layer::{Apply, Leaf};
use crate::window2d::picture;
use crate::{Activation, Rule};

/// Configuration of [`SpatialDropout`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpatialDropoutConfig {
    /// Share of the channels that become 0, from 0 up to but not including 1.
    pub rate: f64,
}

impl SpatialDropoutConfig {
    /// Sets so large a share of the channels to 0.
    pub fn new(rate: f64) -> Self {
        Self { rate }
    }

    /// Makes the layer.
    ///
    /// # Panics
    /// When the rate is not in [0, 1).
    pub fn init(&self) -> SpatialDropout {
        if let Err(rule) = check_rate(self.rate) {
            panic!("spatial dropout: {rule}");
        }
        SpatialDropout { rate: self.rate, training: Param::from_bool(true) }
    }
}

impl Leaf for SpatialDropoutConfig {
    type Layer = SpatialDropout;

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Rule> {
        picture(input)?;
        check_rate(self.rate)?;
        Ok(input.to_vec())
    }

    fn init_for(&self, _input: &[usize], _device: &Device) -> SpatialDropout {
        self.init()
    }
}

/// Random zero channels while training: on an autodiff device, unless the layer is frozen or in validation mode.
#[derive(Module, Debug)]
pub struct SpatialDropout {
    rate: f64,
    /// Whether channels are dropped on an autodiff device.
    pub training: Param<Flag>,
}

impl SpatialDropout {
    /// `[B, C, H, W]`; the shape stays.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        if !self.training.is_enabled() || !x.device().is_autodiff() || self.rate == 0.0 {
            return x;
        }
        let [batch, channels, _, _] = x.dims();
        dropout(x, [batch, channels, 1, 1], self.rate)
    }
}

impl Apply for SpatialDropout {
    fn apply(&self, x: Activation) -> Activation {
        self.forward(x.into_tensor()).into()
    }
}
