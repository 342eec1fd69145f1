//! Pooling to a grid of given size, whatever the size of the picture (PyTorch's rule).
//!
//! ```text
//! cell i of n sees the rows ⌊i·H/n⌋ to ⌈(i + 1)·H/n⌉        [B, C, H, W] -> [B, C, n, m]
//! ```

use burn::module::Module;
use burn::tensor::{Device, Tensor, module};
use serde::{Deserialize, Serialize};

use crate::layer::{Apply, Leaf};
use crate::window2d::picture;
use crate::{Activation, Pair, Rule};

/// Configuration of [`AdaptiveAvgPool2d`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdaptiveAvgPool2dConfig {
    /// Height and width of the grid.
    pub output_size: Pair,
}

/// Configuration of [`AdaptiveMaxPool2d`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdaptiveMaxPool2dConfig {
    /// Height and width of the grid.
    pub output_size: Pair,
}

impl AdaptiveAvgPool2dConfig {
    /// Means on a grid of this size.
    pub fn new(output_size: impl Into<Pair>) -> Self {
        Self { output_size: output_size.into() }
    }

    /// Makes the layer.
    ///
    /// # Panics
    /// When a side of the grid has no cell or more than 4096.
    pub fn init(&self) -> AdaptiveAvgPool2d {
        AdaptiveAvgPool2d { output_size: checked(self.output_size) }
    }
}

impl AdaptiveMaxPool2dConfig {
    /// Largest values on a grid of this size.
    pub fn new(output_size: impl Into<Pair>) -> Self {
        Self { output_size: output_size.into() }
    }

    /// Makes the layer.
    ///
    /// # Panics
    /// When a side of the grid has no cell or more than 4096.
    pub fn init(&self) -> AdaptiveMaxPool2d {
        AdaptiveMaxPool2d { output_size: checked(self.output_size) }
    }
}

/// Rows and columns of a grid at most: each is a step of the computation.
const MAX_CELLS: usize = 4096;

fn check(size: [usize; 2]) -> Result<[usize; 2], Rule> {
    match size.into_iter().find(|cells| !(1..=MAX_CELLS).contains(cells)) {
        None => Ok(size),
        Some(cells) => {
            let (value, range) = (cells as f64, "from 1 to 4096");
            Err(Rule::OutOfRange { what: "output_size", value, range })
        }
    }
}

fn checked(output_size: Pair) -> [usize; 2] {
    match check(output_size.into()) {
        Ok(size) => size,
        Err(rule) => panic!("adaptive pooling: {rule}"),
    }
}

fn output_shape(input: &[usize], output_size: Pair) -> Result<Vec<usize>, Rule> {
    let [channels, _, _] = picture(input)?;
    let [rows, columns] = check(output_size.into())?;
    Ok(vec![channels, rows, columns])
}

impl Leaf for AdaptiveAvgPool2dConfig {
    type Layer = AdaptiveAvgPool2d;

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Rule> {
        output_shape(input, self.output_size)
    }

    fn init_for(&self, _input: &[usize], _device: &Device) -> AdaptiveAvgPool2d {
        self.init()
    }
}

impl Leaf for AdaptiveMaxPool2dConfig {
    type Layer = AdaptiveMaxPool2d;

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Rule> {
        output_shape(input, self.output_size)
    }

    fn init_for(&self, _input: &[usize], _device: &Device) -> AdaptiveMaxPool2d {
        self.init()
    }
}

/// Means on a grid of given size.
#[derive(Module, Debug)]
pub struct AdaptiveAvgPool2d {
    output_size: [usize; 2],
}

/// Largest values on a grid of given size.
#[derive(Module, Debug)]
pub struct AdaptiveMaxPool2d {
    output_size: [usize; 2],
}

impl AdaptiveAvgPool2d {
    /// `[B, C, H, W]` to `[B, C, n, m]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        module::adaptive_avg_pool2d(x, self.output_size)
    }
}

impl AdaptiveMaxPool2d {
    /// `[B, C, H, W]` to `[B, C, n, m]`: the rows first, then the columns.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [rows, columns] = self.output_size;
        max_along(&max_along(&x, 2, rows), 3, columns)
    }
}

fn max_along(x: &Tensor<4>, axis: usize, cells: usize) -> Tensor<4> {
    let size = x.dims()[axis];
    let maxima = (0..cells).map(|i| {
        let start = i * size / cells;
        let end = ((i + 1) * size).div_ceil(cells);
        x.clone().narrow(axis, start, end - start).max_dim(axis)
    });
    Tensor::cat(maxima.collect(), axis)
}

impl Apply for AdaptiveAvgPool2d {
    fn apply(&self, x: Activation) -> Activation {
        self.forward(x.into_tensor()).into()
    }
}

impl Apply for AdaptiveMaxPool2d {
    fn apply(&self, x: Activation) -> Activation {
        self.forward(x.into_tensor()).into()
    }
}
