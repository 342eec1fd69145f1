//! Handwritten digits read row by row: a picture as a sequence of as many steps as it has rows.

use std::path::Path;

use firebrick_data::catalog::Request;
use firebrick_data::{Sequences, Splits};
use firebrick_rnn::tasks::{Evaluation, FitConfig, Schedule, SequenceClassifier};
use firebrick_rnn::{SequenceNetworkConfig, SequenceShape, build::*, sequence};
use firebrick_run::report::Report;
use firebrick_run::{ConfusionMatrix, Recipe};
use serde::{Deserialize, Serialize};

use super::cell::Cell;
use crate::settings::Settings;
use crate::train::{Config, Problem};

/// The split into training, validation and test pictures is made once; seeds change only the training.
const SPLIT_SEED: u64 = 0;

/// Settings of the recipe.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DigitsRows {
    pub(crate) cell: Cell,
    pub(crate) hidden_size: usize,
}

pub(crate) fn recipe() -> Recipe<Settings<DigitsRows>> {
    let fit = FitConfig::new()
        .with_batch_size(32)
        .with_learning_rate(3e-3)
        .with_schedule(Schedule::Cosine { warmup_epochs: 2 });
    let settings = Settings::new(DigitsRows { cell: Cell::Lstm, hidden_size: 64 }, &fit);
    Recipe { name: "digits-rows", dataset: "digits", epochs: 30, settings }
}

/// What `result.json` says of an evaluation.
pub(super) fn figures(evaluation: &Evaluation) -> Vec<(String, f64)> {
    vec![("test_accuracy".into(), evaluation.accuracy), ("test_loss".into(), evaluation.loss)]
}

/// The confusion matrix of an evaluation.
pub(super) fn confusion(evaluation: &Evaluation) -> ConfusionMatrix {
    let mut matrix = ConfusionMatrix::new(evaluation.classes.iter().cloned());
    for (actual, row) in evaluation.confusion.iter().enumerate() {
        for (predicted, &count) in row.iter().enumerate() {
            (0..count).for_each(|_| matrix.add(actual, predicted));
        }
    }
    matrix
}

impl Problem for DigitsRows {
    type Task = SequenceClassifier;
    type Data = Splits<Sequences>;

    fn data(config: &Config<Self>) -> anyhow::Result<Splits<Sequences>> {
        let request = Request::new(&config.dataset).with_data_dir(config.data_dir.as_deref()).with_seed(SPLIT_SEED);
        let pictures = request.with_picture_size(config.picture_size).images()?;
        Ok(pictures.map(|pictures| Sequences::of_rows(&pictures)))
    }

    fn parts(data: &Splits<Sequences>) -> [&Sequences; 2] {
        [&data.train, &data.valid]
    }

    fn shape(data: &Splits<Sequences>) -> SequenceShape {
        data.train.features().map_or_else(SequenceShape::ids, SequenceShape::features)
    }

    fn network(&self, data: &Splits<Sequences>) -> SequenceNetworkConfig {
        let classes = data.train.classes().map_or(0, <[String]>::len);
        self.cell.add_to(sequence![], self.hidden_size, false).with(dropout(0.2)).with(dense(classes))
    }

    fn task(&self, network: SequenceNetworkConfig, _data: &Splits<Sequences>) -> anyhow::Result<SequenceClassifier> {
        Ok(SequenceClassifier::new(network))
    }

    fn metrics(&self, task: &SequenceClassifier, data: &Splits<Sequences>) -> anyhow::Result<Vec<(String, f64)>> {
        Ok(figures(&task.evaluate(&data.test)?))
    }

    fn report(
        &self,
        report: Report,
        task: &SequenceClassifier,
        data: &Splits<Sequences>,
        _folder: &Path,
    ) -> anyhow::Result<Report> {
        Ok(report.with_confusion(confusion(&task.evaluate(&data.test)?)))
    }
}
