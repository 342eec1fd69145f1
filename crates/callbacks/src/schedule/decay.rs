//! Down in steps, exponentially, or along a power.
//!
//! ```text
//! step          rate(s) = rate · f^⌊s / every⌋                              s the step, from 0
//! exponential   rate(s) = rate · f^(s / every)
//! polynomial    rate(s) = end + (rate - end) · (1 - min(1, s / n))^p
//! ```

use serde::{Deserialize, Serialize};

use super::{LrSchedule, check_factor, check_rates, check_steps};
use crate::CallbackError;

/// Times a factor after every so many steps. PyTorch's `StepLR`, Keras's `ExponentialDecay` with `staircase`.
///
/// ```
/// use firebrick_callbacks::{LrSchedule, StepDecay};
///
/// let schedule = StepDecay::new(0.5, 30, 0.25);
/// assert_eq!([0, 29, 30, 60].map(|step| schedule.rate(step)), [0.5, 0.5, 0.125, 0.03125]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepDecay {
    rate: f64,
    every: u64,
    factor: f64,
}

impl StepDecay {
    /// From `rate`, times `factor` after every `every` steps.
    pub fn new(rate: f64, every: u64, factor: f64) -> Self {
        Self { rate, every, factor }
    }
}

impl LrSchedule for StepDecay {
    fn rate(&self, step: u64) -> f64 {
        self.rate * self.factor.powf((step / self.every.max(1)) as f64)
    }

    fn check(&self) -> Result<(), CallbackError> {
        check_rates([("rate", self.rate)])?;
        check_steps("every", self.every)?;
        check_factor("factor", self.factor)
    }
}

/// Times a factor over every so many steps, a little at each. PyTorch's `ExponentialLR` (every step), Keras's `ExponentialDecay`.
///
/// ```
/// use firebrick_callbacks::{ExponentialDecay, LrSchedule};
///
/// let schedule = ExponentialDecay::new(0.5, 4, 0.25);
/// assert_eq!([0, 2, 4].map(|step| schedule.rate(step)), [0.5, 0.25, 0.125]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExponentialDecay {
    rate: f64,
    every: u64,
    factor: f64,
}

impl ExponentialDecay {
    /// From `rate`, times `factor` over every `every` steps.
    pub fn new(rate: f64, every: u64, factor: f64) -> Self {
        Self { rate, every, factor }
    }
}

impl LrSchedule for ExponentialDecay {
    fn rate(&self, step: u64) -> f64 {
        self.rate * self.factor.powf(step as f64 / self.every.max(1) as f64)
    }

    fn check(&self) -> Result<(), CallbackError> {
        check_rates([("rate", self.rate)])?;
        check_steps("every", self.every)?;
        check_factor("factor", self.factor)
    }
}

/// Down to an end along a power, in a line by default. PyTorch's `PolynomialLR`, Keras's `PolynomialDecay`.
///
/// ```
/// use firebrick_callbacks::{LrSchedule, PolynomialDecay};
///
/// let schedule = PolynomialDecay::new(1.0, 4).power(2.0).end_rate(0.5);
/// assert_eq!([0, 2, 4, 5].map(|step| schedule.rate(step)), [1.0, 0.625, 0.5, 0.5]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolynomialDecay {
    rate: f64,
    steps: u64,
    power: f64,
    end_rate: f64,
}

impl PolynomialDecay {
    /// From `rate` down to 0, which it reaches after `steps` steps, in a line.
    pub fn new(rate: f64, steps: u64) -> Self {
        Self { rate, steps, power: 1.0, end_rate: 0.0 }
    }

    /// The power. Default 1, a line.
    pub fn power(self, power: f64) -> Self {
        Self { power, ..self }
    }

    /// Where the way down ends. Default 0.
    pub fn end_rate(self, rate: f64) -> Self {
        Self { end_rate: rate, ..self }
    }
}

impl LrSchedule for PolynomialDecay {
    fn rate(&self, step: u64) -> f64 {
        let passed = (step as f64 / self.steps.max(1) as f64).min(1.0);
        self.end_rate + (self.rate - self.end_rate) * (1.0 - passed).powf(self.power)
    }

    fn check(&self) -> Result<(), CallbackError> {
        check_rates([("rate", self.rate), ("end_rate", self.end_rate)])?;
        check_steps("steps", self.steps)?;
        check_factor("power", self.power)
    }
}
