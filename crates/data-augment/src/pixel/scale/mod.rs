//! Values in another scale: what a network takes. Pictures of bytes become pictures of floats.

mod floats;
mod normalize;
mod standardize;

pub use normalize::{Normalize, NormalizeBy};
pub use standardize::Standardize;
