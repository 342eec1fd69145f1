//! TrivialAugment, its wide search space (Müller & Hutter, 2021, <https://arxiv.org/abs/2103.10158>).

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::PolicyRule;
use super::action::{ALL_BUT_INVERT, Strengths, Translate};
use crate::check;
use crate::error::AugmentError;
use crate::geometry::Interpolation;
use crate::pipeline::Run;

const WIDE: Strengths =
    Strengths { shear: 0.99, translate: Translate::Pixels(32.0), rotate: 135.0, factor: 0.99, bits: [8.0, 2.0] };

/// One of fourteen transforms, of any strength. There is nothing to tune.
///
/// ```
/// use firebrick_data_augment::policy::TrivialAugment;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([TrivialAugment::new().into()])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![100; 3072], [32, 32, 3])?);
/// let record = pipeline.apply_recorded(&mut sample, Key { seed: 1, epoch: 1, index: 3 }, &mut Workspace::new())?;
/// assert!(record.steps.len() <= 1);
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrivialAugment {
    /// How many strengths there are, 2 to 1000. Default 31.
    pub bins: u64,
    /// How values between pixels are made. Default nearest.
    pub interpolation: Interpolation,
}

impl TrivialAugment {
    /// With 31 strengths.
    pub fn new() -> Self {
        Self { bins: 31, interpolation: Interpolation::Nearest }
    }
}

impl Default for TrivialAugment {
    fn default() -> Self {
        Self::new()
    }
}

impl PolicyRule for TrivialAugment {
    const NAME: &'static str = "trivial_augment";

    fn check(&self) -> Result<(), AugmentError> {
        check::number(Self::NAME, "bins", self.bins as f64, [2.0, 1000.0])
    }

    fn run(&self, run: &mut Run<'_>, draws: &mut Draws) -> Result<(), AugmentError> {
        let action = ALL_BUT_INVERT[draws.below(ALL_BUT_INVERT.len() as u64) as usize];
        let step = draws.below(self.bins);
        let strength = action.strength(&WIDE, [step, self.bins], run.sample.shape());
        action.run(strength, self.interpolation, run, draws)
    }
}
