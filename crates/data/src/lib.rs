#![doc = include_str!("../README.md")]

#[cfg(feature = "readers")]
pub mod catalog;
mod collate;
#[cfg(feature = "readers")]
pub mod digits;
#[cfg(feature = "download")]
pub mod download;
mod error;
mod images;
mod loader;
pub mod random;
#[cfg(feature = "readers")]
pub mod readers;
pub mod split;

pub use collate::{BatchContext, Collate, ImageBatch, ImageCollate};
pub use error::DataError;
pub use images::{ImageItem, Images, Pixels, check_weights};
pub use loader::{Batches, Loader, LoaderConfig, Position};
pub use split::{Fold, Fractions, Splits};
