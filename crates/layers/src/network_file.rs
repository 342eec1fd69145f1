//! A network's list of layers as TOML, JSON and files.

use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value};

use crate::list::Listed;
use crate::read::{self, Place};
use crate::{NetworkError, Position};

/// The longest network file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// Reads a network's list from TOML.
///
/// # Errors
/// When the text is no TOML, or names a layer or a setting that does not exist.
pub fn from_toml<L: Listed>(text: &str) -> Result<Vec<Position<L>>, NetworkError> {
    let value: Value = toml::from_str(text).map_err(|error| NetworkError::Toml { message: error.to_string() })?;
    from_value(value)
}

/// Reads a network's list from JSON.
///
/// # Errors
/// When the text is no JSON, or names a layer or a setting that does not exist.
pub fn from_json<L: Listed>(text: &str) -> Result<Vec<Position<L>>, NetworkError> {
    let value: Value = serde_json::from_str(text).map_err(|error| NetworkError::Json { message: error.to_string() })?;
    from_value(value)
}

/// Reads a network's list from a file whose name ends in `.toml` or `.json`.
///
/// # Errors
/// When the file cannot be read or is no network; the message names the file.
pub fn from_file<L: Listed>(path: &Path) -> Result<Vec<Position<L>>, NetworkError> {
    let parse = match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => from_toml,
        Some("json") => from_json,
        _ => return Err(NetworkError::FileKind { path: path.to_owned() }),
    };
    let in_file = |error| NetworkError::InFile { path: path.to_owned(), error: Box::new(error) };
    parse(&read_text(path)?).map_err(in_file)
}

/// Reads a network's list from its table, `{ "layers": [...] }`.
///
/// # Errors
/// When it is no such table, or names a layer or a setting that does not exist.
pub fn from_value<L: Listed>(value: Value) -> Result<Vec<Position<L>>, NetworkError> {
    let at = Place::default();
    let Value::Object(mut table) = value else {
        return Err(at.wrong("a network is a table with a list `layers`"));
    };
    let layers = table.shift_remove("layers").ok_or_else(|| at.wrong("missing field `layers`"))?;
    read::nothing_left(&table, "`layers`", &at)?;
    read::positions(layers, &at)
}

/// The table of a network's list, `{ "layers": [...] }`.
///
/// # Errors
/// When a number is not finite.
pub fn to_value<L: Listed>(positions: &[Position<L>]) -> Result<Value, serde_json::Error> {
    let layers = read::write(positions)?;
    Ok(Value::Object(Map::from_iter([("layers".to_owned(), layers)])))
}

/// Writes a network's list as TOML.
///
/// # Errors
/// When a number does not fit TOML, such as one beyond 2^63.
pub fn to_toml<L: Listed>(positions: &[Position<L>]) -> Result<String, NetworkError> {
    let refuse = |message| NetworkError::Write { format: "TOML", message };
    let table = to_value(positions).map_err(|error| refuse(error.to_string()))?;
    toml::to_string(&table).map_err(|error| refuse(error.to_string()))
}

/// Writes a network's list as JSON.
///
/// # Errors
/// When a number does not fit JSON, such as an infinity.
pub fn to_json<L: Listed>(positions: &[Position<L>]) -> Result<String, NetworkError> {
    to_value(positions)
        .and_then(|table| serde_json::to_string_pretty(&table))
        .map_err(|error| NetworkError::Write { format: "JSON", message: error.to_string() })
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
