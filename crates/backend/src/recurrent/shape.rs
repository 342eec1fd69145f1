//! The shapes of one call, checked.

use super::{Call, Cell};

impl Call {
    /// Checks the tensors of the call; the state is checked before its parts are joined.
    ///
    /// # Panics
    ///
    /// When they do not fit.
    pub(super) fn check(&self) {
        let (x, w, u) = (self.x.dims(), self.weights.input.dims(), self.weights.recurrent.dims());
        check_weights(self.cell, x, w, u);
        let name = self.cell.name();
        let cols = w[1];
        for (bias, what) in [(&self.weights.bias, "bias"), (&self.weights.recurrent_bias, "recurrent bias")] {
            let len = bias.as_ref().map_or(cols, |bias| bias.dims()[0]);
            assert!(
                len == cols,
                "{name} of x {x:?} with input weights {w:?}: {what} [{len}] must be [{cols}], one value per column \
                 of the weights",
            );
        }
        if let Some(mask) = &self.steps.mask {
            let (mask, expected) = (mask.dims(), [x[0], x[1]]);
            assert!(
                mask == expected,
                "{name} of x {x:?} with mask {mask:?}: the mask must be {expected:?}, one value per step"
            );
        }
    }
}

fn check_weights(cell: Cell, x: [usize; 3], w: [usize; 2], u: [usize; 2]) {
    let shapes = || format!("{} of x {x:?} with input weights {w:?} and recurrent weights {u:?}", cell.name());
    let gates = cell.gates();
    assert!(x[1] > 0, "{}: x must have at least one step", shapes());
    assert!(x[2] > 0 && u[0] > 0, "{}: the features of x and the hidden size must be at least 1", shapes());
    assert!(w[0] == x[2], "{}: dimension 0 of the input weights must be the features of x, {}", shapes(), x[2]);
    assert!(
        u[1] == gates * u[0],
        "{}: the recurrent weights must be [H, {gates}·H] for the {gates} gates of {cell:?}",
        shapes()
    );
    assert!(w[1] == u[1], "{}: both weights must have the same number of columns", shapes());
}

/// Checks a part of the initial state.
///
/// # Panics
///
/// When it does not fit.
pub(super) fn check_state(cell: Cell, what: &str, state: [usize; 2], x: [usize; 3], u: [usize; 2]) {
    let expected = [x[0], u[0]];
    assert!(
        state == expected,
        "{} of x {x:?} with recurrent weights {u:?}: the initial {what} state {state:?} must be {expected:?}, \
         batch by hidden size",
        cell.name(),
    );
}
