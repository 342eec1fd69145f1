//! Largest value of each window; padding never wins.
//!
//! ```text
//! y[b, c, i, j] = max_{u, v} x[b, c, i·s + u − p, j·s + v − p]        [B, C, H, W] -> [B, C, H', W']
//! ```

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use firebrick_backend::max_pool2d;
use serde::{Deserialize, Serialize};

use crate::layer::{Apply, Leaf};
use crate::window2d::{Window2d, picture};
use crate::{Activation, Padding, Pair, Rule};

/// Configuration of [`MaxPool2d`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxPool2dConfig {
    /// Height and width of the window.
    pub kernel_size: Pair,
    /// Default the kernel size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<Pair>,
    /// Default valid. Explicit padding is smaller than the window.
    #[serde(default)]
    pub padding: Padding,
}

impl MaxPool2dConfig {
    /// A window of this size that moves by its own size.
    pub fn new(kernel_size: impl Into<Pair>) -> Self {
        Self { kernel_size: kernel_size.into(), stride: None, padding: Padding::Valid }
    }

    /// Sets the stride.
    #[must_use]
    pub fn with_stride(mut self, stride: impl Into<Pair>) -> Self {
        self.stride = Some(stride.into());
        self
    }

    /// Sets the padding.
    #[must_use]
    pub fn with_padding(mut self, padding: Padding) -> Self {
        self.padding = padding;
        self
    }

    /// Pads as Keras's `same` does.
    #[must_use]
    pub fn same(self) -> Self {
        self.with_padding(Padding::Same)
    }

    /// Makes the layer.
    ///
    /// # Panics
    /// When kernel or stride is 0.
    pub fn init(&self) -> MaxPool2d {
        let window = self.window();
        window.assert_sizes("max_pool2d");
        MaxPool2d { window }
    }

    fn window(&self) -> Window2d {
        Window2d {
            kernel: self.kernel_size,
            stride: self.stride.unwrap_or(self.kernel_size),
            dilation: Pair::ONE,
            padding: self.padding,
        }
    }
}

impl Leaf for MaxPool2dConfig {
    type Layer = MaxPool2d;

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Rule> {
        let input = picture(input)?;
        let [height, width] = self.window().pooled_size(input)?;
        Ok(vec![input[0], height, width])
    }

    fn init_for(&self, _input: &[usize], _device: &Device) -> MaxPool2d {
        self.init()
    }
}

/// Largest value of each window.
#[derive(Module, Debug)]
pub struct MaxPool2d {
    #[module(skip)]
    window: Window2d,
}

impl MaxPool2d {
    /// `[B, C, H, W]` to `[B, C, H', W']`.
    ///
    /// # Panics
    /// When the picture is smaller than the window.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let options = self.window.pool_options("max_pool2d", x.dims());
        max_pool2d(x, options)
    }

    /// The window, where windows lie side by side on a picture of `[height, width]` without padding.
    pub(crate) fn side_by_side(&self, size: [usize; 2]) -> Option<[usize; 2]> {
        let plain = self.window.kernel == self.window.stride && self.window.padding(size) == Ok([[0, 0], [0, 0]]);
        let window: [usize; 2] = self.window.kernel.into();
        (plain && window[0] <= size[0] && window[1] <= size[1]).then_some(window)
    }
}

impl Apply for MaxPool2d {
    fn apply(&self, x: Activation) -> Activation {
        self.forward(x.into_tensor()).into()
    }
}
