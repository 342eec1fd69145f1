//! Networks made from a list of layers as what a task trains.

use burn::tensor::Device;
use firebrick_layers::NetworkError;
use serde_json::Value;

use super::{CarriedModel, ModelConfig, SequenceModel};
use crate::{NetworkState, SequenceLayerConfig, SequenceNetwork, SequenceNetworkConfig, SequenceShape, Signal};

impl SequenceModel for SequenceNetwork {
    fn answer(&self, input: Signal) -> Signal {
        self.forward(input)
    }
}

impl CarriedModel for SequenceNetwork {
    type State = NetworkState;

    fn advance(&self, input: Signal, state: Option<NetworkState>) -> (Signal, NetworkState) {
        self.forward_with_state(input, state)
    }
}

impl ModelConfig for SequenceNetworkConfig {
    type Model = SequenceNetwork;

    fn output_shape(&self, input: &SequenceShape) -> Result<SequenceShape, NetworkError> {
        self.output_shape(input)
    }

    fn init(&self, input: &SequenceShape, device: &Device) -> Result<SequenceNetwork, NetworkError> {
        self.init(input, device)
    }

    /// Rows of the embedding that it begins with.
    fn symbols(&self) -> Option<usize> {
        match &self.positions().first()?.layer {
            SequenceLayerConfig::Embedding(config) => Some(config.input_dim),
            _ => None,
        }
    }

    fn reads_forwards(&self) -> bool {
        !has(self, |setting, value| match setting {
            "layer" => value == "bidirectional",
            _ => setting == "go_backwards" && value == true,
        })
    }

    fn is_stateful(&self) -> bool {
        has(self, |setting, value| setting == "stateful" && value == true)
    }
}

/// Whether a layer of the network, or one inside it, has such a setting.
fn has(network: &SequenceNetworkConfig, is_sought: impl Fn(&str, &Value) -> bool + Copy) -> bool {
    // A network that cannot be written, one with a number that is not finite, is refused when it is traced.
    serde_json::to_value(network).is_ok_and(|written| has_within(&written, is_sought))
}

fn has_within(value: &Value, is_sought: impl Fn(&str, &Value) -> bool + Copy) -> bool {
    match value {
        Value::Object(table) => {
            table.iter().any(|(setting, value)| is_sought(setting, value) || has_within(value, is_sought))
        }
        Value::Array(list) => list.iter().any(|value| has_within(value, is_sought)),
        _ => false,
    }
}
