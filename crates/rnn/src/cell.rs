//! What a recurrent cell is: one step, and the state that it hands to the next.
//!
//! ```text
//! y_t, s_t = step(x_t, s_{t-1})          x_t [B, I]    y_t [B, O]    s_t: tensors [B, size], one for each state size
//! ```
//!
//! The contract is that of Keras's cells (`call`, `state_size`, `output_size`, `get_initial_state`).

use burn::module::{Module, ModuleDisplay};
use burn::tensor::{Bool, Device, Tensor};
use firebrick_layers::Rule;

use crate::RecurrentState;

/// A recurrent cell: what [`Rnn`](crate::Rnn) runs over sequences and [`StackedRnnCells`](crate::StackedRnnCells)
/// stacks.
///
/// A cell of one's own states its sizes, its first state and its step:
///
/// ```
/// use burn::module::{Module, Param};
/// use burn::tensor::{Device, Tensor};
/// use firebrick_rnn::{RecurrentCell, RecurrentLayer, Rnn};
///
/// /// h_t = x_t·W + h_{t-1}·U
/// #[derive(Module, Debug)]
/// struct MinimalCell {
///     kernel: Param<Tensor<2>>,
///     recurrent_kernel: Param<Tensor<2>>,
/// }
///
/// impl RecurrentCell for MinimalCell {
///     type State = Tensor<2>;
///
///     fn input_size(&self) -> usize {
///         self.kernel.dims()[0]
///     }
///
///     fn state_sizes(&self) -> Vec<usize> {
///         vec![self.recurrent_kernel.dims()[0]]
///     }
///
///     fn initial_state(&self, batch: usize, device: &Device) -> Tensor<2> {
///         Tensor::zeros([batch, self.output_size()], device)
///     }
///
///     fn step(&self, x: Tensor<2>, state: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
///         let hidden = x.matmul(self.kernel.val()) + state.matmul(self.recurrent_kernel.val());
///         (hidden.clone(), hidden)
///     }
/// }
///
/// let device = Device::flex();
/// let cell = MinimalCell {
///     kernel: Param::from_tensor(Tensor::ones([3, 4], &device)),
///     recurrent_kernel: Param::from_tensor(Tensor::zeros([4, 4], &device)),
/// };
/// let output = Rnn::new(cell).forward(Tensor::<3>::ones([2, 5, 3], &device));
/// assert_eq!(output.sequence.dims(), [2, 5, 4]);
/// assert_eq!(output.state.sum().into_scalar::<f32>(), 3.0 * 2.0 * 4.0);
/// ```
pub trait RecurrentCell: Module + ModuleDisplay {
    /// What is carried from one step to the next: one tensor, a pair, a list, or a type of one's own.
    type State: RecurrentState;

    /// I, the features of a step.
    fn input_size(&self) -> usize;

    /// The width of each tensor of the state, in the order of [`RecurrentState::tensors`].
    fn state_sizes(&self) -> Vec<usize>;

    /// The state before the first step where none is given, commonly zeros.
    fn initial_state(&self, batch: usize, device: &Device) -> Self::State;

    /// One step: what [`project`](Self::project) made of the input, `[B, P]`, and the state before give the output
    /// `[B, O]` and the state after.
    fn step(&self, x: Tensor<2>, state: Self::State) -> (Tensor<2>, Self::State);

    /// O, the features of an output. Default: the width of the state's first tensor, as in Keras.
    fn output_size(&self) -> usize {
        self.state_sizes().first().copied().unwrap_or_default()
    }

    /// The part of the step that does not need the state, for many steps at once: `[N, I]` to `[N, P]`. Default: the
    /// input itself, so P = I.
    ///
    /// A product with the input's weights belongs here: one large product instead of a small one in every step.
    fn project(&self, x: Tensor<2>) -> Tensor<2> {
        x
    }

    /// What the masked steps put out that come before the first that counts, `[B, O]`, given the state in which the
    /// sequence begins. Default: zeros, as Keras does on TensorFlow and PyTorch. Cells whose output is a part of their
    /// state give that part, as Keras does on JAX.
    fn initial_output(&self, state: &Self::State) -> Tensor<2> {
        let first = state.tensors().into_iter().next();
        let (_, first) = first.expect("a state has at least one tensor");
        Tensor::zeros([first.dims()[0], self.output_size()], &first.device())
    }
}

/// The configuration of a [`RecurrentCell`], from which [`RnnConfig`](crate::RnnConfig) makes a layer and
/// [`StackedRnnCellsConfig`](crate::StackedRnnCellsConfig) a stack.
pub trait RecurrentCellConfig: Clone + std::fmt::Debug {
    /// The cell.
    type Cell: RecurrentCell;

    /// O, the features of an output.
    fn output_size(&self) -> usize;

    /// Numbers in the parameters of the cell over `input_size` features.
    fn num_params(&self, input_size: usize) -> usize;

    /// Whether the cell can be made for `input_size` features.
    ///
    /// # Errors
    /// When a size is 0 or a setting impossible.
    fn check(&self, input_size: usize) -> Result<(), Rule>;

    /// Makes the cell for `input_size` features.
    ///
    /// # Panics
    /// When a setting is impossible; [`check`](Self::check) says so before.
    fn init(&self, input_size: usize, device: &Device) -> Self::Cell;
}

/// `next` in the rows whose step counts, `before` in those where it is masked: by selection, so that neither NaN nor a
/// gradient passes from the other.
pub(crate) fn carry<S: RecurrentState>(next: S, before: &S, masked: &Tensor<1, Bool>) -> S {
    let mut before = before.tensors().into_iter();
    next.map(&mut |_, next| {
        let (_, before) = before.next().expect("a state has the same tensors after each step");
        select(next, before, masked)
    })
}

/// Row b of `before` where `masked[b]`, of `next` elsewhere; both `[B, ..]`.
pub(crate) fn select<const D: usize>(next: Tensor<D>, before: Tensor<D>, masked: &Tensor<1, Bool>) -> Tensor<D> {
    let masked = spread(masked, next.dims());
    next.mask_where(masked, before)
}

/// Zeros in row b where `masked[b]`.
pub(crate) fn zero_rows<const D: usize>(values: Tensor<D>, masked: &Tensor<1, Bool>) -> Tensor<D> {
    let masked = spread(masked, values.dims());
    values.mask_fill(masked, 0.0)
}

/// One value for each row, over a shape `[B, ..]`.
fn spread<const D: usize>(rows: &Tensor<1, Bool>, shape: [usize; D]) -> Tensor<D, Bool> {
    let mut column = [1; D];
    column[0] = shape[0];
    rows.clone().reshape(column).expand(shape)
}

#[cfg(test)]
mod tests {
    use firebrick_backend::LstmState;

    use super::*;

    #[test]
    fn masked_rows_keep_every_tensor_of_the_state_before_and_nan_does_not_pass() {
        let device = Device::flex();
        let full = |value: f32| Tensor::<2>::full([2, 2], value, &device);
        let state = |hidden, cell, list| (LstmState { hidden: full(hidden), cell: full(cell) }, vec![full(list)]);
        let masked = Tensor::from_data([true, false], &device);
        let carried = carry(state(f32::NAN, 1.0, 2.0), &state(5.0, 6.0, 7.0), &masked);

        let values = |tensor: Tensor<2>| tensor.into_data().try_to_vec::<f32>().unwrap();
        let tensors: Vec<_> = carried.tensors().into_iter().map(|(_, tensor)| values(tensor)).collect();
        let [hidden, cell, list] = tensors.try_into().unwrap();
        assert_eq!(hidden[..2], [5.0, 5.0]);
        assert!(hidden[2..].iter().all(|value| value.is_nan()));
        assert_eq!(cell, [6.0, 6.0, 1.0, 1.0]);
        assert_eq!(list, [7.0, 7.0, 2.0, 2.0]);
    }
}
