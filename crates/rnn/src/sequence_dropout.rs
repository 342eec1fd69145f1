//! Dropout for recurrent layers: what is dropped is dropped in every step of a sequence (Gal & Ghahramani, 2016,
//! <https://arxiv.org/abs/1512.05287>).
//!
//! ```text
//! m ~ Bernoulli(1 − p) / (1 − p)     one draw for each sequence and feature, none for time
//! x_t ⊙ m        [B, I]     dropout: every gate sees the same
//! x_t ⊙ m_g      [B, I]     dropout beside recurrent_dropout: each gate g sees its own, as in Keras
//! h_{t-1} ⊙ m_g  [B, H]     recurrent_dropout
//! ```

use burn::module::{Flag, Module, Param};
use burn::tensor::{DType, Device, Distribution, Tensor};

use crate::CellOptions;

/// The dropout of a recurrent layer: on while training, that is on an autodiff device, unless the layer is frozen or in
/// validation mode.
#[derive(Module, Debug)]
pub struct SequenceDropout {
    dropout: f64,
    recurrent_dropout: f64,
    /// Whether numbers are dropped on an autodiff device.
    pub training: Param<Flag>,
}

impl SequenceDropout {
    pub(crate) fn new(options: &CellOptions) -> Self {
        Self {
            dropout: options.dropout,
            recurrent_dropout: options.recurrent_dropout,
            training: Param::from_bool(true),
        }
    }

    /// Whether states are dropped on `device`.
    pub(crate) fn drops_states(&self, device: &Device) -> bool {
        self.recurrent_dropout > 0.0 && self.trains(device)
    }

    /// The sequences `[B, T, I]` with the same features dropped for all gates.
    pub(crate) fn drop_inputs(&self, x: Tensor<3>) -> Tensor<3> {
        let device = x.device();
        if self.dropout == 0.0 || !self.trains(&device) {
            return x;
        }
        let [batch, _, features] = x.dims();
        let dtype = x.dtype();
        x * draw([batch, 1, features], self.dropout, (&device, dtype))
    }

    /// For each gate the sequences `[B, T, I]` with features dropped, while training.
    pub(crate) fn drop_gate_inputs(&self, x: Tensor<3>, gates: usize) -> Vec<Tensor<3>> {
        (0..gates).map(|_| self.drop_inputs(x.clone())).collect()
    }

    /// What the states `[B, H]` are multiplied by for each gate: `[G, B, H]`.
    pub(crate) fn state_masks(&self, size: [usize; 3], kind: (&Device, DType)) -> Tensor<3> {
        draw(size, self.recurrent_dropout, kind)
    }

    fn trains(&self, device: &Device) -> bool {
        self.training.is_enabled() && device.is_autodiff()
    }
}

/// Bernoulli(1 − p) / (1 − p).
fn draw(shape: [usize; 3], rate: f64, kind: (&Device, DType)) -> Tensor<3> {
    let keep = 1.0 - rate;
    Tensor::random(shape, Distribution::Bernoulli(keep), kind) / keep
}
