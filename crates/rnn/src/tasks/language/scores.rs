//! How well a language model does.

use std::fmt;

use burn::tensor::Device;
use firebrick_callbacks::fit::Classified;
use serde::{Deserialize, Serialize};

use super::super::SequenceModel;
use super::super::labelling::rows;
use super::Corpus;
use super::corpus::next_symbols;

/// Steps that go through the network at once, about.
const STEPS: usize = 16_384;

/// The result of [`LanguageModel::evaluate`](super::LanguageModel::evaluate).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LanguageScores {
    /// Symbols that were asked for.
    pub symbols: usize,
    /// Mean cross-entropy of a symbol, in nats.
    pub loss: f64,
    /// Share of symbols that were the most probable, 0 to 1.
    pub accuracy: f64,
}

impl LanguageScores {
    /// `exp(loss)`: among how many equally probable symbols it would do as well.
    pub fn perplexity(&self) -> f64 {
        self.loss.exp()
    }

    /// The loss in bits: what a symbol takes when the model compresses the text.
    pub fn bits_per_symbol(&self) -> f64 {
        self.loss / std::f64::consts::LN_2
    }

    /// Sums over all windows, in batches of similar length.
    pub(super) fn of(network: &impl SequenceModel, corpus: &Corpus, device: &Device) -> Self {
        let lengths = corpus.lengths();
        let mut order: Vec<usize> = (0..lengths.len()).collect();
        order.sort_by_key(|&i| lengths[i]);
        let longest = lengths.iter().copied().max().unwrap_or(1);
        let (mut symbols, mut loss, mut right) = (0, 0.0, 0);
        for places in order.chunks((STEPS / longest).max(1)) {
            let windows: Vec<&[u32]> = places.iter().map(|&place| corpus.read(place)).collect();
            let batch = next_symbols(&windows, device);
            let answers = rows(network.answer(batch.input));
            let answers = batch.counted.into_iter().fold(answers, |answers, counted| answers.select(0, counted));
            let hits = answers.clone().argmax(1).flatten::<1>(0, 1).equal(batch.labels.clone());
            let losses = Classified::new(answers, batch.labels, 0.0).losses;
            symbols += losses.dims()[0];
            loss += losses.into_data().iter::<f64>().sum::<f64>();
            right += hits.into_data().iter::<bool>().filter(|hit| *hit).count();
        }
        Self { symbols, loss: loss / symbols as f64, accuracy: right as f64 / symbols as f64 }
    }
}

impl fmt::Display for LanguageScores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { symbols, loss, accuracy } = self;
        let (perplexity, bits) = (self.perplexity(), self.bits_per_symbol());
        let accuracy = 100.0 * accuracy;
        writeln!(
            f,
            "loss {loss:.4} nats ({bits:.4} bits), perplexity {perplexity:.3}, accuracy {accuracy:.2} %, {symbols} symbols"
        )
    }
}
