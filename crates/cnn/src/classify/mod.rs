//! Training, evaluating and asking image classifiers (feature `train`).

mod class_weights;
mod classifier;
mod error;
mod evaluation;
mod fit;
mod pictures;
mod predict;
mod preprocessing;
mod samples;
mod schedule;
mod task;
mod weighted;

pub use class_weights::ClassWeights;
pub use classifier::Classifier;
pub use error::ClassifierError;
pub use evaluation::{ClassScores, Evaluation, WeightedScores, most_probable};
pub use fit::{FitConfig, Fitted, Session, fit_network};
pub use pictures::{LabelledPictures, Pictures, PositionFn};
pub use predict::predict_network;
pub use preprocessing::Preprocessing;
pub use samples::Samples;
pub use schedule::Schedule;
pub use task::{Classification, Classified, ImageNetwork};
pub use weighted::{WeightedInput, WeightedMetric};

#[cfg(test)]
mod tests;
