#![doc = include_str!("../README.md")]

mod error;
mod flat;
mod gru;
mod layer;
mod lstm;
mod memory;
mod options;
mod sequence;
mod simple_rnn;
mod state;
mod weights;

pub use error::SequenceError;
pub use firebrick_backend::LstmState;
pub use gru::{Gru, GruConfig};
pub use layer::{RecurrentConfig, RecurrentLayer, RecurrentOutput};
pub use lstm::{Lstm, LstmConfig};
pub use options::{CellOptions, SequenceOptions};
pub use sequence::Sequence;
pub use simple_rnn::{SimpleRnn, SimpleRnnActivation, SimpleRnnConfig};
pub use state::{RecurrentState, StatePart};
pub use weights::Weights;
