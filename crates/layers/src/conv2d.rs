//! Convolution of pictures.
//!
//! ```text
//! y[b, o, i, j] = Σ_{c, u, v} w[o, c, u, v] · x[b, c, i·s + u·d − p, j·s + v·d − p] + bias[o]
//! x [B, C, H, W]    w [O, C/groups, kh, kw]    y [B, O, H', W'], sizes by the rule in `shape.rs`
//! ```

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use firebrick_backend::{Conv2dBlockOptions, Conv2dOptions, conv2d_block};
use serde::{Deserialize, Serialize};

use crate::activation_fn::WithActivation;
use crate::layer::{Apply, Cost, Leaf};
use crate::named::is_default;
use crate::shape::count;
use crate::window2d::{Window2d, check_filters, picture};
use crate::{Activation, ActivationFn, Fan, Initializer, MaxPool2d, Padding, Pair, Rule};

/// Configuration of [`Conv2d`].
///
/// ```
/// # use burn::tensor::{Device, Tensor};
/// # use firebrick_layers::{Conv2dConfig, Padding};
/// let device = Device::flex();
/// let conv = Conv2dConfig::new([3, 16], [5, 5]).with_padding(Padding::Same).init(&device);
/// let y = conv.forward(Tensor::<4>::zeros([2, 3, 28, 28], &device));
/// assert_eq!(y.dims(), [2, 16, 28, 28]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv2dConfig {
    /// Channels that come in. Inferred in a network's list; where it is given, it must be right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_channels: Option<usize>,
    /// Filters, which are the channels that go out.
    pub out_channels: usize,
    /// Height and width of a filter.
    pub kernel_size: Pair,
    /// Default 1.
    #[serde(default = "Pair::one", skip_serializing_if = "Pair::is_one")]
    pub stride: Pair,
    /// Default valid.
    #[serde(default)]
    pub padding: Padding,
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

pub(crate) fn one() -> usize {
    1
}

pub(crate) fn is_one(value: &usize) -> bool {
    *value == 1
}

pub(crate) fn yes() -> bool {
    true
}

pub(crate) fn zeros() -> Initializer {
    Initializer::Zeros
}

impl Conv2dConfig {
    /// A convolution from and to so many channels, `[in, out]`, with filters of `kernel_size`.
    pub fn new([in_channels, out_channels]: [usize; 2], kernel_size: impl Into<Pair>) -> Self {
        Self { in_channels: Some(in_channels), ..Self::inferred(out_channels, kernel_size) }
    }

    /// A convolution in a network's list: what comes in is inferred.
    pub(crate) fn inferred(out_channels: usize, kernel_size: impl Into<Pair>) -> Self {
        Self {
            in_channels: None,
            out_channels,
            kernel_size: kernel_size.into(),
            stride: Pair::ONE,
            padding: Padding::Valid,
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

    /// Pads as Keras's `same` does.
    #[must_use]
    pub fn same(self) -> Self {
        self.with_padding(Padding::Same)
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
    /// When `in_channels` is not given, when a size is 0, or when the groups do not divide the channels.
    pub fn init(&self, device: &Device) -> Conv2d {
        let Some(channels) = self.in_channels else {
            panic!("Conv2dConfig::in_channels is needed for a convolution outside a network's list");
        };
        if let Err(rule) = self.check(channels) {
            panic!("conv2d of {channels} channels: {rule}");
        }
        self.init_channels(channels, device)
    }

    fn check(&self, channels: usize) -> Result<(), Rule> {
        check_filters(channels, self.out_channels, self.kernel_size, self.groups)?;
        self.kernel_initializer.check().and(self.bias_initializer.check()).and(self.activation.check())
    }

    fn window(&self) -> Window2d {
        Window2d { kernel: self.kernel_size, stride: self.stride, dilation: self.dilation, padding: self.padding }
    }

    fn init_channels(&self, channels: usize, device: &Device) -> Conv2d {
        let Pair { rows, columns } = self.kernel_size;
        let fan = Fan { input: channels / self.groups * rows * columns, output: self.out_channels * rows * columns };
        let shape = [self.out_channels, channels / self.groups, rows, columns];
        let weight = self.kernel_initializer.init(shape, fan, device);
        let bias = self.bias.then(|| self.bias_initializer.init([self.out_channels], fan, device));
        Conv2d {
            weight,
            bias,
            stride: self.stride.into(),
            padding: self.padding,
            dilation: self.dilation.into(),
            groups: self.groups,
            activation: self.activation,
        }
    }
}

impl WithActivation for Conv2dConfig {
    fn activation(mut self, function: ActivationFn) -> Self {
        self.activation = function;
        self
    }
}

impl Leaf for Conv2dConfig {
    type Layer = Conv2d;

    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Rule> {
        let [channels, height, width] = picture(input)?;
        if let Some(expected) = self.in_channels.filter(|&told| told != channels) {
            return Err(Rule::Incoming { told: "in_channels", expected, found: channels });
        }
        self.check(channels)?;
        let [out_height, out_width] = self.window().output_size([channels, height, width])?;
        Ok(vec![self.out_channels, out_height, out_width])
    }

    fn cost(&self, input: &[usize], output: &[usize]) -> Result<Cost, Rule> {
        let Pair { rows, columns } = self.kernel_size;
        let weights = count(&[self.out_channels, input[0] / self.groups, rows, columns])?;
        let bias = if self.bias { self.out_channels as u64 } else { 0 };
        let positions = count(&output[1..])?;
        Ok(Cost {
            trainable: weights.checked_add(bias).ok_or(Rule::Overflow)?,
            multiply_adds: weights.checked_mul(positions).ok_or(Rule::Overflow)?,
            ..Cost::default()
        })
    }

    fn init_for(&self, input: &[usize], device: &Device) -> Conv2d {
        self.init_channels(input[0], device)
    }
}

/// Convolution of pictures, with an activation.
#[derive(Module, Debug)]
pub struct Conv2d {
    /// Filters, `[O, C/groups, kh, kw]`.
    pub weight: Param<Tensor<4>>,
    /// `[O]`.
    pub bias: Option<Param<Tensor<1>>>,
    stride: [usize; 2],
    #[module(skip)]
    padding: Padding,
    dilation: [usize; 2],
    groups: usize,
    #[module(skip)]
    activation: ActivationFn,
}

impl Conv2d {
    /// `[B, C, H, W]` to `[B, O, H', W']`.
    ///
    /// # Panics
    /// When the channels are not those of the weights, or the picture is smaller than a filter.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.forward_fused(x, self.activation, None)
    }

    /// The convolution with another activation and with the pooling behind it.
    pub(crate) fn forward_fused(&self, x: Tensor<4>, activation: ActivationFn, pool: Option<&MaxPool2d>) -> Tensor<4> {
        let shape = x.dims();
        let window = self.window();
        let conv = Conv2dOptions {
            stride: self.stride,
            padding: window.padding_of("conv2d", shape),
            dilation: self.dilation,
            groups: self.groups,
        };
        let (along, after) = activation.along();
        let side_by_side = || {
            let size = window.output_size([shape[1], shape[2], shape[3]]).ok()?;
            pool?.side_by_side(size)
        };
        let inside = if after == ActivationFn::Linear { side_by_side() } else { None };

        let options = Conv2dBlockOptions { conv, activation: along, pool: inside };
        let y = conv2d_block(x, self.weight.val(), self.bias.as_ref().map(Param::val), options);
        let y = after.forward(y);
        match pool {
            Some(pool) if inside.is_none() => pool.forward(y),
            _ => y,
        }
    }

    fn window(&self) -> Window2d {
        let [_, _, rows, columns] = self.weight.dims();
        Window2d {
            kernel: [rows, columns].into(),
            stride: self.stride.into(),
            dilation: self.dilation.into(),
            padding: self.padding,
        }
    }

    /// The function applied to the output.
    pub(crate) fn activation(&self) -> ActivationFn {
        self.activation
    }
}

impl Apply for Conv2d {
    fn apply(&self, x: Activation) -> Activation {
        self.forward(x.into_tensor()).into()
    }
}
