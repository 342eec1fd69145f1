#![doc = include_str!("../README.md")]

mod backend;
pub mod conv2d;
mod optional;
mod route;

pub use backend::Backend;
pub use conv2d::{Conv2dGradients, Conv2dOptions, conv2d};
pub use optional::OptionalTensor;
