//! What the configurations of recurrent layers have in common.

use burn::tensor::Device;
use firebrick_layers::Rule;

use crate::{RecurrentLayer, SequenceOptions};

/// A configuration that makes a [`RecurrentLayer`].
pub trait RecurrentConfig: Clone + std::fmt::Debug {
    /// The layer.
    type Layer: RecurrentLayer;

    /// How the layer goes through time.
    fn options(&self) -> &SequenceOptions;

    /// How the layer goes through time, to be changed.
    fn options_mut(&mut self) -> &mut SequenceOptions;

    /// Features of a step that the layer puts out.
    fn output_size(&self) -> usize;

    /// Numbers in the parameters of the layer over `input_size` features.
    fn num_params(&self, input_size: usize) -> usize;

    /// Whether the layer can be made for `input_size` features.
    ///
    /// # Errors
    /// When a size is 0 or a setting impossible.
    fn check(&self, input_size: usize) -> Result<(), Rule>;

    /// Makes the layer for `input_size` features.
    ///
    /// # Panics
    /// When a setting is impossible; [`check`](Self::check) says so before.
    fn init(&self, input_size: usize, device: &Device) -> Self::Layer;
}
