//! The order in which a loader goes through its samples.

use std::ops::Range;

use crate::random::{Draws, permutation};

/// Names the stream of random numbers that orders are drawn from.
const STREAM: u64 = 0x6F72_6465_7200;
/// Batches in a pool of [`LengthBuckets`].
const POOL: usize = 100;

/// What an order may depend on besides the samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochKey {
    /// The loader's seed; none when it does not shuffle.
    pub seed: Option<u64>,
    /// 1-based.
    pub epoch: usize,
    /// Samples in a batch: the loader cuts the order into batches of so many.
    pub batch_size: usize,
}

/// Decides in which order a [`Loader`](crate::Loader) goes through its samples in an epoch, and so which samples share a batch.
///
/// The order may depend on the arguments alone: a training that was interrupted asks for it again.
pub trait Sampler: Send + Sync {
    /// The positions of the samples of `range` in the order of this epoch, as many as there are.
    fn order(&self, range: Range<usize>, key: &EpochKey) -> Vec<usize>;
}

/// Every sample once: in the data's order, or in a new random order each epoch where the loader shuffles. The default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uniform;

impl Sampler for Uniform {
    fn order(&self, range: Range<usize>, key: &EpochKey) -> Vec<usize> {
        let Some(seed) = key.seed else { return range.collect() };
        let mut order = permutation(range.len(), &[STREAM, seed, key.epoch as u64]);
        order.iter_mut().for_each(|position| *position += range.start);
        order
    }
}

/// Every sample once, those of similar length in one batch: less padding, so less work.
///
/// ```text
/// order of the epoch -> pools of P batches, each sorted by length -> batches of B -> their order drawn
/// ```
///
/// Which samples meet differs from epoch to epoch, for a pool is a random part of the data; a batch that is not full stays last. A
/// loader that does not shuffle goes from the shortest sample to the longest. torchtext's `BucketIterator` works alike.
///
/// ```
/// use firebrick_data::{EpochKey, LengthBuckets, Sampler};
///
/// let buckets = LengthBuckets::new(vec![9, 1, 8, 2]);
/// let order = buckets.order(0..4, &EpochKey { seed: Some(7), epoch: 1, batch_size: 2 });
/// assert!(order == [1, 3, 2, 0] || order == [2, 0, 1, 3]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LengthBuckets {
    lengths: Vec<usize>,
    pool: usize,
}

impl LengthBuckets {
    /// Groups samples by these lengths, one for each sample of the data set, in pools of 100 batches.
    pub fn new(lengths: Vec<usize>) -> Self {
        Self { lengths, pool: POOL }
    }

    /// Sorts pools of this many batches: more mean less padding, fewer mean batches that are mixed better.
    ///
    /// # Panics
    /// When it is 0.
    #[must_use]
    pub fn with_pool(mut self, batches: usize) -> Self {
        assert!(batches > 0, "LengthBuckets: a pool of 0 batches; it has at least one");
        self.pool = batches;
        self
    }
}

impl Sampler for LengthBuckets {
    /// # Panics
    /// When there are fewer lengths than samples.
    fn order(&self, range: Range<usize>, key: &EpochKey) -> Vec<usize> {
        let (lengths, end) = (&self.lengths, range.end);
        assert!(end <= lengths.len(), "LengthBuckets: {} lengths for {end} samples", lengths.len());
        let mut order = Uniform.order(range, key);
        let Some(seed) = key.seed else {
            order.sort_by_key(|&position| lengths[position]);
            return order;
        };
        for pool in order.chunks_mut(self.pool.saturating_mul(key.batch_size)) {
            pool.sort_by_key(|&position| lengths[position]);
        }
        let (full, rest) = order.split_at(order.len() - order.len() % key.batch_size);
        let mut batches: Vec<&[usize]> = full.chunks_exact(key.batch_size).collect();
        Draws::new(&[STREAM, seed, key.epoch as u64, 1]).shuffle(&mut batches);
        let mut order = batches.concat();
        order.extend_from_slice(rest);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(epoch: usize) -> EpochKey {
        EpochKey { seed: Some(3), epoch, batch_size: 8 }
    }

    fn lengths() -> Vec<usize> {
        (0..1003).map(|i| Draws::new(&[i]).below(200) as usize + 1).collect()
    }

    /// Steps with padding over steps without.
    fn padded_share(order: &[usize], lengths: &[usize]) -> f64 {
        let padded: usize = order.chunks(8).map(|b| b.len() * b.iter().map(|&i| lengths[i]).max().unwrap()).sum();
        padded as f64 / lengths.iter().sum::<usize>() as f64
    }

    #[test]
    fn every_sample_comes_once_and_padding_all_but_vanishes() {
        let lengths = lengths();
        let buckets = LengthBuckets::new(lengths.clone());
        let order = buckets.order(0..1003, &key(1));
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1003).collect::<Vec<_>>());
        assert!(padded_share(&order, &lengths) < 1.05);
        assert!(padded_share(&Uniform.order(0..1003, &key(1)), &lengths) > 1.6);
        let pools = buckets.clone().with_pool(5).order(0..1003, &key(1));
        assert!((1.05..1.4).contains(&padded_share(&pools, &lengths)), "{}", padded_share(&pools, &lengths));
    }

    #[test]
    fn an_epoch_has_its_own_batches_in_an_order_that_is_not_by_length() {
        let buckets = LengthBuckets::new(lengths()).with_pool(5);
        assert_eq!(buckets.order(0..1003, &key(2)), buckets.order(0..1003, &key(2)));
        let batches = |epoch| {
            let order = buckets.order(0..1003, &key(epoch));
            let set = |batch: &[usize]| batch.iter().copied().collect::<std::collections::BTreeSet<_>>();
            order.chunks(8).map(set).collect::<std::collections::BTreeSet<_>>()
        };
        assert!(batches(1).intersection(&batches(2)).count() < 5, "an epoch mixes its samples anew");
        let order = buckets.order(0..1003, &key(1));
        let longest: Vec<usize> = order.chunks(8).map(|b| b.iter().map(|&i| lengths()[i]).max().unwrap()).collect();
        let rises = longest.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((45..80).contains(&rises), "{rises} of 125");
    }

    #[test]
    fn without_a_seed_it_goes_from_the_shortest_to_the_longest() {
        let buckets = LengthBuckets::new(vec![5, 3, 9, 3, 1]);
        let key = EpochKey { seed: None, epoch: 4, batch_size: 2 };
        assert_eq!(buckets.order(0..5, &key), [4, 1, 3, 0, 2]);
        assert_eq!(buckets.order(1..4, &key), [1, 3, 2]);
    }

    #[test]
    #[should_panic(expected = "2 lengths for 3 samples")]
    fn lengths_of_another_data_set_are_refused() {
        LengthBuckets::new(vec![1, 2]).order(0..3, &key(1));
    }
}
