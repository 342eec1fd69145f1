//! Reads the state that a learner hides, through the checkpointer that Burn itself uses.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use burn::lr_scheduler::LrSchedulerRecord;
use burn::optim::OptimizerRecord;
use burn::store::ModuleRecord;
use burn::train::checkpoint::{
    AsyncCheckpointer, Checkpoint, Checkpointer, CheckpointerError, CheckpointingAction, CheckpointingStrategy,
};
use burn::train::metric::store::EventStoreClient;
use burn::train::{Learner, LearnerModel, LearningCheckpointer};

use crate::CheckpointError;

const NOTHING: &str = "nothing is stored here";

/// What a learner hides of its state, read at one moment.
pub(super) struct Records {
    pub(super) optimizer: OptimizerRecord,
    pub(super) scheduler: LrSchedulerRecord,
}

/// Reads learners' states.
pub(super) struct Capture<M: LearnerModel> {
    checkpointer: LearningCheckpointer<M>,
    optimizer: Receiver<OptimizerRecord>,
    scheduler: Receiver<LrSchedulerRecord>,
    store: Arc<EventStoreClient>,
}

impl<M: LearnerModel> Capture<M> {
    pub(super) fn new(store: Arc<EventStoreClient>) -> Self {
        let (optimizer_tap, optimizer) = tap();
        let (scheduler_tap, scheduler) = tap();
        let checkpointer =
            LearningCheckpointer::new(AsyncCheckpointer::new(Drain), optimizer_tap, scheduler_tap, Box::new(Always));
        Self { checkpointer, optimizer, scheduler, store }
    }

    pub(super) fn store(&self) -> Arc<EventStoreClient> {
        self.store.clone()
    }

    pub(super) fn read(&mut self, learner: &Learner<M>) -> Result<Records, CheckpointError> {
        self.checkpointer.checkpoint(learner, 0, &self.store);
        Ok(Records { optimizer: receive(&self.optimizer)?, scheduler: receive(&self.scheduler)? })
    }
}

fn receive<R>(records: &Receiver<R>) -> Result<R, CheckpointError> {
    records.recv().map_err(|_| CheckpointError::Pack("the thread that reads the learner's state has died".to_owned()))
}

fn tap<R: Checkpoint>() -> (AsyncCheckpointer<R>, Receiver<R>) {
    let (sender, receiver) = channel();
    (AsyncCheckpointer::new(Tap(sender)), receiver)
}

/// Hands records over instead of storing them.
struct Tap<R>(Sender<R>);

impl<R: Checkpoint> Checkpointer<R> for Tap<R> {
    fn save(&self, _epoch: usize, record: R) -> Result<(), CheckpointerError> {
        self.0.send(record).map_err(|error| CheckpointerError::Unknown(error.to_string()))
    }

    fn delete(&self, _epoch: usize) -> Result<(), CheckpointerError> {
        Ok(())
    }

    fn restore(&self, _epoch: usize) -> Result<R, CheckpointerError> {
        Err(CheckpointerError::Unknown(NOTHING.to_owned()))
    }
}

/// Takes the model's record, which comes along: a learner does not hide its model.
struct Drain;

impl Checkpointer<ModuleRecord> for Drain {
    fn save(&self, _epoch: usize, _record: ModuleRecord) -> Result<(), CheckpointerError> {
        Ok(())
    }

    fn delete(&self, _epoch: usize) -> Result<(), CheckpointerError> {
        Ok(())
    }

    fn restore(&self, _epoch: usize) -> Result<ModuleRecord, CheckpointerError> {
        Err(CheckpointerError::Unknown(NOTHING.to_owned()))
    }
}

struct Always;

impl CheckpointingStrategy for Always {
    fn checkpointing(&mut self, _epoch: usize, _store: &EventStoreClient) -> Vec<CheckpointingAction> {
        vec![CheckpointingAction::Save]
    }
}
