//! A GRU over the past of a series: its future, all steps at once.

use crate::build::*;
use crate::{SequenceNetworkConfig, sequence};

/// Features of the past to `outputs` numbers: steps of the future times series.
pub fn forecaster(outputs: usize) -> SequenceNetworkConfig {
    sequence![gru(64), dense(outputs)]
}
