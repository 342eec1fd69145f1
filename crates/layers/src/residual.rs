//! Residual block (He et al., 2015, <https://arxiv.org/abs/1512.03385>).
//!
//! ```text
//! y = f(layers(x) + shortcut(x))        an empty shortcut passes x on
//! ```

use burn::module::Module;
use burn::tensor::Device;
use serde_json::{Map, Value};

use crate::activation_fn::WithActivation;
use crate::branches::added;
use crate::layer::{Container, Nested};
use crate::outline::Taps;
use crate::read::{self, Place};
use crate::trace::Trace;
use crate::{Activation, ActivationFn, NetworkError, Rule, Sequential, SequentialConfig};

/// Configuration of [`Residual`].
#[derive(Clone, Debug, PartialEq)]
pub struct ResidualConfig {
    /// The layers that learn the difference.
    pub layers: SequentialConfig,
    /// What the input goes through beside them. Default nothing; where the shapes differ, a projection.
    pub shortcut: SequentialConfig,
    /// Applied to the sum. Default none.
    pub activation: ActivationFn,
}

impl ResidualConfig {
    /// Adds the layers' input to their output.
    pub fn new(layers: SequentialConfig) -> Self {
        Self { layers, shortcut: SequentialConfig::new(), activation: ActivationFn::Linear }
    }

    /// Sends the input through these layers before it is added.
    #[must_use]
    pub fn with_shortcut(mut self, shortcut: SequentialConfig) -> Self {
        self.shortcut = shortcut;
        self
    }
}

impl WithActivation for ResidualConfig {
    fn activation(mut self, function: ActivationFn) -> Self {
        self.activation = function;
        self
    }
}

impl Container for ResidualConfig {
    type Layer = Residual;

    fn read(mut table: Map<String, Value>, at: &Place) -> Result<Self, NetworkError> {
        let layers = table.shift_remove("layers").ok_or_else(|| at.wrong("missing field `layers`"))?;
        let shortcut = table.shift_remove("shortcut").unwrap_or_else(|| Value::Array(Vec::new()));
        let activation = read::take(&mut table, "activation", at)?;
        read::nothing_left(&table, "`name`, `layers`, `shortcut`, `activation`", at)?;
        Ok(Self {
            layers: SequentialConfig::from_iter(read::positions(layers, at)?),
            shortcut: SequentialConfig::from_iter(read::positions(shortcut, &at.part("shortcut"))?),
            activation,
        })
    }

    fn write(&self) -> Result<Value, serde_json::Error> {
        let mut table = Map::new();
        if self.activation != ActivationFn::Linear {
            table.insert("activation".to_owned(), serde_json::to_value(self.activation)?);
        }
        table.insert("layers".to_owned(), read::write(self.layers.positions())?);
        if !self.shortcut.positions().is_empty() {
            table.insert("shortcut".to_owned(), read::write(self.shortcut.positions())?);
        }
        Ok(Value::Object(table))
    }

    fn trace(&self, input: &[usize], trace: &mut Trace) -> Result<Vec<usize>, NetworkError> {
        self.activation.check().map_err(|rule| trace.broken(input, rule))?;
        let arrives = input.to_vec();
        let layers = trace.nested(None, self.layers.positions(), &arrives)?;
        let shortcut = trace.nested(Some("shortcut"), self.shortcut.positions(), &arrives)?;
        match layers == shortcut {
            true => Ok(layers),
            false => Err(trace.broken(input, Rule::residual_shapes(&layers, &shortcut))),
        }
    }

    fn init_within(&self, input: &[usize], at: &Place, device: &Device) -> Result<Residual, NetworkError> {
        Ok(Residual {
            body: Sequential::within(self.layers.positions(), input, at, device)?,
            shortcut: Sequential::within(self.shortcut.positions(), input, &at.part("shortcut"), device)?,
            activation: self.activation,
        })
    }
}

/// A list of layers whose output is added to its input.
#[derive(Module, Debug)]
pub struct Residual {
    /// The layers that learn the difference.
    pub body: Sequential,
    /// What the input goes through beside them.
    pub shortcut: Sequential,
    #[module(skip)]
    activation: ActivationFn,
}

impl Nested for Residual {
    fn apply_tapped(&self, x: Activation, taps: &mut Taps<'_, Activation>) -> Activation {
        let shortcut = self.shortcut.apply(x.clone(), taps);
        let sum = added(self.body.apply(x, taps), shortcut);
        self.activation.apply(sum)
    }

    fn lists(&self) -> Vec<&Sequential> {
        vec![&self.body, &self.shortcut]
    }
}
