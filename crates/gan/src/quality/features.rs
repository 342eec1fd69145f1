//! Features of pictures: a row for each.

/// Features of N pictures, D numbers each, at least two pictures.
///
/// ```
/// use firebrick_gan::quality::Features;
///
/// let features = Features::new(&[vec![0.0, 1.0], vec![2.0, 3.0]])?;
/// assert_eq!((features.len(), features.dimensions()), (2, 2));
/// assert!(Features::new(&[vec![0.0, 1.0], vec![2.0]]).is_err());
/// # Ok::<(), firebrick_gan::quality::FeaturesError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    values: Vec<f64>,
    dimensions: usize,
}

/// Features that nothing can be computed from.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FeaturesError {
    /// Fewer pictures than a distribution needs.
    #[error("{found} pictures have features; at least {needed} are needed")]
    TooFew {
        /// Pictures that there are.
        found: usize,
        /// Pictures that are needed.
        needed: usize,
    },
    /// A row of another length than the first.
    #[error("picture {row} has {found} features, the first has {expected}")]
    Ragged {
        /// The row, from 0.
        row: usize,
        /// Its length.
        found: usize,
        /// The first row's.
        expected: usize,
    },
    /// A feature that is no number.
    #[error("picture {row} has the feature {value}")]
    NotFinite {
        /// The row, from 0.
        row: usize,
        /// NaN or an infinity.
        value: f64,
    },
    /// Two sets of features that cannot be compared.
    #[error("features of {first} and of {second} numbers cannot be compared: take both from one network")]
    Dimensions {
        /// Numbers of the first set's features.
        first: usize,
        /// Numbers of the second set's.
        second: usize,
    },
    /// A setting out of its range.
    #[error("{setting} = {value} is out of range: {rule}")]
    Setting {
        /// Which.
        setting: &'static str,
        /// Its value.
        value: usize,
        /// What it must be.
        rule: &'static str,
    },
}

impl Features {
    /// Features from a row for each picture.
    ///
    /// # Errors
    /// When there are fewer than two rows, when they differ in length or are empty, or when a number is not finite.
    pub fn new<T: Copy + Into<f64>>(rows: &[Vec<T>]) -> Result<Self, FeaturesError> {
        let dimensions = rows.first().map_or(0, Vec::len);
        if rows.len() < 2 || dimensions == 0 {
            return Err(FeaturesError::TooFew { found: rows.len().min(dimensions), needed: 2 });
        }
        let mut values = Vec::with_capacity(rows.len() * dimensions);
        for (row, numbers) in rows.iter().enumerate() {
            if numbers.len() != dimensions {
                return Err(FeaturesError::Ragged { row, found: numbers.len(), expected: dimensions });
            }
            values.extend(numbers.iter().map(|&number| number.into()));
            if let Some(&value) = values[row * dimensions..].iter().find(|value| !value.is_finite()) {
                return Err(FeaturesError::NotFinite { row, value });
            }
        }
        Ok(Self { values, dimensions })
    }

    /// Pictures.
    pub fn len(&self) -> usize {
        self.values.len() / self.dimensions
    }

    /// Never: there are at least two pictures.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Numbers of one picture.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// The numbers of picture `i`.
    ///
    /// # Panics
    /// When there is no picture `i`.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.dimensions..(i + 1) * self.dimensions]
    }

    /// The pictures in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.values.chunks_exact(self.dimensions)
    }

    /// Refuses features of another network.
    pub(super) fn check_beside(&self, other: &Self) -> Result<(), FeaturesError> {
        let (first, second) = (self.dimensions, other.dimensions);
        if first == second { Ok(()) } else { Err(FeaturesError::Dimensions { first, second }) }
    }
}

/// Σ (a − b)².
pub(super) fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Mean and deviation (of the values themselves, as numpy's default) of some values.
pub(super) fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
    (mean, (squares / count).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_can_be_computed_from_is_refused() {
        assert!(matches!(Features::new::<f64>(&[]), Err(FeaturesError::TooFew { .. })));
        assert!(matches!(Features::new(&[vec![1.0]]), Err(FeaturesError::TooFew { .. })));
        assert!(matches!(Features::new(&[vec![1.0], vec![f64::NAN]]), Err(FeaturesError::NotFinite { row: 1, .. })));
        let pair = |dimensions| Features::new(&vec![vec![1.0; dimensions]; 2]).unwrap();
        let error = pair(2).check_beside(&pair(3)).unwrap_err();
        assert_eq!(error, FeaturesError::Dimensions { first: 2, second: 3 });
    }
}
