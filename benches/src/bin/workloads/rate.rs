//! How fast a step runs: the median of five repetitions after a warm-up, with the extremes, and the pages it asks for.

use std::time::{Duration, Instant};

use firebrick_run::minor_page_faults;

const WARM_UP: Duration = Duration::from_secs(1);
const REPETITIONS: usize = 5;

/// Samples per second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    /// Page faults of one step, where the system tells.
    pub(crate) page_faults: Option<f64>,
    /// Millions of multiplications and additions that one sample takes, where they are counted.
    pub(crate) mflop: Option<f64>,
}

impl Rate {
    /// The same with so many multiplications with an addition in one sample.
    pub(crate) fn of_work(self, multiply_adds: u64) -> Self {
        Self { mflop: Some(2.0 * multiply_adds as f64 / 1e6), ..self }
    }
}

/// Runs `step`, which works on `batch` samples, for five times about `seconds`.
pub(crate) fn rate(batch: usize, seconds: f64, mut step: impl FnMut()) -> Rate {
    run_for(WARM_UP, &mut step);
    let steps = run_for(Duration::from_secs_f64(seconds), &mut step);
    let faults = minor_page_faults();
    let mut rates: Vec<_> = (0..REPETITIONS)
        .map(|_| {
            let start = Instant::now();
            (0..steps).for_each(|_| step());
            (steps * batch) as f64 / start.elapsed().as_secs_f64()
        })
        .collect();
    let new = faults.zip(minor_page_faults()).map(|(before, after)| after.saturating_sub(before));
    let page_faults = new.map(|new| new as f64 / (REPETITIONS * steps) as f64);
    rates.sort_by(f64::total_cmp);
    Rate { median: rates[REPETITIONS / 2], min: rates[0], max: rates[REPETITIONS - 1], page_faults, mflop: None }
}

/// How many steps it took, at least one.
fn run_for(time: Duration, step: &mut impl FnMut()) -> usize {
    let start = Instant::now();
    let mut steps = 0;
    while steps == 0 || start.elapsed() < time {
        step();
        steps += 1;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_ten_milliseconds_runs_below_a_hundred_times_a_second() {
        let rate = rate(2, 0.05, || std::thread::sleep(Duration::from_millis(10)));
        assert!(rate.min <= rate.median && rate.median <= rate.max, "{rate:?}");
        assert!(rate.max <= 200.0 && rate.median > 20.0, "{rate:?}");
    }
}
