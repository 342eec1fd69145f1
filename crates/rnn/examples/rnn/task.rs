//! What the recipes train, seen alike: classifier, tagger, language model and forecaster.

use std::path::Path;

use burn::tensor::Device;
use firebrick_callbacks::Outcome;
use firebrick_data::Sequences;
use firebrick_rnn::tasks::{
    Corpus, FitConfig, Forecaster, LanguageModel, SequenceClassifier, SequenceTagger, Session, TaskError,
};

/// A network with what it learns.
pub(crate) trait Task: Sized {
    /// What it learns from.
    type Data;

    /// Samples of an epoch.
    fn samples(data: &Self::Data) -> usize;

    /// Uses another device.
    #[must_use]
    fn on(self, device: &Device) -> Self;

    /// Trains on the first and validates on the second.
    fn fit_in(self, data: [&Self::Data; 2], config: &FitConfig, session: Session) -> Result<Self, TaskError>;

    /// How the training went.
    fn outcome(&self) -> Option<&Outcome>;

    /// The same with the weights that ModelCheckpoint wrote.
    fn with_kept_weights(self, path: &Path) -> Result<Self, TaskError>;

    /// Writes everything that `load` needs.
    fn save(&self, directory: &Path) -> Result<(), TaskError>;

    /// Reads what [`save`](Self::save) wrote.
    fn load(directory: &Path, device: &Device) -> Result<Self, TaskError>;
}

macro_rules! tasks {
    ($($task:ident($data:ty, $samples:ident);)*) => { $(
        impl Task for $task {
            type Data = $data;

            fn samples(data: &$data) -> usize {
                data.$samples()
            }

            fn on(self, device: &Device) -> Self {
                $task::on(self, device)
            }

            fn fit_in(self, [train, valid]: [&$data; 2], config: &FitConfig, session: Session) -> Result<Self, TaskError> {
                $task::fit_in(self, train, valid, config, session)
            }

            fn outcome(&self) -> Option<&Outcome> {
                $task::outcome(self)
            }

            fn with_kept_weights(self, path: &Path) -> Result<Self, TaskError> {
                $task::with_kept_weights(self, path)
            }

            fn save(&self, directory: &Path) -> Result<(), TaskError> {
                $task::save(self, directory)
            }

            fn load(directory: &Path, device: &Device) -> Result<Self, TaskError> {
                $task::load(directory, device)
            }
        }
    )* };
}

tasks! {
    SequenceClassifier(Sequences, len);
    SequenceTagger(Sequences, len);
    Forecaster(Sequences, len);
    LanguageModel(Corpus, windows);
}
