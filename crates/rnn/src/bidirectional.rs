//! Two layers over the same sequences, one in each direction (Schuster & Paliwal, 1997,
//! <https://doi.org/10.1109/78.650093>).
//!
//! ```text
//! y[b, t] = merge(forward(x)[b, t], backward(x)[b, t])      each has seen the steps up to t from its own end
//! ```
//!
//! Keras's rules: the outputs of both lie at the steps that they belong to, and those of steps that do not count are 0
//! (PyTorch's `pad_packed_sequence` gives the same). The last output merges the last of each, which are at opposite ends.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use firebrick_layers::Rule;
use serde::{Deserialize, Serialize};

use crate::{RecurrentConfig, RecurrentLayer, RecurrentOutput, Sequence, SequenceOptions};

/// How the outputs of two directions become one. Keras's `merge_mode`; its `None`, both outputs side by side, is
/// [`Bidirectional::forward_both`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MergeMode {
    /// The features of the forward layer, then those of the backward layer.
    #[default]
    Concat,
    /// Their sum.
    Sum,
    /// Their product, number by number.
    Mul,
    /// Their mean.
    #[serde(alias = "ave")]
    Average,
}

impl MergeMode {
    fn merge<const D: usize>(self, forward: Tensor<D>, backward: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Concat => Tensor::cat(vec![forward, backward], D - 1),
            Self::Sum => forward + backward,
            Self::Mul => forward * backward,
            Self::Average => (forward + backward) / 2.0,
        }
    }

    fn output_size(self, forward: usize, backward: usize) -> usize {
        if self == Self::Concat { forward.saturating_add(backward) } else { forward }
    }
}

/// Configuration of [`Bidirectional`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BidirectionalConfig<C> {
    /// The layer of the forward direction.
    pub layer: C,
    /// The layer of the backward direction, which goes the other way. Default: as `layer`, with weights of its own.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub backward_layer: Option<C>,
    /// How the outputs become one. Default concat.
    #[serde(default)]
    pub merge_mode: MergeMode,
}

fn none<C>() -> Option<C> {
    None
}

impl<C: RecurrentConfig> BidirectionalConfig<C> {
    /// The same layer in both directions, the outputs side by side.
    pub fn new(layer: C) -> Self {
        Self { layer, backward_layer: None, merge_mode: MergeMode::Concat }
    }

    /// Sets the layer of the backward direction.
    #[must_use]
    pub fn with_backward_layer(mut self, backward_layer: C) -> Self {
        self.backward_layer = Some(backward_layer);
        self
    }

    /// Sets how the outputs become one.
    #[must_use]
    pub fn with_merge_mode(mut self, merge_mode: MergeMode) -> Self {
        self.merge_mode = merge_mode;
        self
    }

    /// The configuration of the backward direction.
    fn backward(&self) -> C {
        let mut backward = self.backward_layer.clone().unwrap_or_else(|| {
            let mut mirrored = self.layer.clone();
            let options = mirrored.options_mut();
            options.go_backwards = !options.go_backwards;
            mirrored
        });
        let options = backward.options_mut();
        options.return_sequences = options.return_sequences.or(self.layer.options().return_sequences);
        backward
    }
}

/// Keras's `_verify_layer_config`, and that the outputs can be merged.
fn check_pair(
    forward: &SequenceOptions,
    backward: &SequenceOptions,
    sizes: [usize; 2],
    merge_mode: MergeMode,
) -> Result<(), Rule> {
    let same = "both must have the same";
    let differ = "they must differ, one goes each way";
    let flags = [
        (
            "go_backwards",
            forward.go_backwards,
            backward.go_backwards,
            forward.go_backwards != backward.go_backwards,
            differ,
        ),
        ("stateful", forward.stateful, backward.stateful, forward.stateful == backward.stateful, same),
    ];
    for (what, forward, backward, holds, needed) in flags {
        if !holds {
            let (forward, backward) = (forward.to_string(), backward.to_string());
            return Err(Rule::Directions { what, forward, backward, needed });
        }
    }
    if forward.return_sequences != backward.return_sequences {
        let word = |value: Option<bool>| value.map_or("none".to_owned(), |value| value.to_string());
        let (forward, backward) = (word(forward.return_sequences), word(backward.return_sequences));
        return Err(Rule::Directions { what: "return_sequences", forward, backward, needed: same });
    }
    if merge_mode != MergeMode::Concat && sizes[0] != sizes[1] {
        let (forward, backward) = (sizes[0].to_string(), sizes[1].to_string());
        let needed = "only concat merges outputs of different sizes";
        return Err(Rule::Directions { what: "output size", forward, backward, needed });
    }
    Ok(())
}

impl<C: RecurrentConfig> RecurrentConfig for BidirectionalConfig<C> {
    type Layer = Bidirectional<C::Layer>;

    fn options(&self) -> &SequenceOptions {
        self.layer.options()
    }

    /// Changes the forward layer's: a backward layer of its own keeps what it has.
    fn options_mut(&mut self) -> &mut SequenceOptions {
        self.layer.options_mut()
    }

    fn output_size(&self) -> usize {
        self.merge_mode.output_size(self.layer.output_size(), self.backward().output_size())
    }

    fn num_params(&self, input_size: usize) -> usize {
        self.layer.num_params(input_size).saturating_add(self.backward().num_params(input_size))
    }

    fn check(&self, input_size: usize) -> Result<(), Rule> {
        let backward = self.backward();
        self.layer.check(input_size)?;
        backward.check(input_size)?;
        let sizes = [self.layer.output_size(), backward.output_size()];
        check_pair(self.layer.options(), backward.options(), sizes, self.merge_mode)
    }

    fn init(&self, input_size: usize, device: &Device) -> Self::Layer {
        let forward = self.layer.init(input_size, device);
        Bidirectional::new(forward, self.backward().init(input_size, device), self.merge_mode)
    }
}

/// Two layers over the same sequences, one in each direction. They may be of different kinds.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_rnn::{BidirectionalConfig, GruConfig, RecurrentConfig, RecurrentLayer};
///
/// let device = Device::flex();
/// let layer = BidirectionalConfig::new(GruConfig::new(4)).init(3, &device);
/// let output = layer.forward(Tensor::<3>::ones([2, 5, 3], &device));
/// assert_eq!(output.sequence.dims(), [2, 5, 8]);
/// let (forward, backward) = output.state;
/// assert_eq!((forward.dims(), backward.dims()), ([2, 4], [2, 4]));
/// ```
#[derive(Module, Debug)]
pub struct Bidirectional<F: Module, B: Module = F> {
    /// Goes from the first step to the last.
    pub forward_layer: F,
    /// Goes from the last step to the first.
    pub backward_layer: B,
    #[module(skip)]
    pub(crate) merge_mode: MergeMode,
    #[module(skip)]
    pub(crate) options: SequenceOptions,
}

impl<F: RecurrentLayer, B: RecurrentLayer> Bidirectional<F, B> {
    /// Joins two layers.
    ///
    /// # Panics
    /// When they take different features, go the same way, differ in `stateful` or `return_sequences`, or have outputs
    /// of different sizes that are not side by side.
    pub fn new(forward_layer: F, backward_layer: B, merge_mode: MergeMode) -> Self {
        let inputs = [forward_layer.input_size(), backward_layer.input_size()];
        assert!(inputs[0] == inputs[1], "bidirectional: the layers take {} and {} features", inputs[0], inputs[1]);
        let sizes = [forward_layer.output_size(), backward_layer.output_size()];
        if let Err(rule) = check_pair(forward_layer.options(), backward_layer.options(), sizes, merge_mode) {
            panic!("bidirectional: {rule}");
        }
        let options = SequenceOptions { zero_output_for_mask: false, ..forward_layer.options().clone() };
        Self { forward_layer, backward_layer, merge_mode, options }
    }

    /// The outputs of both directions, each with its outputs at the steps that they belong to: Keras's
    /// `merge_mode=None`.
    ///
    /// # Panics
    /// As [`forward_with`](RecurrentLayer::forward_with).
    pub fn forward_both(
        &self,
        x: impl Into<Sequence>,
        state: Option<(F::State, B::State)>,
    ) -> (RecurrentOutput<F::State>, RecurrentOutput<B::State>) {
        let x = x.into();
        if let Err(error) = self.check(&x, state.as_ref()) {
            panic!("{error}");
        }
        self.both(x, state)
    }

    fn both(
        &self,
        x: Sequence,
        state: Option<(F::State, B::State)>,
    ) -> (RecurrentOutput<F::State>, RecurrentOutput<B::State>) {
        let (forward, backward) = state.unzip();
        (self.forward_layer.sweep(x.clone(), forward, true), self.backward_layer.sweep(x, backward, true))
    }
}

impl<F: RecurrentLayer, B: RecurrentLayer> RecurrentLayer for Bidirectional<F, B> {
    type State = (F::State, B::State);

    fn input_size(&self) -> usize {
        self.forward_layer.input_size()
    }

    fn output_size(&self) -> usize {
        self.merge_mode.output_size(self.forward_layer.output_size(), self.backward_layer.output_size())
    }

    /// Those of the forward layer. (Outputs of steps that do not count are 0 in any case.)
    fn options(&self) -> &SequenceOptions {
        &self.options
    }

    fn zero_state(&self, batch: usize, device: &Device) -> Self::State {
        (self.forward_layer.zero_state(batch, device), self.backward_layer.zero_state(batch, device))
    }

    fn sweep(&self, x: Sequence, state: Option<Self::State>, _zero: bool) -> RecurrentOutput<Self::State> {
        let (forward, backward) = self.both(x, state);
        let values = self.merge_mode.merge(forward.sequence.values, backward.sequence.values);
        RecurrentOutput {
            sequence: Sequence { values, mask: forward.sequence.mask },
            last: self.merge_mode.merge(forward.last, backward.last),
            state: (forward.state, backward.state),
        }
    }

    fn kept_batch_size(&self) -> Option<usize> {
        self.forward_layer.kept_batch_size().or_else(|| self.backward_layer.kept_batch_size())
    }

    fn reset_state(&self) {
        self.forward_layer.reset_state();
        self.backward_layer.reset_state();
    }
}

#[cfg(test)]
mod tests;
