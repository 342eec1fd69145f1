//! How much of a loss reaches each step: the vanishing gradient, measured.
//!
//! ```text
//! norm_t = ‖∂L/∂x_t‖₂ = √(Σ_b Σ_f (∂L/∂x[b, t, f])²)          t = 0 .. T − 1
//! ```
//!
//! In a simple recurrent network each step towards the past multiplies the gradient by the same matrix and the slope of
//! the activation, so that it shrinks (or grows) geometrically (Bengio et al., 1994,
//! <https://doi.org/10.1109/72.279181>); the cell state of an LSTM hands it on.

use burn::tensor::Tensor;

/// The norm of the gradient of a loss with respect to the input of each step, T numbers.
///
/// `x` is `[B, T, F]`, without or with autodiff; `loss` takes it on an autodiff device and gives one number, `[1]`. With
/// a loss of the last output alone, the last number is the norm at distance 0, the one before at distance 1, and so on.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_rnn::{LstmConfig, RecurrentConfig, RecurrentLayer, gradient_norms};
///
/// let device = Device::flex().autodiff();
/// let lstm = LstmConfig::new(8).init(3, &device);
/// let x = Tensor::<3>::ones([2, 20, 3], &device);
/// let norms = gradient_norms(x, |x| lstm.forward(x).last.sum());
/// assert_eq!(norms.len(), 20);
/// assert!(norms[0] < norms[19]); // what came first counts least
/// ```
///
/// # Panics
/// When x holds nothing, or the loss does not depend on it.
pub fn gradient_norms(x: Tensor<3>, loss: impl FnOnce(Tensor<3>) -> Tensor<1>) -> Vec<f64> {
    let shape = x.dims();
    assert!(!shape.contains(&0), "gradient_norms of x {shape:?}: each size must be at least 1, [B, T, F]");
    let x = x.inner().autodiff().require_grad();
    let gradients = loss(x.clone()).backward();
    let gradient = x.grad(&gradients).expect("gradient_norms: the loss must depend on x");
    let squares = gradient.powi_scalar(2).sum_dim(2).sum_dim(0);
    squares.sqrt().into_data().iter::<f64>().collect()
}

#[cfg(test)]
mod tests {
    use burn::module::Param;
    use burn::tensor::Device;

    use firebrick_layers::Mask;

    use super::*;
    use crate::keras_fixture::{formula, input};
    use crate::{LstmConfig, RecurrentConfig, RecurrentLayer, Sequence, SimpleRnnConfig};

    #[test]
    fn the_norms_are_those_of_a_gradient_written_by_hand() {
        let device = Device::flex().autodiff();
        let x = Tensor::<3>::ones([2, 3, 2], &device);
        let weights = [[[3.0, 4.0], [0.0; 2], [1.0, 0.0]], [[0.0; 2], [0.0; 2], [0.0, 2.0]]];
        let weights = Tensor::<3>::from_floats(weights, &device);
        let norms = gradient_norms(x, |x| (x * weights).sum());
        assert_eq!(norms, [5.0, 0.0, f64::from(5f32.sqrt())]);
    }

    #[test]
    fn the_gradient_of_a_simple_layer_vanishes_where_that_of_an_lstm_goes_on() {
        let device = Device::flex().autodiff();
        let x = input([4, 40, 3], &device);
        let share = |norms: Vec<f64>| norms[0] / norms[39];
        let simple = SimpleRnnConfig::new(16).init(3, &device);
        let mut lstm = LstmConfig::new(16).init(3, &device);
        let open = |index: usize| if (16..32).contains(&index) { 5.0 } else { 0.0 };
        lstm.weights.bias = Some(Param::from_tensor(formula([64], &device, |index| open(index as usize))));
        let simple = share(gradient_norms(x.clone(), |x| simple.forward(x).last.sum()));
        let lstm = share(gradient_norms(x, |x| lstm.forward(x).last.sum()));
        assert!(simple < 0.01 && lstm > 0.1, "simple {simple:e}, lstm {lstm:e}");
    }

    #[test]
    fn steps_that_do_not_count_get_nothing() {
        let device = Device::flex().autodiff();
        let lstm = LstmConfig::new(4).init(3, &device);
        let mask = Mask::from_lengths(&[2, 3], 5, &device).unwrap();
        let loss = |x| lstm.forward(Sequence::masked(x, mask)).last.sum();
        let norms = gradient_norms(Tensor::ones([2, 5, 3], &device), loss);
        assert!(norms[..3].iter().all(|norm| *norm > 0.0), "{norms:?}");
        assert_eq!(norms[3..], [0.0, 0.0]);
    }
}
