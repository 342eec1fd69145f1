//! Sequence networks as data: a list of layers, shapes inferred, the mask travelling by itself.

mod arms;
mod bidirectional;
mod branches;
mod conv_lstm2d;
mod embedding;
mod error;
mod layer;
mod pass;
mod per_step;
mod pool1d;
mod recurrent;
mod residual;
mod sequence_network;
mod sequence_network_config;
mod shape;
mod signal;
mod spatial_dropout1d;
mod table;
mod time_distributed;

pub use branches::{SequenceBranches, SequenceBranchesConfig};
pub use conv_lstm2d::SequenceConvLstm2d;
pub use error::SignalError;
pub use pass::NetworkState;
pub use per_step::PerStep;
pub use pool1d::{
    GlobalAvgPool1d, GlobalAvgPool1dConfig, GlobalMaxPool1d, GlobalMaxPool1dConfig, LastStep, LastStepConfig,
};
pub use residual::{SequenceResidual, SequenceResidualConfig};
pub use sequence_network::SequenceNetwork;
pub use sequence_network_config::SequenceNetworkConfig;
pub use shape::SequenceShape;
pub use signal::Signal;
pub use spatial_dropout1d::{SpatialDropout1d, SpatialDropout1dConfig};
pub use table::{SequenceLayer, SequenceLayerConfig};
pub use time_distributed::{SequenceTimeDistributed, SequenceTimeDistributedConfig};

/// One position of a sequence network's list: a layer, and its name where it has one.
pub type SequencePosition = firebrick_layers::Position<SequenceLayerConfig>;

#[cfg(test)]
mod tests;
