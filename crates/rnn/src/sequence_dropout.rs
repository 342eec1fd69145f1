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
    pub(crate) fn new(dropout: f64, recurrent_dropout: f64) -> Self {
        Self { dropout, recurrent_dropout, training: Param::from_bool(true) }
    }

    /// Whether states are dropped on `device`.
    pub(crate) fn drops_states(&self, device: &Device) -> bool {
        self.recurrent_dropout > 0.0 && self.trains(device)
    }

    /// The sequences `[B, T, ..]` with the same features dropped in all steps and for all gates.
    pub(crate) fn drop_inputs<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let device = x.device();
        if self.dropout == 0.0 || !self.trains(&device) {
            return x;
        }
        let mut shape = x.dims();
        shape[1] = 1;
        let dtype = x.dtype();
        x * draw(shape, self.dropout, (&device, dtype))
    }

    /// For each gate the sequences `[B, T, I]` with features dropped, while training.
    pub(crate) fn drop_gate_inputs(&self, x: Tensor<3>, gates: usize) -> Vec<Tensor<3>> {
        (0..gates).map(|_| self.drop_inputs(x.clone())).collect()
    }

    /// What states are multiplied by, of this shape: `[G, B, H]` for states `[B, H]` and each of G gates.
    pub(crate) fn state_masks<const D: usize>(&self, shape: [usize; D], kind: (&Device, DType)) -> Tensor<D> {
        draw(shape, self.recurrent_dropout, kind)
    }

    fn trains(&self, device: &Device) -> bool {
        self.training.is_enabled() && device.is_autodiff()
    }
}

/// Bernoulli(1 − p) / (1 − p).
fn draw<const D: usize>(shape: [usize; D], rate: f64, kind: (&Device, DType)) -> Tensor<D> {
    let keep = 1.0 - rate;
    Tensor::random(shape, Distribution::Bernoulli(keep), kind) / keep
}
