//! The players' networks as lists of layers.
//!
//! A generator maps noise (with the embedding of a class behind it, where it is conditional) to a picture of values −1 to 1; a
//! discriminator maps a picture (with a plane of the class behind its channels) to one number, the logit of "real".

mod dcgan;

pub use dcgan::{Dcgan, DiscriminatorNorm};
