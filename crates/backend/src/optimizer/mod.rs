//! One step of an optimiser for one parameter, in one pass over its numbers.
//!
//! With θ the parameter, g its gradient, η the learning rate, λ the weight decay and t the number of the step, from 1:
//!
//! ```text
//! Adam (Kingma & Ba, 2015), AdamW (Loshchilov & Hutter, 2019), AMSGrad (Reddi et al., 2018)
//! g ← g + λ·θ                            with an L2 penalty
//! m ← β₁·m + (1 − β₁)·g
//! v ← β₂·v + (1 − β₂)·g²
//! v̂ = v, or with AMSGrad the largest v so far
//! θ ← (1 − η·λ)·θ                        with decoupled weight decay
//! θ ← θ − η · (r/(1 − β₁ᵗ))·m / (√v̂ + r·ε),   r = √(1 − β₂ᵗ)
//!
//! SGD with momentum μ, dampening τ (Sutskever et al., 2013, for Nesterov's)
//! g ← g + λ·θ
//! u ← μ·u + (1 − τ)·g                    at first u ← g
//! θ ← θ − η·u, with Nesterov's momentum θ ← θ − η·(g + μ·u), without momentum θ ← θ − η·g
//! ```
//!
//! All tensors have the parameter's shape. Nothing here is differentiated: optimisers work on plain tensors.
//!
//! A *lazy* step leaves the rows alone whose gradient is zero throughout, a row being what one index of the first axis
//! selects: neither their moments fade nor their weights decay. For the rows of an embedding that a batch did not look up
//! this saves most of the pass, and it is what sparse optimisers do elsewhere (PyTorch's `SparseAdam`); it is not the same
//! as the dense step, in which rows go on moving by their momentum.
//!
//! Sources: <https://arxiv.org/abs/1412.6980>, <https://arxiv.org/abs/1711.05101>,
//! <https://openreview.net/forum?id=ryQu7f-RZ>, <https://proceedings.mlr.press/v28/sutskever13.html>.

mod adam;
#[cfg(feature = "flex")]
pub(crate) mod flex;
pub(crate) mod reference;
mod sgd;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::{Backend, OptionalTensor, route};

pub use adam::{AdamMoments, AdamStep, Decay, Moments};
pub use sgd::SgdStep;

/// One step of Adam: the new parameter and the new moments, by the formula of [this module](self).
///
/// On Flex with 32-bit floats it is one pass, shared by the threads for large parameters. The moments are renewed in
/// place where nobody else holds them; the new parameter takes the place of the old one, or of the gradient where the old
/// one is still held.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_backend::{AdamStep, Moments, adam_update};
///
/// let device = Device::flex();
/// let weight = Tensor::<1>::ones([3], &device);
/// let gradient = Tensor::<1>::from_floats([0.5, -2.0, 0.0], &device);
/// let moments = Moments::zeros_like(&weight, false);
///
/// let (weight, _moments) = adam_update(weight, gradient, moments, AdamStep::new(0.1, 1));
/// let weight: Vec<f32> = weight.into_data().try_to_vec().unwrap();
/// assert!((weight[0] - 0.9).abs() < 1e-4 && (weight[1] - 1.1).abs() < 1e-4 && weight[2] == 1.0);
/// ```
///
/// # Panics
///
/// When the shapes differ; the message shows both.
pub fn adam_update<const D: usize>(
    parameter: Tensor<D>,
    gradient: Tensor<D>,
    moments: Moments<D>,
    step: AdamStep,
) -> (Tensor<D>, Moments<D>) {
    let shape = parameter.dims();
    check("gradient", shape, &gradient);
    check("first moment", shape, &moments.first);
    check("second moment", shape, &moments.second);
    moments.largest.iter().for_each(|largest| check("largest second moment", shape, largest));

    let parameter = route::into_float(parameter);
    let gradient = route::into_float(gradient);
    let moments = moments.into_primitives();
    let (parameter, moments) = if route::is_listed(&parameter) {
        <Dispatch as Backend>::adam_update(parameter, gradient, moments, step)
    } else {
        reference::adam::<Dispatch>(parameter, gradient, moments, &step)
    };
    (Tensor::from_dispatch(parameter), Moments::from_primitives(moments))
}

/// One step of stochastic gradient descent: the new parameter and the new velocity, by the formula of
/// [this module](self). The velocity is `None` at the first step, and always without momentum.
///
/// Memory is used as by [`adam_update`].
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_backend::{SgdStep, sgd_update};
///
/// let device = Device::flex();
/// let weight = Tensor::<1>::ones([2], &device);
/// let gradient = Tensor::<1>::from_floats([0.5, -2.0], &device);
/// let (weight, velocity) = sgd_update(weight, gradient, None, SgdStep::new(0.1).with_momentum(0.9));
/// assert_eq!(weight.into_data().try_to_vec::<f32>().unwrap(), [0.95, 1.2]);
/// assert!(velocity.is_some());
/// ```
///
/// # Panics
///
/// When the shapes differ; the message shows both.
pub fn sgd_update<const D: usize>(
    parameter: Tensor<D>,
    gradient: Tensor<D>,
    velocity: Option<Tensor<D>>,
    step: SgdStep,
) -> (Tensor<D>, Option<Tensor<D>>) {
    let shape = parameter.dims();
    check("gradient", shape, &gradient);
    velocity.iter().for_each(|velocity| check("velocity", shape, velocity));

    let parameter = route::into_float(parameter);
    let gradient = route::into_float(gradient);
    let velocity = OptionalTensor::from(velocity.map(route::into_float));
    let (parameter, velocity) = if route::is_listed(&parameter) {
        <Dispatch as Backend>::sgd_update(parameter, gradient, velocity, step)
    } else {
        reference::sgd::<Dispatch>(parameter, gradient, velocity, &step)
    };
    (Tensor::from_dispatch(parameter), velocity.into_option().map(Tensor::from_dispatch))
}

fn check<const D: usize>(what: &str, shape: [usize; D], tensor: &Tensor<D>) {
    let found = tensor.dims();
    assert!(found == shape, "optimiser: the {what} {found:?} must have the parameter's shape {shape:?}");
}
