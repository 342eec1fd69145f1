//! What recurrent layers have in common: they take sequences and a state, and give sequences and a state.
//!
//! Keras's rules hold for all: a step that does not count leaves the state as it is, and its output is that of the step
//! before, or the initial hidden state where there was none. (There Keras itself differs by its backend: with JAX it puts
//! out the initial state, as here, with TensorFlow and PyTorch zeros. Without an initial state both are zero.) A
//! sequence without a step that counts ends in its initial state.

use burn::module::{Module, ModuleDisplay};
use burn::tensor::{Device, Tensor};

use crate::{RecurrentState, Sequence, SequenceError, SequenceOptions, StatePart};

/// What a recurrent layer gives: every output, the last one, and the state in the end.
#[derive(Clone, Debug)]
pub struct RecurrentOutput<S> {
    /// The output of each step, `[B, T, H]`, with the mask of the input: Keras's output with `return_sequences`. After
    /// `go_backwards` the last step comes first.
    pub sequence: Sequence,
    /// The output of the last step that counts, `[B, H]`: Keras's output without `return_sequences`. It has no mask.
    /// (With `zero_output_for_mask` it is that of the last step, so zeros where that does not count, as in Keras.)
    pub last: Tensor<2>,
    /// The state after the last step that counts: Keras's `return_state`.
    pub state: S,
}

impl<S> RecurrentOutput<S> {
    /// The same with the sequence read backwards.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { sequence: self.sequence.reversed(), ..self }
    }
}

/// A layer over whole sequences: `SimpleRnn`, `Lstm`, `Gru`, any of them in both directions or in a stack.
pub trait RecurrentLayer: Module + ModuleDisplay {
    /// What is carried from step to step.
    type State: RecurrentState;

    /// Features I of a step that it takes.
    fn input_size(&self) -> usize;

    /// Features of a step that it puts out.
    fn output_size(&self) -> usize;

    /// How it goes through time.
    fn options(&self) -> &SequenceOptions;

    /// A state of zeros for `batch` sequences, from which a call without a state starts.
    fn zero_state(&self, batch: usize, device: &Device) -> Self::State;

    /// Runs over `x` from `state` on, else from the state that is kept, else from zeros. The outputs lie at the steps
    /// that they belong to, whatever the direction, and `last` is that of the last step that counts.
    ///
    /// It is what a layer implements and what wrappers call; [`forward`](Self::forward) is what users call, which checks
    /// the shapes and brings the outputs into Keras's order.
    fn sweep(
        &self,
        x: Sequence,
        state: Option<Self::State>,
        zero_output_for_mask: bool,
    ) -> RecurrentOutput<Self::State>;

    /// Rows of the state that a stateful layer keeps from the call before.
    fn kept_batch_size(&self) -> Option<usize>;

    /// Forgets the state that a stateful layer keeps.
    fn reset_state(&self);

    /// Runs over sequences from a state of zeros, or from where the last call ended if the layer is stateful.
    ///
    /// # Panics
    /// When the sequences do not fit; [`check`](Self::check) says so before.
    fn forward(&self, x: impl Into<Sequence>) -> RecurrentOutput<Self::State> {
        self.forward_with(x, None)
    }

    /// Runs over sequences `[B, T, I]` from `state` on: Keras's `initial_state`, which goes before a state that is kept.
    ///
    /// # Panics
    /// When the sequences or the state do not fit; [`check`](Self::check) says so before.
    fn forward_with(&self, x: impl Into<Sequence>, state: Option<Self::State>) -> RecurrentOutput<Self::State> {
        let x = x.into();
        if let Err(error) = self.check(&x, state.as_ref()) {
            panic!("{error}");
        }
        self.run(x, state)
    }

    /// As [`forward_with`](Self::forward_with), for shapes that were checked.
    fn run(&self, x: Sequence, state: Option<Self::State>) -> RecurrentOutput<Self::State> {
        let options = self.options();
        let mut output = self.sweep(x, state, options.zero_output_for_mask);
        if options.zero_output_for_mask {
            output.last = output.sequence.zero_where_it_ends_masked(output.last, options.go_backwards);
        }
        if options.go_backwards { output.reversed() } else { output }
    }

    /// A state from PyTorch's `h_n` and, for an LSTM, `c_n`, both `[L·D, B, H]`; [`RecurrentState::h_n`] is the way back.
    ///
    /// # Errors
    /// When the sizes are not those of the layer, or `c_n` is missing or of no use.
    fn state_from(&self, h_n: Tensor<3>, c_n: Option<Tensor<3>>) -> Result<Self::State, SequenceError> {
        let zeros = self.zero_state(h_n.dims()[1], &h_n.device());
        state_like(zeros, h_n, c_n)
    }

    /// Whether the layer can run over `x` from `state` on.
    ///
    /// # Errors
    /// When there is no sequence or no step, the features are others than the layer's, the mask or the state has another
    /// shape, or a stateful layer keeps the state of another number of sequences.
    fn check(&self, x: &Sequence, state: Option<&Self::State>) -> Result<(), SequenceError> {
        let (shape, expected) = (x.dims(), self.input_size());
        if shape.contains(&0) {
            return Err(SequenceError::Empty { shape });
        }
        if shape[2] != expected {
            return Err(SequenceError::Features { shape, expected });
        }
        x.check()?;
        let found = shape[0];
        match (state, self.kept_batch_size()) {
            (Some(state), _) => check_state(state, &self.zero_state(found, &x.values.device())),
            (None, Some(kept)) if kept != found => Err(SequenceError::StatefulBatch { kept, found }),
            _ => Ok(()),
        }
    }
}

/// The state with the tensors of `h_n` and `c_n` in the places of its own.
fn state_like<S: RecurrentState>(zeros: S, h_n: Tensor<3>, c_n: Option<Tensor<3>>) -> Result<S, SequenceError> {
    for (part, given) in [(StatePart::Hidden, Some(&h_n)), (StatePart::Cell, c_n.as_ref())] {
        let own = zeros.tensors().into_iter().filter(|(kind, _)| *kind == part);
        let sizes: Vec<[usize; 2]> = own.map(|(_, tensor)| tensor.dims()).collect();
        let [parts, batch, hidden] = given.map_or([0, 0, 0], Tensor::dims);
        if parts != sizes.len() {
            return Err(SequenceError::StateParts { found: parts, expected: sizes.len() });
        }
        if let Some(&expected) = sizes.iter().find(|size| **size != [batch, hidden]) {
            return Err(SequenceError::State { found: [batch, hidden], expected });
        }
    }
    let take = |from: &Tensor<3>, next: &mut usize| {
        *next += 1;
        from.clone().narrow(0, *next - 1, 1).squeeze_dim(0)
    };
    let (mut hidden, mut cell) = (0, 0);
    Ok(zeros.map(&mut |part, zeros| match (part, &c_n) {
        (StatePart::Hidden, _) => take(&h_n, &mut hidden),
        (StatePart::Cell, Some(c_n)) => take(c_n, &mut cell),
        (StatePart::Cell, None) => zeros,
    }))
}

fn check_state<S: RecurrentState>(state: &S, zeros: &S) -> Result<(), SequenceError> {
    let (state, zeros) = (state.tensors(), zeros.tensors());
    if state.len() != zeros.len() {
        return Err(SequenceError::StateParts { found: state.len(), expected: zeros.len() });
    }
    for ((_, state), (_, zeros)) in state.iter().zip(&zeros) {
        let (found, expected) = (state.dims(), zeros.dims());
        if found != expected {
            return Err(SequenceError::State { found, expected });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
