//! What the tasks promise: they learn, padding leaves no trace, and a training that was broken off goes on with the same bytes.
//!
//! One program of its own: the CPU device has one generator for the whole process, from which tests beside it would draw.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod forecast;
mod labelling;
mod language;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use firebrick_callbacks::{Callback, Checkpoints, Context, Flow, History, HistoryRecords, HookResult, callbacks};
use firebrick_rnn::tasks::{Session, TaskError};

/// No test draws beside another.
fn alone() -> MutexGuard<'static, ()> {
    static GENERATOR: Mutex<()> = Mutex::new(());
    GENERATOR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Breaks the training off after so many batches.
struct BreakOff(u64);

impl Callback for BreakOff {
    fn name(&self) -> &str {
        "BreakOff"
    }

    fn on_train_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        Ok(if context.global_step() == self.0 { Flow::interrupt("for the test") } else { Flow::Continue })
    }
}

/// A session that breaks off after `steps` batches, and what it records.
fn session(directory: &Path, resume: bool, steps: u64) -> (Session, HistoryRecords) {
    let history = History::new();
    let records = history.records();
    let session = Session::new()
        .with_callbacks(callbacks![BreakOff(steps), history])
        .with_checkpoints(Checkpoints::new(directory).resume(resume));
    (session, records)
}

/// A training that is broken off after 7 steps and resumed ends with the weights and the history of a whole one.
fn assert_resumes(columns: &[&str], train: impl Fn(Session) -> Vec<u8>) {
    let _alone = alone();
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let run = |directory: &Path, resume, steps| {
        let (session, records) = session(directory, resume, steps);
        (train(session), records)
    };
    let (bytes, records) = run(whole.path(), false, u64::MAX);
    let (stopped, _) = run(parts.path(), false, 7);
    assert!(stopped != bytes, "it was to stop early");
    let (resumed, resumed_records) = run(parts.path(), true, u64::MAX);
    assert!(resumed == bytes, "the weights differ");
    for column in columns {
        let values = records.column(column);
        assert!(values.len() > 1, "{column}: {values:?}");
        assert_eq!(resumed_records.column(column), values, "{column}");
    }
}

/// The bytes of the weights that `save` writes.
fn weights_of(save: impl FnOnce(&Path) -> Result<(), TaskError>) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path()).unwrap();
    std::fs::read(folder.path().join("model.bpk")).unwrap()
}
