//! What the operation of the backend trait takes.

use burn::backend::tensor::{BoolTensor, FloatTensor};
use burn::backend::{Backend, ExtensionType};

use super::Cell;
use crate::OptionalTensor;

/// The tensors of one recurrent layer; letters as in [the module](super).
#[derive(Clone, Debug, ExtensionType)]
pub struct RecurrentInputs<B: Backend> {
    /// x `[B, T, I]`.
    pub x: FloatTensor<B>,
    /// W `[I, G·H]`.
    pub weight_ih: FloatTensor<B>,
    /// U `[H, G·H]`.
    pub weight_hh: FloatTensor<B>,
    /// b `[G·H]`; of a GRU that resets after the product `[2·G·H]`, the bias of the input first.
    #[extension_type]
    pub bias: OptionalTensor<B>,
    /// The initial state `[B, H]`; of an LSTM `[B, 2H]`, the hidden state first.
    #[extension_type]
    pub state: OptionalTensor<B>,
    /// `[B, T]`, true where a step counts.
    #[extension_type]
    pub mask: OptionalMask<B>,
}

/// A mask that may be absent.
#[derive(Clone, Debug, ExtensionType)]
pub enum OptionalMask<B: Backend> {
    /// The mask is there.
    Given(BoolTensor<B>),
    /// There is none.
    Absent,
}

impl<B: Backend> OptionalMask<B> {
    /// The same as an `Option`.
    pub fn into_option(self) -> Option<BoolTensor<B>> {
        match self {
            Self::Given(mask) => Some(mask),
            Self::Absent => None,
        }
    }
}

impl<B: Backend> From<Option<BoolTensor<B>>> for OptionalMask<B> {
    fn from(mask: Option<BoolTensor<B>>) -> Self {
        mask.map_or(Self::Absent, Self::Given)
    }
}

/// The cell, and what [`Steps`](super::Steps) say beside the mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecurrentOptions {
    /// What is computed at each step.
    pub cell: Cell,
    /// Whether the last step is processed first.
    pub reverse: bool,
    /// Whether masked steps put out zeros.
    pub zero_output_for_mask: bool,
}

/// Which gradients a backward pass is to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecurrentGradients {
    /// That of x.
    pub x: bool,
    /// That of W.
    pub weight_ih: bool,
    /// That of U.
    pub weight_hh: bool,
    /// That of b.
    pub bias: bool,
    /// That of the initial state.
    pub state: bool,
}
