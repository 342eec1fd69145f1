#![doc = include_str!("../README.md")]

// Its macro is seen by what comes after it.
#[macro_use]
mod wide;

mod check;
mod collate;
mod distributions;
mod error;
pub mod generator;
pub mod geometry;
mod mapper;
pub mod mix;
pub mod named;
mod operation;
mod picture;
pub mod pipeline;
pub mod pixel;
pub mod policy;
mod sample;
mod targets;
mod transform;
mod value;
mod workspace;

pub use collate::AugmentCollate;
pub use error::AugmentError;
pub use mapper::AugmentMapper;
pub use operation::{Drawn, Operation};
pub use picture::{Picture, Shape, Values, ValuesMut};
pub use pipeline::{Applied, Key, Pipeline, Step};
pub use sample::Sample;
pub use targets::{BoundingBox, BoxFormat, KeyPoint, TargetLimits};
pub use transform::{Apply, Transform};
pub use workspace::Workspace;
