//! Keras's three ways to say how far a picture may be shifted.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::AugmentError;
use crate::transform::uniform;

/// How far a picture may be shifted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ShiftRange {
    /// A whole number n: 0 to n - 1 pixels either way, as `np.random.choice(n)` draws them. 0 and 1 shift nothing.
    Pixels(u32),
    /// A float: uniform in -r to r; below 1 a share of the side, otherwise pixels.
    Share(f64),
    /// One of these, either way; a share of the side where all are below 1.
    Values(Vec<f64>),
}

impl Default for ShiftRange {
    fn default() -> Self {
        Self::Share(0.0)
    }
}

impl From<f64> for ShiftRange {
    fn from(range: f64) -> Self {
        Self::Share(range)
    }
}

impl From<u32> for ShiftRange {
    fn from(range: u32) -> Self {
        Self::Pixels(range)
    }
}

impl From<Vec<f64>> for ShiftRange {
    fn from(values: Vec<f64>) -> Self {
        Self::Values(values)
    }
}

impl<const N: usize> From<[f64; N]> for ShiftRange {
    fn from(values: [f64; N]) -> Self {
        Self::Values(values.to_vec())
    }
}

impl ShiftRange {
    pub(super) fn check(&self, transform: &'static str, setting: &'static str) -> Result<(), AugmentError> {
        let limits = [-(check::MAX_SIDE as f64), check::MAX_SIDE as f64];
        match self {
            Self::Pixels(range) => check::number(transform, setting, f64::from(*range), limits),
            Self::Share(range) => check::number(transform, setting, *range, [0.0, limits[1]]),
            Self::Values(values) if values.is_empty() => {
                let rule = "a list has at least one value";
                Err(AugmentError::Setting { transform, setting, value: "[]".into(), rule })
            }
            Self::Values(values) => {
                values.iter().try_for_each(|&value| check::number(transform, setting, value, limits))
            }
        }
    }

    /// Pixels, for a side of so many.
    pub(super) fn drawn(&self, side: usize, draws: &mut Draws) -> f64 {
        let sign = |draws: &mut Draws| if draws.below(2) == 0 { -1.0 } else { 1.0 };
        let (shift, most) = match self {
            Self::Pixels(0) => return 0.0,
            Self::Share(0.0) => return 0.0,
            Self::Pixels(range) => (draws.below(u64::from(*range)) as f64 * sign(draws), f64::from(*range)),
            Self::Share(range) => (uniform(draws, [-range, *range]), *range),
            Self::Values(values) => {
                let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                (values[draws.below(values.len() as u64) as usize] * sign(draws), most)
            }
        };
        if most < 1.0 { shift * side as f64 } else { shift }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_are_drawn_as_keras_draws_them() {
        let all = |range: ShiftRange| (0..400).map(|i| range.drawn(20, &mut Draws::new(&[i]))).collect::<Vec<f64>>();
        let shares = all(0.25.into());
        assert!(shares.iter().all(|shift| shift.abs() < 5.0) && shares.iter().any(|shift| shift.abs() > 4.5));
        let pixels = all(3.0.into());
        assert!(pixels.iter().all(|shift| shift.abs() < 3.0) && pixels.iter().any(|shift| shift.abs() > 2.5));
        let whole: std::collections::BTreeSet<i64> = all(3u32.into()).into_iter().map(|shift| shift as i64).collect();
        assert_eq!(whole.into_iter().collect::<Vec<_>>(), [-2, -1, 0, 1, 2]);
        let listed: std::collections::BTreeSet<i64> = all([0.5, 0.1].into()).into_iter().map(|s| s as i64).collect();
        assert_eq!(listed.into_iter().collect::<Vec<_>>(), [-10, -2, 2, 10]);
        assert!(all(ShiftRange::default()).iter().all(|&shift| shift == 0.0));
    }
}
