//! How good generated pictures are, as functions of their features or class probabilities: whose network gives these is the
//! caller's choice, and decides what the figures may be compared with. Sums are in 64 bits.
//!
//! The definitions of distance, score, precision and recall are torch-fidelity's, those of density and coverage prdc's. A Fréchet
//! distance is FID only in the features of the Inception network that FID was defined with; here it is called what it is.

mod classes;
mod features;
#[cfg(test)]
mod fixture;
mod frechet;
mod kernel;
mod manifold;
mod neighbours;
mod score;
mod symmetric;

pub use classes::{ClassHistogram, Collapse};
pub use features::{Features, FeaturesError};
pub use frechet::frechet_distance;
pub use kernel::{KernelDistance, kernel_distance, squared_discrepancy};
pub use manifold::{Manifold, density_and_coverage, precision_and_recall};
pub use neighbours::{Neighbour, nearest};
pub use score::{InceptionScore, inception_score};
