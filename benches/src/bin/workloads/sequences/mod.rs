//! Keras's imdb_lstm: an embedding of 20,000 words, one recurrent layer of 128 units over 80 steps, two classes.
//!
//! Beside it: texts of different lengths, a table that learns the looked-up rows only, and the layer alone, also over
//! ever more steps.

mod alone;
mod burns;
mod ours;
#[cfg(test)]
mod tests;

use anyhow::{Result, bail};
use burn::prelude::*;
use burn::tensor::Distribution;
use firebrick_rnn::{RecurrentConfig, RecurrentLayer};

use crate::Rows;
use crate::training::{infer, random_labels, train};
use burns::{Burns, Recurrent};
use ours::Ours;

pub(crate) use burns::{gru as burns_gru, lstm as burns_lstm};
pub(crate) use ours::{gru as our_gru, lstm as our_lstm};

const BATCH: usize = 32;
const STEPS: usize = 80;
const WORDS: usize = 20_000;
const FEATURES: usize = 128;
const HIDDEN: usize = 128;
const CLASSES: usize = 2;

/// Words in each text of a batch whose texts differ in length, the same in `benches/peers/sequences.py`: the quantiles (k + ½) / 32 of a
/// log-normal distribution with σ = 0.6, which is how long reviews are. The mean is a third of the longest.
const LENGTHS: [usize; BATCH] = [
    12, 25, 80, 19, 36, 13, 26, 6, 20, 39, 14, 27, 8, 20, 42, 15, 29, 9, 21, 46, 16, 30, 11, 23, 52, 17, 32, 12, 24,
    60, 18, 34,
];

/// Burn's own backward pass grows with the square of the steps: it is measured up to so many.
const LONGEST_OF_BURN: usize = 400;

/// What of the workload is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Training, inference, and the layer alone.
    Whole,
    /// Training and inference on texts of different lengths.
    Lengths,
    /// Training with a lazy optimiser.
    Lazy,
    /// The layer alone over ever more steps.
    Long,
}

/// Measures a part in our layers.
pub(crate) fn ours<C: RecurrentConfig>(recurrent: C, part: Part, seconds: f64) -> Result<Rows> {
    let layer = recurrent.init(FEATURES, &Device::flex().autodiff());
    let sequence = |x: Tensor<3>| layer.forward(x).sequence.values;
    let subject = Ours { lengths: part == Part::Lengths, lazy: part == Part::Lazy, ..Ours::new(recurrent) };
    let training = || train(&subject, seconds).map(|rate| ("train", rate));
    let inference = || infer(&subject, seconds).map(|rate| ("infer", rate));
    Ok(match part {
        Part::Whole => vec![training()?, inference()?, ("layer", alone::at(STEPS, sequence, seconds))],
        Part::Lengths => vec![training()?, inference()?],
        Part::Lazy => vec![training()?],
        Part::Long => alone::long(sequence, usize::MAX, seconds),
    })
}

/// Measures a part in Burn's own layers.
pub(crate) fn burns<R: Recurrent>(layer: fn(&Device) -> R, part: Part, seconds: f64) -> Result<Rows> {
    let alone = layer(&Device::flex().autodiff());
    let sequence = |x: Tensor<3>| alone.sequence(x);
    let subject = Burns(layer);
    Ok(match part {
        Part::Whole => {
            let rows = [("train", train(&subject, seconds)?), ("infer", infer(&subject, seconds)?)];
            rows.into_iter().chain([("layer", alone::at(STEPS, sequence, seconds))]).collect()
        }
        Part::Lengths => bail!("Burn's recurrent layers have no masks"),
        Part::Lazy => bail!("Burn's Adam has no lazy step"),
        Part::Long => alone::long(sequence, LONGEST_OF_BURN, seconds),
    })
}

/// A batch of texts.
pub(crate) struct Texts {
    /// The numbers of their words `[B, T]`; 0 after the end of a text.
    ids: Tensor<2, Int>,
    /// `[B]`
    labels: Tensor<1, Int>,
}

impl Texts {
    /// Random words, as many as the steps or as [`LENGTHS`] say.
    fn random(lengths: Option<&[usize; BATCH]>, device: &Device) -> Self {
        let words = Distribution::Uniform(1.0, WORDS as f64);
        let ids = Tensor::<2>::random([BATCH, STEPS], words, device).int();
        Self { ids: cut(ids, lengths), labels: random_labels(BATCH, CLASSES, device) }
    }
}

/// The same words up to the lengths, then 0.
fn cut(ids: Tensor<2, Int>, lengths: Option<&[usize; BATCH]>) -> Tensor<2, Int> {
    let Some(lengths) = lengths else { return ids };
    let counts = lengths.map(|length| length as i64);
    let counts = Tensor::<1, Int>::from_ints(counts, &ids.device()).reshape([BATCH, 1]);
    let places = Tensor::arange(0..STEPS as i64, &ids.device()).reshape([1, STEPS]);
    let beyond = places.expand([BATCH, STEPS]).greater_equal(counts.expand([BATCH, STEPS]));
    ids.mask_fill(beyond, 0)
}
