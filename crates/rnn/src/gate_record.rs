//! What the gates of an LSTM did at each step: to be plotted over a sequence.
//!
//! ```text
//! i_t, f_t, o_t = σ(·)     g_t = tanh(·)     c_t = f_t⊙c_{t-1} + i_t⊙g_t     h_t = o_t⊙tanh(c_t)      all [B, T, H]
//! ```

use burn::tensor::{Bool, Tensor, activation::sigmoid};
use firebrick_layers::Mask;

use crate::cell::carry;
use crate::walk::{Point, Recurrence, Walk, steps_first, without_padding};
use crate::{Lstm, LstmState, RecurrentLayer, Sequence, Weights};

/// What an [`Lstm`] computed at each step, `[B, T, H]` each. After `go_backwards` the last step comes first, as in the
/// layer's output.
///
/// In a step that does not count no gate works: the gates and the candidate are 0, the states those of the step before.
#[derive(Clone, Debug)]
pub struct GateRecord {
    /// i, between 0 and 1: how much of the candidate is written. With coupled gates 1 − f.
    pub input_gate: Tensor<3>,
    /// f, between 0 and 1: how much of the cell state stays.
    pub forget_gate: Tensor<3>,
    /// g, between −1 and 1: what would be written.
    pub candidate: Tensor<3>,
    /// o, between 0 and 1: how much of the cell state is shown.
    pub output_gate: Tensor<3>,
    /// c, the cell state after the step.
    pub cell: Tensor<3>,
    /// h, the hidden state after the step: the layer's output.
    pub hidden: Tensor<3>,
    /// Which steps count, `[B, T]`.
    pub mask: Option<Mask>,
}

/// Records the gates of `lstm` over sequences `[B, T, I]`, from `state` on, else from zeros. Without dropout, as when it
/// predicts; a state that a stateful layer keeps is neither used nor changed.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_rnn::{LstmConfig, RecurrentConfig, RecurrentLayer, record_gates};
///
/// let device = Device::flex();
/// let lstm = LstmConfig::new(4).init(3, &device);
/// let x = Tensor::<3>::ones([2, 5, 3], &device);
/// let record = record_gates(&lstm, x.clone(), None);
/// assert_eq!(record.forget_gate.dims(), [2, 5, 4]);
/// let output = lstm.forward(x).sequence.values;
/// assert!((record.hidden - output).abs().max().into_scalar::<f32>() < 1e-6);
/// ```
///
/// # Panics
/// When the sequences or the state do not fit; [`RecurrentLayer::check`] says so before.
pub fn record_gates(lstm: &Lstm, x: impl Into<Sequence>, state: Option<LstmState>) -> GateRecord {
    let x = x.into();
    let zeros = lstm.zero_state(x.dims()[0], &x.values.device());
    let state = state.unwrap_or(zeros);
    if let Err(error) = lstm.check(&x, Some(&state)) {
        panic!("{error}");
    }
    let cell = RecordingCell(&lstm.weights);
    let output = Tensor::cat(vec![Tensor::zeros(cell.gate_shape(&x), &x.values.device()), join(&state)], 1);
    let walk = Walk::new(x.mask.as_ref(), lstm.options().go_backwards, false);
    let (outputs, _) = walk.run(&cell, cell.projected(&x), Point { output, state });
    cell.record(outputs.swap_dims(0, 1), x.mask, lstm.options().go_backwards)
}

fn join(state: &LstmState) -> Tensor<2> {
    Tensor::cat(vec![state.cell.clone(), state.hidden.clone()], 1)
}

/// An LSTM cell whose output is `[i f g o c h]`, `[B, 6H]`.
struct RecordingCell<'a>(&'a Weights);

impl RecordingCell<'_> {
    /// `[B, 4H]`.
    fn gate_shape(&self, x: &Sequence) -> [usize; 2] {
        [x.dims()[0], 4 * self.0.hidden_size()]
    }

    /// x·W + b, `[T, B, G·H]`.
    fn projected(&self, x: &Sequence) -> Tensor<3> {
        let weights = self.0.values();
        let [batch, steps, features] = x.dims();
        let rows = steps_first(x.values.clone(), x.mask.as_ref()).reshape([steps * batch, features]);
        let mut sums = rows.matmul(weights.input);
        for bias in weights.bias.into_iter().chain(weights.recurrent_bias) {
            sums = sums + bias.unsqueeze();
        }
        let [_, width] = sums.dims();
        sums.reshape([steps, batch, width])
    }

    /// The parts of the outputs `[B, T, 6H]`.
    fn record(&self, outputs: Tensor<3>, mask: Option<Mask>, go_backwards: bool) -> GateRecord {
        let hidden = self.0.hidden_size();
        let part = |index: usize| {
            let part = outputs.clone().narrow(2, index * hidden, hidden);
            let part = if index < 4 { without_padding(part, mask.as_ref()) } else { part };
            if go_backwards { part.flip([1]) } else { part }
        };
        GateRecord {
            input_gate: part(0),
            forget_gate: part(1),
            candidate: part(2),
            output_gate: part(3),
            cell: part(4),
            hidden: part(5),
            mask: if go_backwards { mask.as_ref().map(Mask::reversed) } else { mask.clone() },
        }
    }
}

impl Recurrence<2> for RecordingCell<'_> {
    type State = LstmState;

    fn advance(&self, x: Tensor<2>, state: LstmState) -> (Tensor<2>, LstmState) {
        let sums = x + state.hidden.matmul(self.0.recurrent_kernel.val());
        let hidden = self.0.hidden_size();
        let gates = sums.dims()[1] / hidden;
        let sum = |gate: usize| sums.clone().narrow(1, (gates - gate) * hidden, hidden);
        let [f, g, o] = [sigmoid(sum(3)), sum(2).tanh(), sigmoid(sum(1))];
        let i = if gates == 4 { sigmoid(sum(4)) } else { f.clone().neg() + 1.0 };

        let cell = f.clone() * state.cell + i.clone() * g.clone();
        let hidden = o.clone() * cell.clone().tanh();
        let state = LstmState { hidden, cell };
        (Tensor::cat(vec![i, f, g, o, join(&state)], 1), state)
    }

    fn hold(&self, next: LstmState, before: &LstmState, masked: &Tensor<1, Bool>) -> LstmState {
        carry(next, before, masked)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::{LstmConfig, RecurrentConfig};

    fn values(tensor: Tensor<3>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    fn wave(shape: [usize; 3], device: &Device) -> Tensor<3> {
        let count = shape.iter().product::<usize>() as i64;
        (Tensor::<1, burn::tensor::Int>::arange(0..count, device).float() * 0.37).sin().reshape(shape)
    }

    fn assert_close(found: Tensor<3>, expected: Tensor<3>, what: &str) {
        let worst = (found - expected).abs().max().into_scalar::<f32>();
        assert!(worst <= 1e-6, "{what}: {worst}");
    }

    fn configs() -> Vec<LstmConfig> {
        vec![
            LstmConfig::new(4),
            LstmConfig::new(4).pytorch(),
            LstmConfig::new(4).with_bias(false).with_go_backwards(true),
            LstmConfig::new(4).with_coupled_gates(true),
        ]
    }

    #[test]
    fn the_recorded_states_are_those_of_the_fused_layer() {
        let device = Device::flex();
        let mask = Mask::from_rows(&[[true, true, false, true, false], [false, true, true, false, true]], &device);
        let state = LstmState { hidden: Tensor::full([2, 4], 0.3, &device), cell: Tensor::full([2, 4], -0.4, &device) };
        for config in configs() {
            let lstm = config.init(3, &device);
            for mask in [None, Some(mask.clone().unwrap())] {
                let x = Sequence { values: wave([2, 5, 3], &device), mask };
                let record = record_gates(&lstm, x.clone(), Some(state.clone()));
                let output = lstm.forward_with(x, Some(state.clone()));
                assert_close(record.hidden.clone(), output.sequence.values, &format!("h of {config:?}"));
                let rows = |mask: Option<Mask>| mask.map(|mask| mask.rows());
                assert_eq!(rows(record.mask), rows(output.sequence.mask));
                let last = record.cell.narrow(1, 4, 1).squeeze_dim::<2>(1);
                assert_close(last.unsqueeze(), output.state.cell.unsqueeze(), &format!("c of {config:?}"));
            }
        }
    }

    #[test]
    fn the_gates_make_the_states_and_rest_in_masked_steps() {
        let device = Device::flex();
        let lstm = LstmConfig::new(4).init(3, &device);
        let mask = Mask::from_rows(&[[true, true, false, true, true]], &device).unwrap();
        let record = record_gates(&lstm, Sequence::masked(wave([1, 5, 3], &device), mask), None);
        let step = |tensor: &Tensor<3>, at: usize| tensor.clone().narrow(1, at, 1);
        for at in [1, 3, 4] {
            let cell = step(&record.forget_gate, at) * step(&record.cell, at - 1)
                + step(&record.input_gate, at) * step(&record.candidate, at);
            assert_close(cell, step(&record.cell, at), "c");
            let hidden = step(&record.output_gate, at) * step(&record.cell, at).tanh();
            assert_close(hidden, step(&record.hidden, at), "h");
        }
        for gate in [&record.input_gate, &record.forget_gate, &record.candidate, &record.output_gate] {
            assert_eq!(values(step(gate, 2)), [0.0; 4]);
        }
        assert_eq!(values(step(&record.cell, 2)), values(step(&record.cell, 1)));
    }

    #[test]
    #[should_panic(expected = "reach a layer that was made for 3 features")]
    fn sequences_of_other_features_are_refused() {
        let device = Device::flex();
        record_gates(&LstmConfig::new(4).init(3, &device), Tensor::<3>::zeros([1, 2, 5], &device), None);
    }
}
