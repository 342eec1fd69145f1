//! Spectral normalisation of the discriminator (Miyato et al., 2018, <https://arxiv.org/abs/1802.05957>).
//!
//! ```text
//! W̄ = W / σ(W)        σ(W) = uᵀWv,    v ← Wᵀu/‖Wᵀu‖,  u ← Wv/‖Wv‖        u, v constants for the gradient
//! ```
//!
//! W is the weight as a matrix of its first axis by all others. The paper keeps u from step to step and takes one turn; here u
//! begins anew each time with the sums of W's rows and takes [`TURNS`], which costs little beside a convolution and leaves
//! nothing that a checkpoint would have to hold.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;

use crate::Discriminator;

/// Turns of the power method.
const TURNS: usize = 8;
/// Keeps a weight of zeros from dividing by zero.
const TINY: f64 = 1e-12;

/// The discriminator with each weight divided by its largest singular value. The gradients of its output reach the weights of the
/// one that was given; biases, norms and the classes' planes stay as they are.
pub(super) fn normalised(discriminator: &Discriminator) -> Discriminator {
    let Discriminator { network, classes } = discriminator.clone();
    Discriminator { network: network.map(&mut Normalise), classes }
}

struct Normalise;

impl ModuleMapper for Normalise {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if D < 2 {
            return parameter;
        }
        let (id, weight) = (parameter.id, parameter.val());
        let norm = spectral_norm(weight.clone()).reshape([1; D]);
        Param::initialized(id, weight / (norm + TINY))
    }
}

/// σ(W), `[1]`, with the gradient of W.
fn spectral_norm<const D: usize>(weight: Tensor<D>) -> Tensor<1> {
    let rows = weight.dims()[0];
    let matrix = weight.reshape([rows as i32, -1]);
    let constant = matrix.clone().detach();
    let mut left = unit(constant.clone().sum_dim(1));
    let mut right = unit(constant.clone().transpose().matmul(left.clone()));
    for _ in 0..TURNS {
        left = unit(constant.clone().matmul(right));
        right = unit(constant.clone().transpose().matmul(left.clone()));
    }
    left.transpose().matmul(matrix).matmul(right).reshape([1])
}

fn unit(vector: Tensor<2>) -> Tensor<2> {
    let norm = vector.clone().square().sum().sqrt().reshape([1, 1]);
    vector / (norm + TINY)
}

#[cfg(test)]
mod tests {
    use burn::optim::GradientsParams;
    use burn::tensor::{Device, Distribution};
    use firebrick_layers::{build::*, sequential};

    use super::*;

    #[test]
    fn the_norm_is_the_largest_singular_value_and_a_weight_comes_out_with_one() {
        let device = Device::flex();
        let weight = Tensor::<2>::from_floats([[3.0, 0.0, 0.0], [0.0, -2.0, 0.5]], &device);
        assert!((spectral_norm(weight).into_scalar::<f32>() - 3.0).abs() < 1e-3);
        let weight = Tensor::<4>::random([5, 3, 2, 2], Distribution::Normal(0.0, 1.0), &device);
        let norm = spectral_norm(weight.clone()).into_scalar::<f32>();
        let again = spectral_norm(weight / norm).into_scalar::<f32>();
        assert!((again - 1.0).abs() < 1e-5, "{again}");
        assert!(spectral_norm(Tensor::<2>::zeros([2, 2], &device)).into_scalar::<f32>() == 0.0);
    }

    #[test]
    fn a_normalised_discriminator_does_not_care_how_large_its_weights_are_and_they_still_learn() {
        let device = Device::flex().autodiff();
        let layers = sequential![conv2d(4, 3).with_bias(false), flatten(), dense(1).with_bias(false)];
        let network = layers.init(&[1, 4, 4], &device).unwrap();
        let discriminator = Discriminator::new(network, None);
        struct Twice;
        impl ModuleMapper for Twice {
            fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
                parameter.map(|value| (value * 2.0).detach().require_grad())
            }
        }
        let pictures = Tensor::<4>::random([3, 1, 4, 4], Distribution::Normal(0.0, 1.0), &device);
        let logits = normalised(&discriminator).forward(pictures.clone(), None);
        let of_larger = normalised(&discriminator.clone().map(&mut Twice)).forward(pictures, None);
        let apart = (logits.clone() - of_larger).abs().max().into_scalar::<f32>();
        assert!(apart < 1e-5, "{apart}");
        let gradients = GradientsParams::from_module(&mut logits.square().sum().backward(), &discriminator);
        assert_eq!(gradients.len(), 2, "both weights have a gradient");
    }
}
