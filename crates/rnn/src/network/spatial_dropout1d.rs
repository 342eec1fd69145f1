//! Spatial dropout of sequences: a feature is dropped at all steps of a sequence or at none (Tompson et al., 2015,
//! <https://arxiv.org/abs/1411.4280>; Keras's SpatialDropout1D).
//!
//! ```text
//! training:  y[b, t, f] = x[b, t, f]·m[b, f] / (1 − p),  m ~ Bernoulli(1 − p)        otherwise:  y = x
//! ```

use burn::module::{Flag, Module, Param};
use burn::tensor::{Device, Distribution, Tensor};
use firebrick_layers::Rule;
use serde::{Deserialize, Serialize};

use super::arms::Ending;
use super::layer::{Apply, Leaf, Takes};
use super::{SequenceShape, Signal};
use crate::Sequence;

/// Configuration of [`SpatialDropout1d`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpatialDropout1dConfig {
    /// Share of the features that become 0, from 0 up to but not including 1.
    pub rate: f64,
}

impl SpatialDropout1dConfig {
    /// Sets so large a share of the features to 0.
    pub fn new(rate: f64) -> Self {
        Self { rate }
    }

    /// Makes the layer.
    ///
    /// # Panics
    /// When the rate is not in [0, 1).
    pub fn init(&self) -> SpatialDropout1d {
        if let Err(rule) = self.check() {
            panic!("spatial dropout: {rule}");
        }
        SpatialDropout1d { rate: self.rate, training: Param::from_bool(true) }
    }

    fn check(&self) -> Result<(), Rule> {
        match (0.0..1.0).contains(&self.rate) {
            true => Ok(()),
            false => Err(Rule::OutOfRange { what: "rate", value: self.rate, range: "at least 0 and below 1" }),
        }
    }
}

impl Leaf for SpatialDropout1dConfig {
    type Layer = SpatialDropout1d;

    const TAKES: Takes = Takes::Steps;

    const ENDING: Ending = Ending::Steps;

    fn output_shape(&self, input: &SequenceShape) -> Result<SequenceShape, Rule> {
        input.sequence()?;
        self.check()?;
        Ok(input.clone())
    }

    fn init_for(&self, _input: &SequenceShape, _device: &Device) -> SpatialDropout1d {
        self.init()
    }
}

/// Random zero features while training: on an autodiff device, unless the layer is frozen or in validation mode.
#[derive(Module, Debug)]
pub struct SpatialDropout1d {
    rate: f64,
    /// Whether features are dropped on an autodiff device.
    pub training: Param<Flag>,
}

impl SpatialDropout1d {
    /// `[B, T, F]`; the shape stays.
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        if !self.training.is_enabled() || !x.device().is_autodiff() || self.rate == 0.0 {
            return x;
        }
        let ([batch, _, features], keep) = (x.dims(), 1.0 - self.rate);
        let drawn = Tensor::random([batch, 1, features], Distribution::Bernoulli(keep), &x.device());
        x * (drawn / keep)
    }
}

impl Apply for SpatialDropout1d {
    fn apply(&self, x: Signal) -> Signal {
        let Sequence { values, mask } = x.into_sequence();
        Sequence { values: self.forward(values), mask }.into()
    }
}
