//! Settings from the command line: `--set name=value` on any field of a recipe's configuration.
//!
//! A name is the path of a field, with dots (`optimizer.momentum`, `layers.0.units`); a value is JSON, or plain text where
//! a text is expected. Whatever the configuration's type would not accept is refused, and so is a name that it does not have.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Names that people try with `--set` although they are arguments of their own.
const ARGUMENTS: [&str; 11] = [
    "recipe",
    "dataset",
    "data-dir",
    "data_dir",
    "picture-size",
    "picture_size",
    "epochs",
    "seed",
    "seeds",
    "device",
    "workers",
];

/// Why a setting was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// There is no `=` in the setting, or no name before it.
    #[error("setting `{setting}` is not of the form name=value, as in `--set {example}`")]
    Form {
        /// The setting as it was given.
        setting: String,
        /// A setting that would be accepted.
        example: String,
    },
    /// The configuration has no field of that name.
    #[error("unknown setting `{name}`{hint}. Known settings: {}", known.join(", "))]
    Unknown {
        /// The name as it was given.
        name: String,
        /// The likely intention, ready to be printed; empty when there is none.
        hint: String,
        /// All names that can be set.
        known: Vec<String>,
    },
    /// The field exists, but is of another type.
    #[error("setting `{name}` does not take `{value}`: {message} (it is `{current}` now)")]
    Type {
        /// The name as it was given.
        name: String,
        /// The value as it was given.
        value: String,
        /// What was expected.
        message: String,
        /// The value that the field has without the setting, as JSON.
        current: String,
    },
    /// The configuration itself cannot be written as JSON (a defect of the recipe).
    #[error("the recipe's configuration cannot be written as JSON: {0}")]
    Configuration(String),
}

/// Applies settings to a configuration, the later ones after the earlier ones.
///
/// ```
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Config { batch_size: usize, optimizer: Optimizer }
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Optimizer { learning_rate: f64 }
///
/// let config = Config { batch_size: 64, optimizer: Optimizer { learning_rate: 0.001 } };
/// let config = firebrick_run::apply_settings(&config, &["optimizer.learning_rate=0.01".to_string()])?;
/// assert_eq!((config.batch_size, config.optimizer.learning_rate), (64, 0.01));
/// # Ok::<(), firebrick_run::SettingError>(())
/// ```
///
/// # Errors
/// One variant of [`SettingError`] for each rule: the form, the name, the type of the value.
pub fn apply_settings<T: Serialize + DeserializeOwned>(config: &T, settings: &[String]) -> Result<T, SettingError> {
    let mut tree = to_tree(config)?;
    for setting in settings {
        tree = apply::<T>(&tree, setting)?;
    }
    serde_json::from_value(tree).map_err(|e| SettingError::Configuration(e.to_string()))
}

/// The names that [`apply_settings`] accepts for a configuration, with their values as JSON, in the order of its fields.
///
/// # Errors
/// [`SettingError::Configuration`] when the configuration cannot be written as JSON.
pub fn setting_names<T: Serialize>(config: &T) -> Result<Vec<(String, String)>, SettingError> {
    let mut leaves = Vec::new();
    collect_leaves(&to_tree(config)?, String::new(), &mut leaves);
    Ok(leaves)
}

fn to_tree<T: Serialize>(config: &T) -> Result<Value, SettingError> {
    serde_json::to_value(config).map_err(|e| SettingError::Configuration(e.to_string()))
}

/// One setting: the changed tree is passed through `T`, so that each setting is judged by itself.
fn apply<T: Serialize + DeserializeOwned>(tree: &Value, setting: &str) -> Result<Value, SettingError> {
    let (name, text) = match setting.split_once('=') {
        Some((name, text)) if !name.trim().is_empty() => (name.trim(), text.trim()),
        _ => return Err(SettingError::Form { setting: setting.into(), example: example(tree) }),
    };
    let Some(current) = find(tree, name).cloned() else {
        return hidden::<T>(tree, name, text).ok_or_else(|| unknown(tree, name));
    };
    let mut refusal = None;
    for value in readings(&current, text) {
        let mut changed = tree.clone();
        if let Some(place) = find_mut(&mut changed, name) {
            *place = value;
        }
        match serde_json::from_value::<T>(changed) {
            Ok(config) => return to_tree(&config),
            Err(error) => refusal = refusal.or(Some(error.to_string())),
        }
    }
    let message = refusal.unwrap_or_else(|| format!("expected {}", kind(&current)));
    Err(SettingError::Type { name: name.into(), value: text.into(), message, current: current.to_string() })
}

/// A field that is left out of the JSON while it is unset: accepted when it is there after being set.
fn hidden<T: Serialize + DeserializeOwned>(tree: &Value, name: &str, text: &str) -> Option<Value> {
    let (parent, field) = name.rsplit_once('.').map_or((None, name), |(parent, field)| (Some(parent), field));
    readings(&Value::Null, text).into_iter().find_map(|value| {
        let mut changed = tree.clone();
        let place = match parent {
            Some(parent) => find_mut(&mut changed, parent)?,
            None => &mut changed,
        };
        place.as_object_mut()?.insert(field.into(), value);
        let changed = to_tree(&serde_json::from_value::<T>(changed).ok()?).ok()?;
        find(&changed, name)?;
        Some(changed)
    })
}

/// What a text may mean, the likelier first: text where the field holds text, else JSON, then text.
fn readings(current: &Value, text: &str) -> Vec<Value> {
    let plain = Value::String(text.into());
    match (serde_json::from_str(text), current) {
        (Ok(json @ Value::String(_)), _) => vec![json],
        (Ok(json), Value::String(_)) => vec![plain, json],
        (Ok(json), Value::Null) => vec![json, plain],
        (Ok(json), _) => vec![json],
        (Err(_), _) => vec![plain],
    }
}

fn find<'a>(tree: &'a Value, name: &str) -> Option<&'a Value> {
    name.split('.').try_fold(tree, |node, part| match node {
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        node => node.get(part),
    })
}

fn find_mut<'a>(tree: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    name.split('.').try_fold(tree, |node, part| match node {
        Value::Array(items) => items.get_mut(part.parse::<usize>().ok()?),
        node => node.get_mut(part),
    })
}

fn collect_leaves(node: &Value, name: String, leaves: &mut Vec<(String, String)>) {
    let below = |part: &str| if name.is_empty() { part.to_string() } else { format!("{name}.{part}") };
    match node {
        Value::Object(fields) if !fields.is_empty() => {
            for (field, value) in fields {
                collect_leaves(value, below(field), leaves);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (i, value) in items.iter().enumerate() {
                collect_leaves(value, below(&i.to_string()), leaves);
            }
        }
        value => leaves.push((name, value.to_string())),
    }
}

fn example(tree: &Value) -> String {
    let mut leaves = Vec::new();
    collect_leaves(tree, String::new(), &mut leaves);
    leaves.into_iter().next().map_or("name=value".into(), |(name, value)| format!("{name}={value}"))
}

fn unknown(tree: &Value, name: &str) -> SettingError {
    let mut leaves = Vec::new();
    collect_leaves(tree, String::new(), &mut leaves);
    let known: Vec<String> = leaves.into_iter().map(|(name, _)| name).collect();
    let hint = match closest(name, &known) {
        _ if ARGUMENTS.contains(&name) => format!(" (it is an argument: --{})", name.replace('_', "-")),
        Some(close) => format!(" (did you mean `{close}`?)"),
        None => String::new(),
    };
    SettingError::Unknown { name: name.into(), hint, known }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "a value or null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list, as in [1, 2]",
        Value::Object(_) => "an object, as in {\"name\": 1}",
    }
}

/// The known name that is nearest in spelling, when it is near: at most a third of the letters differ.
pub(crate) fn closest<'a, S: AsRef<str>>(name: &str, known: &'a [S]) -> Option<&'a str> {
    let near = known.iter().map(|other| (edits(name, other.as_ref()), other.as_ref())).min_by_key(|(edits, _)| *edits);
    near.filter(|(edits, other)| *edits <= other.chars().count().div_ceil(3)).map(|(_, other)| other)
}

/// Levenshtein's distance: letters inserted, removed or replaced.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests;
