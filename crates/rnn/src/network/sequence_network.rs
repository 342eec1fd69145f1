//! A sequence network made from its list of layers.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor};
use firebrick_layers::list::{Outline, Place, Taps};
use firebrick_layers::{EmbeddingError, NetworkError, Position, Size, SummaryRow};

use super::pass::{NetworkState, Pass};
use super::{SequenceLayer, SequenceLayerConfig, SequenceShape, Signal, SignalError};

/// A network over sequences, made by [`SequenceNetworkConfig::init`](super::SequenceNetworkConfig::init).
///
/// ```
/// use burn::tensor::{Device, Int, Tensor};
/// use firebrick_rnn::{SequenceShape, build::*, sequence};
///
/// let device = Device::flex();
/// let network = sequence![embedding(30, 8).mask_zero(), gru(6).return_sequences().named("reader"), dense(5)];
/// let network = network.init(&SequenceShape::ids(), &device)?;
///
/// let ids = Tensor::<2, Int>::from_ints([[4, 7, 0], [1, 2, 3]], &device);
/// let tags = network.forward(ids.clone()).into_sequence();
/// assert_eq!(tags.dims(), [2, 3, 5]);
/// assert_eq!(tags.mask.unwrap().lengths(), Some(vec![2, 3]));
///
/// let (_, outputs) = network.forward_named(ids);
/// assert_eq!(outputs["reader"].shape(), [2, 3, 6]);
/// # Ok::<(), firebrick_layers::NetworkError>(())
/// ```
///
/// A clone, a record and [`valid`](Module::valid) behave as for any module of Burn.
#[derive(Module, Debug)]
pub struct SequenceNetwork {
    layers: Vec<SequenceLayer>,
    #[module(skip)]
    outline: Outline<SequenceShape>,
}

impl SequenceNetwork {
    /// Makes a list of layers that stands at a place of a network; its rules have been checked, and `return_sequences`
    /// is decided.
    pub(crate) fn within(
        positions: &[Position<SequenceLayerConfig>],
        input: &SequenceShape,
        at: &Place,
        device: &Device,
    ) -> Result<Self, NetworkError> {
        let (outline, stands) = Outline::new(positions, input, at)?;
        let layers = positions.iter().zip(stands);
        let layers = layers.map(|(position, stand)| position.layer.init(&stand.input, &stand.place, device));
        Ok(Self { layers: layers.collect::<Result<_, _>>()?, outline })
    }

    /// The network's output for ids `[B, T]`, features `[B, T, F]` or pictures `[B, T, C, H, W]`, alone or with a mask
    /// `[B, T]`: [`into_features`](Signal::into_features) where it is one for the whole sequence,
    /// [`into_sequence`](Signal::into_sequence) where it is one for each step.
    ///
    /// What stands in steps that the mask leaves out, NaN included, reaches neither the output nor a gradient.
    ///
    /// # Panics
    /// When the input has another kind or shape than the network was made for; [`check`](Self::check) says so before.
    pub fn forward(&self, x: impl Into<Signal>) -> Signal {
        self.run(x.into(), &mut Pass::default())
    }

    /// As [`forward`](Self::forward), from the state in which an earlier call ended, or from zeros: a text is generated
    /// with one step a call. Gives the state in which this call ends.
    ///
    /// # Panics
    /// As [`forward`](Self::forward), and when the state is that of another network or of another number of sequences.
    pub fn forward_with_state(&self, x: impl Into<Signal>, state: Option<NetworkState>) -> (Signal, NetworkState) {
        let mut pass = Pass::from_state(state);
        let y = self.run(x.into(), &mut pass);
        (y, pass.into_state())
    }

    /// The network's output, and the outputs of all layers that have a name.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn forward_named(&self, x: impl Into<Signal>) -> (Signal, BTreeMap<String, Signal>) {
        let mut pass = Pass::tapped(Taps::new(self.names()));
        (self.run(x.into(), &mut pass), pass.taps.into_taken())
    }

    /// The network's output, and the outputs of the layers with these names or places (`reader`,
    /// `2.residual.0.lstm`).
    ///
    /// # Errors
    /// When there is no such layer; the message has those that there are.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn forward_at(
        &self,
        x: impl Into<Signal>,
        wanted: &[&str],
    ) -> Result<(Signal, BTreeMap<String, Signal>), NetworkError> {
        self.outline.check(wanted)?;
        let mut pass = Pass::tapped(Taps::new(wanted.iter().copied()));
        Ok((self.run(x.into(), &mut pass), pass.taps.into_taken()))
    }

    /// Whether the network can run over `x`: for what comes from outside. Looks at ids, so it waits for the device; those
    /// that the mask leaves out may be anything.
    ///
    /// # Errors
    /// When `x` has another kind or shape than the network was made for, the mask does not fit, or an id is no row of the
    /// embedding.
    pub fn check(&self, x: &Signal) -> Result<(), SignalError> {
        self.check_shape(x)?;
        match x.clone().cleaned() {
            Signal::Ids { ids, .. } => Ok(self.check_ids(&ids)?),
            _ => Ok(()),
        }
    }

    /// Whether the network can run over `x` from `state` on.
    ///
    /// # Errors
    /// As [`check`](Self::check), and when the state is that of another network or of another number of sequences.
    pub fn check_with_state(&self, x: &Signal, state: &NetworkState) -> Result<(), SignalError> {
        self.check(x)?;
        let batch = x.shape()[0];
        let sizes = self.state_sizes(&x.device());
        let expected: Vec<Vec<[usize; 2]>> =
            sizes.into_iter().map(|layer| layer.into_iter().map(|size| [batch, size]).collect()).collect();
        let found = state.shapes();
        match found == expected {
            true => Ok(()),
            false => Err(SignalError::State { found, expected }),
        }
    }

    /// Forgets the states that stateful layers keep.
    pub fn reset_state(&self) {
        self.layers.iter().for_each(SequenceLayer::reset_state);
    }

    /// Every layer with its place, name, kind, shape and costs, those inside residuals and branches too.
    pub fn positions(&self) -> impl Iterator<Item = &SummaryRow> {
        self.outline.rows().iter()
    }

    /// The names that were given, those inside too.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.outline.names()
    }

    /// The layer with this name or place, inside residuals and branches too; those inside a `time_distributed` are found
    /// in its own list. Its parameters are a group for [`freeze_group`](Module::freeze_group) or an optimiser:
    /// [`ParamGroup::ids_from_module`](burn::module::ParamGroup::ids_from_module).
    pub fn layer(&self, wanted: &str) -> Option<&SequenceLayer> {
        self.layers.iter().enumerate().find_map(|(index, layer)| match self.outline.is(index, wanted) {
            true => Some(layer),
            false => layer.lists().into_iter().find_map(|list| list.layer(wanted)),
        })
    }

    /// The layers of the list, in order.
    pub fn layers(&self) -> &[SequenceLayer] {
        &self.layers
    }

    /// What the network was made for.
    pub fn input_shape(&self) -> &SequenceShape {
        self.outline.input_shape()
    }

    /// What it gives.
    pub fn output_shape(&self) -> &SequenceShape {
        self.outline.output_shape()
    }

    fn run(&self, x: Signal, pass: &mut Pass<'_>) -> Signal {
        if let Err(error) = self.check_shape(&x) {
            panic!("{error}");
        }
        self.pass(x.cleaned(), pass)
    }

    fn check_shape(&self, x: &Signal) -> Result<(), SignalError> {
        let (found, expected) = (x.shape(), self.input_shape());
        match fits(x, &found, expected) {
            true => Ok(x.check_mask()?),
            false => Err(SignalError::Shape { found, expected: expected.clone() }),
        }
    }

    /// Ids reach the first layer alone, or the first of each of its lists.
    fn check_ids(&self, ids: &Tensor<2, Int>) -> Result<(), EmbeddingError> {
        match self.layers.first() {
            Some(SequenceLayer::Embedding(embedding)) => embedding.check_ids(ids),
            Some(layer) => layer.lists().into_iter().try_for_each(|list| list.check_ids(ids)),
            None => Ok(()),
        }
    }

    pub(crate) fn state_sizes(&self, device: &Device) -> Vec<Vec<usize>> {
        self.layers.iter().flat_map(|layer| layer.state_sizes(device)).collect()
    }

    pub(crate) fn pass(&self, mut x: Signal, pass: &mut Pass<'_>) -> Signal {
        for (index, layer) in self.layers.iter().enumerate() {
            x = layer.pass(x, pass);
            self.outline.tap(index, &x, &mut pass.taps);
        }
        x
    }
}

/// Whether an input of `shape`, with the batch, is what a network was made for.
fn fits(x: &Signal, shape: &[usize], expected: &SequenceShape) -> bool {
    let step: &[usize] = match (x, expected) {
        (Signal::Ids { .. }, SequenceShape::Ids(_)) => &[],
        (Signal::Sequence(_) | Signal::Pictures { .. }, SequenceShape::Steps(_, step)) => step,
        _ => return false,
    };
    let steps = shape.get(1).copied();
    let steps_fit = match expected.steps() {
        Some(Size::Fixed(expected)) => steps == Some(expected),
        _ => steps.is_some_and(|steps| steps > 0),
    };
    steps_fit && shape.get(2..) == Some(step)
}
