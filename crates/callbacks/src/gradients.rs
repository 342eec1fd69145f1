//! Gradients between the backward pass and the optimiser's step: their norm, and clipping them.
//!
//! ```text
//! norm     = √(Σ g²)                             over all elements of all parameters
//! by norm  : g ← g · min(1, max / (norm + 1e-6))
//! by value : g ← min(max(g, −limit), limit)
//! ```
//!
//! As in PyTorch's `clip_grad_norm_` and `clip_grad_value_`. (Pascanu et al., 2013, <https://arxiv.org/abs/1211.5063>.)

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::prelude::*;
use firebrick_backend::sum_of_squares;

use crate::NamedParameter;
use crate::parameters::gradients_of;

/// What keeps the quotient finite when all gradients are zero.
const EPSILON: f64 = 1e-6;

/// The gradients that the next optimiser step will use, with their model's type hidden.
pub(crate) trait Gradients {
    /// The global Euclidean norm.
    fn norm(&self) -> f64;
    fn scale(&mut self, factor: f64);
    fn clamp(&mut self, limit: f64);
    fn named(&self) -> Vec<NamedParameter>;
}

/// By what a norm is brought down to `max`; none when it is not above it, or not finite.
pub(crate) fn clip_factor(norm: f64, max: f64) -> Option<f64> {
    let factor = max / (norm + EPSILON);
    (norm.is_finite() && factor < 1.0).then_some(factor)
}

/// Gradients of a model that wait for their optimiser step.
pub(crate) struct Pending<M> {
    pub(crate) model: M,
    pub(crate) gradients: GradientsParams,
}

impl<M: Module> Pending<M> {
    fn change(&mut self, change: Change) {
        self.model.visit(&mut Changer { gradients: &mut self.gradients, change });
    }
}

impl<M: Module> Gradients for Pending<M> {
    fn norm(&self) -> f64 {
        let mut squares = Squares { gradients: &self.gradients, sum: None };
        self.model.visit(&mut squares);
        squares.sum.map_or(0.0, |sum| f64::from(sum.into_scalar::<f32>()).sqrt())
    }

    fn scale(&mut self, factor: f64) {
        self.change(Change::Scale(factor));
    }

    fn clamp(&mut self, limit: f64) {
        self.change(Change::Clamp(limit));
    }

    fn named(&self) -> Vec<NamedParameter> {
        gradients_of(&self.model, &self.gradients)
    }
}

/// Sums up squares on the device, so that one value has to be read in the end.
struct Squares<'a> {
    gradients: &'a GradientsParams,
    sum: Option<Tensor<1>>,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.get::<D>(param.id) else { return };
        let squares = sum_of_squares(gradient);
        self.sum = Some(match self.sum.take() {
            Some(sum) => sum + squares,
            None => squares,
        });
    }
}

#[derive(Clone, Copy)]
enum Change {
    Scale(f64),
    Clamp(f64),
}

struct Changer<'a> {
    gradients: &'a mut GradientsParams,
    change: Change,
}

impl ModuleVisitor for Changer<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.remove::<D>(param.id) else { return };
        let gradient = match self.change {
            Change::Scale(factor) => gradient.mul_scalar(factor),
            Change::Clamp(limit) => gradient.clamp(-limit, limit),
        };
        self.gradients.register(param.id, gradient);
    }
}

#[cfg(test)]
mod tests {
    use burn::nn::{Linear, LinearConfig};

    use super::*;

    /// Gradients 3 and 4 of a weight `[1, 2]`, 0 and 12 of a bias.
    fn pending() -> Pending<Linear> {
        let device = Device::flex();
        let model = LinearConfig::new(1, 2).init(&device);
        let mut gradients = GradientsParams::new();
        gradients.register(model.weight.id, Tensor::<2>::from_floats([[3.0, -4.0]], &device));
        gradients.register(model.bias.as_ref().unwrap().id, Tensor::<1>::from_floats([0.0, 12.0], &device));
        Pending { model, gradients }
    }

    fn values(pending: &Pending<Linear>) -> Vec<f32> {
        pending.named().into_iter().flat_map(|gradient| gradient.values).collect()
    }

    #[test]
    fn the_norm_is_over_all_parameters_at_once() {
        assert_eq!(pending().norm(), 13.0);
        let without = Pending { model: pending().model, gradients: GradientsParams::new() };
        assert_eq!(without.norm(), 0.0);
    }

    #[test]
    fn scaling_and_clamping_change_every_gradient() {
        let mut scaled = pending();
        scaled.scale(0.5);
        assert_eq!(values(&scaled), [1.5, -2.0, 0.0, 6.0]);
        let mut clamped = pending();
        clamped.clamp(3.5);
        assert_eq!(values(&clamped), [3.0, -3.5, 0.0, 3.5]);
    }

    #[test]
    fn only_a_finite_norm_above_the_limit_is_brought_down() {
        assert_eq!(clip_factor(13.0, 13.0 + 1e-5), None);
        assert_eq!(clip_factor(0.0, 1.0), None);
        assert_eq!(clip_factor(f64::NAN, 1.0), None);
        assert_eq!(clip_factor(f64::INFINITY, 1.0), None);
        let factor = clip_factor(13.0, 1.0).unwrap();
        assert!((factor * 13.0 - 1.0).abs() < 1e-6);
    }
}
