//! Transposed convolution of pictures: the way back from small maps to large ones.
//!
//! ```text
//! y[b, o, i·s + u·d − p, j·s + v·d − p] = Σ w[c, o, u, v] · x[b, c, i, j] + bias[o]      summed over c and where places meet
//! x [B, C, H, W]    w [C, O/groups, kh, kw]    y [B, O, H', W'], sizes by the rule in `shape.rs`
//! ```
//!
//! It is the gradient of [`Conv2d`](crate::Conv2d) with respect to its input (Dumoulin & Visin, 2016,
//! <https://arxiv.org/abs/1603.07285>). Padding cuts the output: `valid` cuts nothing, `same` makes stride times as many
//! cells, as in Keras; cells on each side as PyTorch counts them.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use firebrick_backend::{ConvTranspose2dOptions, conv_transpose2d};
use serde::{Deserialize, Serialize};

use crate::activation_fn::WithActivation;
use crate::conv2d::{is_one, one, yes, zeros};
use crate::layer::{Apply, Cost, Leaf};
use crate::named::is_default;
use crate::shape::{Ends, count};
use crate::window2d::{Window2d, check_filters, picture};
use crate::{Activation, ActivationFn, Fan, Initializer, Padding, Pair, Rule};

/// Configuration of [`ConvTranspose2d`].
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use firebrick_layers::ConvTranspose2dConfig;
/// let device = Device::flex();
/// let conv = ConvTranspose2dConfig::new([16, 3], 4).same().with_stride(2).init(&device);
/// let y = conv.forward(Tensor::<4>::zeros([2, 16, 7, 7], &device));
/// assert_eq!(y.dims(), [2, 3, 14, 14]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvTranspose2dConfig {
    /// Channels that come in. Inferred in a network's list; where it is given, it must be right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_channels: Option<usize>,
    /// Channels that go out.
    pub out_channels: usize,
    /// Height and width of a filter.
    pub kernel_size: Pair,
    /// Cells of the output from one cell of the input to the next. Default 1.
    #[serde(default = "Pair::one", skip_serializing_if = "Pair::is_one")]
    pub stride: Pair,
    /// What is cut off the output. Default valid: nothing.
    #[serde(default)]
    pub padding: Padding,
    /// Cells added after the output, fewer than the stride. Default what the system of the padding does: Keras for `valid` and
    /// `same`, PyTorch (0) for cells on each side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_padding: Option<Pair>,
    /// Default 1.
    #[serde(default = "Pair::one", skip_serializing_if = "Pair::is_one")]
    pub dilation: Pair,
    /// Groups of channels that do not see one another. Default 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub groups: usize,
    /// Whether a bias is added. Default true.
    #[serde(default = "yes")]
    pub bias: bool,
    /// Default glorot uniform, as in Keras.
    #[serde(default)]
    pub kernel_initializer: Initializer,
    /// Default zeros, as in Keras.
    #[serde(default = "zeros")]
    pub bias_initializer: Initializer,
    /// Applied to the output. Default none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub activation: ActivationFn,
}

impl ConvTranspose2dConfig {
    /// A transposed convolution from and to so many channels, `[in, out]`, with filters of `kernel_size`.
    pub fn new([in_channels, out_channels]: [usize; 2], kernel_size: impl Into<Pair>) -> Self {
        Self { in_channels: Some(in_channels), ..Self::inferred(out_channels, kernel_size) }
    }

    /// A transposed convolution in a network's list: what comes in is inferred.
    pub(crate) fn inferred(out_channels: usize, kernel_size: impl Into<Pair>) -> Self {
        Self {
            in_channels: None,
            out_channels,
            kernel_size: kernel_size.into(),
            stride: Pair::ONE,
            padding: Padding::Valid,
            output_padding: None,
            dilation: Pair::ONE,
            groups: 1,
            bias: true,
            kernel_initializer: Initializer::GlorotUniform,
            bias_initializer: Initializer::Zeros,
            activation: ActivationFn::Linear,
        }
    }

    /// Sets the stride.
    #[must_use]
    pub fn with_stride(mut self, stride: impl Into<Pair>) -> Self {
        self.stride = stride.into();
        self
    }

    /// Sets the padding.
    #[must_use]
    pub fn with_padding(mut self, padding: Padding) -> Self {
        self.padding = padding;
        self
    }

    /// Makes stride times as many cells, as Keras's `same` does.
    #[must_use]
    pub fn same(self) -> Self {
        self.with_padding(Padding::Same)
    }

    /// Sets the cells added after the output.
    #[must_use]
    pub fn with_output_padding(mut self, output_padding: impl Into<Pair>) -> Self {
        self.output_padding = Some(output_padding.into());
        self
    }

    /// Sets the dilation.
    #[must_use]
    pub fn with_dilation(mut self, dilation: impl Into<Pair>) -> Self {
        self.dilation = dilation.into();
        self
    }

    /// Sets the number of groups.
    #[must_use]
    pub fn with_groups(mut self, groups: usize) -> Self {
        self.groups = groups;
        self
    }

    /// Sets whether a bias is added.
    #[must_use]
    pub fn with_bias(mut self, bias: bool) -> Self {
        self.bias = bias;
        self
    }

    /// Sets the initialiser of the weights.
    #[must_use]
    pub fn with_kernel_initializer(mut self, initializer: Initializer) -> Self {
        self.kernel_initializer = initializer;
        self
    }

    /// Sets the initialiser of the bias.
    #[must_use]
    pub fn with_bias_initializer(mut self, initializer: Initializer) -> Self {
        self.bias_initializer = initializer;
        self
    }

    /// PyTorch's initialisers instead of Keras's.
    #[must_use]
    pub fn pytorch(self) -> Self {
        self.with_kernel_initializer(Initializer::pytorch_weight()).with_bias_initializer(Initializer::FanInUniform)
    }

    /// Makes the layer.
    ///
    /// # Panics
    /// When `in_channels` is not given, when a size is 0, when the groups do not divide the channels, or when the output padding
    /// is not smaller than the stride.
    pub fn init(&self, device: &Device) -> ConvTranspose2d {
        let Some(channels) = self.in_channels else {
            panic!(
                "ConvTranspose2dConfig::in_channels is needed for a transposed convolution outside a network's list"
            );
        };
        if let Err(rule) = self.check(channels) {
            panic!("conv_transpose2d of {channels} channels: {rule}");
        }
        self.init_channels(channels, device)
    }

    fn check(&self, channels: usize) -> Result<(), Rule> {
        check_filters(channels, self.out_channels, self.kernel_size, self.groups)?;
        self.window().transposed_ends(self.output_padding)?;
        self.kernel_initializer.check().and(self.bias_initializer.check()).and(self.activation.check())
    }

    fn window(&self) -> Window2d {
        Window2d { kernel: self.kernel_size, stride: self.stride, dilation: self.dilation, padding: self.padding }
    }

    /// The fans are those of both systems: what a cell of the output would see of a convolution the other way round.
    fn init_channels(&self, channels: usize, device: &Device) -> ConvTranspose2d {
        let Pair { rows, columns } = self.kernel_size;
        let fan = Fan { input: self.out_channels / self.groups * rows * columns, output: channels * rows * columns };
        let shape = [channels, self.out_channels / self.groups, rows, columns];
        let weight = self.kernel_initializer.init(shape, fan, device);
        let bias = self.bias.then(|| self.bias_initializer.init([self.out_channels], fan, device));
        ConvTranspose2d {
            weight,
            bias,
            window: self.window(),
            output_padding: self.output_padding,
            groups: self.groups,
            activation: self.activation,
        }
    }
}

impl WithActivation for ConvTranspose2dConfig {
    fn activation(mut self, function: ActivationFn) -> Self {
        self.activation = function;
        self
    }
}

impl Leaf for ConvTranspose2dConfig {
    type Layer = ConvTranspose2d;

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Rule> {
        let [channels, height, width] = picture(input)?;
        if let Some(expected) = self.in_channels.filter(|&told| told != channels) {
            return Err(Rule::Incoming { told: "in_channels", expected, found: channels });
        }
        self.check(channels)?;
        let input = [self.out_channels, height, width];
        let [out_height, out_width] = self.window().transposed_size(input, self.output_padding)?;
        Ok(vec![self.out_channels, out_height, out_width])
    }

    fn cost(&self, input: &[usize], _output: &[usize]) -> Result<Cost, Rule> {
        let Pair { rows, columns } = self.kernel_size;
        let weights = count(&[input[0], self.out_channels / self.groups, rows, columns])?;
        let bias = if self.bias { self.out_channels as u64 } else { 0 };
        let positions = count(&input[1..])?;
        Ok(Cost {
            trainable: weights.checked_add(bias).ok_or(Rule::Overflow)?,
            multiply_adds: weights.checked_mul(positions).ok_or(Rule::Overflow)?,
            ..Cost::default()
        })
    }

    fn init_for(&self, input: &[usize], device: &Device) -> ConvTranspose2d {
        self.init_channels(input[0], device)
    }
}

/// Transposed convolution of pictures, with an activation.
#[derive(Module, Debug)]
pub struct ConvTranspose2d {
    /// Filters, `[C, O/groups, kh, kw]`, as in PyTorch.
    pub weight: Param<Tensor<4>>,
    /// `[O]`.
    pub bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    window: Window2d,
    #[module(skip)]
    output_padding: Option<Pair>,
    groups: usize,
    #[module(skip)]
    activation: ActivationFn,
}

impl ConvTranspose2d {
    /// `[B, C, H, W]` to `[B, O, H', W']`.
    ///
    /// # Panics
    /// When the channels are not those of the weights, or the padding leaves nothing.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let ends = self.ends(x.dims());
        let options = ConvTranspose2dOptions {
            stride: self.window.stride.into(),
            padding: ends.map(|end| [end.before, end.after]),
            output_padding: ends.map(|end| end.added),
            dilation: self.window.dilation.into(),
            groups: self.groups,
        };
        let y = conv_transpose2d(x, self.weight.val(), self.bias.as_ref().map(Param::val), options);
        self.activation.forward(y)
    }

    fn ends(&self, shape: [usize; 4]) -> [Ends; 2] {
        let [_, _, height, width] = shape;
        let channels = self.weight.dims()[1] * self.groups;
        let size = self.window.transposed_size([channels, height, width], self.output_padding);
        match size.and_then(|_| self.window.transposed_ends(self.output_padding)) {
            Ok(ends) => ends,
            Err(rule) => panic!("conv_transpose2d cannot take an input of shape {shape:?}: {rule}"),
        }
    }
}

impl Apply for ConvTranspose2d {
    fn apply(&self, x: Activation) -> Activation {
        self.forward(x.into_tensor()).into()
    }
}
