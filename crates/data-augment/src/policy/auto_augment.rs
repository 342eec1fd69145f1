//! AutoAugment (Cubuk et al., 2019, <https://arxiv.org/abs/1805.09501>): policies that were found by search.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::PolicyRule;
use super::action::USUAL;
use super::tables::{CIFAR10, IMAGENET};
use crate::error::AugmentError;
use crate::geometry::Interpolation;
use crate::pipeline::Run;

/// Strengths that the tables count in.
const BINS: u64 = 10;

/// For which data the policy was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LearntPolicy {
    /// CIFAR-10.
    #[serde(rename = "cifar10")]
    Cifar10,
    /// ImageNet.
    #[serde(rename = "imagenet")]
    ImageNet,
}

/// One of 25 pairs of transforms, each of its pair with a probability and a strength of its own.
///
/// ```
/// use firebrick_data_augment::policy::{AutoAugment, LearntPolicy};
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([AutoAugment::new(LearntPolicy::Cifar10).into()])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![100; 3072], [32, 32, 3])?);
/// let record = pipeline.apply_recorded(&mut sample, Key { seed: 1, epoch: 1, index: 3 }, &mut Workspace::new())?;
/// assert!(record.steps.len() <= 2);
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoAugment {
    /// For which data it was found. Default ImageNet.
    #[serde(default = "imagenet")]
    pub policy: LearntPolicy,
    /// How values between pixels are made. Default nearest.
    #[serde(default = "nearest")]
    pub interpolation: Interpolation,
}

fn imagenet() -> LearntPolicy {
    LearntPolicy::ImageNet
}

fn nearest() -> Interpolation {
    Interpolation::Nearest
}

impl AutoAugment {
    /// The policy that was found for these data.
    pub fn new(policy: LearntPolicy) -> Self {
        Self { policy, interpolation: nearest() }
    }
}

impl PolicyRule for AutoAugment {
    const NAME: &'static str = "auto_augment";

    fn check(&self) -> Result<(), AugmentError> {
        Ok(())
    }

    fn run(&self, run: &mut Run<'_>, draws: &mut Draws) -> Result<(), AugmentError> {
        let table = match self.policy {
            LearntPolicy::Cifar10 => &CIFAR10,
            LearntPolicy::ImageNet => &IMAGENET,
        };
        for (action, p, step) in table[draws.below(table.len() as u64) as usize] {
            if draws.unit() < p {
                let strength = action.strength(&USUAL, [step, BINS], run.sample.shape());
                action.run(strength, self.interpolation, run, draws)?;
            }
        }
        Ok(())
    }
}
