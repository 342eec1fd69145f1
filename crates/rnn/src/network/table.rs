//! The layers that a sequence network's list can hold: one line of the table at the end for each.
//!
//! The layers of feed-forward networks are among them as [`SequenceLayerConfig::Feed`].

use burn::module::Module;
use burn::tensor::Device;
use firebrick_layers::list::{Listed, Place, Trace};
use firebrick_layers::{
    Embedding, EmbeddingConfig, LayerConfig, Masking, MaskingConfig, NetworkError, Position, Sequential,
    SequentialConfig,
};
use serde_json::{Map, Value};

use super::arms::{self, Ending};
use super::conv_lstm2d::{self, SequenceConvLstm2d};
use super::layer::{Apply, Container, Leaf, Nested, Takes};
use super::pass::Pass;
use super::per_step::{self, PerStep};
use super::recurrent::{self, ListedRecurrent};
use super::{
    GlobalAvgPool1d, GlobalAvgPool1dConfig, GlobalMaxPool1d, GlobalMaxPool1dConfig, LastStep, LastStepConfig,
    SequenceBranches, SequenceBranchesConfig, SequenceNetwork, SequenceNetworkConfig, SequenceResidual,
    SequenceResidualConfig, SequenceShape, SequenceTimeDistributed, SequenceTimeDistributedConfig, Signal,
    SpatialDropout1d, SpatialDropout1dConfig,
};
use crate::{
    AnyCell, AnyCellConfig, AnyRecurrent, AnyRecurrentConfig, Bidirectional, BidirectionalConfig, ConvLstm2dConfig,
    Gru, GruConfig, Lstm, LstmConfig, RecurrentConfig, Rnn, RnnConfig, SimpleRnn, SimpleRnnConfig,
};

/// Makes the two enums of layers, one of configurations and one of modules, from one table.
macro_rules! sequence_layers {
    (
        leaves { $( $(#[$leaf_doc:meta])* $leaf:ident($leaf_config:ty, $leaf_layer:ty) = $leaf_kind:literal; )* }
        recurrent { $( $(#[$rnn_doc:meta])* $rnn:ident($rnn_config:ty, $rnn_layer:ty) = $rnn_kind:literal; )* }
        containers { $( $(#[$box_doc:meta])* $box:ident($box_config:ty, $box_layer:ty) = $box_kind:literal; )* }
        feed { $( $feed_kind:literal, )* }
    ) => {
        /// The configuration of a layer in a sequence network's list.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum SequenceLayerConfig {
            $( $(#[$leaf_doc])* $leaf($leaf_config), )*
            $( $(#[$rnn_doc])* $rnn($rnn_config), )*
            $( $(#[$box_doc])* $box($box_config), )*
            /// Long short-term memory over films.
            ConvLstm2d(ConvLstm2dConfig),
            /// A layer of feed-forward networks, which acts on each step as on a sample of its own; after the steps have
            /// become one, on that.
            Feed(LayerConfig),
        }

        /// A layer in a sequence network.
        #[derive(Module, Debug)]
        #[non_exhaustive]
        #[expect(clippy::large_enum_variant, reason = "a network has few layers, and they stay where they are")]
        pub enum SequenceLayer {
            $( $(#[$leaf_doc])* $leaf($leaf_layer), )*
            $( $(#[$rnn_doc])* $rnn($rnn_layer), )*
            $( $(#[$box_doc])* $box($box_layer), )*
            /// Long short-term memory over films.
            ConvLstm2d(SequenceConvLstm2d),
            /// A layer of feed-forward networks, which acts on each step as on a sample of its own.
            Feed(PerStep),
        }

        impl Listed for SequenceLayerConfig {
            type Shape = SequenceShape;

            const KINDS: &'static [&'static str] =
                &[ $( $leaf_kind, )* $( $rnn_kind, )* "conv_lstm2d", $( $box_kind, )* $( $feed_kind, )* ];

            fn kind(&self) -> &'static str {
                match self {
                    $( Self::$leaf(_) => $leaf_kind, )*
                    $( Self::$rnn(_) => $rnn_kind, )*
                    $( Self::$box(_) => $box_kind, )*
                    Self::ConvLstm2d(_) => "conv_lstm2d",
                    Self::Feed(config) => config.kind(),
                }
            }

            fn read(kind: &str, table: Map<String, Value>, at: &Place) -> Result<Self, NetworkError> {
                match kind {
                    $( $leaf_kind => Ok(Self::$leaf(at.settings(table)?)), )*
                    $( $rnn_kind => ListedRecurrent::read(table, at).map(Self::$rnn), )*
                    $( $box_kind => Ok(Self::$box(Container::read(table, at)?)), )*
                    "conv_lstm2d" => at.settings(table).map(Self::ConvLstm2d),
                    _ => LayerConfig::read(kind, table, at).map(Self::from),
                }
            }

            fn write(&self) -> Result<Value, serde_json::Error> {
                match self {
                    $( Self::$leaf(config) => serde_json::to_value(config), )*
                    $( Self::$rnn(config) => ListedRecurrent::write(config), )*
                    $( Self::$box(config) => Container::write(config), )*
                    Self::ConvLstm2d(config) => serde_json::to_value(config),
                    Self::Feed(config) => config.write(),
                }
            }

            fn trace(&self, input: &SequenceShape, trace: &mut Trace) -> Result<SequenceShape, NetworkError> {
                match self {
                    $( Self::$leaf(config) => leaf(config, input, trace), )*
                    $( Self::$rnn(config) => recurrent::trace(config, input, trace), )*
                    $( Self::$box(config) => config.trace(input, trace), )*
                    Self::ConvLstm2d(config) => conv_lstm2d::trace(config, input, trace),
                    Self::Feed(config) => per_step::trace(config, input, trace),
                }
            }
        }

        impl SequenceLayerConfig {
            /// Decides whether a recurrent layer returns its sequence, where that was left open: it does when a layer
            /// after it takes something at each step, `needed`. Gives whether a layer from here on does.
            pub(crate) fn resolve(&mut self, needed: bool) -> bool {
                match self {
                    $( Self::$rnn(config) => {
                        config.decide(needed);
                        true
                    } )*
                    $( Self::$box(config) => arms::resolve(config, needed), )*
                    Self::ConvLstm2d(config) => {
                        config.return_sequences.get_or_insert(needed);
                        true
                    }
                    Self::Feed(LayerConfig::Flatten(_)) => false,
                    other => match other.takes() {
                        Takes::Either => needed,
                        takes => takes == Takes::Steps,
                    },
                }
            }

            /// What must arrive.
            pub(crate) fn takes(&self) -> Takes {
                match self {
                    $( Self::$leaf(_) => <$leaf_config as Leaf>::TAKES, )*
                    $( Self::$rnn(_) => Takes::Steps, )*
                    $( Self::$box(config) => arms::takes(config), )*
                    Self::ConvLstm2d(_) => Takes::Steps,
                    Self::Feed(_) => Takes::Either,
                }
            }

            /// What comes out.
            pub(crate) fn ending(&self) -> Ending {
                match self {
                    $( Self::$leaf(_) => <$leaf_config as Leaf>::ENDING, )*
                    $( Self::$rnn(config) => Ending::of(config.options().return_sequences), )*
                    Self::ConvLstm2d(config) => Ending::of(config.return_sequences),
                    $( Self::$box(config) => arms::ending(config), )*
                    Self::Feed(LayerConfig::Flatten(_)) => Ending::Whole,
                    Self::Feed(_) => Ending::AsItCame,
                }
            }

            pub(crate) fn init(
                &self,
                input: &SequenceShape,
                at: &Place,
                device: &Device,
            ) -> Result<SequenceLayer, NetworkError> {
                Ok(match self {
                    $( Self::$leaf(config) => SequenceLayer::$leaf(config.init_for(input, device)), )*
                    $( Self::$rnn(config) => SequenceLayer::$rnn(recurrent::init(config, input, device)), )*
                    $( Self::$box(config) => SequenceLayer::$box(config.init_within(input, at, device)?), )*
                    Self::ConvLstm2d(config) => {
                        SequenceLayer::ConvLstm2d(SequenceConvLstm2d::new(config, input, device))
                    }
                    Self::Feed(config) => SequenceLayer::Feed(PerStep::new(config, input, at, device)?),
                })
            }
        }

        impl SequenceLayer {
            pub(crate) fn pass(&self, x: Signal, pass: &mut Pass<'_>) -> Signal {
                match self {
                    $( Self::$leaf(layer) => layer.apply(x), )*
                    $( Self::$rnn(layer) => recurrent::pass(layer, x, pass), )*
                    $( Self::$box(layer) => layer.pass(x, pass), )*
                    Self::ConvLstm2d(layer) => layer.pass(x, pass),
                    Self::Feed(layer) => layer.apply(x),
                }
            }

            /// The lists inside a residual or branches.
            pub fn lists(&self) -> Vec<&SequenceNetwork> {
                match self {
                    $( Self::$box(layer) => layer.lists(), )*
                    _ => Vec::new(),
                }
            }

            /// The list that sees one step, inside a `time_distributed`.
            pub fn steps(&self) -> Option<&Sequential> {
                match self {
                    $( Self::$box(layer) => layer.steps(), )*
                    _ => None,
                }
            }

            /// The numbers H of each part of the states of the recurrent layers, here and inside.
            pub(crate) fn state_sizes(&self, device: &Device) -> Vec<Vec<usize>> {
                match self {
                    $( Self::$rnn(layer) => vec![recurrent::state_sizes(layer, device)], )*
                    Self::ConvLstm2d(layer) => vec![layer.state_sizes()],
                    _ => self.lists().into_iter().flat_map(|list| list.state_sizes(device)).collect(),
                }
            }

            /// Forgets the state that a stateful layer keeps, here and inside.
            pub(crate) fn reset_state(&self) {
                match self {
                    $( Self::$rnn(layer) => crate::RecurrentLayer::reset_state(layer), )*
                    Self::ConvLstm2d(layer) => layer.layer.reset_state(),
                    _ => self.lists().into_iter().for_each(SequenceNetwork::reset_state),
                }
            }
        }

        $( impl From<$leaf_config> for SequenceLayerConfig {
            fn from(config: $leaf_config) -> Self {
                Self::$leaf(config)
            }
        } )*
        $( impl From<$rnn_config> for SequenceLayerConfig {
            fn from(config: $rnn_config) -> Self {
                Self::$rnn(config)
            }
        } )*
        $( impl From<$box_config> for SequenceLayerConfig {
            fn from(config: $box_config) -> Self {
                Self::$box(config)
            }
        } )*
        $( impl From<$rnn_config> for Position<SequenceLayerConfig> {
            fn from(config: $rnn_config) -> Self {
                Self { name: None, layer: config.into() }
            }
        } )*
        $( impl From<$box_config> for Position<SequenceLayerConfig> {
            fn from(config: $box_config) -> Self {
                Self { name: None, layer: config.into() }
            }
        } )*
    };
}

/// Leaves of this crate; those of firebrick-layers become positions there.
macro_rules! positions_of {
    ($($config:ty),* $(,)?) => {
        $( impl From<$config> for Position<SequenceLayerConfig> {
            fn from(config: $config) -> Self {
                Self { name: None, layer: config.into() }
            }
        } )*
    };
}

/// A single layer: its rule, its costs, the limits.
fn leaf<L: Leaf>(config: &L, input: &SequenceShape, trace: &mut Trace) -> Result<SequenceShape, NetworkError> {
    let checked = || Ok((config.output_shape(input)?, config.cost(input)?));
    trace.layer(input, checked())
}

/// What has lists inside becomes what has lists of layers over sequences inside.
impl From<LayerConfig> for SequenceLayerConfig {
    fn from(config: LayerConfig) -> Self {
        let list = |layers: SequentialConfig| layers.into_iter().map(over_steps).collect::<SequenceNetworkConfig>();
        match config {
            LayerConfig::Residual(config) => Self::Residual(SequenceResidualConfig {
                layers: list(config.layers),
                shortcut: list(config.shortcut),
                activation: config.activation,
            }),
            LayerConfig::Branches(config) => Self::Branches(SequenceBranchesConfig {
                merge: config.merge,
                branches: config.branches.into_iter().map(list).collect(),
            }),
            leaf => Self::Feed(leaf),
        }
    }
}

fn over_steps(position: Position) -> Position<SequenceLayerConfig> {
    Position { name: position.name, layer: position.layer.into() }
}

sequence_layers! {
    leaves {
        /// Rows of a table for ids.
        Embedding(EmbeddingConfig, Embedding) = "embedding";
        /// Masks the steps whose features all have a value.
        Masking(MaskingConfig, Masking) = "masking";
        /// Random zero features while training, the same at each step.
        SpatialDropout1d(SpatialDropout1dConfig, SpatialDropout1d) = "spatial_dropout1d";
        /// Largest value of each feature over the steps that count.
        GlobalMaxPool1d(GlobalMaxPool1dConfig, GlobalMaxPool1d) = "global_max_pool1d";
        /// Mean of each feature over the steps that count.
        GlobalAvgPool1d(GlobalAvgPool1dConfig, GlobalAvgPool1d) = "global_avg_pool1d";
        /// The last step that counts.
        LastStep(LastStepConfig, LastStep) = "last_step";
    }
    recurrent {
        /// The simple recurrent layer.
        SimpleRnn(SimpleRnnConfig, SimpleRnn) = "simple_rnn";
        /// Long short-term memory.
        Lstm(LstmConfig, Lstm) = "lstm";
        /// Gated recurrent unit.
        Gru(GruConfig, Gru) = "gru";
        /// Two of them, one in each direction.
        Bidirectional(BidirectionalConfig<AnyRecurrentConfig>, Bidirectional<AnyRecurrent>) = "bidirectional";
        /// Any of the crate's cells, step by step.
        Rnn(RnnConfig<AnyCellConfig>, Rnn<AnyCell>) = "rnn";
    }
    containers {
        /// A list of layers that sees one step at a time.
        TimeDistributed(SequenceTimeDistributedConfig, SequenceTimeDistributed) = "time_distributed";
        /// A list of layers whose output is added to its input.
        Residual(SequenceResidualConfig, SequenceResidual) = "residual";
        /// Lists of layers side by side, merged.
        Branches(SequenceBranchesConfig, SequenceBranches) = "branches";
    }
    feed {
        "dense", "activation", "dropout", "batch_norm", "layer_norm", "flatten",
        "conv2d", "max_pool2d", "avg_pool2d", "global_max_pool2d", "global_avg_pool2d", "adaptive_max_pool2d",
        "adaptive_avg_pool2d", "spatial_dropout", "conv_transpose2d", "reshape",
    }
}

impl From<ConvLstm2dConfig> for SequenceLayerConfig {
    fn from(config: ConvLstm2dConfig) -> Self {
        Self::ConvLstm2d(config)
    }
}

positions_of!(SpatialDropout1dConfig, GlobalMaxPool1dConfig, GlobalAvgPool1dConfig, LastStepConfig, ConvLstm2dConfig,);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_of_feed_forward_networks_is_known() {
        for kind in <LayerConfig as Listed>::KINDS {
            assert!(SequenceLayerConfig::KINDS.contains(kind), "{kind}");
        }
    }
}
