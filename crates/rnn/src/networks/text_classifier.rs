//! A bidirectional LSTM over words: one label for a text.

use crate::build::*;
use crate::{SequenceNetworkConfig, sequence};

/// Words to one of `classes` classes; id 0 is padding.
pub fn text_classifier(vocabulary: usize, classes: usize) -> SequenceNetworkConfig {
    sequence![
        embedding(vocabulary, 128).mask_zero(),
        spatial_dropout1d(0.3),
        bidirectional(lstm(64)),
        dropout(0.5),
        dense(classes),
    ]
}
