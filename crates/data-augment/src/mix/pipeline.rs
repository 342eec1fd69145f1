//! Mixes in order, as data, with what was drawn.
//!
//! ```toml
//! [[mixes]]
//! mix = "cut_mix"
//! p = 0.5
//! ```

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::{CutMix, CutMixPart, LabelSmoothing, MixUp, MixUpShare, Mosaic, MosaicCentre};
use crate::check;
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::pipeline::Key;
use crate::sample::Sample;
use crate::workspace::Workspace;

/// Names the stream of random numbers that mixes are drawn from.
const STREAM: u64 = 0x6D69_7869_6E67_0000;

/// Makes the enums from the list of mixes.
macro_rules! mixes {
    ($($name:ident, $drawn:ty;)+) => {
        /// Any transform of a batch with its settings.
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "mix", rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Mix {
            $(#[doc = concat!("[`", stringify!($name), "`](super::", stringify!($name), ").")] $name($name),)+
        }

        /// What any mix has drawn; applying it takes nothing else.
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "mix", rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum MixDrawn {
            $(#[doc = concat!("By [`", stringify!($name), "`](super::", stringify!($name), ").")] $name($drawn),)+
        }

        impl Mix {
            fn check(&self) -> Result<(), AugmentError> {
                match self { $(Self::$name(mix) => mix.check(),)+ }
            }
        }

        $(impl From<$name> for Mix {
            fn from(mix: $name) -> Self {
                Self::$name(mix)
            }
        }

        impl From<$name> for MixStep {
            fn from(mix: $name) -> Self {
                Self { p: 1.0, mix: mix.into() }
            }
        })+
    };
}

mixes! {
    MixUp, MixUpShare;
    CutMix, CutMixPart;
    Mosaic, MosaicCentre;
    LabelSmoothing, LabelSmoothing;
}

impl Mix {
    /// Draws what to do with a batch of pictures of this shape.
    pub fn draw(&self, shape: Shape, draws: &mut Draws) -> MixDrawn {
        match self {
            Self::MixUp(mix) => MixDrawn::MixUp(mix.draw(draws)),
            Self::CutMix(mix) => MixDrawn::CutMix(mix.draw(shape, draws)),
            Self::Mosaic(mix) => MixDrawn::Mosaic(mix.draw(shape, draws)),
            Self::LabelSmoothing(mix) => MixDrawn::LabelSmoothing(*mix),
        }
    }
}

impl MixDrawn {
    /// Changes a batch.
    ///
    /// # Errors
    /// When pictures, labels or masks do not go together.
    pub fn apply(&self, batch: &mut [Sample], space: &mut Workspace) -> Result<(), AugmentError> {
        match self {
            Self::MixUp(drawn) => drawn.apply(batch, space),
            Self::CutMix(drawn) => drawn.apply(batch, space),
            Self::Mosaic(drawn) => drawn.apply(batch, space),
            Self::LabelSmoothing(drawn) => {
                drawn.apply(batch);
                Ok(())
            }
        }
    }
}

/// A mix with its probability for a batch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MixStep {
    /// How likely it is applied. Default 1.
    #[serde(default = "always")]
    pub p: f64,
    /// What is applied.
    #[serde(flatten)]
    pub mix: Mix,
}

fn always() -> f64 {
    1.0
}

impl MixStep {
    /// The same mix with another probability.
    #[must_use]
    pub fn with_p(mut self, p: f64) -> Self {
        self.p = p;
        self
    }
}

/// Transforms of batches in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchPipeline {
    mixes: Vec<MixStep>,
}

impl BatchPipeline {
    /// These mixes, one after the other.
    ///
    /// # Errors
    /// The first setting that breaks a rule.
    pub fn new(mixes: impl IntoIterator<Item = MixStep>) -> Result<Self, AugmentError> {
        Self { mixes: mixes.into_iter().collect() }.checked()
    }

    fn checked(self) -> Result<Self, AugmentError> {
        for step in &self.mixes {
            check::probability("mix", step.p)?;
            step.mix.check()?;
        }
        Ok(self)
    }

    /// The mixes.
    pub fn steps(&self) -> &[MixStep] {
        &self.mixes
    }

    /// Changes a batch; `index` of the key counts batches. Gives what was applied.
    ///
    /// # Errors
    /// When pictures, labels or masks of the batch do not go together.
    pub fn apply(&self, batch: &mut [Sample], key: Key, space: &mut Workspace) -> Result<Vec<MixDrawn>, AugmentError> {
        let mut applied = Vec::new();
        let Some(shape) = batch.first().map(Sample::shape) else { return Ok(applied) };
        for (position, step) in self.mixes.iter().enumerate() {
            let mut draws = Draws::new(&[STREAM, key.seed, key.epoch, key.index, position as u64]);
            if step.p < 1.0 && draws.unit() >= step.p {
                continue;
            }
            let drawn = step.mix.draw(shape, &mut draws);
            drawn.apply(batch, space)?;
            applied.push(drawn);
        }
        Ok(applied)
    }

    /// Reads mixes from TOML.
    ///
    /// # Errors
    /// When the text is no TOML, names a mix or setting that does not exist, or when a setting breaks a rule.
    pub fn from_toml(text: &str) -> Result<Self, AugmentError> {
        let read: Self =
            toml::from_str(text).map_err(|error| AugmentError::Read { format: "TOML", message: error.to_string() })?;
        read.checked()
    }

    /// Writes the mixes as TOML.
    ///
    /// # Errors
    /// When a number does not fit TOML.
    pub fn to_toml(&self) -> Result<String, AugmentError> {
        toml::to_string(self).map_err(|error| AugmentError::Write { format: "TOML", message: error.to_string() })
    }
}
