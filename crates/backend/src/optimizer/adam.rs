//! What one step of Adam is told, and the moments that it keeps.

use burn::backend::{Backend, ExtensionType, tensor::FloatTensor};
use burn::tensor::Tensor;

use crate::{OptionalTensor, route};

/// How weights are drawn towards zero.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Decay {
    /// They are not.
    #[default]
    None,
    /// λ·θ is added to the gradient: an L2 penalty, which then passes through the moments.
    Penalty(f32),
    /// AdamW's: θ shrinks by η·λ·θ beside the step.
    Decoupled(f32),
    /// As decoupled, but only where the step goes the same way (<https://arxiv.org/abs/2510.12402>).
    Cautious(f32),
}

/// The numbers of one step of Adam.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamStep {
    /// Learning rate η.
    pub learning_rate: f64,
    /// The number of the step, from 1.
    pub time: usize,
    /// How much of the first and of the second moment stays, β₁ and β₂. Default 0.9 and 0.999.
    pub betas: [f32; 2],
    /// ε, added to the root of the second moment. Default 1e-5, as in Burn.
    pub epsilon: f32,
    /// Weight decay. Default none.
    pub decay: Decay,
    /// Whether rows with a gradient of zeros are left alone. Default false.
    pub lazy: bool,
}

impl AdamStep {
    /// A step with this learning rate; `time` is 1 for the first.
    pub fn new(learning_rate: f64, time: usize) -> Self {
        let (betas, epsilon) = ([0.9, 0.999], 1e-5);
        Self { learning_rate, time, betas, epsilon, decay: Decay::None, lazy: false }
    }

    /// The same with β₁ and β₂.
    pub fn with_betas(self, betas: [f32; 2]) -> Self {
        Self { betas, ..self }
    }

    /// The same with ε.
    pub fn with_epsilon(self, epsilon: f32) -> Self {
        Self { epsilon, ..self }
    }

    /// The same with this weight decay.
    pub fn with_decay(self, decay: Decay) -> Self {
        Self { decay, ..self }
    }

    /// The same, lazy or not.
    pub fn with_lazy(self, lazy: bool) -> Self {
        Self { lazy, ..self }
    }

    /// √(1 − β₂ᵗ) / (1 − β₁ᵗ), which the first moment is multiplied by, and √(1 − β₂ᵗ)·ε.
    pub(crate) fn corrections(&self) -> (f32, f32) {
        let time = i32::try_from(self.time).unwrap_or(i32::MAX);
        let root = (1.0 - self.betas[1].powi(time)).sqrt();
        (root / (1.0 - self.betas[0].powi(time)), self.epsilon * root)
    }

    /// η·λ where the decay is decoupled.
    pub(crate) fn decay_rate(&self) -> f64 {
        match self.decay {
            Decay::Decoupled(lambda) | Decay::Cautious(lambda) => self.learning_rate * f64::from(lambda),
            Decay::None | Decay::Penalty(_) => 0.0,
        }
    }
}

/// What Adam remembers of a parameter, as primitives of a backend.
#[derive(Clone, Debug, ExtensionType)]
pub struct AdamMoments<B: Backend> {
    /// m.
    pub first: FloatTensor<B>,
    /// v.
    pub second: FloatTensor<B>,
    /// The largest v so far, with AMSGrad.
    #[extension_type]
    pub largest: OptionalTensor<B>,
}

/// What Adam remembers of a parameter; all of the parameter's shape.
#[derive(Clone, Debug)]
pub struct Moments<const D: usize> {
    /// m, the mean of the gradients.
    pub first: Tensor<D>,
    /// v, the mean of their squares.
    pub second: Tensor<D>,
    /// The largest v so far: with AMSGrad.
    pub largest: Option<Tensor<D>>,
}

impl<const D: usize> Moments<D> {
    /// Those of a parameter before its first step.
    pub fn zeros_like(parameter: &Tensor<D>, amsgrad: bool) -> Self {
        let zeros = || parameter.zeros_like();
        Self { first: zeros(), second: zeros(), largest: amsgrad.then(zeros) }
    }

    pub(crate) fn into_primitives(self) -> AdamMoments<burn::backend::Dispatch> {
        AdamMoments {
            first: route::into_float(self.first),
            second: route::into_float(self.second),
            largest: self.largest.map(route::into_float).into(),
        }
    }

    pub(crate) fn from_primitives(moments: AdamMoments<burn::backend::Dispatch>) -> Self {
        Self {
            first: Tensor::from_dispatch(moments.first),
            second: Tensor::from_dispatch(moments.second),
            largest: moments.largest.into_option().map(Tensor::from_dispatch),
        }
    }
}
