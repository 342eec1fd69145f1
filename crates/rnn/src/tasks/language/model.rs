//! The next symbol at each step: fit, evaluate, generate, save, load.

use std::path::Path;
use std::sync::Arc;

use burn::tensor::Device;
use firebrick_callbacks::fit::{FitConfig, Session, Weighting};
use firebrick_callbacks::{Callback, Cursor, Outcome};
use firebrick_data::{LengthBuckets, Loader, LoaderConfig};

use super::super::batching::Fed;
use super::super::labelled::LabelledBatch;
use super::super::labeller::{Labelled, Labeller, Lesson};
use super::super::{ModelConfig, TaskError};
use super::corpus::{Places, Windows};
use super::{Corpus, LanguageScores};
use crate::{SequenceNetworkConfig, SequenceShape};

/// A language model: at each step, how probable each symbol is as the next.
///
/// Symbols are whatever the ids stand for: characters, words, pieces of words, notes.
///
/// ```
/// use firebrick_callbacks::callbacks;
/// use firebrick_rnn::tasks::{Corpus, FitConfig, LanguageModel, Sampling};
/// use firebrick_rnn::{build::*, sequence};
///
/// let symbols = ["a", "b", "c"].map(String::from).to_vec();
/// let text = Corpus::new("abcabcabcabcabcabcabcabcabc".bytes().map(|byte| u32::from(byte - b'a')).collect())?.with_window(8)?;
/// let network = sequence![embedding(3, 8), gru(16).return_sequences(), dense(3)];
/// let config = FitConfig::new().with_epochs(60).with_learning_rate(2e-2);
/// let model = LanguageModel::new(network, symbols).fit(&text, &text, config, callbacks![])?;
///
/// assert!(model.evaluate(&text)?.perplexity() < 1.2);
/// assert_eq!(model.generate(&[1], 5, &Sampling::greedy())?, [2, 0, 1, 2, 0]);
/// # Ok::<(), firebrick_rnn::tasks::TaskError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LanguageModel<C: ModelConfig = SequenceNetworkConfig> {
    pub(in crate::tasks) labeller: Labeller<C>,
    symbols: Vec<String>,
}

impl<C: ModelConfig> LanguageModel<C> {
    /// A model of these symbols, named in the order of their ids, on Burn's default device. Nothing is checked or allocated before
    /// [`fit`](Self::fit).
    pub fn new(network: C, symbols: Vec<String>) -> Self {
        Self { labeller: Labeller::new(Labelled::Next, network), symbols }
    }

    /// Uses another device.
    #[must_use]
    pub fn on(self, device: &Device) -> Self {
        Self { labeller: self.labeller.on(device), ..self }
    }

    /// Trains from fresh weights drawn with `config.seed`. A sample of [`FitConfig`] is a window, or a text that is read whole.
    ///
    /// # Errors
    /// When the network, the texts or a setting do not fit together, or training fails.
    pub fn fit(
        self,
        train: &Corpus,
        valid: &Corpus,
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
        train: &Corpus,
        valid: &Corpus,
        config: &FitConfig,
        session: Session,
    ) -> Result<Self, TaskError> {
        config.check()?;
        if !self.labeller.config.reads_forwards() {
            return Err(TaskError::SeesAhead);
        }
        train.check("training", self.known())?;
        valid.check("validation", self.known())?;
        let asked = if config.class_weights.is_some() { train.asked() } else { Vec::new() };
        let lesson = Lesson {
            shape: SequenceShape::ids(),
            features: None,
            classes: self.symbols.clone(),
            weighting: Weighting::new(config, &asked, &self.symbols, [None, None])?,
            fed: fed([train, valid], config),
        };
        Ok(Self { labeller: self.labeller.train(lesson, config, session)?, ..self })
    }

    /// The same model with the weights that a [`ModelCheckpoint`](firebrick_callbacks::ModelCheckpoint) wrote in its training.
    ///
    /// # Errors
    /// Before training, or when the file cannot be read or holds another network's weights.
    pub fn with_kept_weights(self, path: impl AsRef<Path>) -> Result<Self, TaskError> {
        Ok(Self { labeller: self.labeller.with_kept_weights(path.as_ref())?, ..self })
    }

    /// How well it knows what comes next: each symbol but the first of a text is asked for once, windows begin without memory.
    ///
    /// # Errors
    /// Before training, or when an id is none of the symbols.
    pub fn evaluate(&self, corpus: &Corpus) -> Result<LanguageScores, TaskError> {
        let network = &self.labeller.trained()?.network;
        corpus.check("test", self.known())?;
        Ok(LanguageScores::of(network, corpus, &self.labeller.device))
    }

    /// Writes the weights, the network and the symbols into `directory`, which is made when it does not exist. Files are replaced
    /// whole or not at all.
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
        let labeller = Labeller::load(Labelled::Next, directory.as_ref(), device)?;
        let symbols = labeller.trained()?.classes.clone();
        Ok(Self { labeller, symbols })
    }

    /// What each id stands for.
    pub fn symbols(&self) -> &[String] {
        &self.symbols
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
    /// model that was loaded.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.labeller.trained().ok().and_then(|trained| trained.outcome.as_ref())
    }

    /// How many symbols both the model and its network know.
    pub(super) fn known(&self) -> usize {
        self.labeller.config.symbols().map_or(self.symbols.len(), |known| known.min(self.symbols.len()))
    }
}

/// The loaders of training and validation texts.
fn fed([train, valid]: [&Corpus; 2], config: &FitConfig) -> Fed<LabelledBatch> {
    let cursor = Cursor::new();
    let position = cursor.clone();
    let order = LoaderConfig::new(config.batch_size).with_workers(config.workers);
    let loader = |corpus: &Corpus, is_training, order| {
        let windows = Windows { corpus: corpus.clone(), is_training };
        let places = Places(if is_training { corpus.training_windows() } else { corpus.windows() });
        let loader = Loader::new(Arc::new(places), Arc::new(windows), order);
        match corpus.is_one_text() {
            true => loader,
            false => loader.with_sampler(Arc::new(LengthBuckets::new(corpus.lengths()))),
        }
    };
    let train = loader(train, true, order.clone().with_shuffle(config.seed));
    let train = train.with_position(move || position.position());
    let valid = loader(valid, false, order).with_position(|| (1, 0));
    let batches = train.num_batches();
    Fed { train: Arc::new(train), valid: Arc::new(valid), cursor, batches }
}
