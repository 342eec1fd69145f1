//! Rows of a table for whole numbers: words, categories (Keras's and PyTorch's Embedding).
//!
//! ```text
//! y[b, t, :] = W[ids[b, t], :]        ids [B, T]    W [V, E]    y [B, T, E]
//! mask[b, t] = ids[b, t] ≠ 0          with mask_zero
//! ```
//!
//! It equals one-hot vectors times W, without making either.

use burn::module::{Module, Param};
use burn::tensor::{Device, Int, Tensor};
use serde::{Deserialize, Serialize};

use crate::named::is_default;
use crate::shape::count;
use crate::{Fan, Initializer, MAX_PARAMETERS, Mask, Rule};

/// Configuration of [`Embedding`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddingConfig {
    /// Rows V of the table: ids are 0 to V − 1. PyTorch's num_embeddings.
    pub input_dim: usize,
    /// Features E of a row. PyTorch's embedding_dim.
    pub output_dim: usize,
    /// Whether id 0 is padding, which [`Embedding::mask`] leaves out. Default false.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mask_zero: bool,
    /// A row that starts as zeros and gets no gradient, as PyTorch's padding_idx. Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub padding_idx: Option<usize>,
    /// Whether the table is trained; false is Keras's `trainable=False`, PyTorch's `freeze=True`. Default true.
    #[serde(default = "yes")]
    pub trainable: bool,
    /// Default uniform in ±0.05, as in Keras.
    #[serde(default = "keras_uniform")]
    pub initializer: Initializer,
}

fn yes() -> bool {
    true
}

fn keras_uniform() -> Initializer {
    Initializer::RandomUniform { min: -0.05, max: 0.05 }
}

/// A table that cannot be made, or ids that are not its rows.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddingError {
    /// An impossible setting.
    #[error("an embedding of {input_dim} rows of {output_dim} features cannot be made: {rule}")]
    Setting {
        /// Rows.
        input_dim: usize,
        /// Features.
        output_dim: usize,
        /// The rule that is broken.
        rule: Rule,
    },
    /// Pretrained weights of another shape.
    #[error("the weights have the shape {found:?}, but the configuration says {expected:?}, [input_dim, output_dim]")]
    Weights {
        /// Shape of the weights.
        found: [usize; 2],
        /// Shape of the configuration.
        expected: [usize; 2],
    },
    /// An id that is not a row.
    #[error(
        "id {id} in row {row} at position {position} is outside 0..{rows}: map unknown words or categories to a row of \
         their own before"
    )]
    IdOutOfRange {
        /// The id.
        id: i64,
        /// Row of the batch.
        row: usize,
        /// Position in the row.
        position: usize,
        /// Rows of the table.
        rows: usize,
    },
}

impl EmbeddingConfig {
    /// A table of `input_dim` rows of `output_dim` features, with Keras's defaults.
    pub fn new(input_dim: usize, output_dim: usize) -> Self {
        let initializer = keras_uniform();
        Self { input_dim, output_dim, mask_zero: false, padding_idx: None, trainable: true, initializer }
    }

    /// PyTorch's initialiser, N(0, 1), instead of Keras's.
    #[must_use]
    pub fn pytorch(self) -> Self {
        self.with_initializer(Initializer::RandomNormal { mean: 0.0, std: 1.0 })
    }

    /// Sets whether id 0 is padding.
    #[must_use]
    pub fn with_mask_zero(self, mask_zero: bool) -> Self {
        Self { mask_zero, ..self }
    }

    /// Takes id 0 for padding: `with_mask_zero(true)` in one word.
    #[must_use]
    pub fn mask_zero(self) -> Self {
        self.with_mask_zero(true)
    }

    /// Sets the row that starts as zeros and gets no gradient.
    #[must_use]
    pub fn with_padding_idx(self, padding_idx: Option<usize>) -> Self {
        Self { padding_idx, ..self }
    }

    /// Sets whether the table is trained.
    #[must_use]
    pub fn with_trainable(self, trainable: bool) -> Self {
        Self { trainable, ..self }
    }

    /// Sets the initialiser.
    #[must_use]
    pub fn with_initializer(self, initializer: Initializer) -> Self {
        Self { initializer, ..self }
    }

    /// Makes the layer.
    ///
    /// # Panics
    /// When a setting is impossible; [`check`](Self::check) says so before.
    pub fn init(&self, device: &Device) -> Embedding {
        if let Err(error) = self.check() {
            panic!("{error}");
        }
        let shape = [self.input_dim, self.output_dim];
        let fan = Fan { input: shape[0], output: shape[1] };
        let weight = self.initializer.draw(shape, fan, device);
        let weight = match self.padding_idx {
            Some(row) => {
                let zeros = Tensor::zeros([1, self.output_dim], device);
                weight.slice_assign([row..row + 1, 0..self.output_dim], zeros)
            }
            None => weight,
        };
        self.around(weight)
    }

    /// Makes the layer from weights `[input_dim, output_dim]` that were learnt elsewhere, which it takes as they are, the
    /// padding row included.
    ///
    /// # Errors
    /// When a setting is impossible or the shape is another.
    pub fn init_with(&self, weights: Tensor<2>) -> Result<Embedding, EmbeddingError> {
        self.check_settings().map_err(|rule| self.impossible(rule))?;
        let (found, expected) = (weights.dims(), [self.input_dim, self.output_dim]);
        if found != expected {
            return Err(EmbeddingError::Weights { found, expected });
        }
        Ok(self.around(weights.detach()))
    }

    /// Whether the layer can be made.
    ///
    /// # Errors
    /// When there are no rows or features or more weights than [`MAX_PARAMETERS`], the padding row is none, or the
    /// initialiser has an impossible setting.
    pub fn check(&self) -> Result<(), EmbeddingError> {
        self.check_rules().map_err(|rule| self.impossible(rule))
    }

    /// As [`check`](Self::check), with the broken rule alone.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn check_rules(&self) -> Result<(), Rule> {
        self.check_settings()?;
        match count(&[self.input_dim, self.output_dim])? {
            count if count > MAX_PARAMETERS => Err(Rule::TooManyParameters { count }),
            _ => Ok(()),
        }
    }

    fn check_settings(&self) -> Result<(), Rule> {
        for (size, what) in [(self.input_dim, "input_dim"), (self.output_dim, "output_dim")] {
            if size == 0 {
                return Err(Rule::Zero { what });
            }
        }
        if let Some(row) = self.padding_idx.filter(|row| *row >= self.input_dim) {
            let (value, range) = (row as f64, "a row, below input_dim");
            return Err(Rule::OutOfRange { what: "padding_idx", value, range });
        }
        self.initializer.check()
    }

    fn impossible(&self, rule: Rule) -> EmbeddingError {
        EmbeddingError::Setting { input_dim: self.input_dim, output_dim: self.output_dim, rule }
    }

    fn around(&self, weight: Tensor<2>) -> Embedding {
        let weight = Param::from_tensor(weight).set_require_grad(self.trainable);
        Embedding { weight, mask_zero: self.mask_zero, padding_idx: self.padding_idx }
    }
}

/// Rows of a table, looked up by their numbers.
///
/// ```
/// use burn::tensor::{Device, Int, Tensor};
/// use firebrick_layers::EmbeddingConfig;
///
/// let device = Device::flex();
/// let embedding = EmbeddingConfig::new(1000, 16).with_mask_zero(true).init(&device);
/// let ids = Tensor::<2, Int>::from_ints([[12, 7, 0, 0], [999, 1, 1, 3]], &device);
/// embedding.check_ids(&ids)?; // ids from outside: an error that names the place, not a panic
///
/// let (vectors, mask) = embedding.forward_masked(ids);
/// assert_eq!(vectors.dims(), [2, 4, 16]);
/// assert_eq!(mask.unwrap().lengths(), Some(vec![2, 4]));
/// # Ok::<(), firebrick_layers::EmbeddingError>(())
/// ```
#[derive(Module, Debug)]
pub struct Embedding {
    /// `[V, E]`.
    pub weight: Param<Tensor<2>>,
    mask_zero: bool,
    #[module(skip)]
    padding_idx: Option<usize>,
}

impl Embedding {
    /// The rows of `ids` `[B, T]`: `[B, T, E]`.
    ///
    /// # Panics
    /// On Flex, when an id is not a row. Other devices do not look; see [`check_ids`](Self::check_ids).
    pub fn forward(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        firebrick_backend::embedding(self.weight.val(), ids, self.padding_idx)
    }

    /// As [`forward`](Self::forward), for one id a sample: `[B]` to `[B, E]`.
    ///
    /// # Panics
    /// As [`forward`](Self::forward) does.
    pub fn forward_column(&self, ids: Tensor<1, Int>) -> Tensor<2> {
        self.forward(ids.unsqueeze_dim(1)).squeeze_dim(1)
    }

    /// As [`forward`](Self::forward), with the mask of the ids where `mask_zero` is set.
    ///
    /// # Panics
    /// As [`forward`](Self::forward) does.
    pub fn forward_masked(&self, ids: Tensor<2, Int>) -> (Tensor<3>, Option<Mask>) {
        let mask = self.mask(&ids);
        (self.forward(ids), mask)
    }

    /// With `mask_zero` the mask of the ids other than 0, `[B, T]`; else none. For another padding there is
    /// [`Mask::from_ids`].
    pub fn mask(&self, ids: &Tensor<2, Int>) -> Option<Mask> {
        self.mask_zero.then(|| Mask::from_ids(ids, 0))
    }

    /// Whether all ids `[B, T]` are rows. Waits for the device: for ids that come from outside, once.
    ///
    /// # Errors
    /// With the first id that is not, and its place.
    pub fn check_ids(&self, ids: &Tensor<2, Int>) -> Result<(), EmbeddingError> {
        let (rows, steps) = (self.weight.val().dims()[0], ids.dims()[1]);
        let data = ids.to_data();
        let is_row = |id: i64| usize::try_from(id).is_ok_and(|id| id < rows);
        match data.iter::<i64>().enumerate().find(|(_, id)| !is_row(*id)) {
            None => Ok(()),
            Some((place, id)) => {
                Err(EmbeddingError::IdOutOfRange { id, row: place / steps, position: place % steps, rows })
            }
        }
    }
}

#[cfg(test)]
mod tests;
