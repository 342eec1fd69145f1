//! The classifier in Burn's own layers.

use anyhow::Result;
use burn::module::{Module, ModuleDisplay};
use burn::nn::gru::{Gru, GruConfig};
use burn::nn::{Embedding, EmbeddingConfig, Initializer, Linear, LinearConfig, Lstm, LstmConfig};
use burn::optim::{AdamConfig, ModuleOptimizer};
use burn::prelude::*;

use super::{BATCH, CLASSES, FEATURES, HIDDEN, Texts, WORDS};
use crate::training::{Subject, cross_entropy};

/// Uniform in ±1/√H, as in PyTorch.
const INITIALIZER: Initializer = Initializer::Uniform { min: -0.088_388, max: 0.088_388 };

/// Burn's LSTM.
pub(crate) fn lstm(device: &Device) -> Lstm {
    LstmConfig::new(FEATURES, HIDDEN, true).with_initializer(INITIALIZER).init(device)
}

/// Burn's GRU.
pub(crate) fn gru(device: &Device) -> Gru {
    GruConfig::new(FEATURES, HIDDEN, true).with_initializer(INITIALIZER).init(device)
}

/// A recurrent layer of Burn's, from its inputs `[B, T, I]` to its states `[B, T, H]`.
pub(crate) trait Recurrent: Module + ModuleDisplay {
    fn sequence(&self, x: Tensor<3>) -> Tensor<3>;
}

impl Recurrent for Lstm {
    fn sequence(&self, x: Tensor<3>) -> Tensor<3> {
        self.forward(x, None).0
    }
}

impl Recurrent for Gru {
    fn sequence(&self, x: Tensor<3>) -> Tensor<3> {
        self.forward(x, None)
    }
}

/// What is trained: the layer that the function makes, between an embedding and a head.
pub(crate) struct Burns<R>(pub(crate) fn(&Device) -> R);

#[derive(Module, Debug)]
pub(crate) struct Classifier<R> {
    embedding: Embedding,
    recurrent: R,
    head: Linear,
}

impl<R: Recurrent> Subject for Burns<R> {
    type Model = Classifier<R>;
    type Batch = Texts;

    fn samples(&self) -> usize {
        BATCH
    }

    fn model(&self, device: &Device) -> Result<Classifier<R>> {
        Ok(Classifier {
            embedding: EmbeddingConfig::new(WORDS, FEATURES).init(device),
            recurrent: self.0(device),
            head: LinearConfig::new(HIDDEN, CLASSES).init(device),
        })
    }

    fn optimizer(&self) -> ModuleOptimizer {
        AdamConfig::new().with_epsilon(1e-8).init()
    }

    fn batch(&self, device: &Device) -> Texts {
        Texts::random(None, device)
    }

    fn forward(&self, model: &Classifier<R>, texts: &Texts) -> Tensor<2> {
        let states = model.recurrent.sequence(model.embedding.forward(texts.ids.clone()));
        let [batch, steps, _] = states.dims();
        model.head.forward(states.narrow(1, steps - 1, 1).reshape([batch, HIDDEN]))
    }

    fn loss(&self, scores: Tensor<2>, texts: &Texts) -> Tensor<1> {
        cross_entropy(scores, texts.labels.clone())
    }
}
