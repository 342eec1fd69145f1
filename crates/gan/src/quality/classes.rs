//! Which classes a generator draws, and whether it draws always the same.

use super::features::squared_distance;
use super::{Features, FeaturesError};

/// How many pictures were taken for each class.
///
/// ```
/// use firebrick_gan::quality::ClassHistogram;
///
/// let real = ClassHistogram::new(3, [0, 1, 2, 0, 1, 2]);
/// let fake = ClassHistogram::new(3, [0, 0, 1, 1]);
/// assert_eq!(fake.missing(), [2]);
/// assert!((fake.total_variation(&real) - 1.0 / 3.0).abs() < 1e-12);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassHistogram {
    counts: Vec<usize>,
}

impl ClassHistogram {
    /// Counts the classes of some pictures, each below `classes`.
    ///
    /// # Panics
    /// When a class is not below `classes`.
    pub fn new(classes: usize, of: impl IntoIterator<Item = usize>) -> Self {
        let mut counts = vec![0; classes];
        of.into_iter().for_each(|class| counts[class] += 1);
        Self { counts }
    }

    /// Pictures of each class.
    pub fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// The classes without a picture.
    pub fn missing(&self) -> Vec<usize> {
        (0..self.counts.len()).filter(|&class| self.counts[class] == 0).collect()
    }

    /// The share of each class; zeros without a picture.
    pub fn shares(&self) -> Vec<f64> {
        let all = self.counts.iter().sum::<usize>().max(1) as f64;
        self.counts.iter().map(|&count| count as f64 / all).collect()
    }

    /// Half the sum of the differences of the shares, from 0 (the same) to 1 (nothing in common).
    pub fn total_variation(&self, other: &Self) -> f64 {
        let (mine, others) = (self.shares(), other.shares());
        mine.iter().zip(&others).map(|(a, b)| (a - b).abs()).sum::<f64>() / 2.0
    }
}

/// How diverse fakes are beside real pictures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Collapse {
    /// The mean distance between two fakes, over that between two real pictures, in features: about 1 for a good generator, 0 for one
    /// that always draws the same.
    pub diversity: f64,
}

impl Collapse {
    /// Below this diversity, fakes have collapsed: real pictures of a single class of ten are about half as far apart as all.
    pub const LIMIT: f64 = 0.5;

    /// Compares fakes with real pictures.
    ///
    /// # Errors
    /// When the two have features of different lengths.
    pub fn measured(real: &Features, fake: &Features) -> Result<Self, FeaturesError> {
        real.check_beside(fake)?;
        let spread = spread(real);
        Ok(Self { diversity: if spread > 0.0 { self::spread(fake) / spread } else { 1.0 } })
    }

    /// Whether the fakes have collapsed.
    pub fn is_collapsed(&self) -> bool {
        self.diversity < Self::LIMIT
    }
}

/// The mean distance between pictures half the set apart: each with one other, which is enough for a mean.
fn spread(features: &Features) -> f64 {
    let (count, half) = (features.len(), features.len() / 2);
    let distances = (0..count).map(|i| squared_distance(features.row(i), features.row((i + half) % count)).sqrt());
    distances.sum::<f64>() / count as f64
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn fakes_that_are_all_alike_have_collapsed_and_real_ones_have_not() {
        let real = Fixture::read().real;
        assert_eq!(Collapse::measured(&real, &real).unwrap(), Collapse { diversity: 1.0 });
        let alike = Features::new(&vec![real.row(0).to_vec(); 30]).unwrap();
        let found = Collapse::measured(&real, &alike).unwrap();
        assert!(found.diversity == 0.0 && found.is_collapsed());
    }
}
