//! The recurrent layer of a recipe's network, by name.

use std::fmt;

use firebrick_rnn::{SequenceNetworkConfig, build::*};
use serde::{Deserialize, Serialize};

/// A recurrent layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Cell {
    SimpleRnn,
    Lstm,
    /// The notes' formula: the input gate is one minus the forget gate.
    CoupledLstm,
    Gru,
}

impl Cell {
    /// The three that are compared.
    pub(crate) const COMPARED: [Self; 3] = [Self::SimpleRnn, Self::Lstm, Self::Gru];

    /// The network with this layer at its end, which passes on every step or the last alone.
    pub(crate) fn add_to(
        self,
        network: SequenceNetworkConfig,
        hidden_size: usize,
        every_step: bool,
    ) -> SequenceNetworkConfig {
        match self {
            Self::SimpleRnn => network.with(simple_rnn(hidden_size).with_return_sequences(every_step)),
            Self::Lstm => network.with(lstm(hidden_size).with_return_sequences(every_step)),
            Self::CoupledLstm => {
                network.with(lstm(hidden_size).with_coupled_gates(true).with_return_sequences(every_step))
            }
            Self::Gru => network.with(gru(hidden_size).with_return_sequences(every_step)),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SimpleRnn => "simple-rnn",
            Self::Lstm => "lstm",
            Self::CoupledLstm => "coupled-lstm",
            Self::Gru => "gru",
        })
    }
}
