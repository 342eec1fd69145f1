//! What is asked of sequences before a network meets them.

use firebrick_data::{Sequences, Target, Targets, UNTAGGED, check_weights};

use super::TaskError;
use super::batching::Batching;

/// Sequences, and what they are called in messages.
#[derive(Clone, Copy)]
pub(super) struct Checked<'a> {
    pub(super) which: &'static str,
    pub(super) sequences: &'a Sequences,
}

impl Checked<'_> {
    /// There are sequences, and their steps are of the kind that the network was made for.
    pub(super) fn steps(&self, features: Option<usize>) -> Result<(), TaskError> {
        let Self { which, sequences } = *self;
        if sequences.is_empty() {
            return Err(TaskError::Empty { which, what: "sequences" });
        }
        if sequences.features() != features {
            let (found, expected) = (told(sequences.features()), told(features));
            return Err(TaskError::Steps { which, found, expected });
        }
        Ok(())
    }

    /// Every id is a symbol that the network knows; it may not say how many it knows.
    pub(super) fn symbols(&self, symbols: Option<usize>) -> Result<(), TaskError> {
        let Some(symbols) = symbols else { return Ok(()) };
        for sequence in 0..self.sequences.len() {
            let ids = self.sequences.ids(sequence).unwrap_or_default();
            if let Some(step) = ids.iter().position(|&id| id as usize >= symbols) {
                let id = ids[step];
                return Err(TaskError::Symbol { which: self.which, sequence, step, id, symbols });
            }
        }
        Ok(())
    }

    /// Each sequence has a tag at one of the steps that are kept.
    pub(super) fn tags(&self, batching: &Batching) -> Result<(), TaskError> {
        for sequence in 0..self.sequences.len() {
            let Target::Tags(tags) = self.sequences.target(sequence) else { continue };
            let kept = batching.kept(tags.len());
            if tags[kept.clone()].iter().all(|&tag| tag == UNTAGGED) {
                return Err(TaskError::NoTag { which: self.which, sequence, kept: kept.len() });
            }
        }
        Ok(())
    }

    /// The weights of the sequences can be multiplied by, where there are some.
    pub(super) fn weights(&self) -> Result<Option<Vec<f32>>, TaskError> {
        let Some(weights) = self.sequences.weights() else { return Ok(None) };
        check_weights(&weights, self.sequences.len())
            .map_err(|source| TaskError::SampleWeights { which: self.which, source })?;
        Ok(Some(weights))
    }

    /// Those of the training, in the same order.
    pub(super) fn classes(&self, expected: &[String]) -> Result<(), TaskError> {
        let found = self.sequences.classes().unwrap_or_default();
        if found == expected {
            return Ok(());
        }
        Err(TaskError::Classes { which: self.which, found: found.to_vec(), expected: expected.to_vec() })
    }
}

/// What a step holds, for messages.
fn told(features: Option<usize>) -> String {
    match features {
        None => "an id".to_owned(),
        Some(1) => "1 number".to_owned(),
        Some(features) => format!("{features} numbers"),
    }
}

/// What targets are, for messages.
pub(super) fn kind(targets: &Targets) -> &'static str {
    match targets {
        Targets::Unknown => "no targets",
        Targets::Classes { .. } => "a class for each sequence",
        Targets::Tags { .. } => "a tag for each step",
        Targets::Values { .. } => "numbers as targets",
    }
}
