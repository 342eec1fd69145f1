#![doc = include_str!("../README.md")]

mod any_recurrent;
mod bidirectional;
pub mod build;
mod cell;
mod cells;
mod config;
mod conv_lstm2d;
mod error;
mod flat;
mod foreign;
mod gate_record;
mod gated;
mod gradient_norms;
mod gru;
#[cfg(test)]
mod keras_fixture;
mod layer;
mod lstm;
mod memory;
mod network;
pub mod networks;
mod options;
#[cfg(test)]
mod parity;
mod rnn;
mod sequence;
mod sequence_dropout;
mod simple_rnn;
mod stack;
mod state;
#[cfg(feature = "train")]
pub mod tasks;
#[cfg(feature = "text")]
pub mod text;
mod time_distributed;
mod unstack;
mod walk;
mod weights;

pub use any_recurrent::{AnyRecurrent, AnyRecurrentConfig, AnyState};
pub use bidirectional::{Bidirectional, BidirectionalConfig, MergeMode};
pub use cell::{RecurrentCell, RecurrentCellConfig};
pub use cells::{
    AnyCell, AnyCellConfig, AnyCellState, GateOptions, GruCell, GruCellConfig, LayerNormLstmCell,
    LayerNormLstmCellConfig, LstmCell, LstmCellConfig, PeepholeLstmCell, PeepholeLstmCellConfig, SimpleRnnCell,
    SimpleRnnCellConfig, StackedRnnCells, StackedRnnCellsConfig,
};
pub use config::RecurrentConfig;
pub use conv_lstm2d::{ConvLstm2d, ConvLstm2dConfig, ConvLstm2dError, ConvLstm2dOutput, ConvLstm2dState};
pub use error::SequenceError;
pub use firebrick_backend::LstmState;
pub use foreign::{CellPlace, ChangeWeights, ForeignWeights, WeightsError};
pub use gate_record::{GateRecord, record_gates};
pub use gradient_norms::gradient_norms;
pub use gru::{Gru, GruConfig};
pub use layer::{RecurrentLayer, RecurrentOutput};
pub use lstm::{Lstm, LstmConfig};
pub use network::{
    GlobalAvgPool1d, GlobalAvgPool1dConfig, GlobalMaxPool1d, GlobalMaxPool1dConfig, LastStep, LastStepConfig,
    NetworkState, PerStep, SequenceBranches, SequenceBranchesConfig, SequenceConvLstm2d, SequenceLayer,
    SequenceLayerConfig, SequenceNetwork, SequenceNetworkConfig, SequencePosition, SequenceResidual,
    SequenceResidualConfig, SequenceShape, SequenceTimeDistributed, SequenceTimeDistributedConfig, Signal, SignalError,
    SpatialDropout1d, SpatialDropout1dConfig,
};
pub use options::{CellOptions, SequenceOptions};
pub use rnn::{Rnn, RnnConfig};
pub use sequence::Sequence;
pub use sequence_dropout::SequenceDropout;
pub use simple_rnn::{SimpleRnn, SimpleRnnActivation, SimpleRnnConfig};
pub use stack::{Stack, StackConfig};
pub use state::{RecurrentState, StatePart};
pub use time_distributed::{StepLayer, TimeDistributed, time_distributed};
pub use weights::Weights;
