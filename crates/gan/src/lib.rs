#![doc = include_str!("../README.md")]

mod error;
mod gan;
mod gan_config;
pub mod losses;
pub mod networks;
#[cfg(feature = "train")]
pub mod quality;
mod statistics;
#[cfg(test)]
mod testing;
#[cfg(feature = "train")]
pub mod training;

pub use error::GanError;
pub use gan::{Discriminator, Gan, Generator};
pub use gan_config::GanConfig;
pub use losses::{Loss, Targets};
