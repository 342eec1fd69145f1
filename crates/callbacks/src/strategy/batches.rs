//! The batches of one epoch or one validation, cut off where a limit says so, with totals that fit.

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;

/// A loader's batches up to a limit.
///
/// A loader counts samples and a limit batches, so the total of a limited split is what the first batch promises: its size times the
/// limit, though never more than there is. After the last batch it is what was done.
pub(super) struct Batches<'a, O> {
    batches: Box<dyn DataLoaderIterator<O> + 'a>,
    first: Option<Result<O, DatasetError>>,
    limit: Option<usize>,
    done: usize,
    total: usize,
}

impl<'a, O> Batches<'a, O> {
    /// Begins where the loader begins, after `done` batches of at most `limit`.
    pub(super) fn new(loader: &'a dyn DataLoader<O>, limit: Option<usize>, done: usize) -> Self {
        let mut batches = Self { batches: loader.iter(), first: None, limit, done, total: loader.num_items() };
        if let Some(limit) = limit {
            batches.first = if done < limit { batches.batches.next() } else { None };
            let seen = done + usize::from(batches.first.is_some());
            let of_each = batches.batches.progress().items_processed.div_ceil(seen.max(1));
            batches.total = of_each.saturating_mul(limit).min(batches.total);
        }
        batches
    }

    /// Samples of the split, as far as its batches are gone through.
    pub(super) fn total(&self) -> usize {
        self.total
    }

    /// Samples done, and those there are: as many after the last batch, more before.
    pub(super) fn progress(&self) -> Progress {
        let progress = self.batches.progress();
        let Some(limit) = self.limit else { return progress };
        let done = progress.items_processed;
        let is_last = self.done >= limit || progress.is_completed();
        Progress::new(done, if is_last { done } else { self.total.max(done + 1) }, progress.unit)
    }
}

impl<O> Iterator for Batches<'_, O> {
    type Item = Result<O, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.limit.is_some_and(|limit| self.done >= limit) {
            return None;
        }
        let batch = self.first.take().or_else(|| self.batches.next())?;
        self.done += 1;
        Some(batch)
    }
}

#[cfg(test)]
mod tests {
    use burn::data::dataloader::DataLoaderBuilder;
    use burn::data::dataloader::batcher::Batcher;
    use burn::data::dataset::InMemDataset;
    use burn::tensor::Device;

    use super::*;

    #[derive(Clone)]
    struct Count;

    impl Batcher<u8, usize> for Count {
        fn batch(&self, items: Vec<u8>, _device: &Device) -> usize {
            items.len()
        }
    }

    /// Samples done and in all after every batch of ten samples in fours.
    fn progress(limit: Option<usize>) -> (usize, Vec<(usize, usize)>) {
        let loader = DataLoaderBuilder::new(Count).batch_size(4).build(InMemDataset::new(vec![0; 10]));
        let mut batches = Batches::new(loader.as_ref(), limit, 0);
        let total = batches.total();
        let mut seen = Vec::new();
        while let Some(batch) = batches.next() {
            let progress = batches.progress();
            assert!(batch.unwrap() <= 4);
            seen.push((progress.items_processed, progress.items_total));
        }
        (total, seen)
    }

    #[test]
    fn totals_agree_with_what_is_done() {
        let all = vec![(4, 10), (8, 10), (10, 10)];
        assert_eq!(progress(None), (10, all.clone()));
        assert_eq!(progress(Some(1)), (4, vec![(4, 4)]));
        assert_eq!(progress(Some(2)), (8, vec![(4, 8), (8, 8)]));
        for more in [3, 4, usize::MAX] {
            assert_eq!(progress(Some(more)), (10, all.clone()), "{more}");
        }
    }

    #[test]
    fn no_batch_is_loaded_beyond_the_limit() {
        let loader = DataLoaderBuilder::new(Count).batch_size(4).build(InMemDataset::new(vec![0; 10]));
        let mut batches = Batches::new(loader.as_ref(), Some(2), 2);
        assert!(batches.next().is_none());
        assert_eq!(batches.progress().items_processed, 0);
    }
}
