//! One of the crate's cells, for lists that hold different ones.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use firebrick_layers::Rule;
use serde::{Deserialize, Serialize};

use crate::{RecurrentCell, RecurrentCellConfig, RecurrentState, StatePart};

/// Makes the two enums of cells, one of configurations and one of modules, from one table.
macro_rules! cells {
    ($( $(#[$doc:meta])* $name:ident($cell:ident, $config:ident); )*) => {
        $( use super::{$cell, $config}; )*

        /// The configuration of one of the crate's cells. In TOML and JSON one table, whose `cell` names the kind:
        /// `{ cell = "lstm", hidden_size = 64 }`.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "cell", rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum AnyCellConfig {
            $( $(#[$doc])* $name($config), )*
        }

        /// One of the crate's cells.
        ///
        /// ```
        /// use burn::tensor::{Device, Tensor};
        /// use firebrick_rnn::{AnyCellConfig, RecurrentConfig, RecurrentLayer, RnnConfig};
        ///
        /// let text = r#"{ "cell": "gru", "hidden_size": 4, "reset_after": false }"#;
        /// let config: AnyCellConfig = serde_json::from_str(text)?;
        /// let device = Device::flex();
        /// let output = RnnConfig::new(config).init(3, &device).forward(Tensor::<3>::ones([2, 5, 3], &device));
        /// assert_eq!(output.sequence.dims(), [2, 5, 4]);
        /// # Ok::<(), serde_json::Error>(())
        /// ```
        #[derive(Module, Debug)]
        #[non_exhaustive]
        #[expect(clippy::large_enum_variant, reason = "cells are few, and their numbers lie elsewhere")]
        pub enum AnyCell {
            $( $(#[$doc])* $name($cell), )*
        }

        $(
            impl From<$config> for AnyCellConfig {
                fn from(config: $config) -> Self {
                    Self::$name(config)
                }
            }

            impl From<$cell> for AnyCell {
                fn from(cell: $cell) -> Self {
                    Self::$name(cell)
                }
            }
        )*

        /// Does the same with whichever cell's configuration it is.
        macro_rules! each_config {
            ($value:expr, |$found:ident| $body:expr) => {
                match $value { $( AnyCellConfig::$name($found) => $body, )* }
            };
        }

        /// Does the same with whichever cell it is.
        macro_rules! each_cell {
            ($value:expr, |$found:ident| $body:expr) => {
                match $value { $( AnyCell::$name($found) => $body, )* }
            };
        }
    };
}

cells! {
    /// Simple recurrent cell.
    SimpleRnn(SimpleRnnCell, SimpleRnnCellConfig);
    /// Long short-term memory.
    Lstm(LstmCell, LstmCellConfig);
    /// Gated recurrent unit.
    Gru(GruCell, GruCellConfig);
    /// LSTM whose gates see the cell state.
    PeepholeLstm(PeepholeLstmCell, PeepholeLstmCellConfig);
    /// Layer-normalised LSTM.
    LayerNormLstm(LayerNormLstmCell, LayerNormLstmCellConfig);
}

impl RecurrentCellConfig for AnyCellConfig {
    type Cell = AnyCell;

    fn output_size(&self) -> usize {
        each_config!(self, |config| config.output_size())
    }

    fn num_params(&self, input_size: usize) -> usize {
        each_config!(self, |config| config.num_params(input_size))
    }

    fn check(&self, input_size: usize) -> Result<(), Rule> {
        each_config!(self, |config| config.check(input_size))
    }

    fn init(&self, input_size: usize, device: &Device) -> AnyCell {
        each_config!(self, |config| config.init(input_size, device).into())
    }
}

/// The state of an [`AnyCell`].
#[derive(Clone, Debug)]
pub struct AnyCellState {
    /// h `[B, H]`.
    pub hidden: Tensor<2>,
    /// c `[B, H]`, where the cell has it.
    pub cell: Option<Tensor<2>>,
}

impl RecurrentState for AnyCellState {
    fn map(self, change: &mut dyn FnMut(StatePart, Tensor<2>) -> Tensor<2>) -> Self {
        let hidden = change(StatePart::Hidden, self.hidden);
        Self { hidden, cell: self.cell.map(|cell| change(StatePart::Cell, cell)) }
    }
}

impl AnyCellState {
    /// # Panics
    /// When the state has no tensor.
    fn new<S: RecurrentState>(state: &S) -> Self {
        let mut tensors = state.tensors().into_iter().map(|(_, tensor)| tensor);
        let hidden = tensors.next().expect("a state has at least one tensor");
        Self { hidden, cell: tensors.next() }
    }

    /// The state of `cell` with these tensors.
    ///
    /// # Panics
    /// When the cell's state has another number of them.
    fn of<C: RecurrentCell>(self, cell: &C) -> C::State {
        let mut tensors = self.tensors().into_iter();
        let (found, expected) = (tensors.len(), cell.state_sizes().len());
        assert!(found == expected, "a state of {found} tensors was given to a cell that has {expected}");
        let outline = cell.initial_state(1, &self.hidden.device());
        outline.map(&mut |_, outline| tensors.next().map_or(outline, |(_, tensor)| tensor))
    }
}

impl RecurrentCell for AnyCell {
    type State = AnyCellState;

    fn input_size(&self) -> usize {
        each_cell!(self, |cell| cell.input_size())
    }

    fn state_sizes(&self) -> Vec<usize> {
        each_cell!(self, |cell| cell.state_sizes())
    }

    fn initial_state(&self, batch: usize, device: &Device) -> AnyCellState {
        each_cell!(self, |cell| AnyCellState::new(&cell.initial_state(batch, device)))
    }

    fn project(&self, x: Tensor<2>) -> Tensor<2> {
        each_cell!(self, |cell| cell.project(x))
    }

    fn step(&self, x: Tensor<2>, state: AnyCellState) -> (Tensor<2>, AnyCellState) {
        each_cell!(self, |cell| {
            let (output, state) = cell.step(x, state.of(cell));
            (output, AnyCellState::new(&state))
        })
    }

    fn initial_output(&self, state: &AnyCellState) -> Tensor<2> {
        state.hidden.clone()
    }
}
