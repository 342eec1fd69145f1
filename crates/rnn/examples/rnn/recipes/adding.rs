//! The adding problem by distance: two marked numbers out of T are to be added.

use firebrick_data::problems::{self, AddingConfig};
use firebrick_data::{Sequences, Target};
use firebrick_rnn::tasks::{FitConfig, Forecaster};
use firebrick_rnn::{SequenceNetworkConfig, build::*, sequence};
use firebrick_run::Recipe;
use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::sweep::Distant;
use crate::settings::Settings;

/// An answer is right when it is off by less than this: the bound of the 1997 paper.
const TOLERANCE: f32 = 0.04;

/// Settings of the recipe.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Adding {
    /// Steps of a sequence.
    pub(crate) distances: Vec<usize>,
    pub(crate) hidden_size: usize,
    pub(crate) train_sequences: usize,
    pub(crate) test_sequences: usize,
}

pub(crate) fn recipe() -> Recipe<Settings<Adding>> {
    let problem =
        Adding { distances: vec![10, 50, 100, 200], hidden_size: 32, train_sequences: 10_000, test_sequences: 1000 };
    let fit = FitConfig::new().with_batch_size(50).with_learning_rate(5e-3);
    Recipe { name: "adding", dataset: "adding", epochs: 15, settings: Settings::new(problem, &fit) }
}

impl Distant for Adding {
    type Task = Forecaster;

    fn distances(&self) -> &[usize] {
        &self.distances
    }

    fn data(&self, distance: usize) -> anyhow::Result<[Sequences; 3]> {
        let config = AddingConfig::new(distance);
        let draw = |count, seed| problems::adding(count, &config, seed);
        Ok([draw(self.train_sequences, 1)?, draw(self.test_sequences, 2)?, draw(self.test_sequences, 3)?])
    }

    fn network(&self, cell: Cell) -> SequenceNetworkConfig {
        cell.add_to(sequence![], self.hidden_size, false).with(dense(1))
    }

    fn task(&self, network: SequenceNetworkConfig) -> Forecaster {
        Forecaster::new(network, 1)
    }

    fn accuracy(&self, task: &Forecaster, test: &Sequences) -> anyhow::Result<f64> {
        let answers = task.predict(test)?;
        let right = answers.iter().enumerate().filter(|(i, answer)| match test.target(*i) {
            Target::Values(sum) => (answer[0] - sum[0]).abs() < TOLERANCE,
            _ => false,
        });
        Ok(right.count() as f64 / test.len() as f64)
    }

    fn criterion(&self) -> String {
        format!("Right: off by less than {TOLERANCE}.")
    }
}
