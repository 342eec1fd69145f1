//! The copy problem by distance: a word is to be said again after a wait.

use firebrick_data::Sequences;
use firebrick_data::problems::{self, CopyConfig};
use firebrick_rnn::tasks::{FitConfig, SequenceTagger};
use firebrick_rnn::{SequenceNetworkConfig, build::*, sequence};
use firebrick_run::Recipe;
use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::sweep::Distant;
use crate::settings::Settings;

/// Settings of the recipe.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Copy {
    /// Steps from the end of the word to its repetition.
    pub(crate) distances: Vec<usize>,
    /// Different symbols, and symbols of a word.
    pub(crate) symbols: usize,
    pub(crate) length: usize,
    pub(crate) hidden_size: usize,
    pub(crate) train_sequences: usize,
    pub(crate) test_sequences: usize,
}

pub(crate) fn recipe() -> Recipe<Settings<Copy>> {
    let problem = Copy {
        distances: vec![1, 10, 25, 50],
        symbols: 4,
        length: 3,
        hidden_size: 64,
        train_sequences: 10_000,
        test_sequences: 1000,
    };
    let fit = FitConfig::new().with_batch_size(50).with_learning_rate(3e-3);
    Recipe { name: "copy", dataset: "copy", epochs: 15, settings: Settings::new(problem, &fit) }
}

impl Copy {
    fn problem(&self, distance: usize) -> CopyConfig {
        CopyConfig { symbols: self.symbols, length: self.length, distance }
    }
}

impl Distant for Copy {
    type Task = SequenceTagger;

    fn distances(&self) -> &[usize] {
        &self.distances
    }

    fn data(&self, distance: usize) -> anyhow::Result<[Sequences; 3]> {
        let config = self.problem(distance);
        let draw = |count, seed| problems::copy(count, &config, seed);
        Ok([draw(self.train_sequences, 1)?, draw(self.test_sequences, 2)?, draw(self.test_sequences, 3)?])
    }

    fn network(&self, cell: Cell) -> SequenceNetworkConfig {
        let network = sequence![embedding(self.problem(1).vocabulary_size(), 16)];
        cell.add_to(network, self.hidden_size, true).with(dense(self.symbols))
    }

    fn task(&self, network: SequenceNetworkConfig) -> SequenceTagger {
        SequenceTagger::new(network)
    }

    fn accuracy(&self, task: &SequenceTagger, test: &Sequences) -> anyhow::Result<f64> {
        Ok(task.evaluate(test)?.steps.accuracy)
    }

    fn criterion(&self) -> String {
        format!("Of each symbol of the word; guessing is right in {:.0} %.", 100.0 / self.symbols as f64)
    }
}
