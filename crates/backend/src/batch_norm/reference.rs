//! The reference: batch normalisation in Burn's own operations, for any backend and for Burn's `Dispatch`. What a kernel
//! computes must agree with it.

use burn::backend::ops::ModuleOps;
use burn::backend::{Backend, TensorMetadata, tensor::FloatTensor};
use burn::tensor::Shape;

use super::{BatchNormGradients, BatchNormInputs, BatchNormOptions, Statistics};
use crate::activation;
use crate::values::Values;

/// The gradients of x, γ and β; `None` where none was wanted.
pub(crate) type Gradients<B> = (Option<FloatTensor<B>>, Option<FloatTensor<B>>, Option<FloatTensor<B>>);

/// y, μ and σ² by the batch.
///
/// On an autodiff backend, and on `Dispatch` with autodiff tensors, Burn's own gradient applies.
pub(crate) fn by_batch<B: Backend>(
    x: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
    options: BatchNormOptions,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let batch = <B as ModuleOps<B>>::batch_norm_train(x, gamma, beta, options.epsilon);
    (activated::<B>(batch.output, options), batch.mean, batch.variance)
}

/// y by a given mean and variance.
pub(crate) fn given<B: Backend>(
    x: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
    statistics: Statistics<B>,
    options: BatchNormOptions,
) -> FloatTensor<B> {
    let Statistics { mean, variance } = statistics;
    let output = <B as ModuleOps<B>>::batch_norm(x, gamma, beta, mean, variance, options.epsilon);
    activated::<B>(output, options)
}

fn activated<B: Backend>(output: FloatTensor<B>, options: BatchNormOptions) -> FloatTensor<B> {
    match options.activation {
        Some(activation) => activation::reference::forward::<B>(output, activation),
        None => output,
    }
}

/// The gradients that `wanted` names, given that of the output.
pub(crate) fn backward<B: Backend>(
    inputs: BatchNormInputs<B>,
    output_grad: FloatTensor<B>,
    options: BatchNormOptions,
    wanted: BatchNormGradients,
) -> Gradients<B> {
    let BatchNormInputs { x, output, gamma, statistics } = inputs;
    let dz = match (options.activation, output.into_option()) {
        (Some(activation), Some(output)) => activation::reference::backward::<B>(output, output_grad, activation),
        _ => output_grad,
    };
    let channels = Channels::of::<B>(&x);
    let deviation = Values::<B>(B::float_sqrt(B::float_add_scalar(statistics.variance, options.epsilon.into())));
    let per_std = channels.spread(Values::<B>(B::float_recip(deviation.0)));
    let normalised = (Values::<B>(x) - channels.spread(Values::<B>(statistics.mean))) * per_std.clone();
    let dz = Values::<B>(dz);
    let dgamma = channels.sum(dz.clone() * normalised.clone());
    let dbeta = channels.sum(dz.clone());

    let dx = wanted.x.then(|| {
        let share = 1.0 / channels.numbers as f64;
        let inner = match wanted.through_statistics {
            true => {
                let mean = channels.spread(dbeta.clone()).times(share);
                dz - mean - normalised * channels.spread(dgamma.clone()).times(share)
            }
            false => dz,
        };
        (inner * channels.spread(Values::<B>(gamma)) * per_std).0
    });
    (dx, wanted.gamma.then_some(dgamma.0), wanted.beta.then_some(dbeta.0))
}

/// How what each channel has is spread over `[B, C, ...]`.
struct Channels {
    count: usize,
    axes: usize,
    /// Numbers of a channel.
    numbers: usize,
}

impl Channels {
    fn of<B: Backend>(x: &FloatTensor<B>) -> Self {
        let shape = x.shape();
        let count = shape[1];
        Self { count, axes: shape.num_dims(), numbers: shape.num_elements() / count.max(1) }
    }

    /// `[C]` -> `[1, C, 1, ...]`.
    fn spread<B: Backend>(&self, values: Values<B>) -> Values<B> {
        let mut dims = vec![1; self.axes];
        dims[1] = self.count;
        Values(B::float_reshape(values.0, Shape::from(dims)))
    }

    /// `[B, C, ...]` -> `[C]`.
    fn sum<B: Backend>(&self, values: Values<B>) -> Values<B> {
        let axes = (0..self.axes).filter(|axis| *axis != 1);
        let sum = axes.fold(values.0, B::float_sum_dim);
        Values(B::float_reshape(sum, Shape::new([self.count])))
    }
}
