//! Penalties on the discriminator's slope, whose gradient is a second derivative, with first-order autodiff.
//!
//! ```text
//! g_i = ∂D(x_i)/∂x_i,   n_i = ‖g_i‖,   u_i = g_i / n_i
//! gradient penalty   P = λ·m((n_i − 1)²)     x_i = α_i·real_i + (1 − α_i)·fake_i,   α_i ~ U(0, 1)      Gulrajani et al., 2017
//! R1                 P = γ/2·m(n_i²)         x_i = real_i                                             Mescheder et al., 2018
//!
//! ∂P/∂θ = Σ_i c_i·∂n_i/∂θ,        c_i = ∂P/∂n_i = 2λ·(n_i − 1)/B     or     γ·n_i/B
//! ∂n_i/∂θ = u_iᵀ·∂g_i/∂θ = ∂/∂θ [d/dε D(x_i + ε·u_i)] at ε = 0         because u_i·u_i = 1 turns with θ at a right angle to itself
//!         ≈ ∂/∂θ [D(x_i + h·u_i) − D(x_i − h·u_i)] / 2h               error O(h²)
//! ```
//!
//! So the gradient of the penalty is that of a sum of ordinary forward passes: one backward pass for g, and one over the pictures
//! moved a little to both sides along u, with the weights c_i/2h and −c_i/2h. h is [`STEP`]: in 32 bits the two errors, of the
//! difference and of rounding, are about equal there, 10⁻⁴ of the gradient. The test holds the result against PyTorch's double
//! backward and finite differences of P, both in 64 bits.
//!
//! (<https://arxiv.org/abs/1704.00028>, <https://arxiv.org/abs/1801.04406>)

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Distribution, Int, Tensor};
use serde::{Deserialize, Serialize};

use crate::Discriminator;

/// How far pictures are moved along the slope, in units of a picture's values; a picture has as many as it has pixels.
const STEP: f64 = 1e-2;
/// Slopes below are none: the gradient of a norm has no direction there.
const TINY: f64 = 1e-12;

/// A penalty on the discriminator's slope.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "name", deny_unknown_fields)]
pub enum Penalty {
    /// The slope between real pictures and fakes is to be 1 (WGAN-GP); λ is 10 in the paper.
    Gradient {
        /// λ.
        weight: f64,
    },
    /// The slope at real pictures is to be small; γ is 10 in the paper.
    R1 {
        /// γ.
        weight: f64,
    },
}

impl Penalty {
    /// λ or γ.
    pub fn weight(self) -> f64 {
        match self {
            Self::Gradient { weight } | Self::R1 { weight } => weight,
        }
    }

    /// Where the slope is measured, `[B, C, H, W]`.
    pub fn points(self, real: Tensor<4>, fakes: Tensor<4>) -> Tensor<4> {
        match self {
            Self::R1 { .. } => real,
            Self::Gradient { .. } => {
                let share = Tensor::random([real.dims()[0], 1, 1, 1], Distribution::Uniform(0.0, 1.0), &real.device());
                real * share.clone() + fakes * (-share + 1.0)
            }
        }
    }

    /// P and ∂P/∂n, from n, all `[B]`.
    fn of(self, norms: Tensor<1>) -> (Tensor<1>, Tensor<1>) {
        let count = norms.dims()[0] as f64;
        match self {
            Self::Gradient { weight } => {
                let above = norms - 1.0;
                (above.clone().square().mean() * weight, above * (2.0 * weight / count))
            }
            Self::R1 { weight } => (norms.clone().square().mean() * (weight / 2.0), norms * (weight / count)),
        }
    }
}

/// The penalty, `[1]` without a gradient, and a sum, `[1]`, whose gradient with respect to the discriminator's parameters is the
/// penalty's: what is added to the loss before its backward pass. The sum's own value means nothing.
///
/// The discriminator lies on an autodiff device, and judges each picture by itself (no batch normalisation, no dropout).
///
/// # Panics
/// When the pictures have another shape than the discriminator takes, or do not lie on an autodiff device.
pub fn penalty_gradient(
    penalty: Penalty,
    discriminator: &Discriminator,
    points: Tensor<4>,
    classes: Option<Tensor<1, Int>>,
) -> (Tensor<1>, Tensor<1>) {
    let points = points.detach();
    let [count, ..] = points.dims();
    let leaf = points.clone().require_grad();
    let constant = discriminator.clone().map(&mut Constants);
    let slopes = constant.forward(leaf.clone(), classes.clone()).sum().backward();
    let slope = leaf.grad(&slopes).expect("the logits depend on the pictures");
    let slope = Tensor::from_inner(slope);
    let norms = slope.clone().square().reshape([count as i32, -1]).sum_dim(1).sqrt().reshape([count]);
    let direction = slope / (norms.clone() + TINY).reshape([count, 1, 1, 1]);
    let (value, weights) = penalty.of(norms);

    let step = direction * STEP;
    let moved = Tensor::cat(vec![points.clone() + step.clone(), points - step], 0);
    let classes = classes.map(|classes| Tensor::cat(vec![classes.clone(), classes], 0));
    let weights = weights / (2.0 * STEP);
    let weights = Tensor::cat(vec![weights.clone(), -weights], 0);
    (value, (discriminator.forward(moved, classes) * weights).sum())
}

/// Cuts parameters off, those too that were computed from others.
struct Constants;

impl ModuleMapper for Constants {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        Param::initialized(parameter.id, parameter.val().detach().set_require_grad(false))
    }
}

#[cfg(test)]
mod tests {
    use burn::module::ModuleVisitor;
    use burn::optim::GradientsParams;
    use burn::tensor::{Device, Shape, TensorData};
    use firebrick_layers::{build::*, sequential};
    use serde_json::Value;

    use super::*;

    /// cos(step·i)·scale, as the script has it.
    fn wave<const D: usize>(shape: impl Into<Shape>, step: f64, scale: f64, device: &Device) -> Tensor<D> {
        let shape = shape.into();
        let values: Vec<f32> = (0..shape.num_elements()).map(|i| ((i as f64 * step).cos() * scale) as f32).collect();
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    /// Sets the parameters to the script's formulas, in the order of the module's fields.
    struct Formulas(usize);

    impl ModuleMapper for Formulas {
        fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let step = 0.7 + 0.1 * self.0 as f64;
            self.0 += 1;
            parameter.map(|value| wave::<D>(value.shape(), step, 0.3, &value.device()).require_grad())
        }
    }

    struct Collected<'a>(&'a GradientsParams, Vec<Vec<f64>>);

    impl ModuleVisitor for Collected<'_> {
        fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
            let zeros = || vec![0.0; parameter.val().shape().num_elements()];
            let gradient = self.0.get::<D>(parameter.id);
            self.1.push(gradient.map_or_else(zeros, |gradient| gradient.into_data().iter::<f64>().collect()));
        }
    }

    fn numbers(value: &Value) -> Vec<f64> {
        value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    }

    /// ‖a − b‖ / ‖b‖.
    fn distance(a: &[f64], b: &[f64]) -> f64 {
        assert_eq!(a.len(), b.len());
        let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
        norm(&mut a.iter().zip(b).map(|(a, b)| a - b)) / norm(&mut b.iter().copied()).max(1e-12)
    }

    #[test]
    fn the_gradient_of_a_penalty_is_that_of_double_backward_and_of_finite_differences_in_64_bits() {
        let fixture: Value = serde_json::from_str(include_str!("../../tests/fixtures/penalty.json")).unwrap();
        let device = Device::flex().autodiff();
        for (kind, penalty) in [("gradient", Penalty::Gradient { weight: 10.0 }), ("r1", Penalty::R1 { weight: 10.0 })]
        {
            for (name, function, tolerance) in [
                ("tanh", ActivationFn::Tanh, 1e-3),
                ("leaky-relu", ActivationFn::LeakyRelu { negative_slope: 0.2 }, 2e-3),
            ] {
                let layers = sequential![conv2d(4, 3).same(), activation(function), flatten(), dense(1)];
                let network = layers.init(&[2, 6, 6], &device).unwrap().map(&mut Formulas(0));
                let discriminator = Discriminator::new(network, None);
                let points = wave::<4>([3, 2, 6, 6], 0.37, 0.9, &device);
                let (value, sum) = penalty_gradient(penalty, &discriminator, points, None);
                let expected = &fixture[format!("{kind}/{name}")];
                let value = f64::from(value.into_scalar::<f32>());
                assert!((value / expected["value"].as_f64().unwrap() - 1.0).abs() < 1e-4, "{kind} {name}: {value}");
                let gradients = GradientsParams::from_module(&mut sum.backward(), &discriminator);
                let mut found = Collected(&gradients, Vec::new());
                discriminator.visit(&mut found);
                for (i, (found, expected)) in found.1.iter().zip(expected["gradients"].as_array().unwrap()).enumerate()
                {
                    let (expected, largest) = (numbers(expected), 1e-3);
                    let apart = distance(found, &expected);
                    let is_zero = expected.iter().all(|value| value.abs() < largest);
                    assert!(apart < tolerance || is_zero, "{kind} {name}, parameter {i}: {apart:e}");
                }
                let apart = distance(&found.1[0], &numbers(&expected["finite_differences"]));
                assert!(apart < tolerance, "{kind} {name}, finite differences: {apart:e}");
            }
        }
    }
}
