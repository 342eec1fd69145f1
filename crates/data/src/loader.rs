//! The deterministic loader: the same batches whatever the number of workers, from any epoch and step.
//!
//! ```text
//! order of epoch e  = what the sampler says: a permutation of the samples drawn from (seed, e), unless another is set
//! batch s of it     = samples order[s·B .. (s+1)·B], collated with (seed, e, s, indices)
//! ```
//!
//! Nothing carries over from one batch to the next, so any thread may make any batch, and a training that was
//! interrupted goes on at the batch where it stopped.

mod sampler;
mod workers;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::{Dataset, DatasetError};
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::collate::{BatchContext, Collate};
pub use sampler::{EpochKey, LengthBuckets, Sampler, Uniform};
use workers::Workers;

/// Where a training stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// 1-based.
    pub epoch: usize,
    /// Batches of this epoch that are already done.
    pub step: usize,
}

/// How a [`Loader`] goes through its samples.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoaderConfig {
    /// Samples in a batch; at least 1, default 32.
    pub batch_size: usize,
    /// The seed of the order, a new order each epoch; `None` (default): the data's own order.
    pub shuffle: Option<u64>,
    /// Threads that make batches; 0: the caller's thread. Default 1. The batches do not depend on it.
    pub workers: usize,
    /// Batches kept ready ahead of the caller, at least one for each worker. Default 4.
    pub prefetch: usize,
    /// Whether a last batch with fewer samples is left out. Default false.
    pub drop_last: bool,
}

impl Default for LoaderConfig {
    fn default() -> Self {
        Self { batch_size: 32, shuffle: None, workers: 1, prefetch: 4, drop_last: false }
    }
}

impl LoaderConfig {
    /// Batches of this size, otherwise the defaults.
    pub fn new(batch_size: usize) -> Self {
        Self { batch_size, ..Self::default() }
    }

    /// Shuffles each epoch anew, from this seed.
    #[must_use]
    pub fn with_shuffle(mut self, seed: u64) -> Self {
        self.shuffle = Some(seed);
        self
    }

    /// Makes batches on this many threads.
    #[must_use]
    pub fn with_workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// Keeps this many batches ready.
    #[must_use]
    pub fn with_prefetch(mut self, prefetch: usize) -> Self {
        self.prefetch = prefetch;
        self
    }

    /// Leaves out a last batch with fewer samples.
    #[must_use]
    pub fn with_drop_last(mut self, drop_last: bool) -> Self {
        self.drop_last = drop_last;
        self
    }
}

/// Batches of a data set, for Burn's trainer and for loops of one's own.
///
/// Each [`iter`](DataLoader::iter) is one epoch: the one that the position closure names, and without a closure the
/// next one, beginning with epoch 1.
///
/// ```
/// use std::sync::Arc;
/// use burn::data::dataloader::DataLoader;
/// use burn::tensor::Device;
/// use firebrick_data::{ImageBatch, ImageCollate, Images, Loader, LoaderConfig};
///
/// let images = Images::new(vec![7; 10 * 4], [1, 2, 2], vec![0; 10], vec!["seven".into()])?;
/// let config = LoaderConfig::new(4).with_shuffle(42);
/// let loader = Loader::new(Arc::new(images), Arc::new(ImageCollate::new()), config).with_device(&Device::flex());
/// let sizes: Vec<usize> = loader.iter().map(|batch| batch.unwrap().indices.len()).collect();
/// assert_eq!(sizes, [4, 4, 2]);
/// # Ok::<(), firebrick_data::DataError>(())
/// ```
pub struct Loader<I, O> {
    dataset: Arc<dyn Dataset<I>>,
    collate: Arc<dyn Collate<I, O>>,
    sampler: Arc<dyn Sampler>,
    config: LoaderConfig,
    device: Option<Device>,
    position: Arc<dyn Fn() -> (usize, usize) + Send + Sync>,
    /// The samples that it goes through: all, or a slice of them.
    range: std::ops::Range<usize>,
}

impl<I, O> Clone for Loader<I, O> {
    fn clone(&self) -> Self {
        Self {
            dataset: self.dataset.clone(),
            collate: self.collate.clone(),
            sampler: self.sampler.clone(),
            config: self.config.clone(),
            device: self.device.clone(),
            position: self.position.clone(),
            range: self.range.clone(),
        }
    }
}

impl<I, O> std::fmt::Debug for Loader<I, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader").field("config", &self.config).field("range", &self.range).finish_non_exhaustive()
    }
}

impl<I: 'static, O: Send + 'static> Loader<I, O> {
    /// A loader of these samples.
    ///
    /// # Panics
    /// When the batch size is 0.
    pub fn new(dataset: Arc<dyn Dataset<I>>, collate: Arc<dyn Collate<I, O>>, config: LoaderConfig) -> Self {
        assert!(config.batch_size > 0, "LoaderConfig: batch_size is 0, a batch has at least one sample");
        let range = 0..dataset.len();
        let epochs = AtomicUsize::new(1);
        let position = Arc::new(move || (epochs.fetch_add(1, Ordering::Relaxed), 0));
        Self { dataset, collate, sampler: Arc::new(Uniform), config, device: None, position, range }
    }

    /// Goes through the samples in the order that this decides, as [`LengthBuckets`].
    #[must_use]
    pub fn with_sampler(mut self, sampler: Arc<dyn Sampler>) -> Self {
        self.sampler = sampler;
        self
    }

    /// Asks this closure at the beginning of each [`iter`](DataLoader::iter) for the epoch (1-based) and for the
    /// number of batches of it that are already done.
    #[must_use]
    pub fn with_position(mut self, position: impl Fn() -> (usize, usize) + Send + Sync + 'static) -> Self {
        self.position = Arc::new(position);
        self
    }

    /// Makes its batches on this device. Without it: Burn's default device.
    #[must_use]
    pub fn with_device(mut self, device: &Device) -> Self {
        self.device = Some(device.clone());
        self
    }

    /// How many batches an epoch has.
    pub fn num_batches(&self) -> usize {
        if self.config.drop_last {
            self.range.len() / self.config.batch_size
        } else {
            self.range.len().div_ceil(self.config.batch_size)
        }
    }

    /// The batches of an epoch, from a position on.
    ///
    /// # Panics
    /// When the sampler gives more or fewer positions than there are samples.
    pub fn batches(&self, position: Position) -> Batches<I, O> {
        let plan = Arc::new(self.plan(position.epoch));
        let (first, end) = (position.step.min(self.num_batches()), self.num_batches());
        let workers = self.config.workers.min(end - first);
        let window = self.config.prefetch.max(workers);
        let workers = (workers > 0).then(|| Workers::start(workers, window, first..end, &plan));
        Batches { plan, next: first, end, workers }
    }

    fn plan(&self, epoch: usize) -> Plan<I, O> {
        let seed = self.config.shuffle;
        let key = EpochKey { seed, epoch, batch_size: self.config.batch_size };
        let order = self.sampler.order(self.range.clone(), &key);
        let (found, expected) = (order.len(), self.range.len());
        assert_eq!(found, expected, "a sampler gave {found} positions for {expected} samples");
        Plan {
            dataset: self.dataset.clone(),
            collate: self.collate.clone(),
            device: self.device.clone().unwrap_or_default(),
            order,
            batch_size: self.config.batch_size,
            seed: seed.unwrap_or(0),
            epoch,
        }
    }
}

impl<I: 'static, O: Send + 'static> DataLoader<O> for Loader<I, O> {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<O> + 'a> {
        let (epoch, step) = (self.position)();
        Box::new(self.batches(Position { epoch, step }))
    }

    fn num_items(&self) -> usize {
        self.range.len()
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<O>> {
        Arc::new(self.clone().with_device(device))
    }

    /// # Panics
    /// When the slice reaches beyond the last sample.
    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<O>> {
        let len = self.range.len();
        assert!(start <= end && end <= len, "slice {start}..{end} of a loader with {len} samples");
        let range = self.range.start + start..self.range.start + end;
        Arc::new(Self { range, ..self.clone() })
    }
}

/// One epoch's work: everything that a batch depends on.
struct Plan<I, O> {
    dataset: Arc<dyn Dataset<I>>,
    collate: Arc<dyn Collate<I, O>>,
    device: Device,
    order: Vec<usize>,
    batch_size: usize,
    seed: u64,
    epoch: usize,
}

impl<I, O> Plan<I, O> {
    fn batch(&self, step: usize) -> Result<O, DatasetError> {
        let start = step * self.batch_size;
        let indices = self.order[start..(start + self.batch_size).min(self.order.len())].to_vec();
        let items = self.dataset.get_many(indices.clone())?;
        let context = BatchContext { seed: self.seed, epoch: self.epoch, step, indices };
        Ok(self.collate.collate(items, &context, &self.device))
    }
}

/// The batches of one epoch, in order. Dropping it stops its threads.
pub struct Batches<I, O> {
    plan: Arc<Plan<I, O>>,
    next: usize,
    end: usize,
    workers: Option<Workers<O>>,
}

impl<I, O> std::fmt::Debug for Batches<I, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batches").field("next", &self.next).field("end", &self.end).finish_non_exhaustive()
    }
}

impl<I, O> Iterator for Batches<I, O> {
    type Item = Result<O, DatasetError>;

    /// # Panics
    /// When making the batch panicked, with the same message, whatever thread made it.
    fn next(&mut self) -> Option<Self::Item> {
        if self.next == self.end {
            return None;
        }
        let step = self.next;
        self.next += 1;
        Some(match &self.workers {
            Some(workers) => workers.take(step),
            None => self.plan.batch(step),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.end - self.next, Some(self.end - self.next))
    }
}

impl<I, O> DataLoaderIterator<O> for Batches<I, O> {
    fn progress(&self) -> Progress {
        let total = self.plan.order.len();
        Progress::new((self.next * self.plan.batch_size).min(total), total, None)
    }
}

#[cfg(test)]
mod tests;
