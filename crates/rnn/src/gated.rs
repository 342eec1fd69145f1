//! What `SimpleRnn`, `Lstm` and `Gru` share: a sweep through time by the whole-sequence operation of the backend, or
//! step by step where states are dropped.

use burn::tensor::{Bool, Device, Tensor};
use firebrick_backend::{RecurrentWeights, Steps};
use firebrick_layers::Mask;

use crate::cell::carry;
use crate::memory::Memory;
use crate::walk::{Point, Recurrence, Walk, without_padding};
use crate::{RecurrentOutput, RecurrentState, Sequence, SequenceDropout, SequenceOptions, Weights};

/// The gates of a cell that the backend runs over whole sequences.
pub(crate) trait Gates: Copy {
    type State: RecurrentState;

    /// G.
    fn count(self) -> usize;

    /// The state from which a sequence starts, for `[B, H]`.
    fn zeros(self, size: [usize; 2], device: &Device) -> Self::State;

    /// The part of the state that is put out, `[B, H]`.
    fn hidden(state: &Self::State) -> Tensor<2>;

    /// The whole sequence as one operation: the hidden states `[B, T, H]`, and the final state.
    fn fused(
        self,
        x: Tensor<3>,
        weights: RecurrentWeights,
        state: Option<Self::State>,
        steps: Steps,
    ) -> (Tensor<3>, Self::State);

    /// One step of the same, from x_t·W_g + b_g for each gate, `[B, H]`, where each gate sees the states through `seen`.
    fn step(self, inputs: Vec<Tensor<2>>, state: Self::State, seen: &GateProducts) -> Self::State;
}

/// The products of the state with the weights of each gate, which sees a part of it.
pub(crate) struct GateProducts {
    /// U_g for each gate, `[G, H, H]`.
    kernel: Tensor<3>,
    /// b'_g for each gate, `[G, 1, H]`.
    bias: Option<Tensor<3>>,
    /// What gate g sees of the state, `[G, B, H]`.
    masks: Tensor<3>,
}

impl GateProducts {
    /// (h ⊙ m_g)·U_g + b'_g for each gate, `[B, H]`.
    pub(crate) fn all(&self, hidden: Tensor<2>) -> Vec<Tensor<2>> {
        let products = (hidden.unsqueeze_dim::<3>(0) * self.masks.clone()).matmul(self.kernel.clone());
        let products = match &self.bias {
            Some(bias) => products + bias.clone(),
            None => products,
        };
        products.iter_dim(0).map(|product| product.squeeze_dim(0)).collect()
    }

    /// The same for one gate.
    pub(crate) fn of(&self, gate: usize, hidden: Tensor<2>) -> Tensor<2> {
        let part = |tensor: &Tensor<3>| -> Tensor<2> { tensor.clone().narrow(0, gate, 1).squeeze_dim(0) };
        let product = (hidden * part(&self.masks)).matmul(part(&self.kernel));
        match &self.bias {
            Some(bias) => product + part(bias),
            None => product,
        }
    }
}

/// A layer with its gates, over one batch.
pub(crate) struct Gated<'a, G: Gates> {
    pub(crate) gates: G,
    pub(crate) weights: &'a Weights,
    pub(crate) dropout: &'a SequenceDropout,
    pub(crate) options: &'a SequenceOptions,
    pub(crate) memory: &'a Memory<G::State>,
}

impl<G: Gates> Gated<'_, G> {
    /// As [`RecurrentLayer::sweep`](crate::RecurrentLayer::sweep).
    pub(crate) fn sweep(&self, x: Sequence, state: Option<G::State>, zero: bool) -> RecurrentOutput<G::State> {
        let device = x.values.device();
        let state = self.memory.recall(state, &device);
        let mask = x.mask.clone();
        let (values, state) = match self.dropout.drops_states(&device) {
            true => self.stepwise(x, state, zero),
            false => self.fused(x, state, zero),
        };
        self.memory.keep(&state);
        RecurrentOutput { sequence: Sequence { values, mask }, last: G::hidden(&state), state }
    }

    fn fused(&self, x: Sequence, state: Option<G::State>, zero_output_for_mask: bool) -> (Tensor<3>, G::State) {
        let mask = x.mask.as_ref().map(Mask::steps);
        let steps = Steps { mask, reverse: self.options.go_backwards, zero_output_for_mask };
        self.gates.fused(self.dropout.drop_inputs(x.values), self.weights.values(), state, steps)
    }

    fn stepwise(&self, x: Sequence, state: Option<G::State>, zero_output: bool) -> (Tensor<3>, G::State) {
        let ([batch, steps, _], device) = (x.dims(), x.values.device());
        let (gates, hidden) = (self.gates.count(), self.weights.hidden_size());
        let walk = Walk::new(x.mask.as_ref(), self.options.go_backwards, zero_output);
        let values = without_padding(x.values, x.mask.as_ref());

        let inputs = self.dropout.drop_gate_inputs(values, gates).into_iter().enumerate();
        let inputs = inputs.map(|(gate, x)| self.weights.gate_inputs(gate, x)).collect();
        let inputs = Tensor::cat(inputs, 2).swap_dims(0, 1);
        let (kernel, bias) = self.weights.gate_products();
        let kind = (&device, kernel.dtype());
        let masks = self.dropout.state_masks([gates, batch, hidden], kind);
        let cell = Dropped { gates: self.gates, products: GateProducts { kernel, bias, masks } };

        let zeros = || self.gates.zeros([batch, hidden], &device).map(&mut |_, zeros| zeros.cast(kind.1));
        let state = state.unwrap_or_else(zeros);
        let start = Point { output: G::hidden(&state), state };
        let (outputs, end) = walk.run(&cell, inputs, start);
        debug_assert_eq!(outputs.dims(), [steps, batch, hidden]);
        (outputs.swap_dims(0, 1), end.state)
    }
}

/// A cell whose gates see parts of the state.
struct Dropped<G> {
    gates: G,
    products: GateProducts,
}

impl<G: Gates> Recurrence<2> for Dropped<G> {
    type State = G::State;

    fn advance(&self, inputs: Tensor<2>, state: G::State) -> (Tensor<2>, G::State) {
        let inputs = inputs.chunk(self.gates.count(), 1);
        let state = self.gates.step(inputs, state, &self.products);
        (G::hidden(&state), state)
    }

    fn hold(&self, next: G::State, before: &G::State, masked: &Tensor<1, Bool>) -> G::State {
        carry(next, before, masked)
    }
}

/// [`RecurrentLayer`](crate::RecurrentLayer) for a layer of weights, gates, dropout, options and memory.
macro_rules! gated_layer {
    ($layer:ty, $gates:ident, $state:ty) => {
        impl crate::RecurrentLayer for $layer {
            type State = $state;

            fn input_size(&self) -> usize {
                self.weights.input_size()
            }

            fn output_size(&self) -> usize {
                self.weights.hidden_size()
            }

            fn options(&self) -> &$crate::SequenceOptions {
                &self.options
            }

            fn zero_state(&self, batch: usize, device: &burn::tensor::Device) -> Self::State {
                $crate::gated::Gates::zeros(self.$gates, [batch, self.weights.hidden_size()], device)
            }

            fn sweep(
                &self,
                x: $crate::Sequence,
                state: Option<Self::State>,
                zero_output_for_mask: bool,
            ) -> $crate::RecurrentOutput<Self::State> {
                let layer = $crate::gated::Gated {
                    gates: self.$gates,
                    weights: &self.weights,
                    dropout: &self.dropout,
                    options: &self.options,
                    memory: &self.memory,
                };
                layer.sweep(x, state, zero_output_for_mask)
            }

            fn kept_batch_size(&self) -> Option<usize> {
                self.memory.batch_size()
            }

            fn reset_state(&self) {
                self.memory.reset();
            }
        }
    };
}
pub(crate) use gated_layer;

#[cfg(test)]
mod tests;
