//! The Fréchet distance between the normal distributions that fit two sets of features (Heusel et al., 2017,
//! <https://arxiv.org/abs/1706.08500>).
//!
//! ```text
//! d² = ‖μ₁ − μ₂‖² + tr Σ₁ + tr Σ₂ − 2·tr (Σ₁Σ₂)^½        Σ with N − 1 in its denominator
//! tr (Σ₁Σ₂)^½ = Σ √λ(Σ₁Σ₂) = Σ √λ(AᵀΣ₂A),   Σ₁ = A·Aᵀ      the products have the same eigenvalues, the second is symmetric
//! ```

use super::features::squared_distance;
use super::symmetric::Square;
use super::{Features, FeaturesError};

/// The squared distance d², which is what FID is of Inception's features.
///
/// ```
/// use firebrick_gan::quality::{Features, frechet_distance};
///
/// let some = Features::new(&[vec![0.0], vec![2.0]])?;
/// let moved = Features::new(&[vec![3.0], vec![5.0]])?;
/// assert!((frechet_distance(&some, &moved)? - 9.0).abs() < 1e-9);
/// # Ok::<(), firebrick_gan::quality::FeaturesError>(())
/// ```
///
/// # Errors
/// When the two have features of different lengths.
pub fn frechet_distance(first: &Features, second: &Features) -> Result<f64, FeaturesError> {
    first.check_beside(second)?;
    let ((mean_1, covariance_1), (mean_2, covariance_2)) = (moments(first), moments(second));
    let between = squared_distance(&mean_1, &mean_2);
    let traces = covariance_1.trace() + covariance_2.trace();
    let root = covariance_1.root_transposed();
    let product = root.times_transposed(&covariance_2).times_transposed(&root);
    let (eigenvalues, _) = product.eigen();
    let trace_of_root: f64 = eigenvalues.iter().map(|value| value.max(0.0).sqrt()).sum();
    Ok(between + traces - 2.0 * trace_of_root)
}

/// Mean and covariance.
fn moments(features: &Features) -> (Vec<f64>, Square) {
    let (count, size) = (features.len(), features.dimensions());
    let mean: Vec<f64> = (0..size).map(|i| features.rows().map(|row| row[i]).sum::<f64>() / count as f64).collect();
    // Columns of centred features, so that a product runs along memory.
    let centred: Vec<Vec<f64>> = (0..size).map(|i| features.rows().map(|row| row[i] - mean[i]).collect()).collect();
    let covariance = Square::from_fn(size, |row, column| {
        let products = centred[row].iter().zip(&centred[column]).map(|(a, b)| a * b);
        products.sum::<f64>() / (count - 1) as f64
    });
    (mean, covariance)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, close};
    use super::*;

    #[test]
    fn the_distance_is_torch_fidelitys() {
        let fixture = Fixture::read();
        let found = frechet_distance(&fixture.fake, &fixture.real).unwrap();
        assert!(close(found, fixture.number("frechet"), 1e-6), "{found}");
    }

    #[test]
    fn features_that_hardly_vary_are_no_obstacle() {
        let flat = Features::new(&[vec![1.0, 2.0, 3.0], vec![1.0, 2.0, 3.0]]).unwrap();
        assert_eq!(frechet_distance(&flat, &flat).unwrap(), 0.0);
        let few = Features::new(&[vec![1.0, 2.0, 3.0], vec![1.5, 2.0, 3.0]]).unwrap();
        assert!(frechet_distance(&few, &few).unwrap().abs() < 1e-12);
    }
}
