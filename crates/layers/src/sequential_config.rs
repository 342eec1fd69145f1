//! A network as data: a list of layers, written in Rust or read from TOML or JSON.

use std::io::Read;
use std::path::Path;

use burn::tensor::Device;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::read::{self, Place};
use crate::shape::count;
use crate::trace::Trace;
use crate::{MAX_ACTIVATION, NetworkError, Position, Rule, Sequential, Summary, SummaryRow};

/// The longest network file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

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
        Ok(Summary { input_shape: input.to_vec(), output_shape, rows })
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
        let value: Value = toml::from_str(text).map_err(|error| NetworkError::Toml { message: error.to_string() })?;
        Self::from_value(value)
    }

    /// Reads a network from JSON.
    ///
    /// # Errors
    /// When the text is no JSON, or names a layer or a setting that does not exist.
    pub fn from_json(text: &str) -> Result<Self, NetworkError> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| NetworkError::Json { message: error.to_string() })?;
        Self::from_value(value)
    }

    /// Reads a network from a file whose name ends in `.toml` or `.json`.
    ///
    /// # Errors
    /// When the file cannot be read or is no network; the message names the file.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, NetworkError> {
        let path = path.as_ref();
        let parse = match path.extension().and_then(|extension| extension.to_str()) {
            Some("toml") => Self::from_toml,
            Some("json") => Self::from_json,
            _ => return Err(NetworkError::FileKind { path: path.to_owned() }),
        };
        let in_file = |error| NetworkError::InFile { path: path.to_owned(), error: Box::new(error) };
        parse(&read_text(path)?).map_err(in_file)
    }

    /// Writes the network as TOML.
    ///
    /// # Errors
    /// When a number does not fit TOML, such as one beyond 2^63.
    pub fn to_toml(&self) -> Result<String, NetworkError> {
        toml::to_string(self).map_err(|error| NetworkError::Write { format: "TOML", message: error.to_string() })
    }

    /// Writes the network as JSON.
    ///
    /// # Errors
    /// When a number does not fit JSON, such as an infinity.
    pub fn to_json(&self) -> Result<String, NetworkError> {
        serde_json::to_string_pretty(self)
            .map_err(|error| NetworkError::Write { format: "JSON", message: error.to_string() })
    }

    fn from_value(value: Value) -> Result<Self, NetworkError> {
        let at = Place::default();
        let Value::Object(mut table) = value else {
            return Err(at.wrong("a network is a table with a list `layers`"));
        };
        let layers = table.shift_remove("layers").ok_or_else(|| at.wrong("missing field `layers`"))?;
        read::nothing_left(&table, "`layers`", &at)?;
        Ok(Self { positions: read::positions(layers, &at)? })
    }

    fn traced(&self, input: &[usize]) -> Result<(Vec<SummaryRow>, Vec<usize>), NetworkError> {
        let refuse = |rule| NetworkError::Input { shape: input.to_vec(), rule };
        check_input(input).map_err(refuse)?;
        let mut trace = Trace::default();
        let output = trace.list(&self.positions, input)?;
        Ok((trace.rows, output))
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

fn read_text(path: &Path) -> Result<String, NetworkError> {
    let refuse = |error: std::io::Error| NetworkError::File { path: path.to_owned(), message: error.to_string() };
    let file = std::fs::File::open(path).map_err(refuse)?;
    let bytes = file.metadata().map_err(refuse)?.len();
    if bytes > MAX_FILE {
        return Err(NetworkError::FileTooLong { path: path.to_owned(), bytes, limit: MAX_FILE });
    }
    let mut text = String::new();
    file.take(MAX_FILE).read_to_string(&mut text).map_err(refuse)?;
    Ok(text)
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
        let layers = read::write(&self.positions).map_err(serde::ser::Error::custom)?;
        Map::from_iter([("layers".to_owned(), layers)]).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SequentialConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_value(value).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
