//! How long a training takes, and its end when the time is up: Lightning's `Timer`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::callback::HookResult;
use crate::clock_time::clock_time;
use crate::{Callback, CallbackError, Context, Flow, Split};

/// How often a [`Timer`] looks at the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interval {
    /// After every training batch.
    #[default]
    Step,
    /// After every epoch: the epoch in which the time runs out is finished.
    Epoch,
}

/// Ends the training when it has taken as long as it may, and measures it.
///
/// The time before a kill counts, up to the checkpoint that a run is resumed from; the time between the two processes does not. The
/// end is a [`Flow::Stop`]: the training is over, and a run resumed from its checkpoint stays over. (To break off at a time limit
/// and go on another day, take [`Interrupt::when`](crate::Interrupt::when).)
///
/// ```
/// use std::time::Duration;
/// use firebrick_callbacks::{Interval, Timer};
///
/// let timer = Timer::new(Duration::from_secs(12 * 3600)).interval(Interval::Epoch);
/// let times = timer.times();      // to be asked while and after the training runs
/// assert_eq!(times.left(), Some(Duration::from_secs(12 * 3600)));
/// ```
#[derive(Debug)]
pub struct Timer {
    interval: Interval,
    times: Times,
}

/// A handle on a timer's times.
#[derive(Clone, Debug, Default)]
pub struct Times {
    limit: Option<Duration>,
    clocks: Arc<Mutex<Clocks>>,
}

#[derive(Debug, Default)]
struct Clocks {
    train: Clock,
    valid: Clock,
}

/// A clock that can be stopped and goes on.
#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    before: Duration,
    since: Option<Instant>,
}

impl Clock {
    fn elapsed(&self) -> Duration {
        self.before + self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn start(&mut self) {
        self.since.get_or_insert_with(Instant::now);
    }

    fn stop(&mut self) {
        *self = Self { before: self.elapsed(), since: None };
    }
}

/// What a checkpoint holds, in seconds.
#[derive(Serialize, Deserialize)]
struct Saved {
    train: f64,
    valid: f64,
}

impl Times {
    fn clocks(&self) -> MutexGuard<'_, Clocks> {
        self.clocks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time taken so far, also in earlier processes: with [`Split::Train`] by the whole training, validations included, with
    /// [`Split::Valid`] by the validations alone.
    pub fn elapsed(&self, split: Split) -> Duration {
        let clocks = self.clocks();
        match split {
            Split::Train => clocks.train.elapsed(),
            Split::Valid => clocks.valid.elapsed(),
        }
    }

    /// The time that is left of the limit; none without a limit.
    pub fn left(&self) -> Option<Duration> {
        Some(self.limit?.saturating_sub(self.elapsed(Split::Train)))
    }
}

impl Timer {
    /// Ends the training once it has taken this long.
    pub fn new(limit: Duration) -> Self {
        Self { interval: Interval::default(), times: Times { limit: Some(limit), ..Times::default() } }
    }

    /// Only measures.
    pub fn unlimited() -> Self {
        Self { interval: Interval::default(), times: Times::default() }
    }

    /// How often it looks at the clock. Default [`Interval::Step`].
    pub fn interval(self, interval: Interval) -> Self {
        Self { interval, ..self }
    }

    /// A handle on the times.
    pub fn times(&self) -> Times {
        self.times.clone()
    }

    fn flow(&self) -> HookResult {
        let Some(limit) = self.times.limit.filter(|limit| self.times.elapsed(Split::Train) >= *limit) else {
            return Ok(Flow::Continue);
        };
        Ok(Flow::stop(format!("the time limit of {} is reached", clock_time(limit))))
    }
}

impl Callback for Timer {
    fn name(&self) -> &str {
        "Timer"
    }

    fn on_train_begin(&mut self, _context: &mut Context<'_>) -> HookResult {
        let train = Clock { before: Duration::ZERO, since: Some(Instant::now()) };
        *self.times.clocks() = Clocks { train, valid: Clock::default() };
        Ok(Flow::Continue)
    }

    /// Also a resumed run's first word: its time may be up already.
    fn on_epoch_begin(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.flow()
    }

    fn on_train_batch_end(&mut self, _context: &mut Context<'_>) -> HookResult {
        if self.interval == Interval::Step { self.flow() } else { Ok(Flow::Continue) }
    }

    fn on_valid_begin(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.times.clocks().valid.start();
        Ok(Flow::Continue)
    }

    fn on_valid_end(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.times.clocks().valid.stop();
        Ok(Flow::Continue)
    }

    fn on_epoch_end(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.flow()
    }

    fn on_train_end(&mut self, _context: &mut Context<'_>) -> HookResult {
        let mut clocks = self.times.clocks();
        clocks.train.stop();
        clocks.valid.stop();
        Ok(Flow::Continue)
    }

    fn state(&self) -> Value {
        let seconds = |split| self.times.elapsed(split).as_secs_f64();
        serde_json::json!(Saved { train: seconds(Split::Train), valid: seconds(Split::Valid) })
    }

    fn load_state(&mut self, state: &Value) -> Result<(), CallbackError> {
        let saved = Saved::deserialize(state)?;
        let before = |seconds| Duration::try_from_secs_f64(seconds).map_err(CallbackError::other);
        let (train, valid) = (before(saved.train)?, before(saved.valid)?);
        let mut clocks = self.times.clocks();
        (clocks.train.before, clocks.valid.before) = (train, valid);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::MetricTable;
    use crate::testing::context;

    fn in_context<R>(act: impl FnOnce(&mut Context<'_>) -> R) -> R {
        context(1, &mut MetricTable::default(), act)
    }

    #[test]
    fn the_training_ends_when_the_limit_is_reached_and_says_so() {
        let cases =
            [(Interval::Step, Flow::stop("the time limit of 0 s is reached")), (Interval::Epoch, Flow::Continue)];
        for (interval, at_batch) in cases {
            let mut timer = Timer::new(Duration::ZERO).interval(interval);
            in_context(|context| {
                timer.on_train_begin(context).unwrap();
                assert_eq!(timer.on_train_batch_end(context).unwrap(), at_batch);
                assert!(matches!(timer.on_epoch_end(context).unwrap(), Flow::Stop { .. }));
            });
        }
        let mut patient = Timer::new(Duration::from_secs(3600));
        in_context(|context| {
            patient.on_train_begin(context).unwrap();
            assert_eq!(patient.on_train_batch_end(context).unwrap(), Flow::Continue);
            assert_eq!(patient.on_epoch_end(context).unwrap(), Flow::Continue);
        });
    }

    #[test]
    fn the_time_of_the_process_that_was_killed_counts() {
        let mut timer = Timer::new(Duration::from_secs(60));
        let times = timer.times();
        in_context(|context| timer.on_train_begin(context)).unwrap();
        timer.load_state(&serde_json::json!({ "train": 59.0, "valid": 20.0 })).unwrap();
        assert_eq!(in_context(|context| timer.on_epoch_begin(context)).unwrap(), Flow::Continue);
        assert!(times.left().unwrap() <= Duration::from_secs(1));
        assert_eq!(times.elapsed(Split::Valid), Duration::from_secs(20));
        timer.load_state(&serde_json::json!({ "train": 60.0, "valid": 20.0 })).unwrap();
        let stop = Flow::stop("the time limit of 1:00 is reached");
        assert_eq!(in_context(|context| timer.on_epoch_begin(context)).unwrap(), stop);
        let saved = Saved::deserialize(&timer.state()).unwrap();
        assert!(saved.train >= 60.0 && saved.valid == 20.0, "{} {}", saved.train, saved.valid);
        assert!(timer.load_state(&serde_json::json!({ "train": -1.0, "valid": 0.0 })).is_err());
    }

    #[test]
    fn validation_has_a_clock_of_its_own_and_both_stand_still_after_the_end() {
        let mut timer = Timer::unlimited();
        let times = timer.times();
        in_context(|context| {
            timer.on_train_begin(context).unwrap();
            timer.on_valid_begin(context).unwrap();
            std::thread::sleep(Duration::from_millis(5));
            timer.on_valid_end(context).unwrap();
            assert_eq!(timer.on_epoch_end(context).unwrap(), Flow::Continue);
            timer.on_train_end(context).unwrap();
        });
        let (train, valid) = (times.elapsed(Split::Train), times.elapsed(Split::Valid));
        assert!(valid >= Duration::from_millis(5) && train >= valid, "{train:?} {valid:?}");
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!((times.elapsed(Split::Train), times.left()), (train, None));
    }
}
