//! Readers, embedded digits, checked downloads and the deterministic loader of Firebrick.

mod collate;
#[cfg(feature = "readers")]
pub mod digits;
mod error;
mod images;
mod loader;
pub mod random;
pub mod split;

pub use collate::{BatchContext, Collate, ImageBatch, ImageCollate};
pub use error::DataError;
pub use images::{ImageItem, Images, Pixels};
pub use loader::{Batches, Loader, LoaderConfig, Position};
pub use split::{Fractions, Splits};
