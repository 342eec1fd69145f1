//! How much of the fakes lies where real pictures lie, and the other way round, by balls around each picture.
//!
//! ```text
//! ball of x     all points at most as far from x as its k-th nearest neighbour in its own set
//! precision     the share of fakes in the ball of some real picture           k = 3    (Kynkäänniemi et al., 2019)
//! recall        the share of real pictures in the ball of some fake
//! density       Σ over fakes of the real balls that they lie in / (k·N)       k = 5    (Naeem et al., 2020)
//! coverage      the share of real pictures with a fake in their ball
//! ```
//!
//! (<https://arxiv.org/abs/1904.06991>, <https://arxiv.org/abs/2002.09797>)

use super::features::squared_distance;
use super::{Features, FeaturesError};

/// Two shares (a density may exceed 1): precision and recall, or density and coverage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Manifold {
    /// Precision or density: fakes look real.
    pub fidelity: f64,
    /// Recall or coverage: fakes are as diverse as real pictures.
    pub diversity: f64,
}

impl Manifold {
    /// The harmonic mean of both.
    pub fn f_score(&self) -> f64 {
        let sum = self.fidelity + self.diversity;
        if sum > 0.0 { 2.0 * self.fidelity * self.diversity / sum } else { 0.0 }
    }
}

/// Precision and recall, with balls to the `k`-th neighbour; 3 is usual.
///
/// # Errors
/// When the two have features of different lengths, or k is 0 or as large as a side.
pub fn precision_and_recall(real: &Features, fake: &Features, k: usize) -> Result<Manifold, FeaturesError> {
    check(real, fake, k)?;
    let share = |points: &Features, of: &Features| {
        let radii = radii(of, k);
        let inside = points.rows().filter(|point| balls(point, of, &radii) > 0).count();
        inside as f64 / points.len() as f64
    };
    Ok(Manifold { fidelity: share(fake, real), diversity: share(real, fake) })
}

/// Density and coverage, with balls to the `k`-th neighbour; 5 is usual.
///
/// # Errors
/// As [`precision_and_recall`].
pub fn density_and_coverage(real: &Features, fake: &Features, k: usize) -> Result<Manifold, FeaturesError> {
    check(real, fake, k)?;
    let radii = radii(real, k);
    let hits: usize = fake.rows().map(|point| balls(point, real, &radii)).sum();
    let covered = real
        .rows()
        .zip(&radii)
        .filter(|(centre, radius)| fake.rows().any(|point| squared_distance(centre, point) < **radius));
    let coverage = covered.count() as f64 / real.len() as f64;
    Ok(Manifold { fidelity: hits as f64 / (k * fake.len()) as f64, diversity: coverage })
}

fn check(real: &Features, fake: &Features, k: usize) -> Result<(), FeaturesError> {
    real.check_beside(fake)?;
    if k == 0 || k >= real.len().min(fake.len()) {
        return Err(FeaturesError::Setting {
            setting: "k",
            value: k,
            rule: "at least 1, and below the pictures of either side",
        });
    }
    Ok(())
}

/// The squared distance of each picture to its k-th nearest neighbour.
fn radii(features: &Features, k: usize) -> Vec<f64> {
    let radius = |centre: &[f64]| {
        let mut distances: Vec<f64> = features.rows().map(|other| squared_distance(centre, other)).collect();
        *distances.select_nth_unstable_by(k, f64::total_cmp).1 // the nearest of all is the picture itself
    };
    features.rows().map(radius).collect()
}

/// In how many balls a point lies.
fn balls(point: &[f64], centres: &Features, radii: &[f64]) -> usize {
    centres.rows().zip(radii).filter(|(centre, radius)| squared_distance(centre, point) <= **radius).count()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, close};
    use super::*;

    #[test]
    fn precision_and_recall_are_torch_fidelitys() {
        let fixture = Fixture::read();
        let found = precision_and_recall(&fixture.real, &fixture.fake, 3).unwrap();
        assert!(close(found.fidelity, fixture.number("precision"), 1e-6), "{found:?}");
        assert!(close(found.diversity, fixture.number("recall"), 1e-6), "{found:?}");
        assert!(close(found.f_score(), fixture.number("f_score"), 1e-6), "{found:?}");
    }

    #[test]
    fn density_and_coverage_are_prdcs() {
        let fixture = Fixture::read();
        let found = density_and_coverage(&fixture.real, &fixture.fake, 5).unwrap();
        assert!(close(found.fidelity, fixture.number("density"), 1e-6), "{found:?}");
        assert!(close(found.diversity, fixture.number("coverage"), 1e-6), "{found:?}");
    }

    #[test]
    fn the_same_pictures_are_perfect_and_far_ones_worthless() {
        let real = Fixture::read().real;
        assert_eq!(precision_and_recall(&real, &real, 3).unwrap().f_score(), 1.0);
        let far: Vec<Vec<f64>> = real.rows().map(|row| row.iter().map(|value| value + 1e3).collect()).collect();
        let far = Features::new(&far).unwrap();
        assert_eq!(precision_and_recall(&real, &far, 3).unwrap().f_score(), 0.0);
        assert_eq!(density_and_coverage(&real, &far, 5).unwrap(), Manifold { fidelity: 0.0, diversity: 0.0 });
        assert!(precision_and_recall(&real, &far, real.len()).is_err());
    }
}
