//! One value of each feature for the whole sequence: the largest, the mean, or that of the last step.
//!
//! ```text
//! max   y[b, f] = max over t with mask[b, t] of x[b, t, f]
//! mean  y[b, f] = Σ over t with mask[b, t] of x[b, t, f] / Σ_t mask[b, t]
//! last  y[b, f] = x[b, t, f] for the last t with mask[b, t]                    x [B, T, F], y [B, F]
//! ```
//!
//! The mean is Keras's GlobalAveragePooling1D, which takes masks too; its GlobalMaxPooling1D does not, and looks at padding.
//! A sequence without a step that counts becomes zeros.

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor};
use firebrick_layers::Rule;
use serde::{Deserialize, Serialize};

use super::arms::Ending;
use super::layer::{Apply, Leaf, Takes};
use super::{SequenceShape, Signal};
use crate::Sequence;

/// The configuration, the layer, and both in a list, of what makes features of a sequence.
macro_rules! pooling {
    ($config:ident, $layer:ident, $doc:literal) => {
        #[doc = concat!("Configuration of [`", stringify!($layer), "`].")]
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $config {}

        impl $config {
            #[doc = $doc]
            pub fn new() -> Self {
                Self {}
            }

            /// Makes the layer.
            pub fn init(&self) -> $layer {
                $layer {}
            }
        }

        impl Leaf for $config {
            type Layer = $layer;

            const TAKES: Takes = Takes::Steps;

            const ENDING: Ending = Ending::Whole;

            fn output_shape(&self, input: &SequenceShape) -> Result<SequenceShape, Rule> {
                let (_, features) = input.sequence()?;
                Ok(SequenceShape::Whole(vec![features]))
            }

            fn init_for(&self, _input: &SequenceShape, _device: &Device) -> $layer {
                self.init()
            }
        }

        #[doc = $doc]
        #[derive(Module, Debug)]
        pub struct $layer {}

        impl Apply for $layer {
            fn apply(&self, x: Signal) -> Signal {
                Signal::Whole(self.forward(x.into_sequence()).into())
            }
        }
    };
}

pooling!(GlobalMaxPool1dConfig, GlobalMaxPool1d, "The largest value of each feature over the steps that count.");
pooling!(GlobalAvgPool1dConfig, GlobalAvgPool1d, "The mean of each feature over the steps that count.");
pooling!(LastStepConfig, LastStep, "The features of the last step that counts.");

impl GlobalMaxPool1d {
    /// `[B, T, F]` to `[B, F]`.
    ///
    /// # Panics
    /// When the mask does not fit.
    pub fn forward(&self, x: impl Into<Sequence>) -> Tensor<2> {
        let Sequence { values, mask } = x.into();
        let Some(mask) = mask else {
            return values.max_dim(1).squeeze_dim(1);
        };
        let filled = mask.fill(values, f64::NEG_INFINITY).unwrap_or_else(|error| panic!("{error}"));
        let largest: Tensor<2> = filled.max_dim(1).squeeze_dim(1);
        let nothing = mask.steps().any_dim(1).bool_not().expand(largest.dims());
        largest.mask_fill(nothing, 0.0)
    }
}

impl GlobalAvgPool1d {
    /// `[B, T, F]` to `[B, F]`.
    ///
    /// # Panics
    /// When the mask does not fit.
    pub fn forward(&self, x: impl Into<Sequence>) -> Tensor<2> {
        let Sequence { values, mask } = x.into();
        let Some(mask) = mask else {
            return values.mean_dim(1).squeeze_dim(1);
        };
        let filled = mask.fill(values, 0.0).unwrap_or_else(|error| panic!("{error}"));
        let sum: Tensor<2> = filled.sum_dim(1).squeeze_dim(1);
        sum / mask.weights().sum_dim(1).clamp_min(1.0)
    }
}

impl LastStep {
    /// `[B, T, F]` to `[B, F]`.
    ///
    /// # Panics
    /// When the mask does not fit.
    pub fn forward(&self, x: impl Into<Sequence>) -> Tensor<2> {
        let Sequence { values, mask } = x.into();
        let [batch, steps, features] = values.dims();
        let Some(mask) = mask else {
            return values.narrow(1, steps - 1, 1).squeeze_dim(1);
        };
        let filled = mask.fill(values, 0.0).unwrap_or_else(|error| panic!("{error}"));
        let numbers = Tensor::<1, Int>::arange(0..steps as i64, &filled.device()).reshape([1, steps]);
        // A sequence without a step that counts takes step 0, which was filled with zeros.
        let last = (numbers * mask.steps().int()).max_dim(1);
        filled.gather(1, last.reshape([batch, 1, 1]).expand([batch, 1, features])).squeeze_dim(1)
    }
}
