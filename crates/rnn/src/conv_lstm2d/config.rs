//! The configuration of [`ConvLstm2d`].

use burn::tensor::Device;
use firebrick_layers::{ActivationFn, Conv2dConfig, Fan, Initializer, MAX_PARAMETERS, Padding, Pair, Rule, Window};
use serde::{Deserialize, Serialize};

use super::ConvLstm2d;
use crate::SequenceDropout;
use crate::memory::Memory;
use crate::options::check_rates;
use crate::weights::with_ones;

/// Configuration of [`ConvLstm2d`]: Keras's arguments and defaults.
///
/// ```
/// use firebrick_rnn::ConvLstm2dConfig;
///
/// let config = ConvLstm2dConfig::new(8, [3, 5]).with_stride(2).with_go_backwards(true);
/// assert_eq!(config.output_shape([1, 28, 28])?, [8, 13, 12]);
/// # Ok::<(), firebrick_layers::Rule>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvLstm2dConfig {
    /// F, the channels of the state and of the output.
    pub filters: usize,
    /// Height and width of the filters of input and state.
    pub kernel_size: Pair,
    /// Of the input's filters. Default 1; above 1 only without dilation.
    #[serde(default = "one")]
    pub stride: Pair,
    /// Of the input. Default valid.
    #[serde(default)]
    pub padding: Padding,
    /// Of the input's filters. Default 1.
    #[serde(default = "one")]
    pub dilation: Pair,
    /// Whether a bias is added. Default true.
    #[serde(default = "yes")]
    pub bias: bool,
    /// Of the input's filters. Default glorot uniform.
    #[serde(default)]
    pub kernel_initializer: Initializer,
    /// Of the state's filters. Default orthogonal.
    #[serde(default = "orthogonal")]
    pub recurrent_initializer: Initializer,
    /// Default zeros.
    #[serde(default = "zeros")]
    pub bias_initializer: Initializer,
    /// Whether the bias of the forget gate starts at 1. Default true.
    #[serde(default = "yes")]
    pub unit_forget_bias: bool,
    /// φ, what makes the output and the candidate. Default tanh.
    #[serde(default = "tanh")]
    pub activation: ActivationFn,
    /// σ, the activation of the gates. Default sigmoid.
    #[serde(default = "sigmoid")]
    pub recurrent_activation: ActivationFn,
    /// Share of the pictures' numbers that become 0 while training, the same in every step. Default 0.
    #[serde(default)]
    pub dropout: f64,
    /// Share of the state's numbers that the gates do not see while training, the same in every step. Default 0.
    #[serde(default)]
    pub recurrent_dropout: f64,
    /// Whether a call goes on from the state that the one before ended with. Default false.
    #[serde(default)]
    pub stateful: bool,
    /// Whether a network passes on the output of every step or of the last alone; the layer itself gives both. Without
    /// it, its place in the network decides. Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_sequences: Option<bool>,
    /// Whether the last step is processed first; the outputs come in the order in which they are made. Default false.
    #[serde(default)]
    pub go_backwards: bool,
    /// Whether the output of a step that does not count is 0 instead of that of the step before. Default false.
    #[serde(default)]
    pub zero_output_for_mask: bool,
}

fn one() -> Pair {
    Pair::ONE
}

fn yes() -> bool {
    true
}

fn orthogonal() -> Initializer {
    Initializer::Orthogonal { gain: 1.0 }
}

fn zeros() -> Initializer {
    Initializer::Zeros
}

fn tanh() -> ActivationFn {
    ActivationFn::Tanh
}

fn sigmoid() -> ActivationFn {
    ActivationFn::Sigmoid
}

impl ConvLstm2dConfig {
    /// Keras's defaults, for so many filters of this size.
    pub fn new(filters: usize, kernel_size: impl Into<Pair>) -> Self {
        Self {
            filters,
            kernel_size: kernel_size.into(),
            stride: Pair::ONE,
            padding: Padding::Valid,
            dilation: Pair::ONE,
            bias: true,
            kernel_initializer: Initializer::GlorotUniform,
            recurrent_initializer: orthogonal(),
            bias_initializer: zeros(),
            unit_forget_bias: true,
            activation: tanh(),
            recurrent_activation: sigmoid(),
            dropout: 0.0,
            recurrent_dropout: 0.0,
            stateful: false,
            return_sequences: None,
            go_backwards: false,
            zero_output_for_mask: false,
        }
    }

    /// Sets the stride of the input's filters.
    #[must_use]
    pub fn with_stride(mut self, stride: impl Into<Pair>) -> Self {
        self.stride = stride.into();
        self
    }

    /// Sets the padding of the input.
    #[must_use]
    pub fn with_padding(mut self, padding: Padding) -> Self {
        self.padding = padding;
        self
    }

    /// Pads the input as Keras's `same` does.
    #[must_use]
    pub fn same(self) -> Self {
        self.with_padding(Padding::Same)
    }

    /// Sets the dilation of the input's filters.
    #[must_use]
    pub fn with_dilation(mut self, dilation: impl Into<Pair>) -> Self {
        self.dilation = dilation.into();
        self
    }

    /// Sets whether a bias is added.
    #[must_use]
    pub fn with_bias(mut self, bias: bool) -> Self {
        self.bias = bias;
        self
    }

    /// Sets the initialiser of the input's filters.
    #[must_use]
    pub fn with_kernel_initializer(mut self, initializer: Initializer) -> Self {
        self.kernel_initializer = initializer;
        self
    }

    /// Sets the initialiser of the state's filters.
    #[must_use]
    pub fn with_recurrent_initializer(mut self, initializer: Initializer) -> Self {
        self.recurrent_initializer = initializer;
        self
    }

    /// Sets the initialiser of the bias.
    #[must_use]
    pub fn with_bias_initializer(mut self, initializer: Initializer) -> Self {
        self.bias_initializer = initializer;
        self
    }

    /// Sets whether the bias of the forget gate starts at 1.
    #[must_use]
    pub fn with_unit_forget_bias(mut self, unit_forget_bias: bool) -> Self {
        self.unit_forget_bias = unit_forget_bias;
        self
    }

    /// Sets φ, which makes the output and the candidate.
    #[must_use]
    pub fn with_activation(mut self, activation: ActivationFn) -> Self {
        self.activation = activation;
        self
    }

    /// Sets σ, the activation of the gates.
    #[must_use]
    pub fn with_recurrent_activation(mut self, activation: ActivationFn) -> Self {
        self.recurrent_activation = activation;
        self
    }

    /// Sets the share of the pictures' numbers that become 0 while training.
    #[must_use]
    pub fn with_dropout(mut self, dropout: f64) -> Self {
        self.dropout = dropout;
        self
    }

    /// Sets the share of the state's numbers that the gates do not see while training.
    #[must_use]
    pub fn with_recurrent_dropout(mut self, recurrent_dropout: f64) -> Self {
        self.recurrent_dropout = recurrent_dropout;
        self
    }

    /// Sets whether a call goes on from the state that the one before ended with.
    #[must_use]
    pub fn with_stateful(mut self, stateful: bool) -> Self {
        self.stateful = stateful;
        self
    }

    /// Sets whether a network passes on every step's output, or the last one's alone.
    #[must_use]
    pub fn with_return_sequences(mut self, return_sequences: bool) -> Self {
        self.return_sequences = Some(return_sequences);
        self
    }

    /// Sets whether the last step is processed first.
    #[must_use]
    pub fn with_go_backwards(mut self, go_backwards: bool) -> Self {
        self.go_backwards = go_backwards;
        self
    }

    /// Sets whether steps that do not count put out zeros.
    #[must_use]
    pub fn with_zero_output_for_mask(mut self, zero_output_for_mask: bool) -> Self {
        self.zero_output_for_mask = zero_output_for_mask;
        self
    }

    /// Numbers in the parameters of the layer over `in_channels` channels.
    pub fn num_params(&self, in_channels: usize) -> usize {
        let gates = self.filters.saturating_mul(4);
        let cells = self.kernel_size.rows.saturating_mul(self.kernel_size.columns);
        let inputs = in_channels.saturating_add(self.filters).saturating_mul(cells);
        inputs.saturating_add(usize::from(self.bias)).saturating_mul(gates)
    }

    /// Whether the layer can be made for `in_channels` channels.
    ///
    /// # Errors
    /// When a size is 0, a rate is not in [0, 1), a stride above 1 meets a dilation above 1, an initialiser or an activation has an impossible
    /// setting, or there are more parameters than [`MAX_PARAMETERS`].
    pub fn check(&self, in_channels: usize) -> Result<(), Rule> {
        let Pair { rows, columns } = self.kernel_size;
        for (value, what) in [
            (in_channels, "in_channels"),
            (self.filters, "filters"),
            (rows.min(columns), "kernel_size"),
            (self.stride.rows.min(self.stride.columns), "stride"),
            (self.dilation.rows.min(self.dilation.columns), "dilation"),
        ] {
            if value == 0 {
                return Err(Rule::Zero { what });
            }
        }
        let stride = self.stride.rows.max(self.stride.columns);
        if stride > 1 && self.dilation != Pair::ONE {
            return Err(Rule::OutOfRange {
                what: "stride",
                value: stride as f64,
                range: "1 beside a dilation above 1",
            });
        }
        check_rates(self.dropout, self.recurrent_dropout)?;
        let initializers = [self.kernel_initializer, self.recurrent_initializer, self.bias_initializer];
        initializers.iter().try_for_each(Initializer::check)?;
        self.activation.check().and(self.recurrent_activation.check())?;
        match self.num_params(in_channels) as u64 {
            count if count > MAX_PARAMETERS => Err(Rule::TooManyParameters { count }),
            _ => Ok(()),
        }
    }

    /// Shape of an output `[F, H', W']` for pictures of shape `[C, H, W]`.
    ///
    /// # Errors
    /// As [`check`](Self::check), and when the pictures are smaller than a filter.
    pub fn output_shape(&self, [channels, height, width]: [usize; 3]) -> Result<[usize; 3], Rule> {
        self.check(channels)?;
        let Pair { rows, columns } = self.kernel_size;
        let vertical = Window::new(rows).with_stride(self.stride.rows).with_dilation(self.dilation.rows);
        let horizontal = Window::new(columns).with_stride(self.stride.columns).with_dilation(self.dilation.columns);
        let height = vertical.output_size(height, self.padding.rows(), "height")?;
        let width = horizontal.output_size(width, self.padding.columns(), "width")?;
        Ok([self.filters, height, width])
    }

    /// Makes the layer for `in_channels` channels.
    ///
    /// # Panics
    /// When a setting is impossible; [`check`](Self::check) says so before.
    pub fn init(&self, in_channels: usize, device: &Device) -> ConvLstm2d {
        if let Err(rule) = self.check(in_channels) {
            panic!("conv_lstm2d of {in_channels} channels: {rule}");
        }
        let (filters, Pair { rows, columns }) = (self.filters, self.kernel_size);
        let input = Conv2dConfig::new([in_channels, 4 * filters], self.kernel_size)
            .with_stride(self.stride)
            .with_padding(self.padding)
            .with_dilation(self.dilation)
            .with_bias(self.bias)
            .with_kernel_initializer(self.kernel_initializer)
            .with_bias_initializer(self.bias_initializer);
        let mut input = input.init(device);
        if self.unit_forget_bias {
            input.bias = input.bias.map(|bias| with_ones(bias, filters..2 * filters));
        }
        let fan = Fan { input: filters * rows * columns, output: 4 * filters * rows * columns };
        let recurrent_kernel = self.recurrent_initializer.init([4 * filters, filters, rows, columns], fan, device);
        ConvLstm2d {
            input,
            recurrent_kernel,
            dropout: SequenceDropout::new(self.dropout, self.recurrent_dropout),
            memory: Memory::new(self.stateful),
            config: self.clone(),
        }
    }
}
