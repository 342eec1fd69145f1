//! The classifier in our layers.

use anyhow::Result;
use burn::module::Module;
use burn::optim::ModuleOptimizer;
use burn::prelude::*;
use firebrick_layers::optim::AdamConfig;
use firebrick_layers::{Embedding, EmbeddingConfig, Linear, LinearConfig};
use firebrick_rnn::{GruConfig, LstmConfig, RecurrentConfig, RecurrentLayer};

use super::{BATCH, CLASSES, FEATURES, HIDDEN, LENGTHS, Texts, WORDS};
use crate::training::Subject;

/// The recurrent layer with PyTorch's two biases.
pub(crate) fn lstm() -> LstmConfig {
    LstmConfig::new(HIDDEN).pytorch()
}

/// The same of a GRU.
pub(crate) fn gru() -> GruConfig {
    GruConfig::new(HIDDEN).pytorch()
}

/// What is trained, and on which texts.
pub(crate) struct Ours<C> {
    pub(crate) recurrent: C,
    /// Whether the texts differ in length, and the steps beyond are masked.
    pub(crate) lengths: bool,
    /// Whether the optimiser leaves the rows of words alone that the batch does not have.
    pub(crate) lazy: bool,
}

impl<C: RecurrentConfig> Ours<C> {
    /// Texts of 80 words, dense Adam.
    pub(crate) fn new(recurrent: C) -> Self {
        Self { recurrent, lengths: false, lazy: false }
    }
}

#[derive(Module, Debug)]
pub(crate) struct Classifier<R> {
    embedding: Embedding,
    recurrent: R,
    head: Linear,
}

impl<C: RecurrentConfig> Subject for Ours<C> {
    type Model = Classifier<C::Layer>;
    type Batch = Texts;

    fn samples(&self) -> usize {
        BATCH
    }

    fn model(&self, device: &Device) -> Result<Self::Model> {
        Ok(Classifier {
            embedding: EmbeddingConfig::new(WORDS, FEATURES).pytorch().with_mask_zero(self.lengths).init(device),
            recurrent: self.recurrent.init(FEATURES, device),
            head: LinearConfig::new(HIDDEN, CLASSES).pytorch().init(device),
        })
    }

    fn optimizer(&self) -> ModuleOptimizer {
        AdamConfig::new().pytorch().with_lazy(self.lazy).init()
    }

    fn batch(&self, device: &Device) -> Texts {
        Texts::random(self.lengths.then_some(&LENGTHS), device)
    }

    fn forward(&self, model: &Self::Model, texts: &Texts) -> Tensor<2> {
        let words = model.embedding.forward_masked(texts.ids.clone());
        model.head.forward(model.recurrent.forward(words).last)
    }

    fn loss(&self, scores: Tensor<2>, texts: &Texts) -> Tensor<1> {
        firebrick_backend::cross_entropy(scores, texts.labels.clone(), 0.0).mean()
    }
}
