//! Settings that are a name with or without numbers: `"relu"`, or `{ name = "elu", alpha = 0.5 }`.

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// Reads a name alone, or a table with `name` and the settings that it has.
pub(crate) fn read<'de, T, D>(
    deserializer: D,
    from_table: impl Fn(Value) -> Result<T, serde_json::Error>,
    to_table: impl Fn(&T) -> Result<Value, serde_json::Error>,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
{
    let table = match serde::Deserialize::deserialize(deserializer)? {
        Value::String(name) => Map::from_iter([("name".to_owned(), Value::String(name))]),
        Value::Object(table) => table,
        _ => return Err(D::Error::custom("expected a name, or a table with `name` and its settings")),
    };
    let given: Vec<String> = table.keys().cloned().collect();
    let value = from_table(Value::Object(table)).map_err(D::Error::custom)?;
    let known = to_table(&value).map_err(D::Error::custom)?;
    match given.iter().find(|key| known.get(key.as_str()).is_none()) {
        None => Ok(value),
        Some(unknown) => {
            let known: Vec<_> = known.as_object().into_iter().flat_map(Map::keys).cloned().collect();
            let message = format!("unknown field `{unknown}`, expected one of `{}`", known.join("`, `"));
            Err(D::Error::custom(message))
        }
    }
}

/// Writes the name alone where there is nothing else to say.
pub(crate) fn write<S: Serializer>(table: Result<Value, serde_json::Error>, serializer: S) -> Result<S::Ok, S::Error> {
    let table = table.map_err(S::Error::custom)?;
    match table.as_object().filter(|table| table.len() == 1).and_then(|table| table.get("name")) {
        Some(name) => name.serialize(serializer),
        None => table.serialize(serializer),
    }
}

/// Whether a value equals its type's default: such settings are left out of files.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Reads a table of settings.
pub(crate) fn from_table<T: DeserializeOwned>(table: Map<String, Value>) -> Result<T, serde_json::Error> {
    serde_json::from_value(Value::Object(table))
}

/// Serde for an enum whose variants are names with or without settings, derived with `remote = "Self"`.
macro_rules! named_serde {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::named::write(Self::serialize(self, serde_json::value::Serializer), serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::named::read(
                    deserializer,
                    |table| Self::deserialize(table),
                    |value| Self::serialize(value, serde_json::value::Serializer),
                )
            }
        }
    };
}
pub(crate) use named_serde;
