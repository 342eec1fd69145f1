//! Gradients that are summed up over several batches for one optimiser step.

use burn::module::Module;
use burn::optim::{GradientsAccumulator, GradientsParams};

use crate::gradients::{Gradients, Pending};

/// How the gradients of a group of batches become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// Their sum, as Burn's `grads_accumulation` makes it.
    Sum,
    /// Their mean over the batches that there were.
    Mean,
}

pub(super) struct Accumulation<M> {
    gradients: GradientsAccumulator<M>,
    batches: usize,
    group: Group,
    summed: usize,
}

impl<M: Module> Accumulation<M> {
    pub(super) fn new(batches: usize, group: Group) -> Self {
        Self { gradients: GradientsAccumulator::new(), batches, group, summed: 0 }
    }

    pub(super) fn group(&self) -> Group {
        self.group
    }

    /// From the next batch on; a group that has begun ends as soon as it has so many.
    pub(super) fn set_batches(&mut self, batches: usize) {
        self.batches = batches;
    }

    /// Whether some gradients are summed up that no optimiser step has used.
    pub(super) fn has_begun(&self) -> bool {
        self.summed > 0
    }

    /// Takes in a batch's gradients; those of the whole group after its last batch.
    pub(super) fn add(&mut self, model: &M, gradients: GradientsParams, is_last: bool) -> Option<Pending<M>> {
        self.gradients.accumulate(model, gradients);
        self.summed += 1;
        if self.summed < self.batches && !is_last {
            return None;
        }
        let mut pending = Pending { model: model.clone(), gradients: self.gradients.grads() };
        if self.group == Group::Mean && self.summed > 1 {
            pending.scale(1.0 / self.summed as f64);
        }
        self.summed = 0;
        Some(pending)
    }
}
