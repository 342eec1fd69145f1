//! A class for each sequence: fit, evaluate, predict, save, load.

use std::path::Path;

use burn::tensor::Device;
use firebrick_callbacks::fit::{Evaluation, FitConfig, Session};
use firebrick_callbacks::{Callback, Outcome};
use firebrick_data::{Padding, Sequences};

use super::checks::Checked;
use super::labeller::{Labelled, Labeller};
use super::{ModelConfig, TaskError};
use crate::SequenceNetworkConfig;

/// A classifier of sequences: of reviews, of signals, of pictures read row by row.
///
/// ```
/// use firebrick_callbacks::callbacks;
/// use firebrick_data::{Sequences, Targets};
/// use firebrick_rnn::tasks::{FitConfig, SequenceClassifier};
/// use firebrick_rnn::{build::*, sequence};
///
/// // Words 1 to 4; a sequence is good where it holds a 4.
/// let reviews: Vec<Vec<u32>> = (0..64u32).map(|i| (0..1 + i % 5).map(|t| 1 + (i / 2 + t) % 4).collect()).collect();
/// let labels = reviews.iter().map(|review| u32::from(review.contains(&4))).collect();
/// let data = Sequences::of_ids(&reviews, Targets::classes(labels, vec!["bad".into(), "good".into()]))?;
///
/// let network = sequence![embedding(5, 8), gru(8), dense(2)];
/// let config = FitConfig::new().with_epochs(30).with_batch_size(8).with_learning_rate(1e-2);
/// let classifier = SequenceClassifier::new(network).fit(&data, &data, config, callbacks![])?;
/// assert!(classifier.evaluate(&data)?.accuracy > 0.9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SequenceClassifier<C: ModelConfig = SequenceNetworkConfig> {
    pub(super) labeller: Labeller<C>,
}

impl<C: ModelConfig> SequenceClassifier<C> {
    /// A classifier on Burn's default device. Nothing is checked or allocated before [`fit`](Self::fit).
    pub fn new(network: C) -> Self {
        Self { labeller: Labeller::new(Labelled::Sequences, network) }
    }

    /// Uses another device.
    #[must_use]
    pub fn on(self, device: &Device) -> Self {
        Self { labeller: self.labeller.on(device) }
    }

    /// How sequences of different lengths become one batch; stored with the classifier. Default: padded at the end to the longest.
    #[must_use]
    pub fn with_padding(mut self, padding: Padding) -> Self {
        self.labeller.batching.padding = padding;
        self
    }

    /// Whether sequences of similar length share a batch, which saves padding and so time. Default true.
    #[must_use]
    pub fn with_buckets(mut self, buckets: bool) -> Self {
        self.labeller.batching.buckets = buckets;
        self
    }

    /// Trains from fresh weights drawn with `config.seed`.
    ///
    /// # Errors
    /// When the network, the sequences or a setting do not fit together, or training fails.
    pub fn fit(
        self,
        train: &Sequences,
        valid: &Sequences,
        config: FitConfig,
        callbacks: Vec<Box<dyn Callback>>,
    ) -> Result<Self, TaskError> {
        self.fit_in(train, valid, &config, Session::new().with_callbacks(callbacks))
    }

    /// As [`fit`](Self::fit), with checkpoints to resume from and the rest of a [`Session`].
    ///
    /// # Errors
    /// As [`fit`](Self::fit), and when a checkpoint cannot be written or read.
    pub fn fit_in(
        self,
        train: &Sequences,
        valid: &Sequences,
        config: &FitConfig,
        session: Session,
    ) -> Result<Self, TaskError> {
        Ok(Self { labeller: self.labeller.fit_in([train, valid], config, session)? })
    }

    /// The same classifier with the weights that a [`ModelCheckpoint`](firebrick_callbacks::ModelCheckpoint) wrote in its training.
    ///
    /// # Errors
    /// Before training, or when the file cannot be read or holds another network's weights.
    pub fn with_kept_weights(self, path: impl AsRef<Path>) -> Result<Self, TaskError> {
        Ok(Self { labeller: self.labeller.with_kept_weights(path.as_ref())? })
    }

    /// Loss, accuracy, top-5 accuracy, confusion matrix and figures per class; of sequences with weights also the weighted figures.
    ///
    /// # Errors
    /// Before training, or when the steps or classes of the sequences are not the classifier's.
    pub fn evaluate(&self, sequences: &Sequences) -> Result<Evaluation, TaskError> {
        let classes = &self.labeller.check_evaluation(sequences)?.classes;
        let labels = sequences.labels().unwrap_or_default();
        let probabilities = self.predict(sequences)?;
        Ok(match (Checked { which: "test", sequences }).weights()? {
            Some(weights) => Evaluation::with_weights(&probabilities, &labels, classes, &weights),
            None => Evaluation::new(&probabilities, &labels, classes),
        })
    }

    /// The probability of each class, one row per sequence. Targets are not looked at.
    ///
    /// # Errors
    /// Before training, or when the steps of the sequences are not the classifier's.
    pub fn predict(&self, sequences: &Sequences) -> Result<Vec<Vec<f32>>, TaskError> {
        Ok(self.labeller.probabilities(sequences)?.into_iter().flatten().collect())
    }

    /// Writes the weights, the network, the classes and the padding into `directory`, which is made when it does not exist. Files
    /// are replaced whole or not at all.
    ///
    /// # Errors
    /// Before training, or when a file cannot be written.
    pub fn save(&self, directory: impl AsRef<Path>) -> Result<(), TaskError> {
        self.labeller.save(directory.as_ref())
    }

    /// Reads what [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// When a file is missing or damaged, or the weights are another network's.
    pub fn load(directory: impl AsRef<Path>, device: &Device) -> Result<Self, TaskError> {
        Ok(Self { labeller: Labeller::load(Labelled::Sequences, directory.as_ref(), device)? })
    }

    /// The names of the classes; none before training.
    pub fn classes(&self) -> &[String] {
        self.labeller.trained().map_or(&[], |trained| &trained.classes)
    }

    /// What the network is made from.
    pub fn config(&self) -> &C {
        &self.labeller.config
    }

    /// The trained network in evaluation mode; none before training.
    pub fn network(&self) -> Option<&C::Model> {
        self.labeller.trained().ok().map(|trained| &trained.network)
    }

    /// How the training went: why it ended early, if it did, and what it went on from; none before training and for a
    /// classifier that was loaded.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.labeller.trained().ok().and_then(|trained| trained.outcome.as_ref())
    }
}
