//! Weights from and for other systems, exact to the bit: the same numbers in other places.
//!
//! ```text
//!            Keras                                      PyTorch
//! W          kernel            [I, G·H]                 weight_ih_l0   [G·H, I]
//! U          recurrent_kernel  [H, G·H]                 weight_hh_l0   [G·H, H]
//! b, b'      bias              [G·H], Gru [2, 3H]       bias_ih_l0, bias_hh_l0   [G·H]
//! Lstm       i, f, c, o                                 i, f, g, o
//! Gru        z, r, h                                    r, z, n
//! ```

mod keras;
mod pytorch;

use std::collections::BTreeMap;

use burn::module::{Module, ModuleDisplay, Param};
use burn::tensor::{Tensor, TensorData};
use firebrick_backend::recurrent::Cell;

use crate::{Bidirectional, Gru, Lstm, RecurrentLayer, SimpleRnn, Stack, Weights};

/// Where the weights of a cell belong in a layer made of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CellPlace {
    /// Number in a stack, from the bottom.
    pub layer: usize,
    /// Whether it is the second of two directions.
    pub backward: bool,
}

/// Weights that do not fit a layer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// An array of another shape.
    #[error("{name} has the shape {found:?}, but the layer needs {expected:?}")]
    Shape {
        /// Name of the array.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape that fits.
        expected: Vec<usize>,
    },
    /// An array of numbers that are no floats.
    #[error("{name} cannot be read as the layer's numbers: {message}")]
    Numbers {
        /// Name of the array.
        name: String,
        /// What the conversion says.
        message: String,
    },
    /// An array that the layer needs is not there.
    #[error("{name} is missing; the arrays are {found}")]
    Missing {
        /// Name of the array.
        name: String,
        /// What there is.
        found: String,
    },
    /// Arrays that the layer has no place for.
    #[error(
        "the layer has no place for {names}: is it the same kind, size, number of layers and directions, with bias?"
    )]
    Left {
        /// Names of the arrays.
        names: String,
    },
    /// A cell that the other system does not have.
    #[error("{system} has no {cell}")]
    Unavailable {
        /// Keras or PyTorch.
        system: &'static str,
        /// The cell.
        cell: &'static str,
    },
}

/// Layers whose weights can be read from and written for Keras and PyTorch.
///
/// ```
/// use burn::tensor::Device;
/// use firebrick_rnn::{ForeignWeights, LstmConfig, RecurrentConfig};
///
/// let device = Device::flex();
/// let (ours, other) = (LstmConfig::new(4).pytorch().init(3, &device), LstmConfig::new(4).pytorch().init(3, &device));
/// let arrays = ours.pytorch_weights()?;                  // as a state_dict names them
/// assert_eq!(arrays["weight_ih_l0"].shape().to_vec(), [16, 3]);
/// let other = other.load_pytorch(arrays)?;
/// assert_eq!(other.keras_weights()?, ours.keras_weights()?);
/// # Ok::<(), firebrick_rnn::WeightsError>(())
/// ```
pub trait ForeignWeights: Module + ModuleDisplay {
    /// Changes the weights of every cell, from the bottom, of each layer the forward direction first.
    ///
    /// # Errors
    /// With the first that `change` gives.
    fn map_weights(self, change: &mut ChangeWeights<'_>) -> Result<Self, WeightsError>;

    /// The arrays as Keras's `get_weights` lists them: kernel, recurrent kernel and bias of each cell, from the bottom,
    /// of each layer the forward direction first. Two biases that Keras has not are added up.
    ///
    /// # Errors
    /// When Keras has no such cell.
    fn keras_weights(&self) -> Result<Vec<TensorData>, WeightsError> {
        let mut arrays = vec![];
        self.clone().map_weights(&mut |_, cell, weights| {
            arrays.extend(keras::write(cell, &weights)?);
            Ok(weights)
        })?;
        Ok(arrays)
    }

    /// The layer with the arrays that Keras's `get_weights` lists. A second bias that Keras has not becomes zeros.
    ///
    /// # Errors
    /// When Keras has no such cell, an array has another shape, is missing, or is left over.
    fn load_keras(self, arrays: Vec<TensorData>) -> Result<Self, WeightsError> {
        let mut arrays = keras::Arrays::new(arrays);
        let layer = self.map_weights(&mut |_, cell, weights| keras::read(cell, weights, &mut arrays))?;
        arrays.finish()?;
        Ok(layer)
    }

    /// The arrays under the names of a PyTorch `state_dict`, such as `weight_ih_l0` and `bias_hh_l1_reverse`. Where the
    /// layer has one bias, the second is zeros.
    ///
    /// # Errors
    /// When PyTorch has no such cell.
    fn pytorch_weights(&self) -> Result<BTreeMap<String, TensorData>, WeightsError> {
        let mut arrays = BTreeMap::new();
        self.clone().map_weights(&mut |place, cell, weights| {
            arrays.extend(pytorch::write(place, cell, &weights)?);
            Ok(weights)
        })?;
        Ok(arrays)
    }

    /// The layer with the arrays of a PyTorch `state_dict`. Where the layer has one bias, both are added up.
    ///
    /// # Errors
    /// When PyTorch has no such cell, an array has another shape, is missing, or is left over.
    fn load_pytorch(self, arrays: BTreeMap<String, TensorData>) -> Result<Self, WeightsError> {
        let mut arrays = arrays;
        let layer = self.map_weights(&mut |place, cell, weights| pytorch::read(place, cell, weights, &mut arrays))?;
        match arrays.is_empty() {
            true => Ok(layer),
            false => Err(WeightsError::Left { names: arrays.into_keys().collect::<Vec<_>>().join(", ") }),
        }
    }
}

/// What [`ForeignWeights::map_weights`] does with the weights of a cell.
pub type ChangeWeights<'a> = dyn FnMut(CellPlace, Cell, Weights) -> Result<Weights, WeightsError> + 'a;

macro_rules! leaf {
    ($layer:ty, |$this:ident| $cell:expr) => {
        impl ForeignWeights for $layer {
            fn map_weights(self, change: &mut ChangeWeights<'_>) -> Result<Self, WeightsError> {
                let $this = &self;
                let weights = change(CellPlace::default(), $cell, self.weights.clone())?;
                Ok(Self { weights, ..self })
            }
        }
    };
}

leaf!(SimpleRnn, |rnn| Cell::Rnn(rnn.activation));
leaf!(Lstm, |lstm| Cell::Lstm(lstm.gates));
leaf!(Gru, |gru| Cell::Gru(gru.reset));

impl<F, B> ForeignWeights for Bidirectional<F, B>
where
    F: RecurrentLayer + ForeignWeights,
    B: RecurrentLayer + ForeignWeights,
{
    fn map_weights(self, change: &mut ChangeWeights<'_>) -> Result<Self, WeightsError> {
        let forward_layer = self.forward_layer.map_weights(change)?;
        let backward_layer = self
            .backward_layer
            .map_weights(&mut |place, cell, weights| change(CellPlace { backward: true, ..place }, cell, weights))?;
        Ok(Self { forward_layer, backward_layer, ..self })
    }
}

impl<L: RecurrentLayer + ForeignWeights> ForeignWeights for Stack<L> {
    fn map_weights(self, change: &mut ChangeWeights<'_>) -> Result<Self, WeightsError> {
        let layers = self.layers.into_iter().enumerate().map(|(layer, inside)| {
            inside.map_weights(&mut |place, cell, weights| change(CellPlace { layer, ..place }, cell, weights))
        });
        Ok(Self { layers: layers.collect::<Result<_, _>>()?, ..self })
    }
}

/// The array as a tensor like `like`, once its shape is the `expected` one.
pub(crate) fn tensor<const D: usize, const L: usize>(
    name: &str,
    array: TensorData,
    expected: [usize; D],
    like: &Tensor<L>,
) -> Result<Tensor<D>, WeightsError> {
    let found = array.shape().to_vec();
    if found != expected {
        return Err(WeightsError::Shape { name: name.to_owned(), found, expected: expected.to_vec() });
    }
    let array = array.try_cast(like.dtype());
    let array = array.map_err(|error| WeightsError::Numbers { name: name.to_owned(), message: error.to_string() })?;
    Ok(Tensor::from_data(array, (&like.device(), like.dtype())))
}

/// The parameter with another value; it is trained if it was.
pub(crate) fn replaced<const D: usize>(parameter: Param<Tensor<D>>, value: Tensor<D>) -> Param<Tensor<D>> {
    parameter.map(|old| value.detach().set_require_grad(old.is_require_grad()))
}

/// The weights with other values. A second bias is added to the first where the layer has one alone, and becomes zeros
/// where it is not given.
fn with_values(
    weights: Weights,
    kernel: Tensor<2>,
    recurrent_kernel: Tensor<2>,
    biases: Option<(Tensor<1>, Option<Tensor<1>>)>,
) -> Weights {
    let (bias, recurrent_bias) = match (biases, weights.recurrent_bias.is_some()) {
        (None, _) => (None, None),
        (Some((bias, recurrent)), true) => {
            let recurrent = recurrent.unwrap_or_else(|| bias.zeros_like());
            (Some(bias), Some(recurrent))
        }
        (Some((bias, Some(recurrent))), false) => (Some(bias + recurrent), None),
        (Some((bias, None)), false) => (Some(bias), None),
    };
    let replace =
        |old: Option<Param<Tensor<1>>>, new: Option<Tensor<1>>| old.zip(new).map(|(old, new)| replaced(old, new));
    Weights {
        kernel: replaced(weights.kernel, kernel),
        recurrent_kernel: replaced(weights.recurrent_kernel, recurrent_kernel),
        bias: replace(weights.bias, bias),
        recurrent_bias: replace(weights.recurrent_bias, recurrent_bias),
    }
}

#[cfg(test)]
mod tests;
