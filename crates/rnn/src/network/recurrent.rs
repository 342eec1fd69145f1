//! Recurrent layers in a network's list.

use burn::tensor::Device;
use firebrick_layers::list::{Cost, Place, Trace};
use firebrick_layers::{NetworkError, Rule};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::pass::Pass;
use super::{SequenceShape, Signal};
use crate::{
    AnyCellConfig, GruConfig, LstmConfig, RecurrentConfig, RecurrentLayer, RecurrentState, RnnConfig, SimpleRnnConfig,
};

/// A recurrent layer's configuration in a list.
pub(crate) trait ListedRecurrent: RecurrentConfig + Serialize + DeserializeOwned {
    /// Multiplications with an addition in one step of one sequence.
    fn multiply_adds(&self, features: usize) -> u64;

    /// Decides whether the layer returns its sequence, where that was left open.
    fn decide(&mut self, needed: bool) {
        self.options_mut().return_sequences.get_or_insert(needed);
    }

    /// Reads the table of settings.
    fn read(table: Map<String, Value>, at: &Place) -> Result<Self, NetworkError> {
        at.settings(table)
    }

    /// Writes the table of settings.
    fn write(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}

/// (I + H)·G·H, both products.
macro_rules! two_products {
    ($($config:ty),*) => {
        $( impl ListedRecurrent for $config {
            fn multiply_adds(&self, features: usize) -> u64 {
                let gates = self.num_params(1) - self.num_params(0);
                let inputs = features.saturating_add(self.output_size());
                (inputs as u64).saturating_mul(gates as u64)
            }
        } )*
    };
}

two_products!(SimpleRnnConfig, LstmConfig, GruConfig);

impl ListedRecurrent for RnnConfig<AnyCellConfig> {
    /// Each number of the parameters once.
    fn multiply_adds(&self, features: usize) -> u64 {
        self.num_params(features) as u64
    }
}

pub(crate) fn trace<C: ListedRecurrent>(
    config: &C,
    input: &SequenceShape,
    trace: &mut Trace,
) -> Result<SequenceShape, NetworkError> {
    trace.layer(input, checked(config, input))
}

/// Shape of the output, and costs.
fn checked<C: ListedRecurrent>(config: &C, input: &SequenceShape) -> Result<(SequenceShape, Cost), Rule> {
    let (steps, features) = input.sequence()?;
    config.check(features)?;
    let work = steps.at_least().checked_mul(config.multiply_adds(features)).ok_or(Rule::Overflow)?;
    let cost = Cost { trainable: config.num_params(features) as u64, multiply_adds: work, ..Cost::default() };
    let step = vec![config.output_size()];
    match config.options().return_sequences {
        Some(true) => Ok((SequenceShape::Steps(steps, step), cost)),
        _ => Ok((SequenceShape::Whole(step), cost)),
    }
}

/// # Panics
/// When the layer cannot take this shape.
pub(crate) fn init<C: RecurrentConfig>(config: &C, input: &SequenceShape, device: &Device) -> C::Layer {
    match input.sequence() {
        Ok((_, features)) => config.init(features, device),
        Err(rule) => panic!("a recurrent layer cannot take an input of shape {input}: {rule}"),
    }
}

/// Runs the layer on from the state that the pass has for it.
pub(crate) fn pass<L: RecurrentLayer>(layer: &L, x: Signal, pass: &mut Pass<'_>) -> Signal {
    let sequence = x.into_sequence();
    let state = pass.take_state(layer, &sequence.values.device());
    let output = layer.forward_with(sequence, state);
    pass.leave_state(&output.state);
    match layer.options().return_sequences {
        Some(true) => output.sequence.into(),
        _ => Signal::Whole(output.last.into()),
    }
}

/// The numbers H of each part of the layer's state.
pub(crate) fn state_sizes<L: RecurrentLayer>(layer: &L, device: &Device) -> Vec<usize> {
    layer.zero_state(1, device).tensors().iter().map(|(_, tensor)| tensor.dims()[1]).collect()
}
