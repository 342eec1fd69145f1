#![doc = include_str!("../README.md")]

pub mod activation;
mod backend;
pub mod batch_norm;
pub mod conv2d;
pub mod conv2d_block;
pub mod conv_transpose2d;
#[cfg(feature = "flex")]
mod cpu;
pub mod cross_entropy;
pub mod dropout;
pub mod embedding;
pub mod lerp;
pub mod linear;
pub mod optimizer;
mod optional;
pub mod pool2d;
pub mod recurrent;
mod route;
pub mod squared_error;
pub mod sum_of_squares;
#[cfg(test)]
mod testing;
mod values;
mod weighted;

pub use activation::{Activation, activation};
pub use backend::Backend;
pub use batch_norm::{BatchNormOptions, BatchNormTrain, batch_norm, batch_norm_train};
pub use conv_transpose2d::{ConvTranspose2dOptions, conv_transpose2d};
pub use conv2d::{Conv2dOptions, conv2d};
pub use conv2d_block::{Conv2dBlockOptions, Conv2dBlockRecord, conv2d_block};
pub use cross_entropy::cross_entropy;
pub use dropout::dropout;
pub use embedding::embedding;
pub use lerp::lerp;
pub use linear::linear;
pub use optimizer::{AdamMoments, AdamStep, Decay, Moments, SgdStep, adam_update, sgd_update};
pub use optional::OptionalTensor;
pub use pool2d::{Pool2dOptions, avg_pool2d, max_pool2d};
pub use recurrent::{
    GruReset, LstmGates, LstmOutput, LstmState, RecurrentOutput, RecurrentWeights, RnnActivation, Steps, gru, lstm, rnn,
};
pub use squared_error::mean_squared_error;
pub use sum_of_squares::sum_of_squares;
pub use weighted::WeightedGradients;
