//! Splitting a data set into training, validation and test part, and into folds.
//!
//! Every function gives positions in ascending order: which sample falls into which part is drawn from the seed, the
//! order within a part is the data's own (the [`Loader`](crate::Loader) shuffles each epoch). A stratified split keeps
//! the share of every class in every part, to within one sample.

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::random::{Draws, permutation};

/// Names the stream of random numbers that splits are drawn from.
const STREAM: u64 = 0x0073_706C_6974;

/// The three parts of a data set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Splits<D> {
    /// What the network learns from.
    pub train: D,
    /// What decides when to stop and what to keep.
    pub valid: D,
    /// What the result is measured on, seen once.
    pub test: D,
}

impl<D> Splits<D> {
    /// The same three parts of something else, as positions turned into pictures.
    pub fn map<E>(self, mut f: impl FnMut(D) -> E) -> Splits<E> {
        Splits { train: f(self.train), valid: f(self.valid), test: f(self.test) }
    }
}

/// Which share of the samples goes to validation and to test; the rest is for training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fractions {
    /// 0 to 1, default 0.1.
    pub valid: f64,
    /// 0 to 1, default 0.2.
    pub test: f64,
}

impl Default for Fractions {
    fn default() -> Self {
        Self { valid: 0.1, test: 0.2 }
    }
}

/// One round of cross-validation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Positions to learn from.
    pub train: Vec<usize>,
    /// Positions to test on; over all folds, every position occurs in one of these.
    pub test: Vec<usize>,
}

/// Splits `len` samples at random.
///
/// # Errors
/// When a fraction is not between 0 and 1, when both together leave nothing for training, or when a part whose
/// fraction is above 0 would be empty.
pub fn shuffled(len: usize, fractions: Fractions, seed: u64) -> Result<Splits<Vec<usize>>, DataError> {
    stratified(&vec![0; len], fractions, seed)
}

/// Splits samples that have an order, such as a time series: the first for training, the last for test.
///
/// # Errors
/// As [`shuffled`].
pub fn ordered(len: usize, fractions: Fractions) -> Result<Splits<Vec<usize>>, DataError> {
    let counts = part_sizes(len, fractions)?;
    let (valid_at, test_at) = (counts.train, counts.train + counts.valid);
    Ok(Splits { train: (0..valid_at).collect(), valid: (valid_at..test_at).collect(), test: (test_at..len).collect() })
}

/// Splits samples so that every class keeps its share in every part. The sizes of the parts are those of
/// [`shuffled`]: what rounding leaves over goes to the classes with the largest remainders.
///
/// # Errors
/// As [`shuffled`].
pub fn stratified(labels: &[u32], fractions: Fractions, seed: u64) -> Result<Splits<Vec<usize>>, DataError> {
    let sizes = part_sizes(labels.len(), fractions)?;
    let mut groups = shuffled_classes(labels, seed);
    let test = take(&mut groups, sizes.test);
    let valid = take(&mut groups, sizes.valid);
    let mut train = groups.concat();
    train.sort_unstable();
    Ok(Splits { train, valid, test })
}

/// Splits off a share of the samples, stratified: (rest, held out).
///
/// # Errors
/// When the fraction is not between 0 and 1, or when one of the two parts would be empty.
pub fn hold_out(labels: &[u32], fraction: f64, seed: u64) -> Result<(Vec<usize>, Vec<usize>), DataError> {
    let splits = stratified(labels, Fractions { valid: fraction, test: 0.0 }, seed)?;
    Ok((splits.train, splits.valid))
}

/// Stratified folds for cross-validation: every sample is tested once, the folds' sizes differ by at most one sample,
/// and so do the counts of each class.
///
/// # Errors
/// When `k` is below 2 or above the number of samples.
pub fn k_folds(labels: &[u32], k: usize, seed: u64) -> Result<Vec<Fold>, DataError> {
    if k < 2 || k > labels.len() {
        return Err(DataError::Folds { k, samples: labels.len() });
    }
    let dealt = shuffled_classes(labels, seed).concat();
    let mut fold_of = vec![0; labels.len()];
    for (turn, &position) in dealt.iter().enumerate() {
        fold_of[position] = turn % k;
    }
    let fold = |f: usize| {
        let (test, train) = (0..labels.len()).partition(|&position| fold_of[position] == f);
        Fold { train, test }
    };
    Ok((0..k).map(fold).collect())
}

fn part_sizes(len: usize, fractions: Fractions) -> Result<Splits<usize>, DataError> {
    for (part, fraction) in [("validation", fractions.valid), ("test", fractions.test)] {
        if !(0.0..=1.0).contains(&fraction) {
            return Err(DataError::Fraction { part, fraction });
        }
    }
    let count = |fraction: f64| (fraction * len as f64).round() as usize;
    let (valid, test) = (count(fractions.valid), count(fractions.test));
    for (part, fraction, size) in [("validation", fractions.valid, valid), ("test", fractions.test, test)] {
        if fraction > 0.0 && size == 0 {
            return Err(DataError::EmptyPart { part, samples: len });
        }
    }
    if valid + test >= len {
        return Err(DataError::EmptyPart { part: "training", samples: len });
    }
    Ok(Splits { train: len - valid - test, valid, test })
}

/// The positions of each class, each class in random order.
fn shuffled_classes(labels: &[u32], seed: u64) -> Vec<Vec<usize>> {
    let mut sorted = permutation(labels.len(), &[STREAM, seed]);
    sorted.sort_by_key(|&position| labels[position]);
    sorted.chunk_by(|&a, &b| labels[a] == labels[b]).map(<[usize]>::to_vec).collect()
}

/// Takes `count` positions from the ends of the groups, from each in proportion to its size.
fn take(groups: &mut [Vec<usize>], count: usize) -> Vec<usize> {
    let total: usize = groups.iter().map(Vec::len).sum();
    let mut shares: Vec<(usize, usize, usize)> = groups
        .iter()
        .enumerate()
        .map(|(class, group)| {
            let exact = group.len() as u128 * count as u128;
            ((exact % total as u128) as usize, class, (exact / total as u128) as usize)
        })
        .collect();
    let missing = count - shares.iter().map(|share| share.2).sum::<usize>();
    shares.sort_by_key(|&(remainder, class, _)| (std::cmp::Reverse(remainder), class));
    for share in &mut shares[..missing] {
        share.2 += 1;
    }
    let mut taken = Vec::with_capacity(count);
    for (_, class, share) in shares {
        let group = &mut groups[class];
        taken.extend(group.drain(group.len() - share..));
    }
    taken.sort_unstable();
    taken
}

/// A random sample of `count` positions, stratified, ascending; all of them when there are no more.
pub fn sample(labels: &[u32], count: usize, seed: u64) -> Vec<usize> {
    if labels.is_empty() {
        return Vec::new();
    }
    take(&mut shuffled_classes(labels, seed), count.min(labels.len()))
}

/// The positions 0..len in random order: for pictures to show, or a smaller training set.
pub fn order(len: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    Draws::new(&[STREAM, seed, 1]).shuffle(&mut order);
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts(labels: &[u32], positions: &[usize], classes: usize) -> Vec<usize> {
        (0..classes as u32).map(|class| positions.iter().filter(|&&p| labels[p] == class).count()).collect()
    }

    proptest! {
        #[test]
        fn a_stratified_split_holds_every_sample_once_and_every_class_in_its_share(
            labels in prop::collection::vec(0u32..5, 30..300), valid in 0.05f64..0.3, test in 0.05f64..0.5, seed: u64,
        ) {
            let splits = stratified(&labels, Fractions { valid, test }, seed).unwrap();
            let mut all = [splits.train.clone(), splits.valid.clone(), splits.test.clone()].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..labels.len()).collect::<Vec<_>>());
            let of_class = counts(&labels, &(0..labels.len()).collect::<Vec<_>>(), 5);
            for (part, fraction) in [(&splits.valid, valid), (&splits.test, test)] {
                prop_assert_eq!(part.len(), (fraction * labels.len() as f64).round() as usize);
                for (got, all) in counts(&labels, part, 5).into_iter().zip(&of_class) {
                    let share = *all as f64 * part.len() as f64 / labels.len() as f64;
                    prop_assert!((got as f64 - share).abs() < 2.0, "{got} of {all}, expected {share}");
                }
            }
        }

        #[test]
        fn folds_test_every_sample_once_and_are_as_even_as_can_be(
            labels in prop::collection::vec(0u32..4, 10..200), k in 2usize..8, seed: u64,
        ) {
            let folds = k_folds(&labels, k, seed).unwrap();
            let mut tested: Vec<usize> = folds.iter().flat_map(|fold| fold.test.clone()).collect();
            tested.sort_unstable();
            prop_assert_eq!(tested, (0..labels.len()).collect::<Vec<_>>());
            for class in 0..4 {
                let per_fold: Vec<usize> = folds.iter().map(|f| counts(&labels, &f.test, 4)[class]).collect();
                prop_assert!(per_fold.iter().max().unwrap() - per_fold.iter().min().unwrap() <= 1, "{per_fold:?}");
            }
            for fold in &folds {
                prop_assert_eq!(fold.train.len() + fold.test.len(), labels.len());
                prop_assert!(fold.train.iter().all(|p| fold.test.binary_search(p).is_err()));
            }
        }
    }

    #[test]
    fn the_seed_decides_the_split() {
        let labels: Vec<u32> = (0..200).map(|i| i % 10).collect();
        let split = |seed| stratified(&labels, Fractions::default(), seed).unwrap();
        assert_eq!(split(1), split(1));
        assert_ne!(split(1), split(2));
        assert_eq!(counts(&labels, &split(1).test, 10), vec![4; 10]);
        assert_ne!(order(50, 1), order(50, 2));
    }

    #[test]
    fn an_ordered_split_keeps_time_running_forward() {
        let splits = ordered(10, Fractions { valid: 0.2, test: 0.3 }).unwrap();
        assert_eq!((splits.train, splits.valid, splits.test), (vec![0, 1, 2, 3, 4], vec![5, 6], vec![7, 8, 9]));
    }

    #[test]
    fn a_sample_keeps_the_shares_of_the_classes() {
        let labels: Vec<u32> = (0..100).map(|i| u32::from(i >= 80)).collect();
        assert_eq!(counts(&labels, &sample(&labels, 10, 3), 2), [8, 2]);
        assert_eq!(sample(&labels, 1000, 3).len(), 100);
        assert!(sample(&[], 5, 3).is_empty());
    }

    #[test]
    fn impossible_splits_are_named() {
        let message = |valid, test, len| shuffled(len, Fractions { valid, test }, 0).unwrap_err().to_string();
        assert!(message(1.5, 0.1, 10).contains("validation fraction 1.5"));
        assert!(message(f64::NAN, 0.1, 10).contains("validation fraction NaN"));
        assert!(message(0.5, 0.5, 10).contains("training part would be empty"));
        assert!(message(0.01, 0.2, 10).contains("validation part would be empty"));
        assert!(message(0.1, 0.2, 0).contains("0 samples"));
        assert!(k_folds(&[0, 1], 3, 0).unwrap_err().to_string().contains("3 folds"));
        assert!(k_folds(&[0, 1], 1, 0).is_err());
    }
}
