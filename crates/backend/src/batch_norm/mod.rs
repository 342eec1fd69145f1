//! Batch normalisation (Ioffe & Szegedy, 2015, <https://arxiv.org/abs/1502.03167>), with an activation.
//!
//! ```text
//! z = γ·x̂ + β,  x̂ = (x − μ)/s,  s = √(σ² + ε)        y = f(z)
//!
//! x, y          [B, C, ...]
//! γ, β, μ, σ²   [C]        μ and σ² of the batch, over n = B·(...) numbers, or given
//! ```
//!
//! The backward pass, with dz = f'(z)·dy and sums over the n numbers of a channel:
//!
//! ```text
//! dβ = Σ dz        dγ = Σ dz·x̂
//! dx = γ/s·(dz − dβ/n − x̂·dγ/n)        where μ and σ² are those of the batch
//! dx = γ/s·dz                          where they are given
//! ```

pub(crate) mod autodiff;
#[cfg(feature = "flex")]
pub(crate) mod flex;
mod inputs;
pub(crate) mod reference;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::{Backend, route};

pub use inputs::{BatchNormGradients, BatchNormInputs, BatchNormOptions, Statistics};

/// What [`batch_norm_train`] gives.
#[derive(Clone, Debug)]
pub struct BatchNormTrain<const D: usize> {
    /// y `[B, C, ...]`.
    pub output: Tensor<D>,
    /// μ `[C]`, without a gradient.
    pub mean: Tensor<1>,
    /// σ² `[C]`, over n, without a gradient.
    pub variance: Tensor<1>,
}

/// Normalises `x` `[B, C, ...]` by the mean and the variance of the batch, and gives both, for running ones.
///
/// The formula is that of [this module](self). Runs on any device, and differentiates with respect to `x`, `gamma` `[C]` and
/// `beta` `[C]` on an autodiff device: by hand in two passes. On Flex with 32-bit floats a kernel of this crate does the work;
/// equal input gives equal bytes, whatever the number of threads.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_backend::{BatchNormOptions, batch_norm_train};
///
/// let device = Device::flex();
/// let x = Tensor::<2>::from_floats([[1.0, 0.0], [3.0, 4.0]], &device);
/// let (gamma, beta) = (Tensor::ones([2], &device), Tensor::zeros([2], &device));
/// let batch = batch_norm_train(x, gamma, beta, BatchNormOptions::new(1e-5));
/// assert_eq!(batch.mean.into_data().try_to_vec::<f32>().unwrap(), [2.0, 2.0]);
/// assert_eq!(batch.variance.into_data().try_to_vec::<f32>().unwrap(), [1.0, 4.0]);
/// ```
///
/// # Panics
///
/// When `x` has fewer than two axes or no numbers, or γ or β do not have its channels; the message shows the shapes. When
/// the gradient of the activation needs its input ([`Activation::needs_input`](crate::Activation::needs_input)).
pub fn batch_norm_train<const D: usize>(
    x: Tensor<D>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    options: BatchNormOptions,
) -> BatchNormTrain<D> {
    check(&x, [&gamma, &beta], &options);
    assert!(x.dims().iter().product::<usize>() > 0, "batch norm of {:?}: an empty batch has no mean", x.dims());
    let [x, gamma, beta] = [route::into_float(x), route::into_float(gamma), route::into_float(beta)];
    let (output, mean, variance) = if route::is_listed(&x) {
        <Dispatch as Backend>::batch_norm_by_batch(x, gamma, beta, options)
    } else {
        reference::by_batch::<Dispatch>(x, gamma, beta, options)
    };
    let [mean, variance] = [mean, variance].map(|statistics| Tensor::from_dispatch(statistics).detach());
    BatchNormTrain { output: Tensor::from_dispatch(output), mean, variance }
}

/// Normalises `x` `[B, C, ...]` by a given mean and variance, both `[C]`, which get no gradient. As [`batch_norm_train`] for
/// the rest.
///
/// # Panics
///
/// As [`batch_norm_train`], but for an empty batch.
pub fn batch_norm<const D: usize>(
    x: Tensor<D>,
    [gamma, beta]: [Tensor<1>; 2],
    [mean, variance]: [Tensor<1>; 2],
    options: BatchNormOptions,
) -> Tensor<D> {
    check(&x, [&gamma, &beta], &options);
    check(&x, [&mean, &variance], &options);
    let x = route::into_float(x);
    let [gamma, beta, mean, variance] = [gamma, beta, mean.detach(), variance.detach()].map(route::into_float);
    let output = if route::is_listed(&x) {
        <Dispatch as Backend>::batch_norm_given(x, gamma, beta, Statistics { mean, variance }, options)
    } else {
        reference::given::<Dispatch>(x, gamma, beta, Statistics { mean, variance }, options)
    };
    Tensor::from_dispatch(output)
}

fn check<const D: usize>(x: &Tensor<D>, of_channels: [&Tensor<1>; 2], options: &BatchNormOptions) {
    assert!(D >= 2, "batch norm of {:?}: there must be a batch and channels", x.dims());
    for tensor in of_channels {
        assert!(
            tensor.dims() == [x.dims()[1]],
            "batch norm of {:?}: what each channel has must be [{}], not {:?}",
            x.dims(),
            x.dims()[1],
            tensor.dims()
        );
    }
    let takes_output = options.activation.is_none_or(|activation| !activation.needs_input());
    assert!(takes_output, "batch norm: the gradient of {:?} needs its input; apply it afterwards", options.activation);
}
