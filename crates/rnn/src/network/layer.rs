//! What a layer of a sequence network's list must be able to do.
//!
//! A layer lives in its own file with its configuration, its shape rule, its costs, its initialisation and its forward
//! pass. To add one: write that file ([`Leaf`] for the configuration, [`Apply`] for the module; a recurrent layer has
//! both already), add its line to the table in `table.rs`, and its builder function to `build.rs`.

use burn::tensor::Device;
use firebrick_layers::list::{Cost, Place, Trace};
use firebrick_layers::{NetworkError, Rule, Sequential};
use serde_json::{Map, Value};

use super::arms::Ending;
use super::pass::Pass;
use super::{SequenceNetwork, SequenceNetworkConfig, SequenceShape, Signal};

/// What a layer's input must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Ids.
    Ids,
    /// Something at each step.
    Steps,
    /// Something at each step, or for the whole sequence; the output is of the same kind.
    Either,
}

/// What a layer's configuration knows about the layer before it exists.
pub(crate) trait Leaf {
    /// The layer.
    type Layer;

    /// What the input must be.
    const TAKES: Takes;

    /// What comes out.
    const ENDING: Ending;

    /// Shape of the output for an input of this shape. Checks the settings as well.
    fn output_shape(&self, input: &SequenceShape) -> Result<SequenceShape, Rule>;

    /// Parameters and work. `input` has passed [`output_shape`](Self::output_shape).
    fn cost(&self, _input: &SequenceShape) -> Result<Cost, Rule> {
        Ok(Cost::default())
    }

    /// Makes the layer. `input` has passed [`output_shape`](Self::output_shape).
    fn init_for(&self, input: &SequenceShape, device: &Device) -> Self::Layer;
}

/// A layer's forward pass.
pub(crate) trait Apply {
    /// # Panics
    /// When the layer does not take this kind of value.
    fn apply(&self, x: Signal) -> Signal;
}

/// A configuration that holds lists of layers.
pub(crate) trait Container: Sized {
    /// The layer.
    type Layer;

    /// Reads the table of settings.
    fn read(table: Map<String, Value>, at: &Place) -> Result<Self, NetworkError>;

    /// Writes the table of settings.
    fn write(&self) -> Result<Value, serde_json::Error>;

    /// The lists of layers over sequences that are merged; none where the steps are seen one by one.
    fn arms(&self) -> Vec<&SequenceNetworkConfig>;

    /// The lists of layers over sequences, to be changed.
    fn arms_mut(&mut self) -> Vec<&mut SequenceNetworkConfig>;

    /// Walks through the lists and gives the shape of the output.
    fn trace(&self, input: &SequenceShape, trace: &mut Trace) -> Result<SequenceShape, NetworkError>;

    /// Makes the layer with everything inside; `input` has passed [`trace`](Self::trace).
    fn init_within(&self, input: &SequenceShape, at: &Place, device: &Device) -> Result<Self::Layer, NetworkError>;
}

/// A layer that holds lists of layers.
pub(crate) trait Nested {
    /// The forward pass.
    fn pass(&self, x: Signal, pass: &mut Pass<'_>) -> Signal;

    /// The lists of layers over sequences.
    fn lists(&self) -> Vec<&SequenceNetwork>;

    /// The list of layers that see one step.
    fn steps(&self) -> Option<&Sequential> {
        None
    }
}
