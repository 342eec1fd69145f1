#![doc = include_str!("../README.md")]

mod activation;
mod activation_fn;
mod adaptive_pool2d;
mod avg_pool2d;
mod batch_norm;
mod branches;
pub mod build;
mod conv2d;
mod dropout;
mod error;
mod flatten;
mod global_pool2d;
#[cfg(test)]
mod harness;
mod initializer;
mod layer;
mod linear;
mod max_pool2d;
mod named;
mod padding;
mod pair;
#[cfg(test)]
mod parity;
mod read;
mod residual;
mod sequential;
mod sequential_config;
mod shape;
mod spatial_dropout;
mod summary;
mod trace;
mod window2d;

pub use activation::Activation;
pub use activation_fn::{ActivationConfig, ActivationFn, ActivationLayer};
pub use adaptive_pool2d::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig, AdaptiveMaxPool2d, AdaptiveMaxPool2dConfig};
pub use avg_pool2d::{AvgPool2d, AvgPool2dConfig};
pub use batch_norm::{BatchNorm, BatchNormConfig, BatchNormConvention};
pub use branches::{Branches, BranchesConfig, Merge};
pub use conv2d::{Conv2d, Conv2dConfig};
pub use dropout::{Dropout, DropoutConfig};
pub use error::{NetworkError, Rule};
pub use flatten::{Flatten, FlattenConfig};
pub use global_pool2d::{GlobalAvgPool2d, GlobalAvgPool2dConfig, GlobalMaxPool2d, GlobalMaxPool2dConfig};
pub use initializer::{Fan, FanMode, Initializer, Spread};
pub use layer::{Layer, LayerConfig, Position};
pub use linear::{Linear, LinearConfig};
pub use max_pool2d::{MaxPool2d, MaxPool2dConfig};
pub use padding::{AxisPadding, Padding};
pub use pair::Pair;
pub use residual::{Residual, ResidualConfig};
pub use sequential::Sequential;
pub use sequential_config::SequentialConfig;
pub use shape::Window;
pub use spatial_dropout::{SpatialDropout, SpatialDropoutConfig};
pub use summary::{Summary, SummaryRow};
pub use trace::{MAX_ACTIVATION, MAX_PARAMETERS};
