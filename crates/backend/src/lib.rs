#![doc = include_str!("../README.md")]

mod backend;
pub mod conv2d;
#[cfg(feature = "flex")]
mod cpu;
pub mod embedding;
pub mod lerp;
pub mod optimizer;
mod optional;
pub mod recurrent;
mod route;
pub mod sum_of_squares;
#[cfg(test)]
mod testing;
mod values;

pub use backend::Backend;
pub use conv2d::{Conv2dGradients, Conv2dOptions, conv2d};
pub use embedding::embedding;
pub use lerp::lerp;
pub use optimizer::{AdamMoments, AdamStep, Decay, Moments, SgdStep, adam_update, sgd_update};
pub use optional::OptionalTensor;
pub use recurrent::{
    GruReset, LstmGates, LstmOutput, LstmState, RecurrentOutput, RecurrentWeights, RnnActivation, Steps, gru, lstm, rnn,
};
pub use sum_of_squares::sum_of_squares;
