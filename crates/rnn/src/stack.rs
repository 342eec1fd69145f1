//! Recurrent layers on top of one another, PyTorch's `num_layers`.
//!
//! ```text
//! y⁰ = x      yˡ = layerˡ(dropout(yˡ⁻¹))      dropout between the layers, a new draw for every step, none after the last
//! ```
//!
//! The mask travels from layer to layer. The state is the list of the layers' states, from the bottom; PyTorch's `h_n`
//! and `c_n` are [`RecurrentState::h_n`](crate::RecurrentState::h_n) and [`c_n`](crate::RecurrentState::c_n).

use burn::module::Module;
use burn::tensor::Device;
use firebrick_layers::{Dropout, DropoutConfig, MAX_PARAMETERS, Rule};
use serde::{Deserialize, Serialize};

use crate::{RecurrentConfig, RecurrentLayer, RecurrentOutput, Sequence, SequenceOptions};

/// Configuration of [`Stack`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackConfig<C> {
    /// Each layer.
    pub layer: C,
    /// How many.
    pub num_layers: usize,
    /// Share of the numbers between two layers that become 0 while training. Default 0.
    #[serde(default)]
    pub dropout: f64,
}

impl<C: RecurrentConfig> StackConfig<C> {
    /// So many layers of a kind.
    pub fn new(layer: C, num_layers: usize) -> Self {
        Self { layer, num_layers, dropout: 0.0 }
    }

    /// Sets the dropout between two layers.
    #[must_use]
    pub fn with_dropout(self, dropout: f64) -> Self {
        Self { dropout, ..self }
    }

    /// Features that reach each layer.
    fn input_sizes(&self, input_size: usize) -> impl Iterator<Item = usize> {
        let above = self.layer.output_size();
        (0..self.num_layers).map(move |layer| if layer == 0 { input_size } else { above })
    }
}

impl<C: RecurrentConfig> RecurrentConfig for StackConfig<C> {
    type Layer = Stack<C::Layer>;

    fn options(&self) -> &SequenceOptions {
        self.layer.options()
    }

    fn options_mut(&mut self) -> &mut SequenceOptions {
        self.layer.options_mut()
    }

    fn output_size(&self) -> usize {
        self.layer.output_size()
    }

    fn num_params(&self, input_size: usize) -> usize {
        let above = self.layer.num_params(self.layer.output_size());
        match self.num_layers.checked_sub(1) {
            Some(others) => self.layer.num_params(input_size).saturating_add(above.saturating_mul(others)),
            None => 0,
        }
    }

    fn check(&self, input_size: usize) -> Result<(), Rule> {
        if self.num_layers == 0 {
            return Err(Rule::Zero { what: "num_layers" });
        }
        if !(0.0..1.0).contains(&self.dropout) {
            let range = "at least 0 and below 1";
            return Err(Rule::OutOfRange { what: "dropout", value: self.dropout, range });
        }
        self.layer.check(input_size)?;
        self.layer.check(self.layer.output_size())?;
        match self.num_params(input_size) as u64 {
            count if count > MAX_PARAMETERS => Err(Rule::TooManyParameters { count }),
            _ => Ok(()),
        }
    }

    fn init(&self, input_size: usize, device: &Device) -> Self::Layer {
        if let Err(rule) = self.check(input_size) {
            panic!("stack: {rule}");
        }
        let layers = self.input_sizes(input_size).map(|size| self.layer.init(size, device)).collect();
        Stack::new(layers, self.dropout)
    }
}

/// Recurrent layers on top of one another.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_rnn::{BidirectionalConfig, LstmConfig, RecurrentConfig, RecurrentLayer, RecurrentState, StackConfig};
///
/// // PyTorch: LSTM(3, 4, num_layers=2, dropout=0.5, bidirectional=True)
/// let device = Device::flex();
/// let both = BidirectionalConfig::new(LstmConfig::new(4).pytorch());
/// let stack = StackConfig::new(both, 2).with_dropout(0.5).init(3, &device);
/// let output = stack.forward(Tensor::<3>::ones([7, 5, 3], &device));
/// assert_eq!(output.sequence.dims(), [7, 5, 8]);
/// assert_eq!(output.state.h_n().dims(), [4, 7, 4]);
/// ```
#[derive(Module, Debug)]
pub struct Stack<L: Module> {
    /// From the bottom.
    pub layers: Vec<L>,
    /// Between two layers.
    pub dropout: Dropout,
    #[module(skip)]
    pub(crate) options: SequenceOptions,
}

impl<L: RecurrentLayer> Stack<L> {
    /// Puts layers on top of one another, the first at the bottom; sizes may differ.
    ///
    /// # Panics
    /// When there is no layer, a layer does not take the features that the one below puts out, or the dropout is not in
    /// [0, 1).
    pub fn new(layers: Vec<L>, dropout: f64) -> Self {
        let Some(last) = layers.last() else {
            panic!("stack: there must be at least one layer");
        };
        for (below, pair) in layers.windows(2).enumerate() {
            let (puts_out, takes) = (pair[0].output_size(), pair[1].input_size());
            assert!(
                puts_out == takes,
                "stack: layer {below} puts out {puts_out} features and layer {} takes {takes}",
                below + 1
            );
        }
        let options = SequenceOptions { go_backwards: false, ..last.options().clone() };
        Self { layers, dropout: DropoutConfig::new(dropout).init(), options }
    }
}

impl<L: RecurrentLayer> RecurrentLayer for Stack<L> {
    type State = Vec<L::State>;

    fn input_size(&self) -> usize {
        self.layers[0].input_size()
    }

    fn output_size(&self) -> usize {
        self.layers[self.layers.len() - 1].output_size()
    }

    /// Those of the layer on top. Each layer goes its own way, so what reaches the next is in the order of the one below.
    fn options(&self) -> &SequenceOptions {
        &self.options
    }

    fn zero_state(&self, batch: usize, device: &Device) -> Self::State {
        self.layers.iter().map(|layer| layer.zero_state(batch, device)).collect()
    }

    fn sweep(&self, x: Sequence, state: Option<Self::State>, _zero: bool) -> RecurrentOutput<Self::State> {
        let mut given = state.into_iter().flatten();
        let mut states = Vec::with_capacity(self.layers.len());
        let (mut x, mut last) = (x, None);
        for (index, layer) in self.layers.iter().enumerate() {
            let values = if index == 0 { x.values } else { self.dropout.forward(x.values) };
            let output = layer.run(Sequence { values, ..x }, given.next());
            states.push(output.state);
            (x, last) = (output.sequence, Some(output.last));
        }
        RecurrentOutput { sequence: x, last: last.expect("at least one layer"), state: states }
    }

    fn kept_batch_size(&self) -> Option<usize> {
        self.layers.iter().find_map(RecurrentLayer::kept_batch_size)
    }

    fn reset_state(&self) {
        self.layers.iter().for_each(RecurrentLayer::reset_state);
    }
}

#[cfg(test)]
mod tests;
