//! Pipelines as TOML and JSON.
//!
//! ```toml
//! [[transforms]]
//! transform = "horizontal_flip"
//! p = 0.5
//!
//! [[transforms]]
//! transform = "one_of"
//! transforms = [{ transform = "rotate", degrees = [-15, 15] }, { transform = "transpose" }]
//! ```

use std::fmt;
use std::io::Read;
use std::path::Path;

use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::ser::{Error as _, SerializeMap};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::step::Kind;
use super::{Choice, Pipeline, Step};
use crate::error::AugmentError;
use crate::operation::Operation;
use crate::policy::Policy;
use crate::targets::TargetLimits;

/// The longest pipeline file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    transforms: Vec<Step>,
    #[serde(default)]
    targets: TargetLimits,
}

impl<'de> Deserialize<'de> for Pipeline {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let File { transforms, targets } = File::deserialize(from)?;
        Self::checked(transforms, targets).map_err(D::Error::custom)
    }
}

pub(super) fn from_toml(text: &str) -> Result<Pipeline, AugmentError> {
    toml::from_str(text).map_err(|error| AugmentError::Read { format: "TOML", message: error.to_string() })
}

pub(super) fn from_json(text: &str) -> Result<Pipeline, AugmentError> {
    serde_json::from_str(text).map_err(|error| AugmentError::Read { format: "JSON", message: error.to_string() })
}

pub(super) fn from_file(path: &Path) -> Result<Pipeline, AugmentError> {
    let in_file = |message: String| AugmentError::File { path: path.to_owned(), message };
    let parse = match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => from_toml,
        Some("json") => from_json,
        _ => return Err(AugmentError::FileKind { path: path.to_owned() }),
    };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| in_file(error.to_string()))?;
    file.take(MAX_FILE + 1).read_to_string(&mut text).map_err(|error| in_file(error.to_string()))?;
    if text.len() as u64 > MAX_FILE {
        return Err(in_file(format!("longer than {MAX_FILE} bytes, which no pipeline is")));
    }
    parse(&text).map_err(|error| in_file(error.to_string()))
}

pub(super) fn to_toml(pipeline: &Pipeline) -> Result<String, AugmentError> {
    let refuse = |message| AugmentError::Write { format: "TOML", message };
    let value = serde_json::to_value(pipeline).map_err(|error| refuse(error.to_string()))?;
    toml::to_string(&value).map_err(|error| refuse(error.to_string()))
}

pub(super) fn to_json(pipeline: &Pipeline) -> Result<String, AugmentError> {
    serde_json::to_string_pretty(pipeline)
        .map_err(|error| AugmentError::Write { format: "JSON", message: error.to_string() })
}

/// The name of a transform. It is checked where it stands, so that the message points there.
struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        let mut known = Choice::NAMES.iter().chain(Operation::NAMES).chain(Policy::NAMES);
        if known.any(|known| *known == name) {
            return Ok(Self(name));
        }
        let mut all: Vec<&str> = Choice::NAMES.iter().chain(Operation::NAMES).chain(Policy::NAMES).copied().collect();
        all.sort_unstable();
        Err(D::Error::custom(format!("there is no transform `{name}`; known are {}", all.join(", "))))
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(StepVisitor)
    }
}

struct StepVisitor;

impl<'de> Visitor<'de> for StepVisitor {
    type Value = Step;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table with `transform`, perhaps `p`, and its settings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Step, A::Error> {
        let (mut name, mut p, mut steps, mut settings) = (None, None, None, Map::new());
        while let Some(key) = table.next_key::<String>()? {
            match key.as_str() {
                "transform" => name = Some(table.next_value::<Name>()?.0),
                "p" => p = Some(table.next_value::<f64>()?),
                "transforms" => steps = Some(table.next_value::<Vec<Step>>()?),
                _ => {
                    let value: Value = table.next_value()?;
                    if has_null(&value) {
                        return Err(A::Error::custom(format!("{key}: every number is finite, and there is no null")));
                    }
                    settings.insert(key, value);
                }
            }
        }
        let name = name.ok_or_else(|| A::Error::missing_field("transform"))?;
        let step =
            assembled(&name, steps, settings).map_err(|message| A::Error::custom(format!("{name}: {message}")))?;
        let step = p.map_or(step.clone(), |p| step.with_p(p));
        step.check().map_err(A::Error::custom)?;
        Ok(step)
    }
}

/// JSON has no NaN and no infinity: they arrive as null.
fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.iter().any(has_null),
        Value::Object(table) => table.values().any(has_null),
        _ => false,
    }
}

fn assembled(name: &str, steps: Option<Vec<Step>>, mut settings: Map<String, Value>) -> Result<Step, String> {
    let operation = Operation::read(name, Value::Object(settings.clone())).map(|read| read.map(Step::from));
    let single =
        operation.or_else(|| Policy::read(name, Value::Object(settings.clone())).map(|read| read.map(Step::from)));
    if let Some(step) = single {
        if steps.is_some() {
            return Err("unknown field `transforms`".into());
        }
        return step.map_err(|error| error.to_string());
    }
    let steps = steps.ok_or("missing field `transforms`")?;
    let step = match name {
        "compose" => Step::compose(steps),
        "one_of" => Step::one_of(steps),
        "random_order" => Step::random_order(steps),
        _ => {
            let [low, high]: [usize; 2] = field(settings.shift_remove("n"), "n")?;
            Step::some_of(low, high, steps)
        }
    };
    match settings.keys().next() {
        Some(unknown) => Err(format!("unknown field `{unknown}`")),
        None => Ok(step),
    }
}

fn field<T: DeserializeOwned>(value: Option<Value>, name: &str) -> Result<T, String> {
    let value = value.ok_or_else(|| format!("missing field `{name}`"))?;
    serde_json::from_value(value).map_err(|error| format!("{name}: {error}"))
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut table = to.serialize_map(None)?;
        table.serialize_entry("transform", self.name())?;
        table.serialize_entry("p", &self.p)?;
        match &self.kind {
            Kind::Operation(operation) => settings(&mut table, operation.write())?,
            Kind::Policy(policy) => settings(&mut table, policy.write())?,
            Kind::Choice(choice, steps) => {
                if let Choice::SomeOf { low, high } = choice {
                    table.serialize_entry("n", &[low, high])?;
                }
                table.serialize_entry("transforms", steps)?;
            }
        }
        table.end()
    }
}

/// Writes the settings of a transform or a policy into the table of its step.
fn settings<M: SerializeMap>(table: &mut M, written: serde_json::Result<Value>) -> Result<(), M::Error> {
    let Value::Object(settings) = written.map_err(M::Error::custom)? else {
        return Err(M::Error::custom("settings are a table"));
    };
    settings.iter().try_for_each(|(name, value)| table.serialize_entry(name, value))
}
