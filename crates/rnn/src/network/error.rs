//! What a sequence network cannot run over.

use firebrick_layers::{EmbeddingError, MaskError};

use super::SequenceShape;

/// An input or a state that a network cannot take.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SignalError {
    /// Another kind or shape than the network was made for.
    #[error("the network was made for inputs of shape {expected} (without the batch), but the input is {found:?}")]
    Shape {
        /// Shape of the input, with the batch.
        found: Vec<usize>,
        /// What the network was made for.
        expected: SequenceShape,
    },
    /// A mask of other rows or steps.
    #[error(transparent)]
    Mask(#[from] MaskError),
    /// An id that is no row of the embedding.
    #[error(transparent)]
    Ids(#[from] EmbeddingError),
    /// A state of another network, or of another number of sequences.
    #[error(
        "a state of {found:?} was given, the tensors of each recurrent layer, but it must be {expected:?}: take the one \
         that this network gave for the same sequences"
    )]
    State {
        /// Shapes `[B, H]` of the state's tensors.
        found: Vec<Vec<[usize; 2]>>,
        /// Those that fit.
        expected: Vec<Vec<[usize; 2]>>,
    },
}
