//! The nearest training pictures of a fake: has the generator learnt pictures by heart?

use super::features::squared_distance;
use super::{Features, FeaturesError};

/// A training picture and how far it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Its place among the training pictures.
    pub index: usize,
    /// The Euclidean distance.
    pub distance: f64,
}

/// The `k` training pictures nearest to each fake, the nearest first. Features may be the pixels themselves.
///
/// ```
/// use firebrick_gan::quality::{Features, nearest};
///
/// let training = Features::new(&[vec![0.0], vec![10.0], vec![4.0]])?;
/// let fakes = Features::new(&[vec![9.0], vec![3.0]])?;
/// let found = nearest(&training, &fakes, 2)?;
/// assert_eq!(found[0].iter().map(|neighbour| neighbour.index).collect::<Vec<_>>(), [1, 2]);
/// assert_eq!(found[1][0].distance, 1.0);
/// # Ok::<(), firebrick_gan::quality::FeaturesError>(())
/// ```
///
/// # Errors
/// When the two have features of different lengths, or there are not `k` training pictures.
pub fn nearest(training: &Features, fakes: &Features, k: usize) -> Result<Vec<Vec<Neighbour>>, FeaturesError> {
    training.check_beside(fakes)?;
    if k == 0 || k > training.len() {
        let rule = "at least 1, and at most the training pictures";
        return Err(FeaturesError::Setting { setting: "k", value: k, rule });
    }
    let of = |fake: &[f64]| {
        let distances = training.rows().enumerate();
        let distances = distances.map(|(index, row)| Neighbour { index, distance: squared_distance(fake, row) });
        let mut neighbours: Vec<Neighbour> = distances.collect();
        neighbours.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        neighbours.truncate(k);
        neighbours.iter_mut().for_each(|neighbour| neighbour.distance = neighbour.distance.sqrt());
        neighbours
    };
    Ok(fakes.rows().map(of).collect())
}
