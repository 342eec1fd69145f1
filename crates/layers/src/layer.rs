//! The layers that a network's list can hold: one line of the table at the end for each.
//!
//! A layer lives in its own file with its configuration, its shape rule, its costs, its initialisation and its forward
//! pass. To add one: write that file ([`Leaf`] for the configuration, [`Apply`] for the module), add its line to the
//! table below, and its builder function to `build.rs`.

use burn::module::Module;
use burn::tensor::Device;
use serde_json::{Map, Value};

use crate::list::Listed;
use crate::outline::Taps;
use crate::read::Place;
use crate::trace::Trace;
use crate::{Activation, NetworkError, Rule, Sequential};

/// What a layer's configuration knows about the layer before it exists.
pub(crate) trait Leaf {
    /// The layer.
    type Layer;

    /// Shape of the output for an input of this shape, both without the batch. Checks the settings as well.
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Rule>;

    /// Parameters and work. `input` and `output` have passed [`output_shape`](Self::output_shape).
    fn cost(&self, _input: &[usize], _output: &[usize]) -> Result<Cost, Rule> {
        Ok(Cost::default())
    }

    /// Makes the layer. `input` has passed [`output_shape`](Self::output_shape).
    fn init_for(&self, input: &[usize], device: &Device) -> Self::Layer;
}

/// A configuration that holds lists of layers.
pub(crate) trait Container: Sized {
    /// The layer.
    type Layer;

    /// Reads the table of settings.
    fn read(table: Map<String, Value>, at: &Place) -> Result<Self, NetworkError>;

    /// Writes the table of settings.
    fn write(&self) -> Result<Value, serde_json::Error>;

    /// Walks through the lists and gives the shape of the output.
    fn trace(&self, input: &[usize], trace: &mut Trace) -> Result<Vec<usize>, NetworkError>;

    /// Makes the layer with everything inside; `input` has passed [`trace`](Self::trace).
    fn init_within(&self, input: &[usize], at: &Place, device: &Device) -> Result<Self::Layer, NetworkError>;
}

/// A layer that holds lists of layers.
pub(crate) trait Nested {
    /// The forward pass; what is tapped inside is taken out.
    fn apply_tapped(&self, x: Activation, taps: &mut Taps<'_, Activation>) -> Activation;

    /// The lists.
    fn lists(&self) -> Vec<&Sequential>;
}

/// A layer's forward pass, whatever the rank.
pub(crate) trait Apply {
    /// # Panics
    /// When the layer does not take this rank.
    fn apply(&self, x: Activation) -> Activation;
}

/// What one layer costs for one sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Parameters that training changes.
    pub trainable: u64,
    /// Parameters that it does not: running statistics.
    pub non_trainable: u64,
    /// Multiplications with an addition, in the forward pass.
    pub multiply_adds: u64,
}

/// One position of a network's list: a layer, and its name where it has one.
///
/// L is the kind of layers that the list holds: those of a feed-forward network, or those of a crate of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Position<L = LayerConfig> {
    /// The name, by which the output can be taken out.
    pub name: Option<String>,
    /// The layer.
    pub layer: L,
}

impl<L> Position<L> {
    /// Gives the position a name: letters, digits, `_` and `-`, the first a letter.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }
}

/// Makes the two enums of layers, one of configurations and one of modules, from one table.
macro_rules! layers {
    (
        leaves { $( $(#[$leaf_doc:meta])* $leaf:ident($leaf_config:ident, $leaf_layer:ident) = $leaf_kind:literal; )* }
        containers { $( $(#[$box_doc:meta])* $box:ident($box_config:ident) = $box_kind:literal; )* }
    ) => {
        $( use crate::$leaf_config; use crate::$leaf_layer; )*
        $( use crate::$box_config; use crate::$box; )*

        /// The configuration of a layer in a network's list.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum LayerConfig {
            $( $(#[$leaf_doc])* $leaf($leaf_config), )*
            $( $(#[$box_doc])* $box($box_config), )*
        }

        /// A layer in a network.
        #[derive(Module, Debug)]
        #[non_exhaustive]
        pub enum Layer {
            $( $(#[$leaf_doc])* $leaf($leaf_layer), )*
            $( $(#[$box_doc])* $box($box), )*
        }

        impl LayerConfig {
            /// Every kind of layer, as a file names it.
            pub const KINDS: &'static [&'static str] = &[ $( $leaf_kind, )* $( $box_kind, )* ];

            /// The kind of layer, as a file names it.
            pub fn kind(&self) -> &'static str {
                match self {
                    $( Self::$leaf(_) => $leaf_kind, )*
                    $( Self::$box(_) => $box_kind, )*
                }
            }

            /// Makes the layer of a list that stands at a place of a network, for samples of the shape `input`.
            ///
            /// # Errors
            /// The first layer inside that breaks a rule.
            ///
            /// # Panics
            /// When the layer cannot take this shape; [`Listed::trace`] says so before.
            pub fn init(&self, input: &[usize], at: &Place, device: &Device) -> Result<Layer, NetworkError> {
                Ok(match self {
                    $( Self::$leaf(config) => Layer::$leaf(config.init_for(input, device)), )*
                    $( Self::$box(config) => Layer::$box(config.init_within(input, at, device)?), )*
                })
            }
        }

        impl Listed for LayerConfig {
            type Shape = Vec<usize>;

            const KINDS: &'static [&'static str] = Self::KINDS;

            fn kind(&self) -> &'static str {
                self.kind()
            }

            fn read(kind: &str, table: Map<String, Value>, at: &Place) -> Result<Self, NetworkError> {
                match kind {
                    $( $leaf_kind => Ok(Self::$leaf(at.settings(table)?)), )*
                    $( $box_kind => Ok(Self::$box(Container::read(table, at)?)), )*
                    _ => Err(at.unknown_layer::<Self>(kind)),
                }
            }

            fn write(&self) -> Result<Value, serde_json::Error> {
                match self {
                    $( Self::$leaf(config) => serde_json::to_value(config), )*
                    $( Self::$box(config) => Container::write(config), )*
                }
            }

            fn trace(&self, input: &Vec<usize>, trace: &mut Trace) -> Result<Vec<usize>, NetworkError> {
                match self {
                    $( Self::$leaf(config) => trace.leaf(config, input), )*
                    $( Self::$box(config) => config.trace(input, trace), )*
                }
            }
        }

        impl Layer {
            /// The layer's output for a batch; what `taps` wants from the lists inside is taken out.
            ///
            /// # Panics
            /// When the layer was made for another shape.
            pub fn apply(&self, x: Activation, taps: &mut Taps<'_, Activation>) -> Activation {
                match self {
                    $( Self::$leaf(layer) => layer.apply(x), )*
                    $( Self::$box(layer) => layer.apply_tapped(x, taps), )*
                }
            }

            /// The lists inside a residual or branches.
            pub fn lists(&self) -> Vec<&Sequential> {
                match self {
                    $( Self::$leaf(_) => Vec::new(), )*
                    $( Self::$box(layer) => layer.lists(), )*
                }
            }
        }

        $( impl<L: From<LayerConfig>> From<$leaf_config> for Position<L> {
            fn from(config: $leaf_config) -> Self {
                Self { name: None, layer: LayerConfig::$leaf(config).into() }
            }
        } )*
        $( impl<L: From<LayerConfig>> From<$box_config> for Position<L> {
            fn from(config: $box_config) -> Self {
                Self { name: None, layer: LayerConfig::$box(config).into() }
            }
        } )*
    };
}

layers! {
    leaves {
        /// Convolution of pictures.
        Conv2d(Conv2dConfig, Conv2d) = "conv2d";
        /// Transposed convolution of pictures.
        ConvTranspose2d(ConvTranspose2dConfig, ConvTranspose2d) = "conv_transpose2d";
        /// Largest value of each window.
        MaxPool2d(MaxPool2dConfig, MaxPool2d) = "max_pool2d";
        /// Mean of each window.
        AvgPool2d(AvgPool2dConfig, AvgPool2d) = "avg_pool2d";
        /// Largest value of each channel.
        GlobalMaxPool2d(GlobalMaxPool2dConfig, GlobalMaxPool2d) = "global_max_pool2d";
        /// Mean of each channel.
        GlobalAvgPool2d(GlobalAvgPool2dConfig, GlobalAvgPool2d) = "global_avg_pool2d";
        /// Largest values on a grid of given size.
        AdaptiveMaxPool2d(AdaptiveMaxPool2dConfig, AdaptiveMaxPool2d) = "adaptive_max_pool2d";
        /// Means on a grid of given size.
        AdaptiveAvgPool2d(AdaptiveAvgPool2dConfig, AdaptiveAvgPool2d) = "adaptive_avg_pool2d";
        /// Normalisation by the batch.
        BatchNorm(BatchNormConfig, BatchNorm) = "batch_norm";
        /// Normalisation by the features of each sample.
        LayerNorm(LayerNormConfig, LayerNorm) = "layer_norm";
        /// Random zeros while training.
        Dropout(DropoutConfig, Dropout) = "dropout";
        /// Random zero channels while training.
        SpatialDropout(SpatialDropoutConfig, SpatialDropout) = "spatial_dropout";
        /// Pictures to features.
        Flatten(FlattenConfig, Flatten) = "flatten";
        /// The same numbers in another shape.
        Reshape(ReshapeConfig, Reshape) = "reshape";
        /// Fully connected.
        Linear(LinearConfig, Linear) = "dense";
        /// Activation alone.
        Activation(ActivationConfig, ActivationLayer) = "activation";
    }
    containers {
        /// A list of layers whose output is added to its input.
        Residual(ResidualConfig) = "residual";
        /// Lists of layers side by side, merged.
        Branches(BranchesConfig) = "branches";
    }
}

/// Layers that lists of other crates hold.
macro_rules! positions_elsewhere {
    ($($config:ident),*) => {
        $( impl<L: From<crate::$config>> From<crate::$config> for Position<L> {
            fn from(config: crate::$config) -> Self {
                Self { name: None, layer: config.into() }
            }
        } )*
    };
}

positions_elsewhere!(EmbeddingConfig, MaskingConfig);
