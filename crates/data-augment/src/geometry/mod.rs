//! Transforms that move pixels: masks, boxes and key points move with them.
//!
//! Points are in pixels with the origin at the picture's upper left corner; pixel i covers [i, i + 1].

mod affine;
mod center_crop;
mod elastic;
mod fill;
mod grid_distortion;
mod horizontal_flip;
mod matrix;
mod orientation;
mod pad;
mod pad_to;
mod padded;
mod perspective;
mod random_crop;
mod random_resized_crop;
mod resample;
mod resize;
mod rotate;
mod rotate90;
pub(crate) mod spatial;
mod transpose;
mod vertical_flip;
pub(crate) mod warp;
mod warped;
mod window;

pub(crate) use fill::Sampling;
pub(crate) use matrix::{AffineMapping, Matrix};
pub(crate) use resample::resampled;

pub use affine::Affine;
pub use center_crop::CenterCrop;
pub use elastic::{Elastic, ElasticDrawn};
pub use fill::{Fill, Interpolation};
pub use grid_distortion::{GridDistortion, GridDrawn};
pub use horizontal_flip::HorizontalFlip;
pub use orientation::Orientation;
pub use pad::Pad;
pub use pad_to::PadTo;
pub use padded::Padded;
pub use perspective::Perspective;
pub use random_crop::RandomCrop;
pub use random_resized_crop::RandomResizedCrop;
pub use resample::{Filter, Resampled};
pub use resize::Resize;
pub use rotate::Rotate;
pub use rotate90::Rotate90;
pub use transpose::Transpose;
pub use vertical_flip::VerticalFlip;
pub use warped::Warped;
pub use window::Window;

#[cfg(test)]
mod parity;
#[cfg(test)]
mod tests;
