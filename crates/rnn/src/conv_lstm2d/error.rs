//! What can be wrong with films and their states.

use firebrick_layers::{MaskError, Rule};

/// Films or a state that a [`ConvLstm2d`](crate::ConvLstm2d) cannot take.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConvLstm2dError {
    /// No film, no step, no channel, or no pixel.
    #[error("films of shape {shape:?}, [B, T, C, H, W], hold nothing: each size must be at least 1")]
    Empty {
        /// Shape of the films.
        shape: [usize; 5],
    },
    /// Other channels than the layer was made for.
    #[error("films of shape {shape:?}, [B, T, C, H, W], reach a layer that was made for {expected} channels")]
    Channels {
        /// Shape of the films.
        shape: [usize; 5],
        /// Channels of the layer.
        expected: usize,
    },
    /// Pictures that the filters do not fit in.
    #[error(transparent)]
    Rule(#[from] Rule),
    /// A mask of other rows or steps.
    #[error(transparent)]
    Mask(#[from] MaskError),
    /// A stateful layer with another batch size than before.
    #[error(
        "a stateful layer keeps the state of {kept} films and cannot go on with a batch of {found}: keep the batch size, or call \
         `reset_state` first"
    )]
    Stateful {
        /// Films in the kept state.
        kept: usize,
        /// Films in the batch.
        found: usize,
    },
    /// An initial state of another shape.
    #[error("an initial state of shape {found:?} was given, but it must be {expected:?}, [B, F, H', W']")]
    State {
        /// Shape of the part of the state that does not fit.
        found: [usize; 4],
        /// Shape that fits.
        expected: [usize; 4],
    },
}
