//! What a transform is: settings, from which parameters are drawn, which are then applied.

use std::fmt::Debug;

use firebrick_data::random::Draws;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::AugmentError;
use crate::picture::Shape;
use crate::pipeline::Step;
use crate::sample::Sample;
use crate::workspace::Workspace;

/// A random transform: its settings. Adding one takes a file, and a line in `operation.rs`.
///
/// A transform does nothing by itself: it draws what is to be done, a value of type [`Transform::Drawn`], which holds all that
/// applying it takes. So a record of drawn values can be stored and applied again without the pipeline.
pub trait Transform: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Into<Step> {
    /// What is drawn: parameters and whatever else applying takes. It owns no memory on the heap; what would be long (noise, a field
    /// of displacements) is drawn again from a seed of 64 bits.
    type Drawn: Apply;

    /// Its name in files, snake case.
    const NAME: &'static str;

    /// How likely it is applied if nothing is said.
    const P: f64 = 1.0;

    /// Checks the settings.
    ///
    /// # Errors
    /// The first rule that is broken.
    fn check(&self) -> Result<(), AugmentError>;

    /// Draws what to do with a picture of this shape.
    ///
    /// # Errors
    /// When the transform cannot be applied to such a picture.
    fn draw(&self, shape: Shape, draws: &mut Draws) -> Result<Self::Drawn, AugmentError>;

    /// The transform as a step of a pipeline, applied with this probability.
    fn with_p(self, p: f64) -> Step {
        let step: Step = self.into();
        step.with_p(p)
    }
}

/// What a transform has drawn.
pub trait Apply: Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// Changes the picture and what belongs to it.
    ///
    /// # Errors
    /// When it cannot be applied to this picture, which happens only when it was drawn for another.
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError>;
}

/// A number in [low, high), uniform.
pub(crate) fn uniform(draws: &mut Draws, [low, high]: [f64; 2]) -> f64 {
    low + (high - low) * draws.unit()
}
