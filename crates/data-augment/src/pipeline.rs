//! A pipeline: which transforms are applied to a picture, in which order, how likely.
//!
//! ```text
//! draws of step k  =  stream (seed, epoch, index, k)      k counts all steps, those inside choices too
//! ```
//!
//! So what happens to a picture depends neither on the pictures before it nor on the thread, and a step draws the same
//! whatever the steps before it did.

mod file;
mod shapes;
mod step;

use std::path::Path;

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use crate::error::AugmentError;
use crate::operation::{Drawn, Operation};
use crate::sample::Sample;
use crate::targets::TargetLimits;
use crate::workspace::Workspace;
pub use step::{Choice, Step};

/// Names the stream of random numbers that transforms are drawn from.
const STREAM: u64 = 0x6175_676D_656E_7400;

/// What the draws for a picture depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The training's.
    pub seed: u64,
    /// 1-based.
    pub epoch: u64,
    /// Position of the picture in the data set.
    pub index: u64,
}

impl Key {
    /// The stream of a step.
    pub(crate) fn draws(&self, position: u64) -> Draws {
        Draws::new(&[STREAM, self.seed, self.epoch, self.index, position])
    }
}

/// Random transforms of pictures with their masks, boxes and key points, as data.
///
/// ```
/// use firebrick_data_augment::geometry::{HorizontalFlip, VerticalFlip};
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Step, Transform, Workspace};
///
/// let either = Step::one_of([HorizontalFlip::new().into(), VerticalFlip::new().into()]);
/// let pipeline = Pipeline::new([either])?;
/// assert_eq!(Pipeline::from_toml(&pipeline.to_toml()?)?, pipeline);
///
/// let picture = Sample::new(Picture::from_bytes(vec![1, 2, 3, 4], [2, 2, 1])?);
/// let (mut once, mut again) = (picture.clone(), picture.clone());
/// let mut space = Workspace::new();
/// let record = pipeline.apply_recorded(&mut once, Key { seed: 1, epoch: 1, index: 0 }, &mut space)?;
/// record.replay(&mut again, &mut space)?;
/// assert_eq!(once, again);
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Pipeline {
    transforms: Vec<Step>,
    #[serde(skip_serializing_if = "is_default")]
    targets: TargetLimits,
}

fn is_default(limits: &TargetLimits) -> bool {
    *limits == TargetLimits::default()
}

/// What was applied to a picture, to be stored and applied again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applied {
    /// In order.
    pub steps: Vec<Drawn>,
    /// Which boxes and key points were kept.
    #[serde(default)]
    pub targets: TargetLimits,
}

impl Pipeline {
    /// A pipeline of these steps, one after the other. A transform becomes a step by `into()` or by
    /// [`with_p`](crate::Transform::with_p).
    ///
    /// # Errors
    /// The first setting that breaks a rule.
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Result<Self, AugmentError> {
        Self::checked(steps.into_iter().collect(), TargetLimits::default())
    }

    fn checked(transforms: Vec<Step>, targets: TargetLimits) -> Result<Self, AugmentError> {
        targets.check()?;
        transforms.iter().try_for_each(Step::check)?;
        Ok(Self { transforms, targets })
    }

    /// The same steps, keeping boxes and key points by these limits.
    ///
    /// # Errors
    /// When a limit is negative or not finite, or a share above 1.
    pub fn with_targets(self, targets: TargetLimits) -> Result<Self, AugmentError> {
        Self::checked(self.transforms, targets)
    }

    /// The steps.
    pub fn steps(&self) -> &[Step] {
        &self.transforms
    }

    /// Which boxes and key points are kept.
    pub fn targets(&self) -> &TargetLimits {
        &self.targets
    }

    /// Changes a picture and what belongs to it. What was applied stands in [`Workspace::applied`] until the next picture.
    ///
    /// # Errors
    /// When a transform cannot be applied to such a picture.
    pub fn apply(&self, sample: &mut Sample, key: Key, space: &mut Workspace) -> Result<(), AugmentError> {
        space.applied.clear();
        space.asides.clear();
        let mut run = Run { sample, space, key };
        let mut position = 0;
        for step in &self.transforms {
            step.run(&mut run, position)?;
            position += step.count();
        }
        sample.limit(&self.targets);
        Ok(())
    }

    /// As [`Pipeline::apply`], and gives the record of it.
    ///
    /// # Errors
    /// When a transform cannot be applied to such a picture.
    pub fn apply_recorded(
        &self,
        sample: &mut Sample,
        key: Key,
        space: &mut Workspace,
    ) -> Result<Applied, AugmentError> {
        self.apply(sample, key, space)?;
        Ok(Applied { steps: space.applied.clone(), targets: self.targets })
    }

    /// Reads a pipeline from TOML.
    ///
    /// # Errors
    /// When the text is no TOML, names a transform or setting that does not exist (with the line and the known ones), or when a
    /// setting breaks a rule.
    pub fn from_toml(text: &str) -> Result<Self, AugmentError> {
        file::from_toml(text)
    }

    /// Reads a pipeline from JSON.
    ///
    /// # Errors
    /// As [`Pipeline::from_toml`].
    pub fn from_json(text: &str) -> Result<Self, AugmentError> {
        file::from_json(text)
    }

    /// Reads a pipeline from a file whose name ends in `.toml` or `.json`.
    ///
    /// # Errors
    /// When the file cannot be read, or as [`Pipeline::from_toml`]; the message names the file.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, AugmentError> {
        file::from_file(path.as_ref())
    }

    /// Writes the pipeline as TOML.
    ///
    /// # Errors
    /// When a number does not fit TOML, such as one beyond 2^63.
    pub fn to_toml(&self) -> Result<String, AugmentError> {
        file::to_toml(self)
    }

    /// Writes the pipeline as JSON.
    ///
    /// # Errors
    /// When a number does not fit JSON.
    pub fn to_json(&self) -> Result<String, AugmentError> {
        file::to_json(self)
    }
}

impl Applied {
    /// Applies what was applied, on the same picture or on another.
    ///
    /// # Errors
    /// When it does not fit this picture, such as a crop beyond its edge.
    pub fn replay(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        space.asides.clear();
        self.steps.iter().try_for_each(|drawn| drawn.apply(sample, space))?;
        sample.limit(&self.targets);
        Ok(())
    }
}

/// A picture on its way through a pipeline.
#[derive(Debug)]
pub struct Run<'a> {
    /// The picture and what belongs to it.
    pub sample: &'a mut Sample,
    /// Buffers and the record.
    pub space: &'a mut Workspace,
    key: Key,
}

impl Run<'_> {
    /// The stream of a step.
    pub(crate) fn draws(&self, position: u64) -> Draws {
        self.key.draws(position)
    }

    /// Draws, records and applies a transform.
    ///
    /// # Errors
    /// When it cannot be applied to such a picture.
    pub fn operation(&mut self, operation: &Operation, draws: &mut Draws) -> Result<(), AugmentError> {
        let drawn = operation.draw(self.sample.shape(), draws)?;
        self.drawn(drawn)
    }

    /// Records and applies what was drawn.
    ///
    /// # Errors
    /// When it cannot be applied to such a picture.
    pub fn drawn(&mut self, drawn: Drawn) -> Result<(), AugmentError> {
        drawn.apply(self.sample, self.space)?;
        self.space.applied.push(drawn);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
