//! RandAugment (Cubuk et al., 2020, <https://arxiv.org/abs/1909.13719>).

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::PolicyRule;
use super::action::{ALL_BUT_INVERT, USUAL};
use crate::check;
use crate::error::AugmentError;
use crate::geometry::Interpolation;
use crate::pipeline::Run;

/// Some of fourteen transforms, each as likely as any other, all of one strength.
///
/// ```
/// use firebrick_data_augment::policy::RandAugment;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([RandAugment::new(2, 9).into()])?;
/// assert_eq!(Pipeline::from_toml("transforms = [{ transform = 'rand_augment' }]")?, pipeline);
/// let mut sample = Sample::new(Picture::from_bytes(vec![100; 3072], [32, 32, 3])?);
/// let record = pipeline.apply_recorded(&mut sample, Key { seed: 1, epoch: 1, index: 3 }, &mut Workspace::new())?;
/// assert!(record.steps.len() <= 2);
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandAugment {
    /// How many transforms. Default 2.
    pub num_ops: usize,
    /// How strong they are: 0 to bins - 1. Default 9.
    pub magnitude: u64,
    /// How many strengths there are, 2 to 1000. Default 31.
    pub bins: u64,
    /// How values between pixels are made. Default nearest.
    pub interpolation: Interpolation,
}

impl RandAugment {
    /// From the number of transforms and their strength, 0 to 30.
    pub fn new(num_ops: usize, magnitude: u64) -> Self {
        Self { num_ops, magnitude, bins: 31, interpolation: Interpolation::Nearest }
    }
}

impl Default for RandAugment {
    fn default() -> Self {
        Self::new(2, 9)
    }
}

impl PolicyRule for RandAugment {
    const NAME: &'static str = "rand_augment";

    fn check(&self) -> Result<(), AugmentError> {
        check::number(Self::NAME, "num_ops", self.num_ops as f64, [0.0, 100.0])?;
        check::number(Self::NAME, "bins", self.bins as f64, [2.0, 1000.0])?;
        check::number(Self::NAME, "magnitude", self.magnitude as f64, [0.0, (self.bins - 1) as f64])
    }

    fn run(&self, run: &mut Run<'_>, draws: &mut Draws) -> Result<(), AugmentError> {
        for _ in 0..self.num_ops {
            let action = ALL_BUT_INVERT[draws.below(ALL_BUT_INVERT.len() as u64) as usize];
            let strength = action.strength(&USUAL, [self.magnitude, self.bins], run.sample.shape());
            action.run(strength, self.interpolation, run, draws)?;
        }
        Ok(())
    }
}
