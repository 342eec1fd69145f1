//! Features to pictures, or any shape to another with as many numbers (Keras: `Reshape`, PyTorch: `Unflatten`).
//!
//! ```text
//! [B, ...] -> [B, ...shape], in the same order
//! ```

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::layer::{Apply, Leaf};
use crate::shape::count;
use crate::{Activation, Rule};

/// Configuration of [`Reshape`].
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_layers::ReshapeConfig;
///
/// let pictures = ReshapeConfig::new([8, 4, 4]).init();
/// let x = Tensor::<2>::zeros([3, 128], &Device::flex());
/// assert_eq!(pictures.forward::<2, 4>(x).dims(), [3, 8, 4, 4]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReshapeConfig {
    /// Shape of the output without the batch: `[features]` or `[channels, height, width]`.
    pub shape: Vec<usize>,
}

impl ReshapeConfig {
    /// Makes samples of this shape.
    pub fn new(shape: impl Into<Vec<usize>>) -> Self {
        Self { shape: shape.into() }
    }

    /// Makes the layer.
    ///
    /// # Panics
    /// When the shape is neither features nor a picture, or a size is 0.
    pub fn init(&self) -> Reshape {
        if let Err(rule) = self.check() {
            panic!("reshape to {:?}: {rule}", self.shape);
        }
        Reshape { shape: self.shape.clone() }
    }

    fn check(&self) -> Result<(), Rule> {
        if !matches!(self.shape.len(), 1 | 3) {
            let expected = "a `shape` of features, [features], or of pictures, [channels, height, width]";
            return Err(Rule::Axes { expected, hint: "" });
        }
        match self.shape.contains(&0) {
            true => Err(Rule::Zero { what: "every size of the shape" }),
            false => Ok(()),
        }
    }
}

impl Leaf for ReshapeConfig {
    type Layer = Reshape;

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Rule> {
        self.check()?;
        let (found, expected) = (count(input)?, count(&self.shape)?);
        match found == expected {
            true => Ok(self.shape.clone()),
            false => Err(Rule::Numbers { shape: self.shape.clone(), expected, found }),
        }
    }

    fn init_for(&self, _input: &[usize], _device: &Device) -> Reshape {
        self.init()
    }
}

/// The same numbers in another shape.
#[derive(Module, Debug)]
pub struct Reshape {
    #[module(skip)]
    shape: Vec<usize>,
}

impl Reshape {
    /// `[B, ...]` to `[B, ...shape]`.
    ///
    /// # Panics
    /// When the numbers of a sample are not as many as the shape takes, or `O` is not the rank of the output.
    pub fn forward<const D: usize, const O: usize>(&self, x: Tensor<D>) -> Tensor<O> {
        let whole = [&x.dims()[..1], &self.shape].concat();
        match <[usize; O]>::try_from(whole) {
            Ok(whole) => x.reshape(whole),
            Err(whole) => panic!("a tensor of {O} axes was asked for, but reshape gives {whole:?}"),
        }
    }
}

impl Apply for Reshape {
    fn apply(&self, x: Activation) -> Activation {
        match (x, self.shape.len()) {
            (Activation::Rank2(x), 1) => self.forward::<2, 2>(x).into(),
            (Activation::Rank2(x), _) => self.forward::<2, 4>(x).into(),
            (Activation::Rank4(x), 1) => self.forward::<4, 2>(x).into(),
            (Activation::Rank4(x), _) => self.forward::<4, 4>(x).into(),
        }
    }
}
