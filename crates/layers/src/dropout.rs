//! Dropout (Srivastava et al., 2014, <https://jmlr.org/papers/v15/srivastava14a.html>).
//!
//! ```text
//! training:  y = x·m / (1 − p),  m ~ Bernoulli(1 − p) for every number        otherwise:  y = x
//! ```

use burn::module::{Flag, Module, Param};
use burn::tensor::{Device, Tensor};
use firebrick_backend::dropout;
use serde::{Deserialize, Serialize};

use crate::activation::each_rank;
use crate::layer::{Apply, Leaf};
use crate::{Activation, Rule};

/// Configuration of [`Dropout`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropoutConfig {
    /// Share of the numbers that become 0, from 0 up to but not including 1.
    pub rate: f64,
}

impl DropoutConfig {
    /// Sets so large a share of the numbers to 0.
    pub fn new(rate: f64) -> Self {
        Self { rate }
    }

    /// Makes the layer.
    ///
    /// # Panics
    /// When the rate is not in [0, 1).
    pub fn init(&self) -> Dropout {
        if let Err(rule) = check_rate(self.rate) {
            panic!("dropout: {rule}");
        }
        Dropout { rate: self.rate, training: Param::from_bool(true) }
    }
}

pub(crate) fn check_rate(value: f64) -> Result<(), Rule> {
    match (0.0..1.0).contains(&value) {
        true => Ok(()),
        false => Err(Rule::OutOfRange { what: "rate", value, range: "at least 0 and below 1" }),
    }
}

impl Leaf for DropoutConfig {
    type Layer = Dropout;

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Rule> {
        check_rate(self.rate)?;
        Ok(input.to_vec())
    }

    fn init_for(&self, _input: &[usize], _device: &Device) -> Dropout {
        self.init()
    }
}

/// Random zeros while training: on an autodiff device, unless the layer is frozen or in validation mode.
#[derive(Module, Debug)]
pub struct Dropout {
    rate: f64,
    /// Whether numbers are dropped on an autodiff device.
    pub training: Param<Flag>,
}

impl Dropout {
    /// Any shape; it stays.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        if !self.training.is_enabled() || !x.device().is_autodiff() || self.rate == 0.0 {
            return x;
        }
        let mask = x.dims();
        dropout(x, mask, self.rate)
    }
}

impl Apply for Dropout {
    fn apply(&self, x: Activation) -> Activation {
        each_rank!(x, |x| self.forward(x))
    }
}
