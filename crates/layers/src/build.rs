//! Short names for writing networks in Rust; import all of it: `use firebrick_layers::build::*;`.
//!
//! ```
//! use firebrick_layers::{build::*, sequential};
//!
//! let block = residual(sequential![conv2d(8, 3).same().relu(), conv2d(8, 3).same()]).relu();
//! let network = sequential![conv2d(8, 3).same().relu().named("stem"), block, global_avg_pool2d(), dense(10)];
//! assert_eq!(network.output_shape(&[1, 8, 8])?, [10]);
//! # Ok::<(), firebrick_layers::NetworkError>(())
//! ```

use crate::{
    ActivationConfig, AdaptiveAvgPool2dConfig, AdaptiveMaxPool2dConfig, AvgPool2dConfig, BatchNormConfig,
    BranchesConfig, Conv2dConfig, ConvTranspose2dConfig, DropoutConfig, FlattenConfig, GlobalAvgPool2dConfig,
    GlobalMaxPool2dConfig, LayerNormConfig, LinearConfig, MaxPool2dConfig, Pair, Position, ReshapeConfig,
    ResidualConfig, SequentialConfig, SpatialDropoutConfig,
};

pub use crate::activation_fn::WithActivation;
pub use crate::{ActivationFn, Merge};

/// Makes a [`SequentialConfig`] of layers, in order.
///
/// ```
/// use firebrick_layers::{build::*, sequential};
///
/// let network = sequential![conv2d(6, 5).same().tanh(), avg_pool2d(2), flatten(), dense(10)];
/// assert_eq!(network.positions().len(), 4);
/// ```
#[macro_export]
macro_rules! sequential {
    ($($layer:expr),* $(,)?) => {
        <$crate::SequentialConfig as ::core::iter::FromIterator<$crate::Position>>::from_iter(
            ::std::vec![$($crate::Position::from($layer)),*]
        )
    };
}

/// Gives a layer of a list its name: the last word of a layer, `dense(84).tanh().named("code")`.
pub trait Named: Sized {
    /// The layer with a name: letters, digits, `_` and `-`, the first a letter.
    fn named<L>(self, name: &str) -> Position<L>
    where
        Self: Into<Position<L>>,
    {
        self.into().named(name)
    }
}

impl<T> Named for T {}

/// Convolution with so many filters of this size.
pub fn conv2d(out_channels: usize, kernel_size: impl Into<Pair>) -> Conv2dConfig {
    Conv2dConfig::inferred(out_channels, kernel_size)
}

/// Transposed convolution to so many channels with filters of this size.
pub fn conv_transpose2d(out_channels: usize, kernel_size: impl Into<Pair>) -> ConvTranspose2dConfig {
    ConvTranspose2dConfig::inferred(out_channels, kernel_size)
}

/// Fully connected layer with so many outputs.
pub fn dense(out_features: usize) -> LinearConfig {
    LinearConfig::inferred(out_features)
}

/// Largest value of each window.
pub fn max_pool2d(kernel_size: impl Into<Pair>) -> MaxPool2dConfig {
    MaxPool2dConfig::new(kernel_size)
}

/// Mean of each window.
pub fn avg_pool2d(kernel_size: impl Into<Pair>) -> AvgPool2dConfig {
    AvgPool2dConfig::new(kernel_size)
}

/// Largest value of each channel.
pub fn global_max_pool2d() -> GlobalMaxPool2dConfig {
    GlobalMaxPool2dConfig::new()
}

/// Mean of each channel.
pub fn global_avg_pool2d() -> GlobalAvgPool2dConfig {
    GlobalAvgPool2dConfig::new()
}

/// Largest values on a grid of this size.
pub fn adaptive_max_pool2d(output_size: impl Into<Pair>) -> AdaptiveMaxPool2dConfig {
    AdaptiveMaxPool2dConfig::new(output_size)
}

/// Means on a grid of this size.
pub fn adaptive_avg_pool2d(output_size: impl Into<Pair>) -> AdaptiveAvgPool2dConfig {
    AdaptiveAvgPool2dConfig::new(output_size)
}

/// Batch normalisation as Keras does it; `.pytorch()` for PyTorch's numbers.
pub fn batch_norm() -> BatchNormConfig {
    BatchNormConfig::default()
}

/// Layer normalisation over the features, or the channels of each pixel.
pub fn layer_norm() -> LayerNormConfig {
    LayerNormConfig::default()
}

/// Random zeros while training.
pub fn dropout(rate: f64) -> DropoutConfig {
    DropoutConfig::new(rate)
}

/// Random zero channels while training.
pub fn spatial_dropout(rate: f64) -> SpatialDropoutConfig {
    SpatialDropoutConfig::new(rate)
}

/// Pictures to features.
pub fn flatten() -> FlattenConfig {
    FlattenConfig::new()
}

/// The same numbers in another shape: `reshape([128, 7, 7])`.
pub fn reshape(shape: impl Into<Vec<usize>>) -> ReshapeConfig {
    ReshapeConfig::new(shape)
}

/// An activation as a layer of its own.
pub fn activation(function: ActivationFn) -> ActivationConfig {
    ActivationConfig::new(function)
}

/// [`ActivationFn::Relu`] as a layer of its own.
pub fn relu() -> ActivationConfig {
    activation(ActivationFn::Relu)
}

/// [`ActivationFn::Softmax`] as a layer of its own.
pub fn softmax() -> ActivationConfig {
    activation(ActivationFn::Softmax)
}

/// Layers whose output is added to their input.
pub fn residual(layers: SequentialConfig) -> ResidualConfig {
    ResidualConfig::new(layers)
}

/// Lists of layers side by side, merged.
pub fn branches(merge: Merge, branches: impl IntoIterator<Item = SequentialConfig>) -> BranchesConfig {
    BranchesConfig::new(merge, branches)
}
