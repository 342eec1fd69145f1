#![doc = include_str!("../README.md")]

mod bidirectional;
mod cell;
mod config;
mod error;
mod flat;
mod foreign;
mod gated;
mod gru;
mod layer;
mod lstm;
mod memory;
mod options;
mod sequence;
mod sequence_dropout;
mod simple_rnn;
mod stack;
mod state;
mod unstack;
mod walk;
mod weights;

pub use bidirectional::{Bidirectional, BidirectionalConfig, MergeMode};
pub use config::RecurrentConfig;
pub use error::SequenceError;
pub use firebrick_backend::LstmState;
pub use foreign::{CellPlace, ChangeWeights, ForeignWeights, WeightsError};
pub use gru::{Gru, GruConfig};
pub use layer::{RecurrentLayer, RecurrentOutput};
pub use lstm::{Lstm, LstmConfig};
pub use options::{CellOptions, SequenceOptions};
pub use sequence::Sequence;
pub use sequence_dropout::SequenceDropout;
pub use simple_rnn::{SimpleRnn, SimpleRnnActivation, SimpleRnnConfig};
pub use stack::{Stack, StackConfig};
pub use state::{RecurrentState, StatePart};
pub use weights::Weights;
