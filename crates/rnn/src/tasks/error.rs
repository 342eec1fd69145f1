//! What can go wrong with a task.

use std::path::PathBuf;

use firebrick_callbacks::WeightsError;
use firebrick_callbacks::fit::FitError;
use firebrick_data::DataError;
use firebrick_layers::NetworkError;

/// One variant per rule.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The network does not fit the sequences.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A setting out of its range, class weights that do not fit, or a training that stopped on an error.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// Sequences, a padding or targets that cannot be used.
    #[error(transparent)]
    Sequences(#[from] firebrick_data::SequenceError),
    /// The network's answers are not what the task needs.
    #[error("the network answers with {found}, but {task} needs {expected}: {remedy}")]
    Outputs {
        /// Shape of an answer.
        found: String,
        /// Who asks.
        task: &'static str,
        /// Shape that it needs.
        expected: String,
        /// What to do.
        remedy: String,
    },
    /// Targets of another kind.
    #[error("the {which} sequences have {found}, but {task} learns from {expected}")]
    Targets {
        /// `training`, `validation`, ...
        which: &'static str,
        /// What they have.
        found: &'static str,
        /// Who asks.
        task: &'static str,
        /// What it learns from.
        expected: &'static str,
    },
    /// No sequences, or no text.
    #[error("there are no {which} {what}")]
    Empty {
        /// `training`, `validation`, ...
        which: &'static str,
        /// `sequences`, `symbols`, ...
        what: &'static str,
    },
    /// Other classes than those of the training.
    #[error("the {which} sequences have the classes {found:?}, those of the training were {expected:?}")]
    Classes {
        /// `validation`, `test`, ...
        which: &'static str,
        /// What came.
        found: Vec<String>,
        /// What is known.
        expected: Vec<String>,
    },
    /// Steps of another kind than those of the training.
    #[error("the {which} sequences have {found} at each step, the network was made for {expected}")]
    Steps {
        /// `validation`, `test`, ...
        which: &'static str,
        /// What came.
        found: String,
        /// What is known.
        expected: String,
    },
    /// An id that the network's vocabulary does not have.
    #[error(
        "{which} sequence {sequence} has the id {id} at step {step}, but the network knows {symbols} symbols (0 to {symbols} - 1): \
         map unknown symbols to one of their own, or give the embedding more rows"
    )]
    Symbol {
        /// `training`, `validation`, ...
        which: &'static str,
        /// Position of the sequence.
        sequence: usize,
        /// Position of the step.
        step: usize,
        /// The id.
        id: u32,
        /// Symbols that are known.
        symbols: usize,
    },
    /// A sequence of which nothing counts.
    #[error(
        "{which} sequence {sequence} has no tag at any of the {kept} steps that are kept: leave it out, or cut it elsewhere"
    )]
    NoTag {
        /// `training`, `validation`, ...
        which: &'static str,
        /// Position of the sequence.
        sequence: usize,
        /// Its steps, after truncation.
        kept: usize,
    },
    /// Target numbers that are no whole number for each step ahead.
    #[error(
        "the {which} sequences have {found} target numbers each; those of the training have {width}, and a horizon of {horizon} steps \
         needs as many for each step"
    )]
    Horizon {
        /// `training`, `validation`, ...
        which: &'static str,
        /// What came.
        found: usize,
        /// Those of the training.
        width: usize,
        /// Steps ahead.
        horizon: usize,
    },
    /// A text in which nothing follows.
    #[error("text {text} has {symbols} {}: a language model is asked for what follows, so a text needs two", if *symbols == 1 { "symbol" } else { "symbols" })]
    ShortText {
        /// Position of the text.
        text: usize,
        /// Its symbols.
        symbols: usize,
    },
    /// Windows that cannot be cut.
    #[error(
        "a window of {steps} steps: it has at least one, and is cut from one long text, not from {texts} that are read whole"
    )]
    Window {
        /// Steps asked for.
        steps: usize,
        /// Texts there are.
        texts: usize,
    },
    /// Layers that see what comes later.
    #[error(
        "a layer of the network reads backwards, so it would see the symbols that it is asked for: a language model reads forwards"
    )]
    SeesAhead,
    /// A setting of the sampling out of its range.
    #[error("{setting} = {value} is out of range: {rule}")]
    Sampling {
        /// The field.
        setting: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// Layers that go on from batch to batch.
    #[error(
        "a layer of the network is stateful, but a task's sequences do not go on from batch to batch, and a batch may be smaller: \
         leave `stateful` out; text is generated with the state carried on all the same"
    )]
    Stateful,
    /// Weights of samples that no loss can be multiplied by.
    #[error("the weights of the {which} sequences: {source}")]
    SampleWeights {
        /// `training`, `validation`, ...
        which: &'static str,
        /// What is wrong with them.
        source: DataError,
    },
    /// Texts that cannot be encoded or decoded.
    #[cfg(feature = "text")]
    #[error(transparent)]
    Text(#[from] crate::text::TextError),
    /// Asked for texts without a pipeline.
    #[cfg(feature = "text")]
    #[error("there is no text pipeline to turn texts into ids with: give it one with `with_text`, or ask with ids")]
    NoPipeline,
    /// Asked before it was trained.
    #[error("this task has no weights yet: call `fit`, or `load` a trained one")]
    NotTrained,
    /// Weights that cannot be written or read, or are another network's.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A file that cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A stored task whose description is damaged, or another task's.
    #[error("{}: not a stored {task}: {message}", path.display())]
    Description {
        /// Which file.
        path: PathBuf,
        /// What was looked for.
        task: &'static str,
        /// Where and why.
        message: String,
    },
}
