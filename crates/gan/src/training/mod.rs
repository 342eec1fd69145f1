//! Training both players, asking the generator for pictures, and the classifier that judges them (feature `train`).

mod clipping;
mod config;
mod diff_augment;
mod finite;
mod judge;
mod latents;
mod penalty;
mod phases;
mod picture_gan;
mod round;
mod samples;
mod scores;
mod session;
mod spectral_norm;
mod task;

pub use config::TrainingConfig;
pub use diff_augment::DiffAugment;
pub use judge::{Judge, JudgeConfig, Verdict};
pub use latents::{interpolated, latents};
pub use penalty::{Penalty, penalty_gradient};
pub use phases::{Phase, discriminator_phase, generator_phase};
pub use picture_gan::{PictureGan, to_bytes};
pub use round::Round;
pub use scores::{PlayerMetric, PlayersScores};
pub use session::GanSession;
pub use task::GanTask;

#[cfg(test)]
mod tests;
