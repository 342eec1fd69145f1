//! A language model over characters (Karpathy et al., 2015, <https://arxiv.org/abs/1506.02078>): two LSTMs, and the scores
//! of the next character at each step.

use crate::build::*;
use crate::{SequenceNetworkConfig, sequence};

/// Ids of characters or of other pieces of text to the scores of the one that follows, `outputs` of them. No id is
/// padding.
pub fn char_model(vocabulary: usize, outputs: usize) -> SequenceNetworkConfig {
    sequence![embedding(vocabulary, 128), lstm(256), lstm(256).return_sequences(), dense(outputs)]
}
