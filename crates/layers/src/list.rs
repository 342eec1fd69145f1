//! What a list of layers is made with, for crates whose lists hold layers of their own kinds.
//!
//! [`Sequential`](crate::Sequential) is a list of [`Layer`](crate::Layer)s made with it. A crate with other layers writes
//! an enum of their configurations and implements [`Listed`] for it: reading and writing of files with places in the
//! errors, names, the walk that checks every shape and limit before anything is allocated, and the rows of the summary
//! come from here.

use serde_json::{Map, Value};

pub use crate::layer::Cost;
pub use crate::network_file::{from_file, from_json, from_toml, from_value, to_json, to_toml, to_value};
pub use crate::outline::{Outline, Stand, Taps};
pub use crate::read::{Place, nothing_left, positions, take, write};
pub use crate::size::SampleShape;
pub use crate::trace::Trace;

use crate::NetworkError;

/// A kind of layers that a network's list can hold: their configurations.
pub trait Listed: Sized {
    /// The shape of a sample between two layers, without the batch.
    type Shape: SampleShape + Clone;

    /// Every kind of layer, as files name it.
    const KINDS: &'static [&'static str];

    /// The kind of this layer.
    fn kind(&self) -> &'static str;

    /// Reads the settings of a layer whose kind is one of [`KINDS`](Self::KINDS).
    ///
    /// # Errors
    /// When a setting does not exist, is missing or has a value of another kind.
    fn read(kind: &str, table: Map<String, Value>, at: &Place) -> Result<Self, NetworkError>;

    /// Writes the table of settings.
    ///
    /// # Errors
    /// When a setting cannot be written.
    fn write(&self) -> Result<Value, serde_json::Error>;

    /// Checks the settings and the shape that arrives, counts the costs, and gives the shape of the output.
    ///
    /// # Errors
    /// The rule that is broken, with its place.
    fn trace(&self, input: &Self::Shape, trace: &mut Trace) -> Result<Self::Shape, NetworkError>;
}
