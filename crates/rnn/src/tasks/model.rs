//! What a task trains: any Burn module that answers batches of sequences.

use std::fmt::Debug;

use burn::module::{Module, ModuleDisplay};
use burn::tensor::Device;
use firebrick_layers::NetworkError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{SequenceShape, Signal};

/// A module that answers batches of sequences, once for each sequence or once for each step.
pub trait SequenceModel: Module + ModuleDisplay + 'static {
    /// Ids `[B, T]` or features `[B, T, F]`, with the mask of the steps that count, to `[B, K]` or to `[B, T, K]`.
    ///
    /// What it answers at steps that do not count is never looked at.
    fn answer(&self, input: Signal) -> Signal;
}

/// A model that can go on from where it ended: what a text is generated with, step by step.
pub trait CarriedModel: SequenceModel {
    /// What is carried on.
    type State: Debug;

    /// As [`answer`](SequenceModel::answer), from a state on, or from the beginning; and the state after the last step.
    fn advance(&self, input: Signal, state: Option<Self::State>) -> (Signal, Self::State);
}

/// What a [`SequenceModel`] is made from; it is written beside the weights, so that a stored task can be loaded.
///
/// A list of layers is one, [`SequenceNetworkConfig`](crate::SequenceNetworkConfig). Whoever writes a module with a forward of its own
/// implements both traits:
///
/// ```
/// use burn::module::Module;
/// use burn::tensor::Device;
/// use firebrick_callbacks::callbacks;
/// use firebrick_data::{Sequences, Targets};
/// use firebrick_layers::{Linear, LinearConfig, NetworkError};
/// use firebrick_rnn::tasks::{FitConfig, ModelConfig, SequenceClassifier, SequenceModel};
/// use firebrick_rnn::{Gru, GruConfig, RecurrentConfig, RecurrentLayer, SequenceShape, Signal};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Module, Debug)]
/// struct Reader {
///     gru: Gru,
///     head: Linear,
/// }
///
/// impl SequenceModel for Reader {
///     fn answer(&self, input: Signal) -> Signal {
///         let read = self.gru.forward(input.into_sequence());
///         Signal::Whole(self.head.forward(read.last).into())
///     }
/// }
///
/// #[derive(Clone, Debug, Serialize, Deserialize)]
/// struct ReaderConfig {
///     hidden_size: usize,
/// }
///
/// impl ModelConfig for ReaderConfig {
///     type Model = Reader;
///
///     fn output_shape(&self, _input: &SequenceShape) -> Result<SequenceShape, NetworkError> {
///         Ok(SequenceShape::Whole(vec![2]))
///     }
///
///     fn init(&self, _input: &SequenceShape, device: &Device) -> Result<Reader, NetworkError> {
///         let head = LinearConfig::new(self.hidden_size, 2).init(device);
///         Ok(Reader { gru: GruConfig::new(self.hidden_size).init(1, device), head })
///     }
/// }
///
/// let signals: Vec<[f32; 1]> = (0..32).map(|i| [if i % 2 == 0 { -1.0 } else { 1.0 }]).collect();
/// let labels = (0..32).map(|i| i % 2).collect();
/// let data = Sequences::of_values(&signals, 1, Targets::classes(labels, vec!["low".into(), "high".into()]))?;
/// let config = FitConfig::new().with_epochs(20).with_learning_rate(1e-2);
/// let classifier = SequenceClassifier::new(ReaderConfig { hidden_size: 4 }).fit(&data, &data, config, callbacks![])?;
/// assert_eq!(classifier.evaluate(&data)?.accuracy, 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait ModelConfig: Clone + Debug + Serialize + DeserializeOwned {
    /// What it makes.
    type Model: SequenceModel;

    /// The shape of an answer, for sequences of the shape `input`.
    ///
    /// # Errors
    /// When the model cannot take such sequences.
    fn output_shape(&self, input: &SequenceShape) -> Result<SequenceShape, NetworkError>;

    /// The model with its first weights, for sequences of the shape `input`.
    ///
    /// # Errors
    /// When the model cannot take such sequences.
    fn init(&self, input: &SequenceShape, device: &Device) -> Result<Self::Model, NetworkError>;

    /// How many symbols the model knows: ids are below it. Default: not known.
    fn symbols(&self) -> Option<usize> {
        None
    }

    /// Whether an answer at a step depends on this step and those before it alone, as a language model's must. Default: yes.
    fn reads_forwards(&self) -> bool {
        true
    }

    /// Whether a layer goes on from batch to batch, which no training can do. Default: no.
    fn is_stateful(&self) -> bool {
        false
    }
}
