//! The inception score (Salimans et al., 2016, <https://arxiv.org/abs/1606.03498>), of any classifier's probabilities.
//!
//! ```text
//! score = exp( m_x( KL(p(y|x) ‖ p(y)) ) )        p(y) the mean of p(y|x) over the split; from 1 to the number of classes
//! ```

use super::features::mean_and_deviation;
use super::{Features, FeaturesError};

/// Mean and deviation over the splits. It is the inception score only of the Inception network's probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InceptionScore {
    /// The score.
    pub mean: f64,
    /// Its deviation from split to split.
    pub deviation: f64,
}

/// The score of class probabilities, a row for each picture, in `splits` parts of about the same size, in the order of the rows: shuffle
/// them if they are sorted. 10 is usual.
///
/// # Errors
/// When there are fewer pictures than splits, or no split.
pub fn inception_score(probabilities: &Features, splits: usize) -> Result<InceptionScore, FeaturesError> {
    let count = probabilities.len();
    if splits == 0 || splits > count {
        let rule = "at least 1, and at most the number of pictures";
        return Err(FeaturesError::Setting { setting: "splits", value: splits, rule });
    }
    let scores: Vec<f64> =
        (0..splits).map(|part| score(probabilities, part * count / splits..(part + 1) * count / splits)).collect();
    let (mean, deviation) = mean_and_deviation(&scores);
    Ok(InceptionScore { mean, deviation })
}

fn score(probabilities: &Features, range: std::ops::Range<usize>) -> f64 {
    let count = range.len() as f64;
    let mut marginal = vec![0.0; probabilities.dimensions()];
    for i in range.clone() {
        marginal.iter_mut().zip(probabilities.row(i)).for_each(|(sum, p)| *sum += p / count);
    }
    let divergence = |row: &[f64]| -> f64 {
        let terms = row.iter().zip(&marginal).filter(|(p, _)| **p > 0.0);
        terms.map(|(p, mean)| p * (p.ln() - mean.ln())).sum()
    };
    (range.map(|i| divergence(probabilities.row(i))).sum::<f64>() / count).exp()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, close};
    use super::*;

    #[test]
    fn the_score_is_torch_fidelitys() {
        let fixture = Fixture::read();
        let found = inception_score(&fixture.probabilities, 10).unwrap();
        assert!(close(found.mean, fixture.number("score_mean"), 1e-6), "{found:?}");
        assert!(close(found.deviation, fixture.number("score_deviation"), 1e-6), "{found:?}");
    }

    #[test]
    fn sure_and_even_classes_score_their_number_and_undecided_ones_score_one() {
        let sure: Vec<Vec<f64>> = (0..8).map(|i| (0..4).map(|class| f64::from(class == i % 4)).collect()).collect();
        assert!((inception_score(&Features::new(&sure).unwrap(), 1).unwrap().mean - 4.0).abs() < 1e-12);
        let undecided = Features::new(&vec![vec![0.25; 4]; 8]).unwrap();
        assert_eq!(inception_score(&undecided, 2).unwrap(), InceptionScore { mean: 1.0, deviation: 0.0 });
        assert!(inception_score(&undecided, 9).is_err());
    }
}
