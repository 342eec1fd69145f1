//! Short names for writing sequence networks in Rust; import all of it: `use firebrick_rnn::build::*;`.
//!
//! The layers of feed-forward networks that make sense here come with it from
//! [firebrick-layers](firebrick_layers::build).
//!
//! ```
//! use firebrick_rnn::{SequenceShape, build::*, sequence};
//!
//! let block = residual(sequence![gru(16), dropout(0.1)]);
//! let network = sequence![embedding(500, 16).mask_zero(), block, global_avg_pool1d(), dense(3).named("scores")];
//! assert_eq!(network.summary(&SequenceShape::ids())?.output_shape, [3]);
//! # Ok::<(), firebrick_layers::NetworkError>(())
//! ```

use firebrick_layers::{EmbeddingConfig, MaskingConfig, Pair, SequentialConfig};

use crate::{
    AnyCellConfig, AnyRecurrentConfig, BidirectionalConfig, ConvLstm2dConfig, GlobalAvgPool1dConfig,
    GlobalMaxPool1dConfig, GruConfig, LastStepConfig, LstmConfig, RecurrentConfig, RnnConfig, SequenceBranchesConfig,
    SequenceNetworkConfig, SequenceResidualConfig, SequenceTimeDistributedConfig, SimpleRnnConfig,
    SpatialDropout1dConfig,
};

pub use crate::MergeMode;
pub use firebrick_layers::build::{
    ActivationFn, Merge, Named, WithActivation, activation, batch_norm, dense, dropout, flatten, layer_norm, relu,
    softmax,
};

/// Makes a [`SequenceNetworkConfig`] of layers, in order.
///
/// ```
/// use firebrick_rnn::{build::*, sequence};
///
/// let network = sequence![embedding(20_000, 128).mask_zero(), lstm(64), lstm(64), dense(2)];
/// assert_eq!(network.positions().len(), 4);
/// ```
#[macro_export]
macro_rules! sequence {
    ($($layer:expr),* $(,)?) => {
        <$crate::SequenceNetworkConfig as ::core::iter::FromIterator<_>>::from_iter(
            ::std::vec![$($crate::SequencePosition::from($layer)),*]
        )
    };
}

/// `return_sequences` in one word, for a recurrent layer after which `dense` acts on each step.
pub trait ReturnSequences: RecurrentConfig {
    /// The output of every step, whatever comes after: `lstm(64).return_sequences()`.
    #[must_use]
    fn return_sequences(mut self) -> Self {
        self.options_mut().return_sequences = Some(true);
        self
    }
}

impl<C: RecurrentConfig> ReturnSequences for C {}

/// Rows of a table of `input_dim` rows of `output_dim` features, for ids.
pub fn embedding(input_dim: usize, output_dim: usize) -> EmbeddingConfig {
    EmbeddingConfig::new(input_dim, output_dim)
}

/// Masks the steps whose features all have this value.
pub fn masking(mask_value: f64) -> MaskingConfig {
    MaskingConfig::new(mask_value)
}

/// The simple recurrent layer, with so many numbers in its state.
pub fn simple_rnn(hidden_size: usize) -> SimpleRnnConfig {
    SimpleRnnConfig::new(hidden_size)
}

/// Long short-term memory, with so many numbers in its state.
pub fn lstm(hidden_size: usize) -> LstmConfig {
    LstmConfig::new(hidden_size)
}

/// Gated recurrent unit, with so many numbers in its state.
pub fn gru(hidden_size: usize) -> GruConfig {
    GruConfig::new(hidden_size)
}

/// Any of the crate's cells, step by step: `rnn(PeepholeLstmCellConfig::new(64))`.
pub fn rnn(cell: impl Into<AnyCellConfig>) -> RnnConfig<AnyCellConfig> {
    RnnConfig::new(cell.into())
}

/// Long short-term memory over films, with so many filters of this size.
pub fn conv_lstm2d(filters: usize, kernel_size: impl Into<Pair>) -> ConvLstm2dConfig {
    ConvLstm2dConfig::new(filters, kernel_size)
}

/// A recurrent layer in both directions, the outputs side by side.
pub fn bidirectional(layer: impl Into<AnyRecurrentConfig>) -> BidirectionalConfig<AnyRecurrentConfig> {
    BidirectionalConfig::new(layer.into())
}

/// Layers that see one step at a time.
pub fn time_distributed(layers: SequentialConfig) -> SequenceTimeDistributedConfig {
    SequenceTimeDistributedConfig::new(layers)
}

/// Random zero features while training, the same at each step.
pub fn spatial_dropout1d(rate: f64) -> SpatialDropout1dConfig {
    SpatialDropout1dConfig::new(rate)
}

/// Largest value of each feature over the steps that count.
pub fn global_max_pool1d() -> GlobalMaxPool1dConfig {
    GlobalMaxPool1dConfig::new()
}

/// Mean of each feature over the steps that count.
pub fn global_avg_pool1d() -> GlobalAvgPool1dConfig {
    GlobalAvgPool1dConfig::new()
}

/// The last step that counts.
pub fn last_step() -> LastStepConfig {
    LastStepConfig::new()
}

/// Layers whose output is added to their input.
pub fn residual(layers: SequenceNetworkConfig) -> SequenceResidualConfig {
    SequenceResidualConfig::new(layers)
}

/// Lists of layers side by side, merged.
pub fn branches(merge: Merge, branches: impl IntoIterator<Item = SequenceNetworkConfig>) -> SequenceBranchesConfig {
    SequenceBranchesConfig::new(merge, branches)
}
