//! The threads behind a loader: they make batches ahead of the caller, who takes them in order.

use std::any::Any;
use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use burn::data::dataset::DatasetError;

use super::Plan;

/// What making a batch came to: the batch, an error of the data set, or the panic of the code that made it.
type Made<O> = Result<Result<O, DatasetError>, Box<dyn Any + Send>>;

/// Running threads. Dropping it waits for the batches that are being made.
pub(super) struct Workers<O> {
    shelf: Arc<Shelf<O>>,
    threads: Vec<JoinHandle<()>>,
}

/// Where finished batches wait for the caller.
struct Shelf<O> {
    state: Mutex<State<O>>,
    made: Condvar,
    taken: Condvar,
    /// How many batches may be begun and not yet taken.
    window: usize,
}

struct State<O> {
    ready: BTreeMap<usize, Made<O>>,
    /// The next batch to make; those from here to `end` are nobody's yet.
    begin: usize,
    /// The next batch that the caller takes.
    take: usize,
    end: usize,
}

impl<O: Send + 'static> Workers<O> {
    /// Starts `count` threads that make the batches `steps`, at most `window` ahead of the caller.
    pub(super) fn start<I: 'static>(count: usize, window: usize, steps: Range<usize>, plan: &Arc<Plan<I, O>>) -> Self {
        let state = State { ready: BTreeMap::new(), begin: steps.start, take: steps.start, end: steps.end };
        let shelf = Arc::new(Shelf { state: Mutex::new(state), made: Condvar::new(), taken: Condvar::new(), window });
        let work = || {
            let (shelf, plan) = (shelf.clone(), plan.clone());
            std::thread::spawn(move || {
                while let Some(step) = shelf.next_step() {
                    let made = catch_unwind(AssertUnwindSafe(|| plan.batch(step)));
                    shelf.put(step, made);
                }
            })
        };
        let threads = (0..count).map(|_| work()).collect();
        Self { shelf, threads }
    }
}

impl<O> Workers<O> {
    /// Waits for batch `step` and takes it.
    pub(super) fn take(&self, step: usize) -> Result<O, DatasetError> {
        let mut state = self.shelf.lock();
        let made = loop {
            if let Some(made) = state.ready.remove(&step) {
                break made;
            }
            state = self.shelf.made.wait(state).unwrap_or_else(PoisonError::into_inner);
        };
        state.take = step + 1;
        drop(state);
        self.shelf.taken.notify_all();
        made.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

impl<O> Shelf<O> {
    /// Nothing panics while it holds the lock, so a poisoned state is still whole.
    fn lock(&self) -> MutexGuard<'_, State<O>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_step(&self) -> Option<usize> {
        let mut state = self.lock();
        while state.begin < state.end && state.begin >= state.take + self.window {
            state = self.taken.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let step = state.begin;
        (step < state.end).then(|| {
            state.begin += 1;
            step
        })
    }

    fn put(&self, step: usize, made: Made<O>) {
        self.lock().ready.insert(step, made);
        self.made.notify_all();
    }
}

impl<O> Drop for Workers<O> {
    fn drop(&mut self) {
        self.shelf.lock().end = 0;
        self.shelf.taken.notify_all();
        for thread in self.threads.drain(..) {
            // A thread catches the panics of its batches, so there is nothing to learn from its end.
            let _ = thread.join();
        }
    }
}
