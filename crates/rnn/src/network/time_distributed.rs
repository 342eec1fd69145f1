//! The same layers at each step, Keras's TimeDistributed.
//!
//! ```text
//! y[b, t] = layers(x[b, t])        x [B, T, F] or [B, T, C, H, W]; the mask stays
//! ```
//!
//! The layers see all steps as samples of one batch. Where batch normalisation is among them and there is a mask, they see
//! the steps that count alone, and the others put out zeros; outputs inside cannot be taken out by name then.

use burn::module::Module;
use burn::tensor::Device;
use firebrick_layers::list::{self, Place, Taps, Trace};
use firebrick_layers::{LayerConfig, NetworkError, Rule, Sequential, SequentialConfig};
use serde_json::{Map, Value};

use super::layer::{Container, Nested};
use super::pass::Pass;
use super::per_step::{each_step, in_steps, one_sample};
use super::{SequenceNetwork, SequenceNetworkConfig, SequenceShape, Signal};

/// Configuration of [`SequenceTimeDistributed`].
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceTimeDistributedConfig {
    /// The layers that see one step.
    pub layers: SequentialConfig,
}

impl SequenceTimeDistributedConfig {
    /// Applies these layers to each step.
    pub fn new(layers: SequentialConfig) -> Self {
        Self { layers }
    }
}

/// Whether batch normalisation is among the layers.
fn normalises(layers: &SequentialConfig) -> bool {
    layers.positions().iter().any(|position| match &position.layer {
        LayerConfig::BatchNorm(_) => true,
        LayerConfig::Residual(inner) => normalises(&inner.layers) || normalises(&inner.shortcut),
        LayerConfig::Branches(inner) => inner.branches.iter().any(normalises),
        _ => false,
    })
}

impl Container for SequenceTimeDistributedConfig {
    type Layer = SequenceTimeDistributed;

    fn read(mut table: Map<String, Value>, at: &Place) -> Result<Self, NetworkError> {
        let layers = table.shift_remove("layers").ok_or_else(|| at.wrong("missing field `layers`"))?;
        list::nothing_left(&table, "`name`, `layers`", at)?;
        Ok(Self { layers: SequentialConfig::from_iter(list::positions(layers, at)?) })
    }

    fn write(&self) -> Result<Value, serde_json::Error> {
        list::to_value(self.layers.positions())
    }

    fn arms(&self) -> Vec<&SequenceNetworkConfig> {
        Vec::new()
    }

    fn arms_mut(&mut self) -> Vec<&mut SequenceNetworkConfig> {
        Vec::new()
    }

    fn trace(&self, input: &SequenceShape, trace: &mut Trace) -> Result<SequenceShape, NetworkError> {
        let refuse = |rule| trace.broken(input, rule);
        let (steps, sample) = one_sample(input).map_err(refuse)?;
        let Some(steps) = steps else {
            let rule = Rule::Axes {
                expected: "something at each step, [T, ...]",
                hint: "; let the recurrent layer before it return its sequence, and put no pooling between them",
            };
            return Err(trace.broken(input, rule));
        };
        let output = trace.per_step(steps, |trace| trace.nested(None, self.layers.positions(), &sample))?;
        Ok(SequenceShape::Steps(steps, output))
    }

    fn init_within(
        &self,
        input: &SequenceShape,
        at: &Place,
        device: &Device,
    ) -> Result<SequenceTimeDistributed, NetworkError> {
        let refuse = |rule| Trace::from_place(at).broken(input, rule);
        let (_, sample) = one_sample(input).map_err(refuse)?;
        Ok(SequenceTimeDistributed {
            layers: Sequential::within(self.layers.positions(), &sample, at, device)?,
            used_alone: normalises(&self.layers),
        })
    }
}

/// A list of layers that sees one step at a time.
#[derive(Module, Debug)]
pub struct SequenceTimeDistributed {
    /// The layers.
    pub layers: Sequential,
    used_alone: bool,
}

impl Nested for SequenceTimeDistributed {
    fn pass(&self, x: Signal, pass: &mut Pass<'_>) -> Signal {
        let shape = x.shape();
        let (steps, mask) = ([shape[0], shape[1]], x.mask().cloned());
        let used_alone = self.used_alone.then(|| self.layers.output_shape());
        let mut taps = Taps::new(pass.taps.wanted());
        let y = each_step(x, used_alone, |x| self.layers.apply(x, &mut taps));
        for (key, rows) in taps.into_taken() {
            // Where the padding was left out there is no place for the rows.
            if rows.shape()[0] == steps[0] * steps[1] {
                pass.taps.put(key, in_steps(rows, steps, mask.clone()));
            }
        }
        y
    }

    fn lists(&self) -> Vec<&SequenceNetwork> {
        Vec::new()
    }

    fn steps(&self) -> Option<&Sequential> {
        Some(&self.layers)
    }
}
