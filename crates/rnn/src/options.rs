//! What the configurations of recurrent layers share, and the methods that set it.

use firebrick_layers::{Initializer, MAX_PARAMETERS, Rule};
use serde::{Deserialize, Serialize};

/// How a recurrent layer goes through time. Keras's arguments of the same names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SequenceOptions {
    /// Whether the layer passes on the output of every step or of the last alone. Without it, its place in a network
    /// decides: every step before a layer that takes sequences, else the last. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_sequences: Option<bool>,
    /// Whether the last step is processed first; the outputs come in the order in which they are made. Default false.
    pub go_backwards: bool,
    /// Whether a call goes on from the state in which the one before ended. Default false.
    pub stateful: bool,
    /// Whether the output of a step that does not count is 0 instead of that of the step before. Default false.
    pub zero_output_for_mask: bool,
}

impl SequenceOptions {
    pub(crate) const FIELDS: &[&str] = &["return_sequences", "go_backwards", "stateful", "zero_output_for_mask"];
}

/// What the gates of a cell are made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellOptions {
    /// Numbers H of the state, Keras's units.
    pub hidden_size: usize,
    /// Whether a bias is added. Default true.
    #[serde(default = "yes")]
    pub bias: bool,
    /// Whether a second bias is added to the product of the state, as PyTorch does. Default false; a `Gru` with
    /// `reset_after` always has both.
    #[serde(default)]
    pub recurrent_bias: bool,
    /// Of the input's weights `[I, G·H]`. Default glorot uniform, as in Keras.
    #[serde(default)]
    pub kernel_initializer: Initializer,
    /// Of the state's weights `[H, G·H]`. Default orthogonal, as in Keras.
    #[serde(default = "orthogonal")]
    pub recurrent_initializer: Initializer,
    /// Default zeros, as in Keras.
    #[serde(default = "zeros")]
    pub bias_initializer: Initializer,
    /// Share of the input's numbers that become 0 while training, the same in every step (Gal & Ghahramani, 2016,
    /// <https://arxiv.org/abs/1512.05287>). Default 0.
    #[serde(default)]
    pub dropout: f64,
    /// Share of the state's numbers that the gates do not see while training, the same in every step, different for
    /// each gate; the input's are then different for each gate too, as in Keras. Takes Burn's operations step by step
    /// instead of the fused one while training. Default 0.
    #[serde(default)]
    pub recurrent_dropout: f64,
}

fn yes() -> bool {
    true
}

fn orthogonal() -> Initializer {
    Initializer::Orthogonal { gain: 1.0 }
}

fn zeros() -> Initializer {
    Initializer::Zeros
}

/// Whether what is dropped is a share of the whole, and something is left.
pub(crate) fn check_rates(dropout: f64, recurrent_dropout: f64) -> Result<(), Rule> {
    for (value, what) in [(dropout, "dropout"), (recurrent_dropout, "recurrent_dropout")] {
        if !(0.0..1.0).contains(&value) {
            return Err(Rule::OutOfRange { what, value, range: "at least 0 and below 1" });
        }
    }
    Ok(())
}

impl CellOptions {
    pub(crate) const FIELDS: &[&str] = &[
        "hidden_size",
        "bias",
        "recurrent_bias",
        "kernel_initializer",
        "recurrent_initializer",
        "bias_initializer",
        "dropout",
        "recurrent_dropout",
    ];

    /// Keras's defaults, for a state of `hidden_size` numbers.
    pub fn new(hidden_size: usize) -> Self {
        Self {
            hidden_size,
            bias: true,
            recurrent_bias: false,
            kernel_initializer: Initializer::GlorotUniform,
            recurrent_initializer: orthogonal(),
            bias_initializer: zeros(),
            dropout: 0.0,
            recurrent_dropout: 0.0,
        }
    }

    /// Whether a cell with `gates` gates over `input_size` features can be made.
    ///
    /// # Errors
    /// When a size is 0, a rate is not in [0, 1), an initialiser has an impossible setting, or there are more parameters
    /// than [`MAX_PARAMETERS`].
    pub(crate) fn check(&self, gates: usize, input_size: usize) -> Result<(), Rule> {
        for (value, what) in [(input_size, "input_size"), (self.hidden_size, "hidden_size")] {
            if value == 0 {
                return Err(Rule::Zero { what });
            }
        }
        check_rates(self.dropout, self.recurrent_dropout)?;
        let initializers = [&self.kernel_initializer, &self.recurrent_initializer, &self.bias_initializer];
        initializers.into_iter().try_for_each(Initializer::check)?;
        match self.num_params(gates, input_size) as u64 {
            count if count > MAX_PARAMETERS => Err(Rule::TooManyParameters { count }),
            _ => Ok(()),
        }
    }

    /// Numbers in the parameters of a cell with `gates` gates over `input_size` features, at most `usize::MAX`.
    pub(crate) fn num_params(&self, gates: usize, input_size: usize) -> usize {
        let biases = usize::from(self.bias) * (1 + usize::from(self.recurrent_bias));
        let rows = input_size.saturating_add(self.hidden_size).saturating_add(biases);
        rows.saturating_mul(gates).saturating_mul(self.hidden_size)
    }

    /// PyTorch's first values: all uniform in ±1/√H, and two biases.
    pub(crate) fn pytorch(self) -> Self {
        let limit = 1.0 / (self.hidden_size.max(1) as f64).sqrt();
        let uniform = Initializer::RandomUniform { min: -limit, max: limit };
        Self {
            recurrent_bias: true,
            kernel_initializer: uniform,
            recurrent_initializer: uniform,
            bias_initializer: uniform,
            ..self
        }
    }
}

/// The methods that set [`SequenceOptions`] in a configuration with the field `sequence`.
macro_rules! with_sequence_options {
    ($config:ident $(<$cell:ident>)?) => {
        impl $(<$cell>)? $config $(<$cell>)? {
            /// Sets whether every step's output is passed on, or the last one's alone.
            #[must_use]
            pub fn with_return_sequences(mut self, return_sequences: bool) -> Self {
                self.sequence.return_sequences = Some(return_sequences);
                self
            }

            /// Sets whether the last step is processed first.
            #[must_use]
            pub fn with_go_backwards(mut self, go_backwards: bool) -> Self {
                self.sequence.go_backwards = go_backwards;
                self
            }

            /// Sets whether a call goes on from the state in which the one before ended.
            #[must_use]
            pub fn with_stateful(mut self, stateful: bool) -> Self {
                self.sequence.stateful = stateful;
                self
            }

            /// Sets whether steps that do not count put out zeros.
            #[must_use]
            pub fn with_zero_output_for_mask(mut self, zero_output_for_mask: bool) -> Self {
                self.sequence.zero_output_for_mask = zero_output_for_mask;
                self
            }
        }
    };
}
pub(crate) use with_sequence_options;

/// The methods that set [`CellOptions`] in a configuration with the field `cell`.
macro_rules! with_cell_options {
    ($config:ty) => {
        impl $config {
            /// Sets whether a bias is added.
            #[must_use]
            pub fn with_bias(mut self, bias: bool) -> Self {
                self.cell.bias = bias;
                self
            }

            /// Sets whether the product of the state has a bias of its own.
            #[must_use]
            pub fn with_recurrent_bias(mut self, recurrent_bias: bool) -> Self {
                self.cell.recurrent_bias = recurrent_bias;
                self
            }

            /// Sets the initialiser of the input's weights.
            #[must_use]
            pub fn with_kernel_initializer(mut self, initializer: firebrick_layers::Initializer) -> Self {
                self.cell.kernel_initializer = initializer;
                self
            }

            /// Sets the initialiser of the state's weights.
            #[must_use]
            pub fn with_recurrent_initializer(mut self, initializer: firebrick_layers::Initializer) -> Self {
                self.cell.recurrent_initializer = initializer;
                self
            }

            /// Sets the initialiser of the bias.
            #[must_use]
            pub fn with_bias_initializer(mut self, initializer: firebrick_layers::Initializer) -> Self {
                self.cell.bias_initializer = initializer;
                self
            }

            /// Sets the share of the input's numbers that are dropped while training.
            #[must_use]
            pub fn with_dropout(mut self, dropout: f64) -> Self {
                self.cell.dropout = dropout;
                self
            }

            /// Sets the share of the state's numbers that are dropped while training.
            #[must_use]
            pub fn with_recurrent_dropout(mut self, recurrent_dropout: f64) -> Self {
                self.cell.recurrent_dropout = recurrent_dropout;
                self
            }
        }
    };
}
pub(crate) use with_cell_options;

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use super::*;
    use crate::{GruConfig, LstmConfig, RecurrentConfig, SimpleRnnActivation, SimpleRnnConfig};

    /// With no setting at its default.
    fn lstm() -> LstmConfig {
        LstmConfig::new(7)
            .pytorch()
            .with_coupled_gates(true)
            .with_bias(false)
            .with_dropout(0.1)
            .with_recurrent_dropout(0.2)
            .with_return_sequences(true)
            .with_go_backwards(true)
            .with_stateful(true)
            .with_zero_output_for_mask(true)
    }

    fn comes_back<C: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(config: &C) {
        let json = serde_json::to_string(config).unwrap();
        assert_eq!(serde_json::from_str::<C>(&json).unwrap(), *config, "{json}");
        let toml = toml::to_string(config).unwrap();
        assert_eq!(toml::from_str::<C>(&toml).unwrap(), *config, "{toml}");
    }

    #[test]
    fn configurations_survive_json_and_toml_as_one_flat_table() {
        comes_back(&lstm());
        comes_back(&LstmConfig::new(3));
        comes_back(&GruConfig::new(3).with_reset_after(false).with_recurrent_bias(true));
        comes_back(&SimpleRnnConfig::new(3).with_activation(SimpleRnnActivation::Relu));
        let table = serde_json::to_value(lstm()).unwrap();
        assert_eq!(table["hidden_size"], 7);
        assert_eq!(table["coupled_gates"], true);
    }

    #[test]
    fn what_is_written_are_the_fields_that_are_known() {
        let written =
            |config: serde_json::Value| -> Vec<String> { config.as_object().unwrap().keys().cloned().collect() };
        let own = ["unit_forget_bias", "coupled_gates"];
        let known = [CellOptions::FIELDS, SequenceOptions::FIELDS, &own].concat();
        assert_eq!(written(serde_json::to_value(lstm()).unwrap()), known);
    }

    #[test]
    fn what_is_left_out_has_the_defaults_of_keras() {
        assert_eq!(toml::from_str::<LstmConfig>("hidden_size = 3").unwrap(), LstmConfig::new(3));
        assert_eq!(toml::from_str::<GruConfig>("hidden_size = 3").unwrap(), GruConfig::new(3));
        assert_eq!(toml::from_str::<SimpleRnnConfig>("hidden_size = 3").unwrap(), SimpleRnnConfig::new(3));
        let relu = toml::from_str::<SimpleRnnConfig>("hidden_size = 3\nactivation = \"relu\"").unwrap();
        assert_eq!(relu.activation, SimpleRnnActivation::Relu);
    }

    #[test]
    fn a_setting_that_does_not_exist_is_refused_with_those_that_do() {
        let message = toml::from_str::<LstmConfig>("hidden_size = 3\nreset_after = true").unwrap_err().to_string();
        assert!(message.contains("unknown field `reset_after`, expected one of `hidden_size`, `bias`"), "{message}");
        assert!(message.contains("`zero_output_for_mask`, `unit_forget_bias`, `coupled_gates`"), "{message}");
        let message = toml::from_str::<GruConfig>("units = 3").unwrap_err().to_string();
        assert!(message.contains("unknown field `units`"), "{message}");
        let message = toml::from_str::<GruConfig>("").unwrap_err().to_string();
        assert!(message.contains("missing field `hidden_size`"), "{message}");
        let message = toml::from_str::<GruConfig>("hidden_size = -3").unwrap_err().to_string();
        assert!(message.contains("-3"), "{message}");
    }

    #[test]
    fn impossible_settings_are_refused() {
        let cases = [
            (GruConfig::new(0), 3, "hidden_size must be at least 1"),
            (GruConfig::new(4), 0, "input_size must be at least 1"),
            (GruConfig::new(4).with_dropout(1.0), 3, "dropout is 1: it must be at least 0 and below 1"),
            (GruConfig::new(4).with_recurrent_dropout(f64::NAN), 3, "recurrent_dropout is NaN"),
            (GruConfig::new(usize::MAX), 3, "with it the network has"),
            (GruConfig::new(1 << 20), 3, "with it the network has 3298550611968 parameters"),
            (
                GruConfig::new(4).with_bias_initializer(Initializer::RandomNormal { mean: 0.0, std: -1.0 }),
                3,
                "std is -1",
            ),
        ];
        for (config, input_size, expected) in cases {
            let message = config.check(input_size).unwrap_err().to_string();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
