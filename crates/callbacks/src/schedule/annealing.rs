//! The way from one learning rate to another.
//!
//! ```text
//! rate = α·to + (1 − α)·from     α = (1 − cos(π·t)) / 2 or t,  t from 0 to 1 the part of the way that is passed
//! ```

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

/// How a learning rate goes over into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Annealing {
    /// Along half a cosine.
    Cosine,
    /// Along a line.
    Linear,
}

impl Annealing {
    /// The rate where this part of the way is passed, 0 to 1.
    pub(crate) fn between(self, from: f64, to: f64, passed: f64) -> f64 {
        let share = match self {
            Self::Cosine => (1.0 - (PI * passed).cos()) / 2.0,
            Self::Linear => passed,
        };
        to * share + from * (1.0 - share)
    }
}
