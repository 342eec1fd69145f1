//! One training: data, network, callbacks, evaluation, what is stored.

use std::io::Write;
use std::path::Path;

use firebrick_callbacks::{Checkpoints, Outcome};
use firebrick_cnn::{Classifier, Evaluation, Session};
use firebrick_data::{Images, Splits};
use firebrick_layers::SequentialConfig;
use firebrick_run::{Run, RunResult, Watched, watch};

use crate::augment::Augmented;
use crate::pictures::pictures;
use crate::recipes::{Settings, network};
use crate::report;

/// What a training leaves.
pub(crate) struct Trained {
    pub(crate) classifier: Classifier,
    /// On the test pictures.
    pub(crate) evaluation: Evaluation,
    pub(crate) watched: Watched,
}

/// A recipe with one network.
pub(crate) fn train_one(run: &Run<Settings>) -> anyhow::Result<RunResult> {
    let splits = pictures(&run.config)?;
    let network = network(&run.config, splits.train.classes().len())?;
    let summary = network.summary(&splits.train.shape())?;
    writeln!(std::io::stdout(), "{summary}")?;

    let trained = fit(run, &network, &splits, run.dir.path())?;
    trained.classifier.save(run.dir.path())?;
    let figures = metrics(&trained.evaluation);
    let all = figures.iter().cloned().chain(trained.watched.metrics());
    let result = run.result(summary.trainable_parameters() as usize, splits.train.len(), all)?;
    let lines = trained.watched.ending().into_iter();
    let table = trained.watched.table(&figures, result.epochs);
    for line in lines.chain(table.map(|table| table.to_string())) {
        writeln!(std::io::stdout(), "{line}")?;
    }
    report::write(run, &result, &trained, &splits)?;
    Ok(result)
}

/// Trains a network with its history and checkpoints in `directory`, and evaluates it on the test pictures.
pub(crate) fn fit(
    run: &Run<Settings>,
    network: &SequentialConfig,
    splits: &Splits<Images>,
    directory: &Path,
) -> anyhow::Result<Trained> {
    let checkpoints = Checkpoints::new(directory.join("checkpoints")).resume(run.resumed);
    let (callbacks, watch) = watch(run, &run.config.settings.watch, directory);
    let session = Session::new().with_callbacks(callbacks).with_checkpoints(checkpoints);
    let classifier = Classifier::new(network.clone(), splits.train.shape()).on(&run.device);
    let train = Augmented::new(&splits.train, &run.config)?;
    let classifier = classifier.fit_in(&train, &splits.valid, &Settings::fit(&run.config), session)?;
    run.stop_if_interrupted()?;
    let stop = classifier.outcome().and_then(Outcome::stop);
    let last = |classifier: &Classifier| Ok(metrics(&classifier.evaluate(&splits.test)?));
    let (classifier, watched) =
        watch.finish(classifier, stop, last, |classifier, kept| Ok(classifier.with_kept_weights(kept)?))?;
    let evaluation = classifier.evaluate(&splits.test)?;
    Ok(Trained { classifier, evaluation, watched })
}

/// What `result.json` says of an evaluation.
pub(crate) fn metrics(evaluation: &Evaluation) -> Vec<(String, f64)> {
    let top5 = evaluation.top5_accuracy.map(|accuracy| ("test_top5_accuracy", accuracy));
    let figures = [("test_accuracy", evaluation.accuracy), ("test_loss", evaluation.loss)].into_iter().chain(top5);
    figures.map(|(name, value)| (name.to_owned(), value)).collect()
}
