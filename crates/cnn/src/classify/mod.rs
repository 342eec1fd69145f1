//! Training, evaluating and asking image classifiers (feature `train`).

mod classifier;
mod error;
mod fit;
mod pictures;
mod predict;
mod preprocessing;
mod samples;
mod task;

pub use classifier::Classifier;
pub use error::ClassifierError;
pub use fit::{Fitted, fit_network};
pub use pictures::{LabelledPictures, Pictures, PositionFn};
pub use predict::predict_network;
pub use preprocessing::Preprocessing;
pub use samples::Samples;
pub use task::{Classification, ImageNetwork};

pub use firebrick_callbacks::fit::{
    ClassScores, ClassWeights, Classified, Evaluation, FitConfig, Schedule, Session, WeightedInput, WeightedMetric,
    WeightedScores, most_probable,
};

#[cfg(test)]
mod tests;
