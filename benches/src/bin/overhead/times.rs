//! How long blocks of steps and the ends of epochs take, with callbacks and without, in one training.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use cpu_time::ProcessTime;

use crate::switch::Switch;

/// Steps of a block.
pub(crate) const BLOCK: usize = 8;

/// The steps that follow an epoch's end and are measured together with it: files may still be written meanwhile, which slows these
/// steps.
pub(crate) const SETTLING: usize = 4 * BLOCK;

/// Seconds by the clock, and of the processor's time that the whole process used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lap {
    pub(crate) clock: f64,
    pub(crate) processor: f64,
}

/// The laps without callbacks, and those with them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Laps {
    off: Vec<Lap>,
    on: Vec<Lap>,
}

impl Laps {
    fn push(&mut self, on: bool, lap: Lap) {
        if on { self.on.push(lap) } else { self.off.push(lap) }
    }

    /// The median without callbacks.
    pub(crate) fn without(&self, of: impl Fn(&Lap) -> f64) -> f64 {
        quartiles(self.off.iter().map(of).collect())[1]
    }

    /// Quartiles of what neighbours differ by: with callbacks minus without, of laps that ran one after the other.
    pub(crate) fn added(&self, of: impl Fn(&Lap) -> f64) -> [f64; 3] {
        quartiles(self.off.iter().zip(&self.on).map(|(off, on)| of(on) - of(off)).collect())
    }

    /// How many pairs there are.
    pub(crate) fn pairs(&self) -> usize {
        self.off.len().min(self.on.len())
    }
}

fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values.get(quarter * values.len() / 4).copied().unwrap_or(f64::NAN))
}

/// What a training took.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times {
    /// Blocks of steps.
    pub(crate) blocks: Laps,
    /// From an epoch's last step until the next epoch has settled: validation, files, and the settling steps.
    pub(crate) ends: Laps,
}

/// Measures a training from inside of its loader, and switches its callbacks.
///
/// Neighbouring blocks are with callbacks and without, in the order off, on, on, off, so that a machine that becomes slower all the
/// time favours neither; of the epochs' ends every second one is with callbacks.
pub(crate) struct Pace {
    times: Arc<Mutex<Times>>,
    switch: Arc<Switch>,
    state: Mutex<State>,
}

struct State {
    since: (Instant, ProcessTime),
    epoch: usize,
    block: usize,
}

impl State {
    /// Starts the clocks; what they ran until now.
    fn lap(&mut self) -> Lap {
        let now = (Instant::now(), ProcessTime::now());
        let lap = Lap {
            clock: (now.0 - self.since.0).as_secs_f64(),
            processor: now.1.duration_since(self.since.1).as_secs_f64(),
        };
        self.since = now;
        lap
    }

    fn block_is_on(&self) -> bool {
        matches!(self.block % 4, 1 | 2)
    }

    /// Whether the end of the epoch that runs now is with callbacks: epochs 2, 4, 6, counted from 1.
    fn end_is_on(&self) -> bool {
        self.epoch.is_multiple_of(2)
    }
}

impl Pace {
    pub(crate) fn new(times: Arc<Mutex<Times>>, switch: Arc<Switch>) -> Self {
        let state = State { since: (Instant::now(), ProcessTime::now()), epoch: 0, block: 0 };
        Self { times, switch, state: Mutex::new(state) }
    }

    /// Before the step of this number, from 0, of an epoch of `steps`; also after the last one.
    pub(crate) fn before_step(&self, step: usize, steps: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if step == 0 {
            state.epoch += 1;
            return;
        }
        if step < SETTLING || !step.is_multiple_of(BLOCK) {
            return;
        }
        let lap = state.lap();
        if step == SETTLING {
            state.block = 0;
        }
        // In the first epoch, memory is still being allocated.
        if state.epoch > 1 {
            self.record(&state, step, lap);
        }
        if step > SETTLING {
            state.block += 1;
        }
        self.switch.set_steps(step < steps && state.block_is_on());
        self.switch.set_epochs(state.end_is_on());
        state.lap();
    }

    fn record(&self, state: &State, step: usize, lap: Lap) {
        let mut times = self.times();
        if step > SETTLING {
            times.blocks.push(state.block_is_on(), lap);
        } else if state.epoch > 2 {
            // The end of the epoch before.
            times.ends.push(!state.end_is_on(), lap);
        }
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Epochs of eight blocks after the settling steps; which blocks were with callbacks.
    fn paced(epochs: usize) -> (Times, Vec<bool>) {
        let times = Arc::new(Mutex::new(Times::default()));
        let switch = Arc::new(Switch::default());
        let pace = Pace::new(times.clone(), switch.clone());
        let steps = SETTLING + 8 * BLOCK;
        let mut on = Vec::new();
        for _ in 0..epochs {
            for step in 0..=steps {
                pace.before_step(step, steps);
                if step >= SETTLING && step < steps && step.is_multiple_of(BLOCK) {
                    on.push(switch.steps());
                }
            }
        }
        let times = times.lock().unwrap().clone();
        (times, on)
    }

    #[test]
    fn blocks_alternate_so_that_a_steady_drift_favours_neither() {
        let (_, on) = paced(1);
        assert_eq!(on, [false, true, true, false, false, true, true, false]);
    }

    #[test]
    fn the_first_epoch_is_left_out_and_every_second_end_is_with_callbacks() {
        let (times, _) = paced(5);
        assert_eq!((times.blocks.off.len(), times.blocks.on.len()), (16, 16));
        assert_eq!((times.ends.on.len(), times.ends.off.len()), (2, 1), "the ends of epochs 2 and 4, and of 3");
    }

    #[test]
    fn steps_that_settle_are_without_callbacks() {
        let switch = Arc::new(Switch::default());
        let pace = Pace::new(Arc::default(), switch.clone());
        let steps = SETTLING + 2 * BLOCK;
        (0..=steps).for_each(|step| pace.before_step(step, steps));
        pace.before_step(0, steps);
        assert!(!switch.steps());
    }

    #[test]
    fn what_callbacks_add_is_the_difference_of_neighbours() {
        let lap = |clock| Lap { clock, processor: 2.0 * clock };
        let off = [1.0, 5.0, 3.0, 9.0].map(lap).to_vec();
        let laps = Laps { on: off.iter().map(|off| lap(off.clock + 0.5)).collect(), off };
        assert_eq!(laps.added(|lap| lap.clock), [0.5; 3]);
        assert_eq!(laps.added(|lap| lap.processor), [1.0; 3]);
        assert_eq!((laps.without(|lap| lap.clock), laps.pairs()), (5.0, 4));
    }
}
