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
pub mod problems;
pub mod random;
#[cfg(feature = "readers")]
pub mod readers;
pub mod sequences;
pub mod series;
pub mod split;

pub use collate::{BatchContext, Collate, ImageBatch, ImageCollate};
pub use error::DataError;
pub use images::{ImageItem, Images, Pixels, check_weights};
pub use loader::{Batches, EpochKey, LengthBuckets, Loader, LoaderConfig, Position, Sampler, Uniform};
pub use sequences::{
    BatchInputs, BatchTargets, Length, Padding, SequenceBatch, SequenceCollate, SequenceError, SequenceItem, Sequences,
    Side, Steps, Target, Targets, UNTAGGED,
};
pub use split::{Fold, Fractions, Splits};
