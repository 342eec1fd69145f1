//! `Bidirectional` in a network's list. In a file the layer of the forward direction stands under `forward_layer`, since
//! `layer` names the kind:
//!
//! ```toml
//! layer = "bidirectional"
//! forward_layer = { layer = "lstm", hidden_size = 64 }
//! merge_mode = "concat"
//! ```

use firebrick_layers::NetworkError;
use firebrick_layers::list::{self, Place};
use serde_json::{Map, Value};

use super::recurrent::ListedRecurrent;
use crate::{AnyRecurrentConfig, BidirectionalConfig, RecurrentConfig};

impl ListedRecurrent for AnyRecurrentConfig {
    fn multiply_adds(&self, features: usize) -> u64 {
        match self {
            Self::SimpleRnn(config) => config.multiply_adds(features),
            Self::Lstm(config) => config.multiply_adds(features),
            Self::Gru(config) => config.multiply_adds(features),
        }
    }

    fn read(table: Map<String, Value>, at: &Place) -> Result<Self, NetworkError> {
        const KINDS: [&str; 3] = ["simple_rnn", "lstm", "gru"];
        let mut table = table;
        let Some(Value::String(kind)) = table.shift_remove("layer") else {
            return Err(at.wrong(&format!("`layer` is missing: it says which of {} this is", KINDS.join(", "))));
        };
        match kind.as_str() {
            "simple_rnn" => at.settings(table).map(Self::SimpleRnn),
            "lstm" => at.settings(table).map(Self::Lstm),
            "gru" => at.settings(table).map(Self::Gru),
            _ => Err(NetworkError::UnknownLayer { at: at.to_string(), found: kind, known: KINDS.join(", ") }),
        }
    }
}

impl ListedRecurrent for BidirectionalConfig<AnyRecurrentConfig> {
    fn multiply_adds(&self, features: usize) -> u64 {
        let backward = self.backward_layer.as_ref().unwrap_or(&self.layer);
        self.layer.multiply_adds(features).saturating_add(backward.multiply_adds(features))
    }

    fn decide(&mut self, needed: bool) {
        self.layer.decide(needed);
        if let Some(backward) = &mut self.backward_layer {
            let decided = self.layer.options().return_sequences.unwrap_or(needed);
            backward.decide(decided);
        }
    }

    fn read(mut table: Map<String, Value>, at: &Place) -> Result<Self, NetworkError> {
        let mut layer = |key: &str| match table.shift_remove(key) {
            None => Ok(None),
            Some(Value::Object(table)) => AnyRecurrentConfig::read(table, &at.part(key)).map(Some),
            Some(_) => Err(at.part(key).wrong("a layer must be a table with `layer = \"...\"` and its settings")),
        };
        let (forward, backward_layer) = (layer("forward_layer")?, layer("backward_layer")?);
        let forward = forward.ok_or_else(|| at.wrong("missing field `forward_layer`"))?;
        let merge_mode = list::take(&mut table, "merge_mode", at)?;
        list::nothing_left(&table, "`name`, `forward_layer`, `backward_layer`, `merge_mode`", at)?;
        Ok(Self { layer: forward, backward_layer, merge_mode })
    }

    fn write(&self) -> Result<Value, serde_json::Error> {
        let mut table = Map::from_iter([
            ("forward_layer".to_owned(), serde_json::to_value(&self.layer)?),
            ("merge_mode".to_owned(), serde_json::to_value(self.merge_mode)?),
        ]);
        if let Some(backward) = &self.backward_layer {
            table.insert("backward_layer".to_owned(), serde_json::to_value(backward)?);
        }
        Ok(Value::Object(table))
    }
}
