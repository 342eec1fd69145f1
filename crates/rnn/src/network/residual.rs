//! Residual block of sequence networks: a stack of recurrent layers with skip connections (He et al., 2015,
//! <https://arxiv.org/abs/1512.03385>; in speech and translation Wu et al., 2016, <https://arxiv.org/abs/1609.08144>).
//!
//! ```text
//! y = f(layers(x) + shortcut(x))        an empty shortcut passes x on
//! ```
//!
//! A step of the sum counts that counts in both.

use burn::module::Module;
use burn::tensor::Device;
use firebrick_layers::build::WithActivation;
use firebrick_layers::list::{self, Place, Trace};
use firebrick_layers::{ActivationFn, Merge, NetworkError, Rule};
use serde_json::{Map, Value};

use super::arms;
use super::layer::{Container, Nested};
use super::pass::Pass;
use super::per_step::each_step;
use super::{SequenceNetwork, SequenceNetworkConfig, SequenceShape, Signal};

/// Configuration of [`SequenceResidual`].
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceResidualConfig {
    /// The layers that learn the difference.
    pub layers: SequenceNetworkConfig,
    /// What the input goes through beside them. Default nothing; where the shapes differ, a projection.
    pub shortcut: SequenceNetworkConfig,
    /// Applied to the sum. Default none.
    pub activation: ActivationFn,
}

impl SequenceResidualConfig {
    /// Adds the layers' input to their output.
    pub fn new(layers: SequenceNetworkConfig) -> Self {
        Self { layers, shortcut: SequenceNetworkConfig::new(), activation: ActivationFn::Linear }
    }

    /// Sends the input through these layers before it is added.
    #[must_use]
    pub fn with_shortcut(mut self, shortcut: SequenceNetworkConfig) -> Self {
        self.shortcut = shortcut;
        self
    }
}

impl WithActivation for SequenceResidualConfig {
    fn activation(mut self, function: ActivationFn) -> Self {
        self.activation = function;
        self
    }
}

impl Container for SequenceResidualConfig {
    type Layer = SequenceResidual;

    fn read(mut table: Map<String, Value>, at: &Place) -> Result<Self, NetworkError> {
        let layers = table.shift_remove("layers").ok_or_else(|| at.wrong("missing field `layers`"))?;
        let shortcut = table.shift_remove("shortcut").unwrap_or_else(|| Value::Array(Vec::new()));
        let activation = list::take(&mut table, "activation", at)?;
        list::nothing_left(&table, "`name`, `layers`, `shortcut`, `activation`", at)?;
        Ok(Self {
            layers: SequenceNetworkConfig::from_iter(list::positions(layers, at)?),
            shortcut: SequenceNetworkConfig::from_iter(list::positions(shortcut, &at.part("shortcut"))?),
            activation,
        })
    }

    fn write(&self) -> Result<Value, serde_json::Error> {
        let mut table = Map::new();
        if self.activation != ActivationFn::Linear {
            table.insert("activation".to_owned(), serde_json::to_value(self.activation)?);
        }
        table.insert("layers".to_owned(), list::write(self.layers.positions())?);
        if !self.shortcut.positions().is_empty() {
            table.insert("shortcut".to_owned(), list::write(self.shortcut.positions())?);
        }
        Ok(Value::Object(table))
    }

    fn arms(&self) -> Vec<&SequenceNetworkConfig> {
        vec![&self.layers, &self.shortcut]
    }

    fn arms_mut(&mut self) -> Vec<&mut SequenceNetworkConfig> {
        vec![&mut self.layers, &mut self.shortcut]
    }

    fn trace(&self, input: &SequenceShape, trace: &mut Trace) -> Result<SequenceShape, NetworkError> {
        self.activation.check().map_err(|rule| trace.broken(input, rule))?;
        let layers = trace.nested(None, self.layers.positions(), input)?;
        let shortcut = trace.nested(Some("shortcut"), self.shortcut.positions(), input)?;
        match layers == shortcut && !matches!(layers, SequenceShape::Ids(_)) {
            true => Ok(layers),
            false => Err(trace.broken(input, Rule::residual_shapes(&layers, &shortcut))),
        }
    }

    fn init_within(
        &self,
        input: &SequenceShape,
        at: &Place,
        device: &Device,
    ) -> Result<SequenceResidual, NetworkError> {
        Ok(SequenceResidual {
            body: SequenceNetwork::within(self.layers.positions(), input, at, device)?,
            shortcut: SequenceNetwork::within(self.shortcut.positions(), input, &at.part("shortcut"), device)?,
            activation: self.activation,
        })
    }
}

/// A list of layers over sequences whose output is added to its input.
#[derive(Module, Debug)]
pub struct SequenceResidual {
    /// The layers that learn the difference.
    pub body: SequenceNetwork,
    /// What the input goes through beside them.
    pub shortcut: SequenceNetwork,
    #[module(skip)]
    activation: ActivationFn,
}

impl Nested for SequenceResidual {
    fn pass(&self, x: Signal, pass: &mut Pass<'_>) -> Signal {
        let body = self.body.pass(x.clone(), pass);
        let shortcut = self.shortcut.pass(x, pass);
        let sum = arms::merged(vec![body, shortcut], Merge::Add);
        each_step(sum, None, |sum| self.activation.apply(sum))
    }

    fn lists(&self) -> Vec<&SequenceNetwork> {
        vec![&self.body, &self.shortcut]
    }
}
