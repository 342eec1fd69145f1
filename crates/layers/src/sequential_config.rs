//! A network as data: a list of layers, written in Rust or read from TOML or JSON.

use std::path::Path;

use burn::tensor::Device;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::list::SampleShape;
use crate::network_file;
use crate::read::Place;
use crate::shape::count;
use crate::trace::Trace;
use crate::{MAX_ACTIVATION, NetworkError, Position, Rule, Sequential, Summary, SummaryRow};

/// A feed-forward network as a list of layers; no layer states what comes in.
///
/// ```
/// use firebrick_layers::{SequentialConfig, build::*, sequential};
///
/// let network = sequential![flatten(), dense(16).relu().named("hidden"), dense(10)];
/// assert_eq!(network.summary(&[1, 8, 8])?.total_parameters(), 65 * 16 + 17 * 10);
///
/// let same = SequentialConfig::from_toml(r#"
///     [[layers]]
///     layer = "flatten"
///     [[layers]]
///     layer = "dense"
///     name = "hidden"
///     out_features = 16
///     activation = "relu"
///     [[layers]]
///     layer = "dense"
///     out_features = 10
/// "#)?;
/// assert_eq!(network, same);
/// # Ok::<(), firebrick_layers::NetworkError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SequentialConfig {
    positions: Vec<Position>,
}

impl SequentialConfig {
    /// A network without a layer, which passes its input on.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a layer at the end.
    #[must_use]
    pub fn with(mut self, layer: impl Into<Position>) -> Self {
        self.positions.push(layer.into());
        self
    }

    /// The layers in order.
    pub fn positions(&self) -> &[Position] {
        &self.positions
    }

    /// Shape, parameters and work of every layer for an input of this shape (without the batch: `[C, H, W]` or `[F]`),
    /// those inside residuals and branches after the residual or the branches. Allocates nothing.
    ///
    /// # Errors
    /// The first layer that breaks a rule.
    pub fn shapes(&self, input: &[usize]) -> Result<Vec<SummaryRow>, NetworkError> {
        self.traced(input).map(|(rows, _)| rows)
    }

    /// Shape of the output for an input of this shape, both without the batch.
    ///
    /// # Errors
    /// The first layer that breaks a rule.
    pub fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, NetworkError> {
        self.traced(input).map(|(_, output)| output)
    }

    /// The table of layers that Keras prints, for an input of this shape (without the batch).
    ///
    /// # Errors
    /// The first layer that breaks a rule.
    pub fn summary(&self, input: &[usize]) -> Result<Summary, NetworkError> {
        let (rows, output_shape) = self.traced(input)?;
        Ok(Summary { input_shape: input.sizes(), output_shape: output_shape.sizes(), rows })
    }

    /// Makes the network for inputs of this shape (without the batch), after every rule has been checked.
    ///
    /// # Errors
    /// The first layer that breaks a rule.
    pub fn init(&self, input: &[usize], device: &Device) -> Result<Sequential, NetworkError> {
        self.traced(input)?;
        Sequential::within(&self.positions, input, &Place::default(), device)
    }

    /// Reads a network from TOML.
    ///
    /// # Errors
    /// When the text is no TOML, or names a layer or a setting that does not exist.
    pub fn from_toml(text: &str) -> Result<Self, NetworkError> {
        network_file::from_toml(text).map(|positions| Self { positions })
    }

    /// Reads a network from JSON.
    ///
    /// # Errors
    /// When the text is no JSON, or names a layer or a setting that does not exist.
    pub fn from_json(text: &str) -> Result<Self, NetworkError> {
        network_file::from_json(text).map(|positions| Self { positions })
    }

    /// Reads a network from a file whose name ends in `.toml` or `.json`.
    ///
    /// # Errors
    /// When the file cannot be read or is no network; the message names the file.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, NetworkError> {
        network_file::from_file(path.as_ref()).map(|positions| Self { positions })
    }

    /// Writes the network as TOML.
    ///
    /// # Errors
    /// When a number does not fit TOML, such as one beyond 2^63.
    pub fn to_toml(&self) -> Result<String, NetworkError> {
        network_file::to_toml(&self.positions)
    }

    /// Writes the network as JSON.
    ///
    /// # Errors
    /// When a number does not fit JSON, such as an infinity.
    pub fn to_json(&self) -> Result<String, NetworkError> {
        network_file::to_json(&self.positions)
    }

    fn traced(&self, input: &[usize]) -> Result<(Vec<SummaryRow>, Vec<usize>), NetworkError> {
        let refuse = |rule| NetworkError::Input { shape: input.sizes(), rule };
        check_input(input).map_err(refuse)?;
        let mut trace = Trace::default();
        let output = trace.list(&self.positions, &input.to_vec())?;
        Ok((trace.into_rows(), output))
    }
}

fn check_input(input: &[usize]) -> Result<(), Rule> {
    if !matches!(input.len(), 1 | 3) {
        return Err(Rule::Axes { expected: "[features] or [channels, height, width]", hint: "" });
    }
    if input.contains(&0) {
        return Err(Rule::Zero { what: "every size" });
    }
    match count(input)? {
        numbers if numbers > MAX_ACTIVATION => Err(Rule::ActivationTooLarge { count: numbers }),
        _ => Ok(()),
    }
}

impl FromIterator<Position> for SequentialConfig {
    fn from_iter<I: IntoIterator<Item = Position>>(positions: I) -> Self {
        Self { positions: positions.into_iter().collect() }
    }
}

impl Extend<Position> for SequentialConfig {
    fn extend<I: IntoIterator<Item = Position>>(&mut self, positions: I) {
        self.positions.extend(positions);
    }
}

impl IntoIterator for SequentialConfig {
    type Item = Position;
    type IntoIter = std::vec::IntoIter<Position>;

    fn into_iter(self) -> Self::IntoIter {
        self.positions.into_iter()
    }
}

impl Serialize for SequentialConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        network_file::to_value(&self.positions).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SequentialConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        network_file::from_value(value).map(|positions| Self { positions }).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
