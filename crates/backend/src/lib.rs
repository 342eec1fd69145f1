#![doc = include_str!("../README.md")]

mod backend;
pub mod conv2d;
#[cfg(feature = "flex")]
mod cpu;
pub mod lerp;
mod optional;
mod route;
pub mod sum_of_squares;

pub use backend::Backend;
pub use conv2d::{Conv2dGradients, Conv2dOptions, conv2d};
pub use lerp::lerp;
pub use optional::OptionalTensor;
pub use sum_of_squares::sum_of_squares;
