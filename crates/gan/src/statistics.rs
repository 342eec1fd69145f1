//! The running statistics of a network's batch normalisation, held while others use the network.

use burn::module::RunningState;
use burn::tensor::Tensor;
use firebrick_layers::{Layer, Sequential};

/// The statistics of a moment, and where they belong.
pub(crate) struct HeldStatistics(Vec<(RunningState<Tensor<1>>, Tensor<1>)>);

impl HeldStatistics {
    /// Notes those of all layers, inside residuals and branches too.
    pub(crate) fn of(network: &Sequential) -> Self {
        let mut states = Vec::new();
        collect(network, &mut states);
        Self(states.into_iter().map(|state| (state.clone(), state.value_sync())).collect())
    }

    /// Puts them back, whatever forward passes have made of them.
    pub(crate) fn restore(self) {
        for (state, value) in self.0 {
            state.update(value);
            state.value_sync();
        }
    }
}

/// A clone of a state is a handle on the same values.
fn collect(network: &Sequential, states: &mut Vec<RunningState<Tensor<1>>>) {
    for layer in network.layers() {
        if let Layer::BatchNorm(norm) = layer {
            states.extend([norm.running_mean.clone(), norm.running_var.clone()]);
        }
        layer.lists().into_iter().for_each(|list| collect(list, states));
    }
}
