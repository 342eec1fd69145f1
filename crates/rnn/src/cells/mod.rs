//! The cells that come with the crate. Each is a [`RecurrentCell`](crate::RecurrentCell) with a configuration of its
//! own; [`AnyCell`] is one of them, for lists that hold different ones.

mod any;
mod foreign;
mod gate_options;
mod gates;
mod gru;
mod layer_norm_lstm;
mod lstm;
mod peephole_lstm;
mod simple_rnn;
mod stacked;
#[cfg(test)]
mod tests;

pub use any::{AnyCell, AnyCellConfig, AnyCellState};
pub use gate_options::GateOptions;
pub use gru::{GruCell, GruCellConfig};
pub use layer_norm_lstm::{LayerNormLstmCell, LayerNormLstmCellConfig};
pub use lstm::{LstmCell, LstmCellConfig};
pub use peephole_lstm::{PeepholeLstmCell, PeepholeLstmCellConfig};
pub use simple_rnn::{SimpleRnnCell, SimpleRnnCellConfig};
pub use stacked::{StackedRnnCells, StackedRnnCellsConfig};
