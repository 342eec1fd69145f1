//! A tag for each step: fit, evaluate, predict, save, load.

use std::fmt;
use std::path::Path;

use burn::tensor::Device;
use firebrick_callbacks::fit::{Evaluation, FitConfig, Session, most_probable};
use firebrick_callbacks::{Callback, Outcome};
use firebrick_data::{Padding, Sequences, UNTAGGED};
use serde::{Deserialize, Serialize};

use super::checks::Checked;
use super::labeller::{Labelled, Labeller};
use super::{ModelConfig, TaskError};
use crate::SequenceNetworkConfig;

/// A tagger of sequences: a class for each step, of words in a sentence, of moments in a signal.
///
/// Steps without a tag, [`UNTAGGED`], and padding count nowhere.
///
/// ```
/// use firebrick_callbacks::callbacks;
/// use firebrick_data::{Sequences, Targets};
/// use firebrick_rnn::tasks::{FitConfig, SequenceTagger};
/// use firebrick_rnn::{build::*, sequence};
///
/// // Is a symbol the same as the one before it?
/// let sequences: Vec<Vec<u32>> = (0..48u32).map(|i| (0..3 + i % 4).map(|t| 1 + (i >> t & 1)).collect()).collect();
/// let same = |s: &Vec<u32>| (0..s.len()).map(|t| u32::from(t > 0 && s[t] == s[t - 1])).collect();
/// let tags = Targets::tags(sequences.iter().map(same).collect(), vec!["new".into(), "same".into()]);
/// let data = Sequences::of_ids(&sequences, tags)?;
///
/// let network = sequence![embedding(3, 8), gru(16).return_sequences(), dense(2)];
/// let config = FitConfig::new().with_epochs(40).with_batch_size(8).with_learning_rate(1e-2);
/// let tagger = SequenceTagger::new(network).fit(&data, &data, config, callbacks![])?;
/// assert!(tagger.evaluate(&data)?.steps.accuracy > 0.9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SequenceTagger<C: ModelConfig = SequenceNetworkConfig> {
    pub(super) labeller: Labeller<C>,
}

impl<C: ModelConfig> SequenceTagger<C> {
    /// A tagger on Burn's default device. Nothing is checked or allocated before [`fit`](Self::fit).
    pub fn new(network: C) -> Self {
        Self { labeller: Labeller::new(Labelled::Steps, network) }
    }

    /// Uses another device.
    #[must_use]
    pub fn on(self, device: &Device) -> Self {
        Self { labeller: self.labeller.on(device) }
    }

    /// How sequences of different lengths become one batch; stored with the tagger. Default: padded at the end to the longest.
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

    /// The same tagger with the weights that a [`ModelCheckpoint`](firebrick_callbacks::ModelCheckpoint) wrote in its training.
    ///
    /// # Errors
    /// Before training, or when the file cannot be read or holds another network's weights.
    pub fn with_kept_weights(self, path: impl AsRef<Path>) -> Result<Self, TaskError> {
        Ok(Self { labeller: self.labeller.with_kept_weights(path.as_ref())? })
    }

    /// The figures of the steps that have a tag, and how many sequences are right at all of theirs.
    ///
    /// # Errors
    /// Before training, or when the steps or tags of the sequences are not the tagger's.
    pub fn evaluate(&self, sequences: &Sequences) -> Result<TaggingEvaluation, TaskError> {
        let names = &self.labeller.check_evaluation(sequences)?.classes;
        let of_sequences = Checked { which: "test", sequences }.weights()?;
        let probabilities = self.predict(sequences)?;
        let (mut rows, mut tags, mut weights, mut right) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for (i, answers) in probabilities.into_iter().enumerate() {
            let answers = answers.into_iter().zip(self.labeller.labels_of(sequences, i));
            let (answers, asked): (Vec<_>, Vec<_>) = answers.filter(|(_, tag)| *tag != UNTAGGED).unzip();
            right += usize::from(answers.iter().zip(&asked).all(|(row, &tag)| most_probable(row) == tag as usize));
            weights.extend(of_sequences.iter().flat_map(|weights| vec![weights[i]; asked.len()]));
            rows.extend(answers);
            tags.extend(asked);
        }
        let steps = match of_sequences {
            Some(_) => Evaluation::with_weights(&rows, &tags, names, &weights),
            None => Evaluation::new(&rows, &tags, names),
        };
        Ok(TaggingEvaluation { steps, sequences: sequences.len(), right })
    }

    /// The probability of each tag, for each sequence a row per step that the padding keeps. Targets are not looked at.
    ///
    /// # Errors
    /// Before training, or when the steps of the sequences are not the tagger's.
    pub fn predict(&self, sequences: &Sequences) -> Result<Vec<Vec<Vec<f32>>>, TaskError> {
        self.labeller.probabilities(sequences)
    }

    /// Writes the weights, the network, the tags' names and the padding into `directory`, which is made when it does not exist. Files
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
        Ok(Self { labeller: Labeller::load(Labelled::Steps, directory.as_ref(), device)? })
    }

    /// The names of the tags; none before training.
    pub fn tags(&self) -> &[String] {
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
    /// tagger that was loaded.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.labeller.trained().ok().and_then(|trained| trained.outcome.as_ref())
    }
}

/// The result of [`SequenceTagger::evaluate`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaggingEvaluation {
    /// The figures of all steps that have a tag, each a sample.
    pub steps: Evaluation,
    /// How many sequences.
    pub sequences: usize,
    /// How many of them are right at every step that has a tag.
    pub right: usize,
}

impl TaggingEvaluation {
    /// Share of sequences that are right at every step that has a tag, 0 to 1.
    pub fn sequence_accuracy(&self) -> f64 {
        self.right as f64 / self.sequences as f64
    }
}

impl fmt::Display for TaggingEvaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:.2} % of {} sequences right at every step", 100.0 * self.sequence_accuracy(), self.sequences)?;
        self.steps.fmt(f)
    }
}
