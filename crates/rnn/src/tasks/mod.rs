//! Training, evaluating and asking networks of sequences (feature `train`).
//!
//! | task | learns from | answers |
//! |---|---|---|
//! | [`SequenceClassifier`] | a class for each sequence | the probabilities of the classes |
//! | [`SequenceTagger`] | a tag for each step | the probabilities of the tags, for each step |
//! | [`LanguageModel`] | texts | the probabilities of the next symbol; texts that it writes |
//! | [`Forecaster`] | the numbers that follow each sequence | the numbers that follow |
//!
//! A step that is padding counts nowhere: not in the loss, not in a gradient, not in a metric. Figures are means over what counts, so
//! they do not depend on how sequences are put together in batches.

mod batching;
mod checks;
mod classifier;
mod error;
mod forecast;
mod labelled;
mod labeller;
mod labelling;
mod language;
mod model;
mod network;
mod stored;
mod tagger;
#[cfg(feature = "text")]
mod texts;

pub use classifier::SequenceClassifier;
pub use error::TaskError;
pub use forecast::{
    AbsoluteErrorInput, AbsoluteErrorMetric, ForecastBatch, ForecastLoss, ForecastScores, Forecasted, Forecaster,
    Forecasting, HorizonScores, Scaling,
};
pub use labelled::LabelledBatch;
pub use labelling::Labelling;
pub use language::{Corpus, Generation, LanguageModel, LanguageScores, Sampling};
pub use model::{CarriedModel, ModelConfig, SequenceModel};
pub use tagger::{SequenceTagger, TaggingEvaluation};

pub use firebrick_callbacks::fit::{
    ClassScores, ClassWeights, Classified, Evaluation, FitConfig, FitError, Schedule, Session, WeightedInput,
    WeightedMetric, WeightedScores, most_probable,
};
