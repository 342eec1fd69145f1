//! What `report.html` of a classifier shows.

use firebrick_cnn::{Evaluation, most_probable};
use firebrick_data::random::permutation;
use firebrick_data::{Images, Splits};
use firebrick_run::plot::{Picture, Sample};
use firebrick_run::report::Report;
use firebrick_run::{ConfusionMatrix, HistoryTable, Run, RunResult};

use crate::recipes::Settings;
use crate::train::{Trained, metrics};

/// Pictures in a section.
const SHOWN: usize = 24;

/// Writes `report.html` and its pictures into the run directory.
pub(crate) fn write(
    run: &Run<Settings>,
    result: &RunResult,
    trained: &Trained,
    splits: &Splits<Images>,
) -> anyhow::Result<()> {
    let Trained { classifier, evaluation, watched } = trained;
    let test = &splits.test;
    let rows = classifier.predict(test)?;
    let order = permutation(test.len(), &[0]);
    let samples = order.into_iter().take(SHOWN).map(|i| sample(test, &rows[i], i)).collect();
    let mistakes: Vec<Sample> = worst(test, &rows).into_iter().take(SHOWN).map(|i| sample(test, &rows[i], i)).collect();
    let mut report = Report::new(result)
        .with_history(&HistoryTable::read(&run.dir.history())?)
        .with_marks(&watched.marks())
        .with_confusion(confusion(evaluation))
        .with_samples(
            "Samples",
            "Test pictures drawn at random, with the predicted class and its probability.",
            samples,
        )
        .with_network(classifier.config().summary(&test.shape())?)
        .with_config(&run.config);
    if let Some(table) = watched.table(&metrics(evaluation), result.epochs) {
        let note = "ModelCheckpoint kept the weights of the lowest validation loss; they are the run's model.";
        report = report.with_table("Kept and last weights", watched.ending().as_deref().unwrap_or(note), table);
    }
    if !mistakes.is_empty() {
        report = report.with_samples("Worst mistakes", "Wrong predictions, the most confident first.", mistakes);
    }
    Ok(report.save(&run.dir)?)
}

fn sample(test: &Images, row: &[f32], i: usize) -> Sample {
    let classes = test.classes();
    let picture = Picture::from_planes(test.picture(i), test.shape(), test.scale());
    let predicted = most_probable(row);
    let actual = &classes[test.labels()[i] as usize];
    Sample::predicted(picture, &classes[predicted], f64::from(row[predicted]), Some(actual))
}

/// The wrongly classified pictures, the most confident mistake first.
fn worst(test: &Images, rows: &[Vec<f32>]) -> Vec<usize> {
    let confidence = |i: &usize| rows[*i][most_probable(&rows[*i])];
    let mut wrong: Vec<usize> =
        (0..test.len()).filter(|&i| most_probable(&rows[i]) != test.labels()[i] as usize).collect();
    wrong.sort_by(|a, b| confidence(b).total_cmp(&confidence(a)).then(a.cmp(b)));
    wrong
}

fn confusion(evaluation: &Evaluation) -> ConfusionMatrix {
    let mut matrix = ConfusionMatrix::new(evaluation.classes.iter().cloned());
    for (actual, row) in evaluation.confusion.iter().enumerate() {
        for (predicted, &count) in row.iter().enumerate() {
            (0..count).for_each(|_| matrix.add(actual, predicted));
        }
    }
    matrix
}
