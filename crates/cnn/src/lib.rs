#![doc = include_str!("../README.md")]

#[cfg(feature = "train")]
pub mod classify;
pub mod networks;

#[cfg(feature = "train")]
pub use classify::{
    ClassWeights, Classification, Classified, Classifier, ClassifierError, Evaluation, FitConfig, Fitted, ImageNetwork,
    LabelledPictures, Pictures, Preprocessing, Samples, Schedule, Session, WeightedMetric, fit_network, most_probable,
    predict_network,
};
