//! Trainings that take turns, and how long their turns take.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Steps of a turn.
pub(crate) const BLOCK: usize = 8;

/// The steps with which an epoch begins, in the same turn as the end of the one before: files may still be written meanwhile, which
/// slows these steps and must not slow another training's.
pub(crate) const SETTLING: usize = 4 * BLOCK;

/// A training's place in the rotation; it leaves when dropped.
pub(crate) struct Turn {
    rotation: Arc<Rotation>,
    place: usize,
}

struct Rotation {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    current: usize,
    takes_part: Vec<bool>,
}

impl Turn {
    /// The places of so many trainings.
    pub(crate) fn all(trainings: usize) -> Vec<Self> {
        let state = Mutex::new(State { current: 0, takes_part: vec![true; trainings] });
        let rotation = Arc::new(Rotation { state, changed: Condvar::new() });
        (0..trainings).map(|place| Self { rotation: rotation.clone(), place }).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.rotation.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the turn.
    pub(crate) fn take(&self) {
        let mut state = self.state();
        while state.current != self.place {
            state = self.rotation.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends the turn.
    pub(crate) fn pass(&self) {
        let mut state = self.state();
        let trainings = state.takes_part.len();
        let mut next = (1..=trainings).map(|steps| (self.place + steps) % trainings);
        if let Some(next) = next.find(|place| state.takes_part[*place]) {
            state.current = next;
            self.rotation.changed.notify_all();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.state().takes_part[self.place] = false;
        if self.state().current == self.place {
            self.pass();
        }
    }
}

/// Seconds of a training's turns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times {
    pub(crate) blocks: Vec<f64>,
    /// From an epoch's last step until the next epoch has settled: validation, files, and the settling steps.
    pub(crate) ends: Vec<f64>,
}

impl Times {
    /// Without the first epoch, in which memory is still being allocated.
    pub(crate) fn without_first_epoch(mut self, steps: usize) -> Self {
        self.blocks.drain(..((steps - SETTLING) / BLOCK).min(self.blocks.len()));
        // The first is the training's beginning.
        self.ends.drain(..2.min(self.ends.len()));
        self
    }

    /// The mean of two trainings that are alike, block by block.
    pub(crate) fn mean(one: &Self, other: &Self) -> Self {
        let means =
            |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(one, other)| (one + other) / 2.0).collect();
        Self { blocks: means(&one.blocks, &other.blocks), ends: means(&one.ends, &other.ends) }
    }

    /// Milliseconds of a step: the median.
    pub(crate) fn step(&self) -> f64 {
        1e3 * quartiles(self.blocks.clone())[1] / BLOCK as f64
    }

    /// Milliseconds of an epoch's end with the settling steps: the median.
    pub(crate) fn end(&self) -> f64 {
        1e3 * quartiles(self.ends.clone())[1]
    }

    /// Quartiles of the quotients of blocks that ran in the same round.
    pub(crate) fn ratios(&self, plain: &Self) -> [f64; 3] {
        quartiles(self.blocks.iter().zip(&plain.blocks).map(|(block, plain)| block / plain).collect())
    }
}

fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values.get(quarter * values.len() / 4).copied().unwrap_or(f64::NAN))
}

/// Measures the turns of one training, from inside of its loader.
pub(crate) struct Pace {
    turn: Turn,
    times: Arc<Mutex<Times>>,
    since: Mutex<Option<Instant>>,
}

impl Pace {
    pub(crate) fn new(turn: Turn, times: Arc<Mutex<Times>>) -> Self {
        Self { turn, times, since: Mutex::new(None) }
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the clock; the seconds that it ran until now.
    fn lap(&self) -> f64 {
        let now = Instant::now();
        let since = self.since.lock().unwrap_or_else(PoisonError::into_inner).replace(now);
        since.map_or(0.0, |since| (now - since).as_secs_f64())
    }

    /// Before the step of this number, from 0, of an epoch of `steps`; also after the last one. The turn lasts until the next epoch has
    /// settled then.
    pub(crate) fn before_step(&self, step: usize, steps: usize) {
        let has_begun = !self.times().ends.is_empty();
        if step == 0 && !has_begun {
            self.turn.take();
            self.lap();
        }
        if step < SETTLING || !step.is_multiple_of(BLOCK) {
            return;
        }
        let seconds = self.lap();
        let mut times = self.times();
        if step == SETTLING {
            times.ends.push(seconds);
        } else {
            times.blocks.push(seconds);
        }
        drop(times);
        if step < steps {
            self.turn.pass();
            self.turn.take();
            self.lap();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trainings_run_one_after_the_other_and_the_last_goes_on_alone() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let trainings: Vec<_> = Turn::all(3)
            .into_iter()
            .enumerate()
            .map(|(place, turn)| {
                let seen = seen.clone();
                std::thread::spawn(move || {
                    for _ in 0..=place {
                        turn.take();
                        seen.lock().unwrap().push(place);
                        turn.pass();
                    }
                })
            })
            .collect();
        trainings.into_iter().for_each(|training| training.join().unwrap());
        assert_eq!(*seen.lock().unwrap(), [0, 1, 2, 1, 2, 2]);
    }

    #[test]
    fn an_epochs_end_lasts_until_the_next_has_settled_and_the_beginning_is_left_out() {
        let times = Arc::new(Mutex::new(Times::default()));
        let turn = Turn::all(1).remove(0);
        let pace = Pace::new(turn, times.clone());
        let steps = SETTLING + 2 * BLOCK;
        for _ in 0..3 {
            (0..=steps).for_each(|step| pace.before_step(step, steps));
        }
        let times = times.lock().unwrap().clone();
        assert_eq!((times.ends.len(), times.blocks.len()), (3, 6));
        let measured = times.without_first_epoch(steps);
        assert_eq!((measured.ends.len(), measured.blocks.len()), (1, 4));
    }

    #[test]
    fn two_trainings_that_are_alike_are_one_of_their_mean_times() {
        let one = Times { blocks: vec![1.0, 2.0], ends: vec![4.0] };
        let other = Times { blocks: vec![3.0, 2.0], ends: vec![6.0] };
        let mean = Times::mean(&one, &other);
        assert_eq!((mean.blocks, mean.ends), (vec![2.0, 2.0], vec![5.0]));
    }

    #[test]
    fn ratios_compare_blocks_of_the_same_round() {
        let plain = Times { blocks: vec![1.0, 2.0, 4.0, 8.0], ends: vec![] };
        let dear = Times { blocks: vec![2.0, 4.0, 8.0, 16.0], ends: vec![] };
        assert_eq!(dear.ratios(&plain), [2.0; 3]);
    }
}
