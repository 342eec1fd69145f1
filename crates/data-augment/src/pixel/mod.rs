//! Transforms that change values and leave every pixel where it is: masks, boxes and key points stay as they are.
//!
//! In pictures of two and four channels the last is alpha: transforms of tone and colour leave it as it is, those that blur, add
//! noise or cover take all channels. Transforms of colours leave pictures of one and two channels as they are.

mod blur;
mod border;
mod colour;
mod cover;
mod jpeg;
mod noise;
mod point;
mod ranged;
mod scale;
mod statistics;
mod tone;

pub use blur::*;
pub use colour::*;
pub use cover::*;
pub use jpeg::{Jpeg, JpegQuality};
pub(crate) use noise::field::Field as Noise;
pub use noise::*;
pub use scale::*;
pub use tone::*;

#[cfg(test)]
mod parity;
#[cfg(test)]
mod tests;
