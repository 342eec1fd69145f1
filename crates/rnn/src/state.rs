//! The state of a recurrent layer between two steps, and between two calls.
//!
//! ```text
//! SimpleRnn, Gru   h      [B, H]
//! Lstm             h, c   [B, H] each
//! h_n, c_n         [L·D, B, H]     PyTorch's layout of a stack of L layers in D directions: index layer·D + direction
//! ```

use burn::tensor::{Device, Tensor};
use firebrick_backend::LstmState;

use crate::memory::moved;

/// What a tensor of a state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatePart {
    /// A hidden state h, which is also an output.
    Hidden,
    /// Anything else, such as the cell state c.
    Cell,
}

/// The state of a recurrent layer: tensors `[B, H]`.
pub trait RecurrentState: Clone + std::fmt::Debug + Send + 'static {
    /// Changes every tensor, always in the same order: the layers from below, of each the forward direction first, and
    /// of each of these the hidden state first.
    #[must_use]
    fn map(self, change: &mut dyn FnMut(StatePart, Tensor<2>) -> Tensor<2>) -> Self;

    /// The tensors in the order of [`map`](Self::map).
    fn tensors(&self) -> Vec<(StatePart, Tensor<2>)> {
        let mut tensors = vec![];
        let _ = self.clone().map(&mut |part, tensor| {
            tensors.push((part, tensor.clone()));
            tensor
        });
        tensors
    }

    /// Rows B.
    fn batch_size(&self) -> usize {
        self.tensors().first().map_or(0, |(_, tensor)| tensor.dims()[0])
    }

    /// The hidden states in PyTorch's layout `[L·D, B, H]`, h_n.
    ///
    /// # Panics
    /// When the layers have hidden states of different sizes, which PyTorch has not.
    fn h_n(&self) -> Tensor<3> {
        Tensor::stack(parts(self, StatePart::Hidden), 0)
    }

    /// The cell states in PyTorch's layout `[L·D, B, H]`, c_n, where there are any.
    ///
    /// # Panics
    /// As [`h_n`](Self::h_n).
    fn c_n(&self) -> Option<Tensor<3>> {
        let cells = parts(self, StatePart::Cell);
        (!cells.is_empty()).then(|| Tensor::stack(cells, 0))
    }

    /// The state without its history: no gradient flows back into it.
    #[must_use]
    fn detach(self) -> Self {
        self.map(&mut |_, tensor| tensor.detach())
    }

    /// The state as it is used with tensors on `device`: there, and with autodiff if the device has it.
    #[must_use]
    fn on(self, device: &Device) -> Self {
        self.map(&mut |_, tensor| moved(tensor, device))
    }
}

fn parts<S: RecurrentState>(state: &S, wanted: StatePart) -> Vec<Tensor<2>> {
    state.tensors().into_iter().filter(|(part, _)| *part == wanted).map(|(_, tensor)| tensor).collect()
}

impl RecurrentState for Tensor<2> {
    fn map(self, change: &mut dyn FnMut(StatePart, Tensor<2>) -> Tensor<2>) -> Self {
        change(StatePart::Hidden, self)
    }
}

impl RecurrentState for LstmState {
    fn map(self, change: &mut dyn FnMut(StatePart, Tensor<2>) -> Tensor<2>) -> Self {
        let hidden = change(StatePart::Hidden, self.hidden);
        Self { hidden, cell: change(StatePart::Cell, self.cell) }
    }
}

/// Forward and backward, or any two.
impl<A: RecurrentState, B: RecurrentState> RecurrentState for (A, B) {
    fn map(self, change: &mut dyn FnMut(StatePart, Tensor<2>) -> Tensor<2>) -> Self {
        let first = self.0.map(change);
        (first, self.1.map(change))
    }
}

/// A stack, the layer at the bottom first.
impl<S: RecurrentState> RecurrentState for Vec<S> {
    fn map(self, change: &mut dyn FnMut(StatePart, Tensor<2>) -> Tensor<2>) -> Self {
        self.into_iter().map(|state| state.map(change)).collect()
    }
}
