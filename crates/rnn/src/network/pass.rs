//! One forward pass through a network, and the states that its recurrent layers take and leave.

use burn::tensor::{Device, Tensor};
use firebrick_layers::list::Taps;

use super::Signal;
use crate::{RecurrentLayer, RecurrentState};

/// The states of a network's recurrent layers, in the order of the list: what a text is generated with, step by step.
///
/// [`SequenceNetwork::forward_with_state`](super::SequenceNetwork::forward_with_state) takes and gives it.
#[derive(Clone, Debug, Default)]
pub struct NetworkState {
    layers: Vec<Vec<Tensor<2>>>,
}

impl NetworkState {
    /// The tensors `[B, H]` of each recurrent layer: h, or h and c; of both directions one after the other.
    pub fn layers(&self) -> &[Vec<Tensor<2>>] {
        &self.layers
    }

    /// The shapes of the tensors.
    pub(crate) fn shapes(&self) -> Vec<Vec<[usize; 2]>> {
        self.layers.iter().map(|layer| layer.iter().map(Tensor::dims).collect()).collect()
    }

    /// Sequences that it is the state of; none where the network has no recurrent layer.
    pub fn batch_size(&self) -> Option<usize> {
        self.layers.iter().flatten().next().map(|tensor| tensor.dims()[0])
    }

    /// The state without its history: no gradient flows back into it.
    #[must_use]
    pub fn detach(self) -> Self {
        self.map(Tensor::detach)
    }

    /// Changes every tensor `[B, H]`: takes rows out, moves to another device.
    #[must_use]
    pub fn map(self, change: impl Fn(Tensor<2>) -> Tensor<2>) -> Self {
        let change_layer = |layer: Vec<Tensor<2>>| layer.into_iter().map(&change).collect();
        Self { layers: self.layers.into_iter().map(change_layer).collect() }
    }
}

/// One forward pass: what is taken out on the way, the states that were given and those that are left.
#[derive(Default)]
pub(crate) struct Pass<'a> {
    pub(crate) taps: Taps<'a, Signal>,
    given: Option<std::vec::IntoIter<Vec<Tensor<2>>>>,
    left: Vec<Vec<Tensor<2>>>,
}

impl<'a> Pass<'a> {
    pub(crate) fn tapped(taps: Taps<'a, Signal>) -> Self {
        Self { taps, ..Self::default() }
    }

    pub(crate) fn from_state(state: Option<NetworkState>) -> Self {
        Self { given: state.map(|state| state.layers.into_iter()), ..Self::default() }
    }

    /// The state that was given for the next recurrent layer.
    ///
    /// # Panics
    /// When the state given is that of another network.
    pub(crate) fn take_state<L: RecurrentLayer>(&mut self, layer: &L, device: &Device) -> Option<L::State> {
        let tensors = self.take_tensors()?;
        let rows = tensors.first().map_or(0, |tensor| tensor.dims()[0]);
        let mut tensors = tensors.into_iter();
        let state = layer.zero_state(rows, device).map(&mut |_, _| {
            tensors.next().expect("a tensor for each part of the state: take the state that this network gave")
        });
        Some(state)
    }

    /// The tensors of the state that was given for the next recurrent layer.
    ///
    /// # Panics
    /// When the state given is that of another network.
    pub(crate) fn take_tensors(&mut self) -> Option<Vec<Tensor<2>>> {
        let tensors = self.given.as_mut()?.next();
        Some(tensors.expect("a state for each recurrent layer: take the one that this network gave"))
    }

    pub(crate) fn leave_state(&mut self, state: &impl RecurrentState) {
        self.leave_tensors(state.tensors().into_iter().map(|(_, tensor)| tensor).collect());
    }

    pub(crate) fn leave_tensors(&mut self, tensors: Vec<Tensor<2>>) {
        self.left.push(tensors);
    }

    pub(crate) fn into_state(self) -> NetworkState {
        NetworkState { layers: self.left }
    }
}
