//! What the operations of the backend trait take.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, ExtensionType};

use crate::{Activation, OptionalTensor};

/// ε, and what follows the normalisation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNormOptions {
    /// Added to the variance.
    pub epsilon: f64,
    /// Applied to the normalised numbers; its gradient must not need its input. Default none.
    pub activation: Option<Activation>,
}

impl BatchNormOptions {
    /// With this ε, and no activation.
    pub fn new(epsilon: f64) -> Self {
        Self { epsilon, activation: None }
    }

    /// The same with this activation, or none.
    pub fn with_activation(mut self, activation: Option<Activation>) -> Self {
        self.activation = activation;
        self
    }
}

/// μ and σ², `[C]` each.
#[derive(Clone, Debug, ExtensionType)]
pub struct Statistics<B: Backend> {
    /// μ.
    pub mean: FloatTensor<B>,
    /// σ².
    pub variance: FloatTensor<B>,
}

/// What the backward pass needs; letters as in [the module](super).
#[derive(Clone, Debug, ExtensionType)]
pub struct BatchNormInputs<B: Backend> {
    /// x `[B, C, ...]`.
    pub x: FloatTensor<B>,
    /// y `[B, C, ...]`, where there is an activation.
    #[extension_type]
    pub output: OptionalTensor<B>,
    /// γ `[C]`.
    pub gamma: FloatTensor<B>,
    /// By what x was normalised.
    #[extension_type]
    pub statistics: Statistics<B>,
}

/// Which gradients a backward pass is to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchNormGradients {
    /// That of x.
    pub x: bool,
    /// That of γ.
    pub gamma: bool,
    /// That of β.
    pub beta: bool,
    /// Whether the mean and the variance are the batch's, through which x has a part in the output as well.
    pub through_statistics: bool,
}
