//! Configurations that share options: one flat table in a file, with unknown settings refused.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Reads a table whose settings are all in one of the `known` lists.
pub(crate) fn table<'de, D: Deserializer<'de>>(deserializer: D, known: &[&[&str]]) -> Result<Value, D::Error> {
    let table = Map::deserialize(deserializer)?;
    match table.keys().find(|key| !known.iter().any(|list| list.contains(&key.as_str()))) {
        None => Ok(Value::Object(table)),
        Some(unknown) => {
            let message = format!("unknown field `{unknown}`, expected one of `{}`", known.concat().join("`, `"));
            Err(D::Error::custom(message))
        }
    }
}

/// The value that a table holds.
pub(crate) fn value<T: DeserializeOwned, E: serde::de::Error>(table: Value) -> Result<T, E> {
    serde_json::from_value(table).map_err(E::custom)
}

/// Serde for a configuration with flattened options, derived with `remote = "Self"`: serde's own refusal of unknown
/// settings does not go together with flattening.
macro_rules! flat_serde {
    ($type:ty, $($known:expr),+) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Self::serialize(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let table = $crate::flat::table(deserializer, &[$($known),+])?;
                Self::deserialize(table).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use flat_serde;
