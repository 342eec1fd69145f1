//! Files that are written while the training goes on.
//!
//! One thread does one job after the other in the order in which they came, so the disk goes through the same states as if the training
//! waited for each: a process killed at any moment leaves what a slower disk would have left. After a job that failed none is done.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use crate::CallbackError;

/// Work for the thread that writes files.
pub(crate) type Job = Box<dyn FnOnce() -> Result<(), CallbackError> + Send>;

/// How many jobs may wait, each with a model's weights in memory: one more makes the training wait.
const WAITING: u64 = 4;

/// How far the thread steps back behind those that train: where they leave it no core, it gets about a tenth of one.
#[cfg(target_os = "linux")]
const STEP_BACK: i32 = 10;

/// The thread and its jobs. Dropped, it does what is left first.
#[derive(Default)]
pub(crate) struct Background {
    queue: Arc<Queue>,
    /// Begun with the first job.
    thread: Option<JoinHandle<()>>,
}

/// A job's number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Jobs given so far, and those of them that are over.
    given: u64,
    over: u64,
    error: Option<CallbackError>,
    has_failed: bool,
    is_closed: bool,
}

impl Background {
    /// Gives the thread a job.
    pub(crate) fn add(&mut self, job: Job) -> Ticket {
        let ticket = {
            let mut state = self.queue.state();
            state.jobs.push_back(job);
            state.given += 1;
            Ticket(state.given)
        };
        self.queue.changed.notify_all();
        if self.thread.is_none() {
            let queue = self.queue.clone();
            let work = move || {
                give_way();
                while queue.work() {}
            };
            self.thread = Builder::new().name("files".to_owned()).spawn(work).ok();
        }
        if self.thread.is_none() {
            // No thread to be had: the training does the work itself.
            while self.queue.work_at_hand() {}
        }
        self.wait_for(Ticket(ticket.0.saturating_sub(WAITING)));
        ticket
    }

    /// Waits until this job is over and all before it.
    pub(crate) fn wait_for(&self, ticket: Ticket) {
        let mut state = self.queue.state();
        while state.over < ticket.0 {
            state = self.queue.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until all jobs are over.
    pub(crate) fn wait(&self) {
        let given = self.queue.state().given;
        self.wait_for(Ticket(given));
    }

    /// The error of a job that failed by now; once. Costs nothing worth measuring.
    pub(crate) fn check(&self) -> Result<(), CallbackError> {
        self.queue.state().error.take().map_or(Ok(()), Err)
    }

    /// Waits until all jobs are over, and gives the error of the one that failed.
    pub(crate) fn finish(&self) -> Result<(), CallbackError> {
        self.wait();
        self.check()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.queue.state().is_closed = true;
        self.queue.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // Jobs do not panic beyond `done`, so there is nothing to pass on.
            let _ = thread.join();
        }
    }
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a job and does it; false when there will be none.
    fn work(&self) -> bool {
        let mut state = self.state();
        while state.jobs.is_empty() {
            if state.is_closed {
                return false;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        self.work_at_hand()
    }

    /// Does the next job; false if there is none.
    fn work_at_hand(&self) -> bool {
        let (job, has_failed) = {
            let mut state = self.state();
            let Some(job) = state.jobs.pop_front() else { return false };
            (job, state.has_failed)
        };
        let result = if has_failed { Ok(()) } else { done(job) };
        let mut state = self.state();
        state.over += 1;
        if let Err(error) = result {
            (state.error, state.has_failed) = (Some(error), true);
        }
        drop(state);
        self.changed.notify_all();
        true
    }
}

/// Lets this thread have only what the threads that train leave of the processor, where priorities are the thread's own.
fn give_way() {
    #[cfg(target_os = "linux")]
    {
        // Refused, it is as quick as any other.
        let _ = rustix::process::nice(STEP_BACK);
    }
}

fn done(job: Job) -> Result<(), CallbackError> {
    catch_unwind(AssertUnwindSafe(job))
        .unwrap_or_else(|_| Err(CallbackError::other("the thread that writes files panicked")))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn jobs_are_done_in_order_while_the_giver_goes_on() {
        let mut background = Background::default();
        let (open, gate) = channel::<()>();
        let done = Arc::new(Mutex::new(Vec::new()));
        let mut gate = Some(gate);
        let tickets: Vec<Ticket> = (1..=3)
            .map(|number| {
                let (done, gate) = (done.clone(), gate.take());
                background.add(Box::new(move || {
                    gate.map_or(Ok(()), |gate| gate.recv()).map_err(CallbackError::other)?;
                    done.lock().unwrap().push(number);
                    Ok(())
                }))
            })
            .collect();
        assert!(done.lock().unwrap().is_empty());
        open.send(()).unwrap();
        background.wait_for(tickets[1]);
        assert_eq!(done.lock().unwrap()[..2], [1, 2]);
        background.finish().unwrap();
        assert_eq!(*done.lock().unwrap(), [1, 2, 3]);
    }

    #[test]
    fn after_a_job_that_failed_none_is_done_and_its_error_comes_once() {
        let mut background = Background::default();
        let done = Arc::new(Mutex::new(0));
        background.add(Box::new(|| Err(CallbackError::other("the disk is full"))));
        background.wait();
        let counted = done.clone();
        background.add(Box::new(move || {
            *counted.lock().unwrap() += 1;
            Ok(())
        }));
        assert_eq!(background.finish().unwrap_err().to_string(), "the disk is full");
        background.finish().unwrap();
        assert_eq!(*done.lock().unwrap(), 0);
    }

    #[test]
    fn a_job_that_panics_is_an_error() {
        let mut background = Background::default();
        background.add(Box::new(|| panic!("a defect")));
        assert_eq!(background.finish().unwrap_err().to_string(), "the thread that writes files panicked");
    }

    #[test]
    fn a_giver_that_is_too_fast_waits() {
        let mut background = Background::default();
        let (waiting, most) = (Arc::new(Mutex::new(0_u64)), Arc::new(Mutex::new(0)));
        for _ in 0..50 {
            *waiting.lock().unwrap() += 1;
            let (waiting, most) = (waiting.clone(), most.clone());
            background.add(Box::new(move || {
                let mut most = most.lock().unwrap();
                *most = (*most).max(*waiting.lock().unwrap());
                *waiting.lock().unwrap() -= 1;
                Ok(())
            }));
        }
        background.finish().unwrap();
        assert!(*most.lock().unwrap() <= WAITING + 2, "{most:?}");
        assert_eq!(*waiting.lock().unwrap(), 0);
    }

    #[test]
    fn what_is_left_is_done_before_it_goes() {
        let done = Arc::new(Mutex::new(0));
        let mut background = Background::default();
        for _ in 0..3 {
            let done = done.clone();
            background.add(Box::new(move || {
                *done.lock().unwrap() += 1;
                Ok(())
            }));
        }
        drop(background);
        assert_eq!(*done.lock().unwrap(), 3);
    }
}
