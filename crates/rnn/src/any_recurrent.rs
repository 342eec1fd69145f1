//! One of the crate's recurrent layers, for lists that hold different ones.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use firebrick_backend::LstmState;
use firebrick_layers::Rule;
use serde::{Deserialize, Serialize};

use crate::{
    Gru, GruConfig, Lstm, LstmConfig, RecurrentConfig, RecurrentLayer, RecurrentOutput, RecurrentState, Sequence,
    SequenceOptions, SimpleRnn, SimpleRnnConfig, StatePart,
};

/// Makes the two enums of layers, one of configurations and one of modules, from one table.
macro_rules! recurrent_layers {
    ($( $(#[$doc:meta])* $name:ident($config:ident, $layer:ident); )*) => {
        /// The configuration of one of the crate's recurrent layers. In TOML and JSON one table, whose `layer` names the
        /// kind: `{ layer = "lstm", hidden_size = 64 }`.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "layer", rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum AnyRecurrentConfig {
            $( $(#[$doc])* $name($config), )*
        }

        /// One of the crate's recurrent layers.
        ///
        /// ```
        /// use burn::tensor::{Device, Tensor};
        /// use firebrick_rnn::{AnyRecurrentConfig, RecurrentConfig, RecurrentLayer};
        ///
        /// let text = r#"{ "layer": "gru", "hidden_size": 4, "reset_after": false }"#;
        /// let config: AnyRecurrentConfig = serde_json::from_str(text)?;
        /// let device = Device::flex();
        /// let output = config.init(3, &device).forward(Tensor::<3>::ones([2, 5, 3], &device));
        /// assert_eq!(output.sequence.dims(), [2, 5, 4]);
        /// # Ok::<(), serde_json::Error>(())
        /// ```
        #[derive(Module, Debug)]
        #[non_exhaustive]
        #[expect(clippy::large_enum_variant, reason = "a network has few layers, and they stay where they are")]
        pub enum AnyRecurrent {
            $( $(#[$doc])* $name($layer), )*
        }

        $( impl From<$config> for AnyRecurrentConfig {
            fn from(config: $config) -> Self {
                Self::$name(config)
            }
        } )*

        impl RecurrentConfig for AnyRecurrentConfig {
            type Layer = AnyRecurrent;

            fn options(&self) -> &SequenceOptions {
                match self { $( Self::$name(config) => config.options(), )* }
            }

            fn options_mut(&mut self) -> &mut SequenceOptions {
                match self { $( Self::$name(config) => config.options_mut(), )* }
            }

            fn output_size(&self) -> usize {
                match self { $( Self::$name(config) => config.output_size(), )* }
            }

            fn num_params(&self, input_size: usize) -> usize {
                match self { $( Self::$name(config) => config.num_params(input_size), )* }
            }

            fn check(&self, input_size: usize) -> Result<(), Rule> {
                match self { $( Self::$name(config) => config.check(input_size), )* }
            }

            fn init(&self, input_size: usize, device: &Device) -> AnyRecurrent {
                match self { $( Self::$name(config) => AnyRecurrent::$name(config.init(input_size, device)), )* }
            }
        }

        impl RecurrentLayer for AnyRecurrent {
            type State = AnyState;

            fn input_size(&self) -> usize {
                match self { $( Self::$name(layer) => layer.input_size(), )* }
            }

            fn output_size(&self) -> usize {
                match self { $( Self::$name(layer) => layer.output_size(), )* }
            }

            fn options(&self) -> &SequenceOptions {
                match self { $( Self::$name(layer) => layer.options(), )* }
            }

            fn zero_state(&self, batch: usize, device: &Device) -> AnyState {
                match self { $( Self::$name(layer) => layer.zero_state(batch, device).into(), )* }
            }

            fn sweep(&self, x: Sequence, state: Option<AnyState>, zero: bool) -> RecurrentOutput<AnyState> {
                match self { $( Self::$name(layer) => {
                    let RecurrentOutput { sequence, last, state } = layer.sweep(x, state.map(AnyState::into), zero);
                    RecurrentOutput { sequence, last, state: state.into() }
                } )* }
            }

            fn kept_batch_size(&self) -> Option<usize> {
                match self { $( Self::$name(layer) => layer.kept_batch_size(), )* }
            }

            fn reset_state(&self) {
                match self { $( Self::$name(layer) => layer.reset_state(), )* }
            }
        }
    };
}

recurrent_layers! {
    /// The simple recurrent layer.
    SimpleRnn(SimpleRnnConfig, SimpleRnn);
    /// Long short-term memory.
    Lstm(LstmConfig, Lstm);
    /// Gated recurrent unit.
    Gru(GruConfig, Gru);
}

/// The state of an [`AnyRecurrent`].
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a state is a handle or two to tensors, and there is one for each layer")]
pub enum AnyState {
    /// h `[B, H]`, of a `SimpleRnn` or a `Gru`.
    Hidden(Tensor<2>),
    /// h and c, of an `Lstm`.
    Lstm(LstmState),
}

impl RecurrentState for AnyState {
    fn map(self, change: &mut dyn FnMut(StatePart, Tensor<2>) -> Tensor<2>) -> Self {
        match self {
            Self::Hidden(hidden) => Self::Hidden(RecurrentState::map(hidden, change)),
            Self::Lstm(state) => Self::Lstm(state.map(change)),
        }
    }
}

impl From<Tensor<2>> for AnyState {
    fn from(hidden: Tensor<2>) -> Self {
        Self::Hidden(hidden)
    }
}

impl From<LstmState> for AnyState {
    fn from(state: LstmState) -> Self {
        Self::Lstm(state)
    }
}

impl From<AnyState> for Tensor<2> {
    /// # Panics
    /// When it is the state of an `Lstm`; [`RecurrentLayer::check`] says so before.
    fn from(state: AnyState) -> Self {
        match state {
            AnyState::Hidden(hidden) => hidden,
            AnyState::Lstm(_) => panic!("the state of an Lstm was given to a layer that has no cell state"),
        }
    }
}

impl From<AnyState> for LstmState {
    /// # Panics
    /// When it is the state of another layer than an `Lstm`; [`RecurrentLayer::check`] says so before.
    fn from(state: AnyState) -> Self {
        match state {
            AnyState::Lstm(state) => state,
            AnyState::Hidden(_) => panic!("a hidden state alone was given to an Lstm, which has a cell state too"),
        }
    }
}
