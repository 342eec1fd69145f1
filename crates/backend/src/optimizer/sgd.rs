//! What one step of stochastic gradient descent is told.

/// The numbers of one step of stochastic gradient descent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SgdStep {
    /// Learning rate η.
    pub learning_rate: f64,
    /// λ: λ·θ is added to the gradient. Default 0.
    pub penalty: f32,
    /// μ, how much of the velocity stays; `None` keeps no velocity. Default `None`.
    pub momentum: Option<f32>,
    /// τ, how much of a gradient does not enter the velocity, from the second step on. Default 0.
    pub dampening: f64,
    /// Whether the step looks ahead along the velocity. Default false.
    pub nesterov: bool,
    /// Whether rows with a gradient of zeros are left alone; a row that is met later than at the first step starts from a
    /// velocity of 0. Default false.
    pub lazy: bool,
}

impl SgdStep {
    /// A plain step with this learning rate.
    pub fn new(learning_rate: f64) -> Self {
        Self { learning_rate, penalty: 0.0, momentum: None, dampening: 0.0, nesterov: false, lazy: false }
    }

    /// The same with an L2 penalty.
    pub fn with_penalty(self, penalty: f32) -> Self {
        Self { penalty, ..self }
    }

    /// The same with momentum.
    pub fn with_momentum(self, momentum: f32) -> Self {
        Self { momentum: Some(momentum), ..self }
    }

    /// The same with dampening.
    pub fn with_dampening(self, dampening: f64) -> Self {
        Self { dampening, ..self }
    }

    /// The same, with Nesterov's momentum or not.
    pub fn with_nesterov(self, nesterov: bool) -> Self {
        Self { nesterov, ..self }
    }

    /// The same, lazy or not.
    pub fn with_lazy(self, lazy: bool) -> Self {
        Self { lazy, ..self }
    }
}
