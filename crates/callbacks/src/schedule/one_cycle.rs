//! Up to a high rate and down to a very small one: one cycle, for super-convergence (Smith & Topin, 2017,
//! <https://arxiv.org/abs/1708.07120>), with the phases of PyTorch's `OneCycleLR`.
//!
//! ```text
//! initial = max / div_factor,  last = initial / final_div_factor
//! initial → max    steps 0 to p·n - 1                 n steps, p = pct_start of them on the way up
//! max → last       steps p·n - 1 to n - 1
//! with three phases: initial → max → initial → last, the ways up and down equally long (to 2·p·n - 2)
//! ```

use serde::{Deserialize, Serialize};

use super::{Annealing, LrSchedule, check_factor, check_rates, check_steps, refuse};
use crate::CallbackError;

/// One cycle: up to `max_rate` over the first 30 % of the steps, then down to a fraction of where it began. It is made for a number of
/// optimiser steps, not of epochs; the momentum is left alone.
///
/// ```
/// use firebrick_callbacks::{LrSchedule, OneCycle};
///
/// let schedule = OneCycle::new(1.0, 101).pct_start(0.5).div_factor(4.0).final_div_factor(2.0);
/// assert_eq!([0, 100].map(|step| schedule.rate(step)), [0.25, 0.125]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OneCycle {
    max_rate: f64,
    steps: u64,
    pct_start: f64,
    div_factor: f64,
    final_div_factor: f64,
    annealing: Annealing,
    three_phase: bool,
}

impl OneCycle {
    /// Up to `max_rate` and down again in `steps` steps.
    pub fn new(max_rate: f64, steps: u64) -> Self {
        Self {
            max_rate,
            steps,
            pct_start: 0.3,
            div_factor: 25.0,
            final_div_factor: 1e4,
            annealing: Annealing::Cosine,
            three_phase: false,
        }
    }

    /// Which part of the steps leads up, 0 to 1. Default 0.3.
    pub fn pct_start(self, part: f64) -> Self {
        Self { pct_start: part, ..self }
    }

    /// By what the highest rate is divided to give the first. Default 25.
    pub fn div_factor(self, factor: f64) -> Self {
        Self { div_factor: factor, ..self }
    }

    /// By what the first rate is divided to give the last. Default 10,000.
    pub fn final_div_factor(self, factor: f64) -> Self {
        Self { final_div_factor: factor, ..self }
    }

    /// The way from rate to rate. Default [`Annealing::Cosine`].
    pub fn annealing(self, annealing: Annealing) -> Self {
        Self { annealing, ..self }
    }

    /// Whether the way down ends at the first rate and a third phase leads to the last. Default `false`: straight to the last.
    pub fn three_phase(self, three: bool) -> Self {
        Self { three_phase: three, ..self }
    }

    /// For each phase its last step (not always a whole number), and the rates from which and to which it leads.
    fn phases(&self) -> Vec<(f64, f64, f64)> {
        let (n, max) = (self.steps as f64, self.max_rate);
        let up = self.pct_start * n;
        let initial = max / self.div_factor;
        let last = initial / self.final_div_factor;
        if self.three_phase {
            vec![(up - 1.0, initial, max), (2.0 * up - 2.0, max, initial), (n - 1.0, initial, last)]
        } else {
            vec![(up - 1.0, initial, max), (n - 1.0, max, last)]
        }
    }
}

impl LrSchedule for OneCycle {
    fn rate(&self, step: u64) -> f64 {
        let step = step as f64;
        let (mut begin, mut rate) = (0.0, self.max_rate);
        for (end, from, to) in self.phases() {
            let passed = if end > begin { ((step - begin) / (end - begin)).min(1.0) } else { 1.0 };
            rate = self.annealing.between(from, to, passed);
            if step <= end {
                break;
            }
            begin = end;
        }
        rate
    }

    fn check(&self) -> Result<(), CallbackError> {
        check_rates([("max_rate", self.max_rate)])?;
        check_steps("steps", self.steps)?;
        check_factor("div_factor", self.div_factor)?;
        check_factor("final_div_factor", self.final_div_factor)?;
        let most = if self.three_phase { 0.5 } else { 1.0 };
        if !(0.0..=most).contains(&self.pct_start) {
            return refuse("pct_start", self.pct_start, "it must be from 0 to 1, and to 0.5 with three phases");
        }
        Ok(())
    }
}
