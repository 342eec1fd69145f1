//! Up in a line, then level (Goyal et al., 2017, <https://arxiv.org/abs/1706.02677>).
//!
//! ```text
//! rate(s) = rate · min(s + 1, w) / w        s the step, from 0; w steps on the way up
//! ```

use serde::{Deserialize, Serialize};

use super::{LrSchedule, check_rates};
use crate::CallbackError;

/// Up in a line over the first steps, the last of which has the full rate, then level. For a warm-up before a cosine see
/// [`CosineDecay::warmup`](super::CosineDecay::warmup).
///
/// ```
/// use firebrick_callbacks::{LinearWarmup, LrSchedule};
///
/// let schedule = LinearWarmup::new(0.5, 4);
/// assert_eq!([0, 1, 3, 9].map(|step| schedule.rate(step)), [0.125, 0.25, 0.5, 0.5]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinearWarmup {
    rate: f64,
    steps: u64,
}

impl LinearWarmup {
    /// Up to `rate` in so many steps; with 0 it is there from the start.
    pub fn new(rate: f64, steps: u64) -> Self {
        Self { rate, steps }
    }
}

impl LrSchedule for LinearWarmup {
    fn rate(&self, step: u64) -> f64 {
        way_up(self.rate, self.steps, step).unwrap_or(self.rate)
    }

    fn check(&self) -> Result<(), CallbackError> {
        check_rates([("rate", self.rate)])
    }
}

/// The rate of a step that is one of those on the way up.
pub(super) fn way_up(rate: f64, warmup: u64, step: u64) -> Option<f64> {
    (step < warmup).then(|| rate * (step + 1) as f64 / warmup as f64)
}
