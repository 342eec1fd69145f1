//! A learner's state at one moment, to be packed on another thread.

use std::collections::BTreeMap;
use std::sync::Arc;

use burn::store::RecordError;
use burn::tensor::Bytes;
use burn::train::metric::store::EventStoreClient;
use burn::train::{Learner, LearnerModel};

use super::records::Capture;
use crate::CheckpointError;

/// Before the names of kept weights' sections.
pub(super) const KEPT: &str = "kept/";

/// Shares its tensors with the learner until one of them changes, so that it costs next to nothing to take.
pub(super) struct Snapshot<M: LearnerModel> {
    model: M,
    kept: BTreeMap<String, M>,
    /// For the optimiser and the scheduler. Clones of a model share its running statistics, so this one's go on changing.
    learner: Learner<M>,
    store: Arc<EventStoreClient>,
}

impl<M: LearnerModel> Snapshot<M> {
    pub(super) fn new(learner: &Learner<M>, kept: &BTreeMap<String, M>, store: Arc<EventStoreClient>) -> Self {
        let kept = kept.iter().map(|(slot, model)| (slot.clone(), model.valid())).collect();
        Self { model: learner.model().valid(), kept, learner: learner.clone(), store }
    }

    /// The sections of a checkpoint.
    pub(super) fn into_sections(self) -> Result<Vec<(String, Vec<u8>)>, CheckpointError> {
        let records = Capture::new(self.store).read(&self.learner)?;
        drop(self.learner);
        let mut sections = vec![
            ("model".to_owned(), packed(self.model.into_record().into_bytes())?),
            ("optimizer".to_owned(), packed(records.optimizer.into_bytes())?),
            ("scheduler".to_owned(), packed(records.scheduler.into_bytes())?),
        ];
        for (slot, model) in self.kept {
            sections.push((format!("{KEPT}{slot}"), packed(model.into_record().into_bytes())?));
        }
        Ok(sections)
    }
}

fn packed(bytes: Result<Bytes, RecordError>) -> Result<Vec<u8>, CheckpointError> {
    // Without a copy where the bytes are a vector already.
    bytes
        .map(|bytes| bytes.try_into_vec().unwrap_or_else(|bytes| bytes.to_vec()))
        .map_err(|error| CheckpointError::Pack(error.to_string()))
}
