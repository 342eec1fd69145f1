//! A metric logger for Burn that keeps every epoch's metrics, and the running epoch's as sums that a checkpoint can hold.
//!
//! What an epoch's value is, and why one that goes on in another process has the same, stands in `running.rs`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use burn::train::logger::MetricLogger;
use burn::train::metric::store::{self, EpochSummary, MetricsUpdate};
use burn::train::metric::{MetricAttributes, MetricDefinition, MetricId, NumericEntry};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::MetricTable;
use super::running::Epoch;
use super::table::unknown_metric;
use crate::{CallbackError, Direction, Monitor, Split};

/// Burn's own metrics whose names are fixed, and whether higher is better.
pub(crate) const STANDARD_METRICS: [(&str, bool); 5] =
    [("Loss", false), ("Accuracy", true), ("CER", false), ("WER", false), ("ROUGE-L", true)];

/// Keeps what Burn's metrics say. Clones share what they keep.
///
/// [`CallbackStrategy::attach`](crate::CallbackStrategy::attach) registers it. As with any metric logger given to Burn, Burn's own
/// log files are then written only if a `FileMetricLogger` is registered beside it.
#[derive(Clone, Default)]
pub struct MetricLog {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    definitions: Vec<Definition>,
    open: BTreeMap<Split, Epoch>,
    last: Option<Split>,
    closed: BTreeMap<(Split, usize), Vec<(String, f64)>>,
}

struct Definition {
    id: MetricId,
    name: String,
    unit: Option<String>,
    higher_is_better: Option<bool>,
}

/// Split, epoch, and the bits of its metrics.
type SavedEpoch = (Split, usize, Vec<(String, u64)>);

#[derive(Serialize, Deserialize)]
struct Saved {
    closed: Vec<SavedEpoch>,
    open: Option<Epoch>,
}

impl MetricLog {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether Burn has told it which metrics there are.
    pub(crate) fn is_registered(&self) -> bool {
        !self.state().definitions.is_empty()
    }

    /// Forgets what an earlier training left.
    pub(crate) fn forget(&self) {
        let mut state = self.state();
        state.open.clear();
        state.closed.clear();
    }

    pub(crate) fn direction(&self, name: &str) -> Option<Direction> {
        let state = self.state();
        let defined = state.definitions.iter().find(|definition| definition.name == name);
        let standard = || STANDARD_METRICS.iter().find(|metric| metric.0 == name).map(|metric| metric.1);
        let higher_is_better = defined.and_then(|definition| definition.higher_is_better).or_else(standard);
        higher_is_better.map(|higher| if higher { Direction::Max } else { Direction::Min })
    }

    /// Refuses a monitor whose metric was never registered.
    pub(crate) fn check(&self, monitor: &Monitor) -> Result<(), CallbackError> {
        let state = self.state();
        let mut known = state.definitions.iter().map(|definition| definition.name.as_str());
        if known.clone().any(|name| name == monitor.name()) {
            return Ok(());
        }
        Err(unknown_metric(monitor, &mut known))
    }

    /// All metrics of an epoch that has ended.
    pub(crate) fn epoch(&self, epoch: usize) -> MetricTable {
        let state = self.state();
        let mut table = MetricTable::default();
        for split in [Split::Train, Split::Valid] {
            for (name, value) in state.closed.get(&(split, epoch)).into_iter().flatten() {
                table.push(split, name, state.unit(name), *value);
            }
        }
        table
    }

    /// The metrics of the running epoch: of its training over the batches so far, of its last validation if there was one.
    pub(crate) fn so_far(&self, epoch: usize) -> MetricTable {
        let state = self.state();
        let mut table = MetricTable::default();
        let open = state.open.get(&Split::Train).filter(|open| open.epoch == epoch);
        for (name, running) in open.into_iter().flat_map(|open| &open.metrics) {
            if let Some(value) = running.value(true) {
                table.push(Split::Train, name, state.unit(name), value);
            }
        }
        for (name, value) in state.closed.get(&(Split::Valid, epoch)).into_iter().flatten() {
            table.push(Split::Valid, name, state.unit(name), *value);
        }
        table
    }

    /// The metrics of the split that runs, over its batches so far.
    pub(crate) fn running(&self) -> MetricTable {
        let state = self.state();
        let mut table = MetricTable::default();
        let Some(split) = state.last else { return table };
        for (name, running) in state.open.get(&split).into_iter().flat_map(|epoch| &epoch.metrics) {
            if let Some(value) = running.value(true) {
                table.push(split, name, state.unit(name), value);
            }
        }
        table
    }

    /// The metrics of the split that runs, over its last batch alone: those that have a value per batch.
    pub(crate) fn last_batch(&self) -> MetricTable {
        let state = self.state();
        let mut table = MetricTable::default();
        let Some(split) = state.last else { return table };
        for (name, running) in state.open.get(&split).into_iter().flat_map(|epoch| &epoch.metrics) {
            if let Some(value) = running.last {
                table.push(split, name, state.unit(name), value);
            }
        }
        table
    }

    /// Whether the running training epoch can go on in another process without its metrics changing.
    pub(crate) fn is_resumable(&self) -> bool {
        let state = self.state();
        state.open.get(&Split::Train).is_none_or(|epoch| epoch.metrics.iter().all(|(_, running)| !running.computed))
    }

    /// All epochs, and the running training epoch if `within_epoch`.
    pub(crate) fn save(&self, within_epoch: bool) -> Result<Value, serde_json::Error> {
        let state = self.state();
        let bits =
            |values: &Vec<(String, f64)>| values.iter().map(|(name, value)| (name.clone(), value.to_bits())).collect();
        let open = state.open.get(&Split::Train).filter(|_| within_epoch).cloned();
        // Of the running epoch a validation may be whole, the training is not.
        let is_whole = |key: &(Split, usize), open: &Epoch| (key.1, key.0 == Split::Train) < (open.epoch, true);
        let is_kept = |key: &(Split, usize)| open.as_ref().is_none_or(|open| is_whole(key, open));
        let closed = state.closed.iter().filter(|(key, _)| is_kept(key));
        let closed = closed.map(|((split, epoch), values)| (*split, *epoch, bits(values))).collect();
        serde_json::to_value(Saved { closed, open })
    }

    pub(crate) fn load(&self, value: &Value) -> Result<(), serde_json::Error> {
        let saved = Saved::deserialize(value)?;
        let floats =
            |values: Vec<(String, u64)>| values.into_iter().map(|(name, bits)| (name, f64::from_bits(bits))).collect();
        let mut state = self.state();
        state.closed =
            saved.closed.into_iter().map(|(split, epoch, values)| ((split, epoch), floats(values))).collect();
        state.open = saved.open.into_iter().map(|open| (Split::Train, Epoch { resumed: true, ..open })).collect();
        Ok(())
    }
}

impl State {
    fn unit(&self, name: &str) -> Option<String> {
        self.definitions
            .iter()
            .find(|definition| definition.name == name)
            .and_then(|definition| definition.unit.clone())
    }

    fn name(&self, id: &MetricId) -> Option<String> {
        self.definitions.iter().find(|definition| definition.id == *id).map(|definition| definition.name.clone())
    }
}

fn split_of(split: &store::Split) -> Option<Split> {
    match split {
        store::Split::Train => Some(Split::Train),
        store::Split::Valid => Some(Split::Valid),
        store::Split::Test(_) => None,
    }
}

impl MetricLogger for MetricLog {
    fn log(&mut self, update: MetricsUpdate, epoch: usize, split: &store::Split) {
        let Some(split) = split_of(split) else { return };
        let mut state = self.state();
        state.last = Some(split);
        let goes_on = |open: &Epoch| open.epoch == epoch && !open.ended;
        let mut open = state.open.remove(&split).filter(goes_on).unwrap_or_default();
        open.epoch = epoch;
        for entry in update.entries_numeric {
            let Some(name) = state.name(&entry.entry.metric_id) else { continue };
            let resumed = open.resumed;
            open.running(name).update(entry.numeric_entry.as_ref(), entry.running_entry.as_ref(), resumed);
        }
        state.open.insert(split, open);
    }

    fn read_numeric(&mut self, name: &str, epoch: usize, split: &store::Split) -> Result<Vec<NumericEntry>, String> {
        let Some(split) = split_of(split) else { return Ok(Vec::new()) };
        let state = self.state();
        let closed = state.closed.get(&(split, epoch)).into_iter().flatten();
        let value = closed.filter(|(known, _)| known == name).map(|(_, value)| NumericEntry::Final(*value));
        Ok(value.collect())
    }

    fn log_metric_definition(&mut self, definition: MetricDefinition) {
        let (unit, higher_is_better) = match definition.attributes {
            MetricAttributes::Numeric(numeric) => (numeric.unit, Some(numeric.higher_is_better)),
            MetricAttributes::None => (None, None),
        };
        let name = definition.name.to_string();
        let mut state = self.state();
        state.definitions.retain(|known| known.name != name);
        state.definitions.push(Definition { id: definition.metric_id, name, unit, higher_is_better });
    }

    fn log_epoch_summary(&mut self, summary: EpochSummary) {
        let Some(split) = split_of(&summary.split) else { return };
        let mut state = self.state();
        let Some(open) = state.open.get_mut(&split).filter(|open| open.epoch == summary.epoch_number) else { return };
        open.ended = true;
        let values = open.metrics.iter().filter_map(|(name, running)| Some((name.clone(), running.value(false)?)));
        let values = values.collect();
        state.closed.insert((split, summary.epoch_number), values);
    }
}

#[cfg(test)]
mod tests;
