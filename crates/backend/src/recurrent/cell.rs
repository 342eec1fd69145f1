//! The cells, and how their gates are laid out.

use burn::tensor::Tensor;

/// Which gates an LSTM has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LstmGates {
    /// Input gate i, forget gate f, candidate g, output gate o, in this order: `G = 4`.
    #[default]
    Separate,
    /// Forget gate f, candidate g, output gate o, in this order, with the input gate i = 1 − f:
    /// `G = 3`. The cell then mixes old and new as a GRU does.
    Coupled,
}

/// Where a GRU applies its reset gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GruReset {
    /// To the product of the state and its weights, as PyTorch and Keras do by default.
    #[default]
    After,
    /// To the state, before the product, as in the paper.
    Before,
}

/// The activation of a simple recurrent layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RnnActivation {
    /// The hyperbolic tangent.
    #[default]
    Tanh,
    /// max(x, 0)
    Relu,
}

/// A recurrent cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Long short-term memory.
    Lstm(LstmGates),
    /// Gated recurrent unit; the gates are r, z, n.
    Gru(GruReset),
    /// One activation, `G = 1`.
    Rnn(RnnActivation),
}

impl Cell {
    /// G, the gates that weights and bias hold side by side.
    pub(crate) fn gates(self) -> usize {
        match self {
            Self::Lstm(LstmGates::Separate) => 4,
            Self::Lstm(LstmGates::Coupled) | Self::Gru(_) => 3,
            Self::Rnn(_) => 1,
        }
    }

    /// The tensors that make up the state: 2 with cells, otherwise 1.
    pub(crate) fn states(self) -> usize {
        if matches!(self, Self::Lstm(_)) { 2 } else { 1 }
    }

    /// Multiples of H in the bias that the operation takes: one bias, or in a GRU that resets after the
    /// product that of the input followed by that of the state.
    pub(crate) fn biases(self) -> usize {
        if self.has_recurrent_bias() { 2 * self.gates() } else { self.gates() }
    }

    /// Whether the bias of the state has a place of its own.
    pub(crate) fn has_recurrent_bias(self) -> bool {
        self == Self::Gru(GruReset::After)
    }

    /// The bias that the operation takes, `[biases · H]`.
    pub(crate) fn bias(self, input: Option<Tensor<1>>, recurrent: Option<Tensor<1>>) -> Option<Tensor<1>> {
        let (input, recurrent) = match (input, recurrent) {
            (None, None) => return None,
            (Some(input), None) => (input.clone(), input.zeros_like()),
            (None, Some(recurrent)) => (recurrent.zeros_like(), recurrent),
            (Some(input), Some(recurrent)) => (input, recurrent),
        };
        Some(if self.has_recurrent_bias() { Tensor::cat(vec![input, recurrent], 0) } else { input + recurrent })
    }

    /// The name of the function that runs it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lstm(_) => "lstm",
            Self::Gru(_) => "gru",
            Self::Rnn(_) => "rnn",
        }
    }
}
