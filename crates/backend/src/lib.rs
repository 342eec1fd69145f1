#![doc = include_str!("../README.md")]

mod backend;
pub mod conv2d;
#[cfg(feature = "flex")]
mod cpu;
mod optional;
pub mod recurrent;
mod route;
mod values;

pub use backend::Backend;
pub use conv2d::{Conv2dGradients, Conv2dOptions, conv2d};
pub use optional::OptionalTensor;
pub use recurrent::{
    GruReset, LstmGates, LstmOutput, LstmState, RecurrentOutput, RecurrentWeights, RnnActivation, Steps, gru, lstm, rnn,
};
