//! How the learning rate changes over a training.

use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use serde::{Deserialize, Serialize};

use crate::{ControlledLr, CosineDecay, ScheduledLr};

/// How the learning rate changes over the training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// It stays, unless a callback sets it.
    Constant,
    /// Up in a line over the first epochs, then down to 0 along half a cosine, step by step
    /// (Loshchilov & Hutter, 2017, <https://arxiv.org/abs/1608.03983>).
    Cosine {
        /// Epochs of the way up; at most half of the training, however short that is.
        warmup_epochs: usize,
    },
}

impl Schedule {
    /// The schedule of a training; the rate is above 0 and finite.
    pub(super) fn scheduler(self, rate: f64, epochs: usize, steps_per_epoch: usize) -> ModuleLrScheduler {
        match self {
            Self::Constant => ModuleLrScheduler::new(ControlledLr::new(rate)),
            Self::Cosine { warmup_epochs } => {
                let steps = (epochs * steps_per_epoch).max(1);
                let warmup = (warmup_epochs * steps_per_epoch).min(steps / 2);
                let cosine = CosineDecay::new(rate, steps as u64).warmup(warmup as u64);
                let scheduled = ScheduledLr::new(cosine).expect("a rate, some steps, and at most half of them lead up");
                ModuleLrScheduler::new(scheduled)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_in_a_line_and_falls_along_half_a_cosine() {
        let mut schedule = Schedule::Cosine { warmup_epochs: 1 }.scheduler(0.4, 3, 2);
        let rates: Vec<f64> = (0..7).map(|_| schedule.step().base()).collect();
        let expected = [0.2, 0.4, 0.4, 0.341_421_356, 0.2, 0.058_578_643, 0.0];
        assert!(rates.iter().zip(expected).all(|(rate, expected)| (rate - expected).abs() < 1e-8), "{rates:?}");
    }

    #[test]
    fn the_way_up_is_at_most_half_of_a_short_training() {
        let mut schedule = Schedule::Cosine { warmup_epochs: 2 }.scheduler(0.4, 1, 4);
        let rates: Vec<f64> = (0..4).map(|_| schedule.step().base()).collect();
        assert!(rates[..3] == [0.2, 0.4, 0.4] && (rates[3] - 0.2).abs() < 1e-12, "{rates:?}");
    }

    #[test]
    fn a_restored_schedule_goes_on_where_it_was() {
        let fresh = || Schedule::Cosine { warmup_epochs: 1 }.scheduler(0.1, 4, 5);
        let mut whole = fresh();
        let rates: Vec<f64> = (0..9).map(|_| whole.step().base()).collect();
        let mut first = fresh();
        for _ in 0..7 {
            first.step();
        }
        let mut second = fresh().load_record(first.to_record());
        assert_eq!([second.step().base(), second.step().base()], rates[7..]);
    }
}
