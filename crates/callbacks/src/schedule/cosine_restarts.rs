//! Down along half a cosine, again and again: SGDR (Loshchilov & Hutter, 2017, <https://arxiv.org/abs/1608.03983>).
//!
//! ```text
//! n_k     = n_0 · g^k                                              steps of cycle k, from 0
//! peak_k  = min + (rate - min) · f^k
//! rate(s) = min + (peak_k - min) · (1 + cos(π · s_k / n_k)) / 2      s_k: the step within its cycle, from 0
//! ```

use serde::{Deserialize, Serialize};

use super::{LrSchedule, along_cosine, check_factor, check_rates, check_steps, refuse};
use crate::CallbackError;

/// Cosines one after the other; every cycle begins at the top. PyTorch's `CosineAnnealingWarmRestarts` (`T_0`, `T_mult`), Keras's
/// `CosineDecayRestarts` (`t_mul`, `m_mul`). The model at the end of a cycle is a good one to keep for an ensemble.
///
/// ```
/// use firebrick_callbacks::{CosineRestarts, LrSchedule};
///
/// let schedule = CosineRestarts::new(1.0, 2).growth(2);
/// assert_eq!([0, 1, 2, 4, 6].map(|step| schedule.rate(step)), [1.0, 0.5, 1.0, 0.5, 1.0]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CosineRestarts {
    rate: f64,
    cycle: u64,
    growth: u64,
    peak_factor: f64,
    min_rate: f64,
}

impl CosineRestarts {
    /// From `rate` towards 0 in cycles of so many steps.
    pub fn new(rate: f64, cycle: u64) -> Self {
        Self { rate, cycle, growth: 1, peak_factor: 1.0, min_rate: 0.0 }
    }

    /// How many times as long as the one before a cycle is. Default 1.
    pub fn growth(self, factor: u64) -> Self {
        Self { growth: factor, ..self }
    }

    /// What a cycle's height above the lowest rate is to that of the one before. Default 1.
    pub fn peak_factor(self, factor: f64) -> Self {
        Self { peak_factor: factor, ..self }
    }

    /// Where the way down would end, a step after a cycle's last. Default 0.
    pub fn min_rate(self, rate: f64) -> Self {
        Self { min_rate: rate, ..self }
    }

    /// Number and length of the cycle in which a step lies, and the step within it.
    fn cycle_of(&self, step: u64) -> (u64, u64, u64) {
        let (mut number, mut length, mut rest) = (0, self.cycle.max(1), step);
        if self.growth <= 1 {
            return (step / length, length, step % length);
        }
        while rest >= length {
            rest -= length;
            length = length.saturating_mul(self.growth);
            number += 1;
        }
        (number, length, rest)
    }
}

impl LrSchedule for CosineRestarts {
    fn rate(&self, step: u64) -> f64 {
        let (number, length, step) = self.cycle_of(step);
        let height = (self.rate - self.min_rate) * self.peak_factor.powf(number as f64);
        let peak = self.min_rate + height;
        along_cosine(peak, self.min_rate, step as f64 / length as f64)
    }

    fn check(&self) -> Result<(), CallbackError> {
        check_rates([("rate", self.rate), ("min_rate", self.min_rate)])?;
        check_steps("cycle", self.cycle)?;
        if self.growth == 0 {
            return refuse("growth", self.growth, "it must be at least 1");
        }
        check_factor("peak_factor", self.peak_factor)
    }
}
