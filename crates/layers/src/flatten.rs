//! Pictures to features.
//!
//! ```text
//! [B, C, H, W] -> [B, C·H·W], channel by channel (Keras with channels last goes pixel by pixel)
//! ```

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::layer::{Apply, Leaf};
use crate::{Activation, Rule};

/// Configuration of [`Flatten`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlattenConfig {}

impl FlattenConfig {
    /// All axes but the batch become one.
    pub fn new() -> Self {
        Self {}
    }

    /// Makes the layer.
    pub fn init(&self) -> Flatten {
        Flatten {}
    }
}

impl Leaf for FlattenConfig {
    type Layer = Flatten;

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Rule> {
        let features = input.iter().try_fold(1usize, |product, &size| product.checked_mul(size));
        Ok(vec![features.ok_or(Rule::Overflow)?])
    }

    fn init_for(&self, _input: &[usize], _device: &Device) -> Flatten {
        self.init()
    }
}

/// Pictures to features.
#[derive(Module, Debug)]
pub struct Flatten {}

impl Flatten {
    /// `[B, ...]` to `[B, F]`.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<2> {
        let shape = x.dims();
        x.reshape([shape[0], shape[1..].iter().product()])
    }
}

impl Apply for Flatten {
    fn apply(&self, x: Activation) -> Activation {
        match x {
            Activation::Rank2(_) => x,
            Activation::Rank4(x) => self.forward(x).into(),
        }
    }
}
