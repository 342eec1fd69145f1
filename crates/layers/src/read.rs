//! Networks as files: reads the tables of TOML and JSON, and says where in the network something is wrong.

use std::fmt::{Display, Formatter};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::list::Listed;
use crate::{NetworkError, Position, named};

/// A place in a network: the position numbers and kinds from the outermost list inwards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place(Vec<String>);

impl Place {
    /// A position of the list at this place.
    pub fn position(&self, index: usize, kind: &str) -> Self {
        self.part(&format!("{index}.{kind}"))
    }

    /// A part of the layer at this place.
    pub fn part(&self, part: &str) -> Self {
        let mut parts = self.0.clone();
        parts.push(part.to_owned());
        Self(parts)
    }

    /// Reads the settings of a layer; the error names the known ones.
    ///
    /// # Errors
    /// When a setting does not exist, is missing or has a value of another kind.
    pub fn settings<T: DeserializeOwned>(&self, table: Map<String, Value>) -> Result<T, NetworkError> {
        named::from_table(table).map_err(|error| self.wrong(&error.to_string()))
    }

    /// The error of a setting that stands here.
    pub fn wrong(&self, message: &str) -> NetworkError {
        NetworkError::Setting { at: self.to_string(), message: message.to_owned() }
    }

    /// The error of a layer that is none of the kinds that can stand here.
    pub fn unknown_layer<L: Listed>(&self, found: &str) -> NetworkError {
        NetworkError::UnknownLayer { at: self.to_string(), found: found.to_owned(), known: L::KINDS.join(", ") }
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self.0.is_empty() {
            true => f.write_str("the network"),
            false => f.write_str(&self.0.join(".")),
        }
    }
}

/// Reads a list of layers.
///
/// # Errors
/// When it is no list of tables, or names a layer or a setting that does not exist.
pub fn positions<L: Listed>(list: Value, at: &Place) -> Result<Vec<Position<L>>, NetworkError> {
    let Value::Array(items) = list else {
        return Err(at.wrong("the layers must be a list of tables, each with `layer = \"...\"`"));
    };
    items.into_iter().enumerate().map(|(index, item)| position(index, item, at)).collect()
}

fn position<L: Listed>(index: usize, item: Value, list: &Place) -> Result<Position<L>, NetworkError> {
    let here = list.part(&index.to_string());
    let Value::Object(mut table) = item else {
        return Err(here.wrong("a layer must be a table with `layer = \"...\"` and its settings"));
    };
    let Some(Value::String(kind)) = table.shift_remove("layer") else {
        let known = L::KINDS.join(", ");
        return Err(here.wrong(&format!("`layer` is missing: it says which of {known} this is")));
    };
    let name = match table.shift_remove("name") {
        None => None,
        Some(Value::String(name)) => Some(name),
        Some(other) => return Err(here.wrong(&format!("`name` must be a string, not {other}"))),
    };
    if !L::KINDS.contains(&kind.as_str()) {
        return Err(here.unknown_layer::<L>(&kind));
    }
    let layer = L::read(&kind, table, &list.position(index, &kind))?;
    Ok(Position { name, layer })
}

/// Writes a list of layers.
///
/// # Errors
/// When a number is not finite.
pub fn write<L: Listed>(positions: &[Position<L>]) -> Result<Value, serde_json::Error> {
    let tables = positions.iter().enumerate().map(|(index, position)| write_position(index, position));
    tables.collect::<Result<Vec<_>, _>>().map(Value::Array)
}

fn write_position<L: Listed>(index: usize, position: &Position<L>) -> Result<Value, serde_json::Error> {
    let kind = position.layer.kind();
    let mut table = Map::from_iter([("layer".to_owned(), kind.into())]);
    if let Some(name) = &position.name {
        table.insert("name".to_owned(), name.as_str().into());
    }
    let settings = position.layer.write()?;
    if holds_null(&settings) {
        let message = format!("layer {index}.{kind} has a number that is not finite");
        return Err(serde::ser::Error::custom(message));
    }
    if let Value::Object(settings) = settings {
        table.extend(settings);
    }
    Ok(Value::Object(table))
}

/// Whether a number was lost: JSON has no infinity and no NaN, and writes null.
fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(table) => table.values().any(holds_null),
        _ => false,
    }
}

/// Refuses what is left of a container's table.
///
/// # Errors
/// When anything is; the message has the `known` settings.
pub fn nothing_left(table: &Map<String, Value>, known: &str, at: &Place) -> Result<(), NetworkError> {
    match table.keys().next() {
        None => Ok(()),
        Some(unknown) => Err(at.wrong(&format!("unknown field `{unknown}`, expected one of {known}"))),
    }
}

/// Takes a setting of a container out of its table; its default where there is none.
///
/// # Errors
/// When the value is of another kind.
pub fn take<T: DeserializeOwned + Default>(
    table: &mut Map<String, Value>,
    key: &str,
    at: &Place,
) -> Result<T, NetworkError> {
    match table.shift_remove(key) {
        None => Ok(T::default()),
        Some(value) => serde_json::from_value(value).map_err(|error| at.wrong(&format!("`{key}`: {error}"))),
    }
}
