//! How the kernel lays out what belongs to a step: blocks of H values side by side.

use super::super::{Cell, GruReset, LstmGates};

/// What a gradient block of a step multiplies in the products with the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GradBlock {
    /// The block of W whose product with x it is the gradient of.
    pub(super) input: Option<usize>,
    /// The block of U whose product with the state it is the gradient of.
    pub(super) recurrent: Option<usize>,
    /// Whether that product was with r⊙h instead of h.
    pub(super) reset: bool,
}

impl GradBlock {
    const fn both(block: usize) -> Self {
        Self { input: Some(block), recurrent: Some(block), reset: false }
    }
}

impl Cell {
    /// The blocks that a step saves for the backward pass: the gates, and of a GRU the product of the
    /// state that the reset gate multiplies, or the state that it has multiplied.
    pub(super) fn saved_blocks(self) -> usize {
        match self {
            Self::Gru(_) => 4,
            _ => self.gates(),
        }
    }

    /// The gradient blocks of a step. They are those of the gates, but a GRU that resets after the
    /// product has two for its candidate: n of the input, r, z, n of the state.
    pub(super) fn grad_blocks(self) -> Vec<GradBlock> {
        match self {
            Self::Lstm(LstmGates::Separate) => (0..4).map(GradBlock::both).collect(),
            Self::Lstm(LstmGates::Coupled) => (0..3).map(GradBlock::both).collect(),
            Self::Gru(GruReset::After) => vec![
                GradBlock { input: Some(2), recurrent: None, reset: false },
                GradBlock::both(0),
                GradBlock::both(1),
                GradBlock { input: None, recurrent: Some(2), reset: false },
            ],
            Self::Gru(GruReset::Before) => {
                let candidate = GradBlock { reset: true, ..GradBlock::both(2) };
                vec![GradBlock::both(0), GradBlock::both(1), candidate]
            }
            Self::Rnn(_) => vec![GradBlock::both(0)],
        }
    }

    /// Runs of blocks: first gradient block, first block of W, how many.
    pub(super) fn input_runs(self) -> Vec<[usize; 3]> {
        match self {
            Self::Gru(GruReset::After) => vec![[1, 0, 2], [0, 2, 1]],
            _ => vec![[0, 0, self.gates()]],
        }
    }

    /// The first of the gradient blocks that lie as the blocks of U do.
    pub(super) fn first_recurrent_block(self) -> usize {
        if self == Self::Gru(GruReset::After) { 1 } else { 0 }
    }

    /// How many blocks of U are multiplied with the state itself; the rest with r⊙h.
    pub(super) fn direct_blocks(self) -> usize {
        if self == Self::Gru(GruReset::Before) { 2 } else { self.gates() }
    }
}

/// The `index`-th block of H values.
#[inline(always)]
pub(super) fn block(values: &[f32], index: usize, hidden: usize) -> &[f32] {
    &values[index * hidden..(index + 1) * hidden]
}

/// The first `N` blocks of H values.
#[inline(always)]
pub(super) fn blocks<const N: usize>(values: &[f32], hidden: usize) -> [&[f32]; N] {
    let mut blocks = values.chunks_exact(hidden);
    std::array::from_fn(|_| blocks.next().expect("as many blocks as the cell has"))
}

/// The first `N` blocks of H values.
#[inline(always)]
pub(super) fn blocks_mut<const N: usize>(values: &mut [f32], hidden: usize) -> [&mut [f32]; N] {
    let mut blocks = values.chunks_exact_mut(hidden);
    std::array::from_fn(|_| blocks.next().expect("as many blocks as the cell has"))
}
