//! Down along half a cosine (Loshchilov & Hutter, 2017, <https://arxiv.org/abs/1608.03983>), after a warm-up in a line.
//!
//! ```text
//! rate(s) = rate · (s + 1) / w                                               s < w     s the step, from 0
//!         = min + (rate - min) · (1 + cos(π · min(1, (s - w) / (n - w)))) / 2   s ≥ w     n steps, w of them on the way up
//! ```

use serde::{Deserialize, Serialize};

use super::warmup::way_up;
use super::{LrSchedule, along_cosine, check_rates, check_steps, refuse};
use crate::CallbackError;

/// Down along half a cosine, if wanted after a warm-up. PyTorch's `CosineAnnealingLR`, Keras's `CosineDecay`.
///
/// ```
/// use firebrick_callbacks::{CosineDecay, LrSchedule};
///
/// let schedule = CosineDecay::new(1.0, 10).warmup(2).min_rate(0.5);
/// assert_eq!([0, 1, 2, 6, 10].map(|step| schedule.rate(step)), [0.5, 1.0, 1.0, 0.75, 0.5]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CosineDecay {
    rate: f64,
    steps: u64,
    warmup: u64,
    min_rate: f64,
}

impl CosineDecay {
    /// From `rate` down to 0, which it reaches after `steps` steps.
    pub fn new(rate: f64, steps: u64) -> Self {
        Self { rate, steps, warmup: 0, min_rate: 0.0 }
    }

    /// How many of the steps lead up to the rate first, in a line. Default 0.
    pub fn warmup(self, steps: u64) -> Self {
        Self { warmup: steps, ..self }
    }

    /// Where the way down ends. Default 0.
    pub fn min_rate(self, rate: f64) -> Self {
        Self { min_rate: rate, ..self }
    }
}

impl LrSchedule for CosineDecay {
    fn rate(&self, step: u64) -> f64 {
        if let Some(rate) = way_up(self.rate, self.warmup, step) {
            return rate;
        }
        let passed = (step - self.warmup) as f64 / self.steps.saturating_sub(self.warmup).max(1) as f64;
        along_cosine(self.rate, self.min_rate, passed.min(1.0))
    }

    fn check(&self) -> Result<(), CallbackError> {
        check_rates([("rate", self.rate), ("min_rate", self.min_rate)])?;
        check_steps("steps", self.steps)?;
        if self.warmup > self.steps {
            return refuse("warmup", self.warmup, "the way up must not be longer than all the steps");
        }
        Ok(())
    }
}
