//! What can be wrong with sequences and states.

use firebrick_layers::MaskError;

/// Sequences or a state that a layer cannot take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SequenceError {
    /// No sequence, no step, or no feature.
    #[error("sequences of shape {shape:?}, [B, T, I], hold nothing: each size must be at least 1")]
    Empty {
        /// Shape of the sequences.
        shape: [usize; 3],
    },
    /// Other features than the layer was made for.
    #[error("sequences of shape {shape:?}, [B, T, I], reach a layer that was made for {expected} features")]
    Features {
        /// Shape of the sequences.
        shape: [usize; 3],
        /// Features of the layer.
        expected: usize,
    },
    /// A mask of other rows or steps.
    #[error(transparent)]
    Mask(#[from] MaskError),
    /// An initial state of another shape.
    #[error("an initial state of shape {found:?} was given, but it must be {expected:?}, batch by hidden size")]
    State {
        /// Shape of the state, or of the part of it that does not fit.
        found: [usize; 2],
        /// Shape that fits.
        expected: [usize; 2],
    },
    /// Another number of tensors than the state has.
    #[error("an initial state of {found} tensors was given, but the layer has {expected}")]
    StateParts {
        /// Tensors that were given.
        found: usize,
        /// Tensors of the layer's state.
        expected: usize,
    },
    /// A stateful layer with another batch size than before.
    #[error(
        "a stateful layer keeps the state of {kept} sequences and cannot go on with a batch of {found}: keep the batch \
         size (leave out a last batch that is smaller), or call reset_state first"
    )]
    StatefulBatch {
        /// Rows of the state that is kept.
        kept: usize,
        /// Rows of the batch.
        found: usize,
    },
}
