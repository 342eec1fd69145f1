//! A small LSTM that predicts the next symbol of a string of a grammar, as the embedded Reber grammar of Hochreiter &
//! Schmidhuber, 1997, <https://doi.org/10.1162/neco.1997.9.8.1735>.

use crate::build::*;
use crate::{SequenceNetworkConfig, sequence};

/// Ids of symbols, 0 for padding, to the scores of the symbols that may follow, at each step.
pub fn reber_predictor(vocabulary: usize, symbols: usize) -> SequenceNetworkConfig {
    sequence![embedding(vocabulary, 8).mask_zero(), lstm(16).return_sequences(), dense(symbols)]
}
