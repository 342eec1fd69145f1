//! A bidirectional LSTM over words: one label for each word.

use crate::build::*;
use crate::{SequenceNetworkConfig, sequence};

/// Words to one of `tags` tags each; id 0 is padding.
pub fn tagger(vocabulary: usize, tags: usize) -> SequenceNetworkConfig {
    sequence![
        embedding(vocabulary, 128).mask_zero(),
        dropout(0.3),
        bidirectional(lstm(64)).return_sequences(),
        dropout(0.3),
        dense(tags),
    ]
}
