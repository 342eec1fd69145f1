//! Mean of each window.
//!
//! ```text
//! y[b, c, i, j] = Σ_{u, v} x[b, c, i·s + u − p, j·s + v − p] / n        [B, C, H, W] -> [B, C, H', W']
//! ```
//!
//! n counts the cells of the picture under the window, as Keras does; with `count_include_pad` all cells of the window,
//! as PyTorch does by default.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use firebrick_backend::avg_pool2d;
use serde::{Deserialize, Serialize};

use crate::layer::{Apply, Leaf};
use crate::window2d::{Window2d, picture};
use crate::{Activation, Padding, Pair, Rule};

/// Configuration of [`AvgPool2d`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AvgPool2dConfig {
    /// Height and width of the window.
    pub kernel_size: Pair,
    /// Default the kernel size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<Pair>,
    /// Default valid. Explicit padding is smaller than the window.
    #[serde(default)]
    pub padding: Padding,
    /// Whether padding counts as zeros in the mean. Default false, as in Keras (PyTorch: true).
    #[serde(default)]
    pub count_include_pad: bool,
}

impl AvgPool2dConfig {
    /// A window of this size that moves by its own size.
    pub fn new(kernel_size: impl Into<Pair>) -> Self {
        Self { kernel_size: kernel_size.into(), stride: None, padding: Padding::Valid, count_include_pad: false }
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

    /// Sets whether padding counts as zeros.
    #[must_use]
    pub fn with_count_include_pad(mut self, count_include_pad: bool) -> Self {
        self.count_include_pad = count_include_pad;
        self
    }

    /// Makes the layer.
    ///
    /// # Panics
    /// When kernel or stride is 0.
    pub fn init(&self) -> AvgPool2d {
        let window = self.window();
        window.assert_sizes("avg_pool2d");
        AvgPool2d { window, count_include_pad: self.count_include_pad }
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

impl Leaf for AvgPool2dConfig {
    type Layer = AvgPool2d;

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Rule> {
        let input = picture(input)?;
        let [height, width] = self.window().pooled_size(input)?;
        Ok(vec![input[0], height, width])
    }

    fn init_for(&self, _input: &[usize], _device: &Device) -> AvgPool2d {
        self.init()
    }
}

/// Mean of each window.
#[derive(Module, Debug)]
pub struct AvgPool2d {
    #[module(skip)]
    window: Window2d,
    count_include_pad: bool,
}

impl AvgPool2d {
    /// `[B, C, H, W]` to `[B, C, H', W']`.
    ///
    /// # Panics
    /// When the picture is smaller than the window.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let options = self.window.pool_options("avg_pool2d", x.dims());
        avg_pool2d(x, options, self.count_include_pad)
    }
}

impl Apply for AvgPool2d {
    fn apply(&self, x: Activation) -> Activation {
        self.forward(x.into_tensor()).into()
    }
}
