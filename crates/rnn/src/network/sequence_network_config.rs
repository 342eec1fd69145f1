//! A sequence network as data: a list of layers, written in Rust or read from TOML or JSON.

use std::path::Path;

use burn::tensor::Device;
use firebrick_layers::list::{self, Place, SampleShape, Trace};
use firebrick_layers::{NetworkError, Position, Summary, SummaryRow};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::arms::Ending;
use super::layer::Takes;
use super::{SequenceLayerConfig, SequenceNetwork, SequenceShape};

/// A network over sequences as a list of layers; no layer states what comes in, and none whether it returns sequences,
/// unless it wants to.
///
/// A recurrent layer returns the output of every step when a layer after it takes something at each step (another
/// recurrent layer, a pooling, `time_distributed`), and else that of its last step.
///
/// ```
/// use firebrick_rnn::{SequenceNetworkConfig, SequenceShape, build::*, sequence};
///
/// let network = sequence![embedding(1000, 16).mask_zero(), lstm(8).named("reader"), lstm(8), dense(2)];
/// assert_eq!(network.output_shape(&SequenceShape::ids())?, SequenceShape::Whole(vec![2]));
///
/// let tagger = sequence![embedding(1000, 16).mask_zero(), lstm(8).return_sequences(), dense(5)];
/// assert_eq!(tagger.output_shape(&SequenceShape::ids())?, SequenceShape::features(5));
///
/// let same = SequenceNetworkConfig::from_toml(r#"
///     [[layers]]
///     layer = "embedding"
///     input_dim = 1000
///     output_dim = 16
///     mask_zero = true
///     [[layers]]
///     layer = "lstm"
///     name = "reader"
///     hidden_size = 8
///     [[layers]]
///     layer = "lstm"
///     hidden_size = 8
///     [[layers]]
///     layer = "dense"
///     out_features = 2
/// "#)?;
/// assert_eq!(network, same);
/// # Ok::<(), firebrick_layers::NetworkError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SequenceNetworkConfig {
    positions: Vec<Position<SequenceLayerConfig>>,
}

impl SequenceNetworkConfig {
    /// A network without a layer, which passes its input on.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a layer at the end.
    #[must_use]
    pub fn with(mut self, layer: impl Into<Position<SequenceLayerConfig>>) -> Self {
        self.positions.push(layer.into());
        self
    }

    /// The layers in order.
    pub fn positions(&self) -> &[Position<SequenceLayerConfig>] {
        &self.positions
    }

    /// The same network with `return_sequences` decided for every recurrent layer.
    #[must_use]
    pub fn resolved(mut self) -> Self {
        self.resolve_list(false);
        self
    }

    /// Shape, parameters and work of every layer, those inside residuals, branches and `time_distributed` after it.
    /// Allocates nothing.
    ///
    /// # Errors
    /// The first layer that breaks a rule.
    pub fn shapes(&self, input: &SequenceShape) -> Result<Vec<SummaryRow>, NetworkError> {
        self.traced(input).map(|(rows, _)| rows)
    }

    /// Shape of the output.
    ///
    /// # Errors
    /// The first layer that breaks a rule.
    pub fn output_shape(&self, input: &SequenceShape) -> Result<SequenceShape, NetworkError> {
        self.traced(input).map(|(_, output)| output)
    }

    /// The table of layers that Keras prints. Where the steps are not known, T, work and memory are those of one step.
    ///
    /// # Errors
    /// The first layer that breaks a rule.
    pub fn summary(&self, input: &SequenceShape) -> Result<Summary, NetworkError> {
        let (rows, output) = self.traced(input)?;
        Ok(Summary { input_shape: input.sizes(), output_shape: output.sizes(), rows })
    }

    /// Makes the network, after every rule has been checked.
    ///
    /// # Errors
    /// The first layer that breaks a rule.
    pub fn init(&self, input: &SequenceShape, device: &Device) -> Result<SequenceNetwork, NetworkError> {
        self.traced(input)?;
        let resolved = self.clone().resolved();
        SequenceNetwork::within(&resolved.positions, input, &Place::default(), device)
    }

    /// Reads a network from TOML.
    ///
    /// # Errors
    /// When the text is no TOML, or names a layer or a setting that does not exist.
    pub fn from_toml(text: &str) -> Result<Self, NetworkError> {
        list::from_toml(text).map(|positions| Self { positions })
    }

    /// Reads a network from JSON.
    ///
    /// # Errors
    /// When the text is no JSON, or names a layer or a setting that does not exist.
    pub fn from_json(text: &str) -> Result<Self, NetworkError> {
        list::from_json(text).map(|positions| Self { positions })
    }

    /// Reads a network from a file whose name ends in `.toml` or `.json`.
    ///
    /// # Errors
    /// When the file cannot be read or is no network; the message names the file.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, NetworkError> {
        list::from_file(path.as_ref()).map(|positions| Self { positions })
    }

    /// Writes the network as TOML.
    ///
    /// # Errors
    /// When a number does not fit TOML, such as one beyond 2^63.
    pub fn to_toml(&self) -> Result<String, NetworkError> {
        list::to_toml(&self.positions)
    }

    /// Writes the network as JSON.
    ///
    /// # Errors
    /// When a number does not fit JSON, such as an infinity.
    pub fn to_json(&self) -> Result<String, NetworkError> {
        list::to_json(&self.positions)
    }

    /// Decides for the recurrent layers whether they return sequences, from the last layer to the first. Gives whether
    /// the list takes something at each step.
    pub(crate) fn resolve_list(&mut self, needed: bool) -> bool {
        self.positions.iter_mut().rev().fold(needed, |needed, position| position.layer.resolve(needed))
    }

    /// What must arrive at the list.
    pub(crate) fn takes(&self) -> Takes {
        let takes = self.positions.iter().map(|position| position.layer.takes());
        takes.into_iter().find(|takes| *takes != Takes::Either).unwrap_or(Takes::Either)
    }

    /// What comes out of the list, as far as it says so itself.
    pub(crate) fn ending(&self) -> Ending {
        let endings = self.positions.iter().rev().map(|position| position.layer.ending());
        endings.into_iter().find(|ending| *ending != Ending::AsItCame).unwrap_or(Ending::AsItCame)
    }

    fn traced(&self, input: &SequenceShape) -> Result<(Vec<SummaryRow>, SequenceShape), NetworkError> {
        input.check_input().map_err(|rule| NetworkError::Input { shape: input.sizes(), rule })?;
        let resolved = self.clone().resolved();
        let mut trace = Trace::default();
        let output = trace.list(&resolved.positions, input)?;
        Ok((trace.into_rows(), output))
    }
}

impl FromIterator<Position<SequenceLayerConfig>> for SequenceNetworkConfig {
    fn from_iter<I: IntoIterator<Item = Position<SequenceLayerConfig>>>(positions: I) -> Self {
        Self { positions: positions.into_iter().collect() }
    }
}

impl Extend<Position<SequenceLayerConfig>> for SequenceNetworkConfig {
    fn extend<I: IntoIterator<Item = Position<SequenceLayerConfig>>>(&mut self, positions: I) {
        self.positions.extend(positions);
    }
}

impl IntoIterator for SequenceNetworkConfig {
    type Item = Position<SequenceLayerConfig>;
    type IntoIter = std::vec::IntoIter<Position<SequenceLayerConfig>>;

    fn into_iter(self) -> Self::IntoIter {
        self.positions.into_iter()
    }
}

impl Serialize for SequenceNetworkConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        list::to_value(&self.positions).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SequenceNetworkConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        list::from_value(value).map(|positions| Self { positions }).map_err(serde::de::Error::custom)
    }
}
