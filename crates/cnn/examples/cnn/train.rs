//! One training: data, network, callbacks, evaluation, what is stored.

use std::io::Write;
use std::path::Path;

use firebrick_callbacks::{Callback, Checkpoints, History, Interrupt, Progress, callbacks};
use firebrick_cnn::{Classifier, Evaluation, Session};
use firebrick_data::{Images, Splits, catalog};
use firebrick_layers::SequentialConfig;
use firebrick_run::{Run, RunConfig, RunResult};

use crate::recipes::{Settings, network};
use crate::report;

/// The split into training, validation and test pictures is made once; seeds change only the training.
pub(crate) const SPLIT_SEED: u64 = 0;

/// A recipe with one network.
pub(crate) fn train_one(run: &Run<Settings>) -> anyhow::Result<RunResult> {
    let splits = pictures(&run.config)?;
    let network = network(&run.config, splits.train.classes().len())?;
    let summary = network.summary(&splits.train.shape())?;
    writeln!(std::io::stdout(), "{summary}")?;

    let (classifier, evaluation) = fit(run, &network, &splits, run.dir.path())?;
    classifier.save(run.dir.path())?;
    let metrics = metrics(&evaluation);
    let result = run.result(summary.trainable_parameters() as usize, splits.train.len(), metrics)?;
    report::write(
        run,
        &result,
        &report::Content { classifier: &classifier, evaluation: &evaluation, splits: &splits },
    )?;
    Ok(result)
}

/// The run's pictures.
pub(crate) fn pictures(config: &RunConfig<Settings>) -> anyhow::Result<Splits<Images>> {
    Ok(catalog::images(&config.dataset, config.data_dir.as_deref(), SPLIT_SEED)?)
}

/// Trains a network with its history and checkpoints in `directory`, and evaluates it on the test pictures.
pub(crate) fn fit(
    run: &Run<Settings>,
    network: &SequentialConfig,
    splits: &Splits<Images>,
    directory: &Path,
) -> anyhow::Result<(Classifier, Evaluation)> {
    let checkpoints = Checkpoints::new(directory.join("checkpoints")).resume(run.resumed);
    let session = Session::new().with_callbacks(shown(run, directory)).with_checkpoints(checkpoints);
    let classifier = Classifier::new(network.clone(), splits.train.shape()).on(&run.device);
    let classifier = classifier.fit_in(&splits.train, &splits.valid, &Settings::fit(&run.config), session)?;
    run.stop_if_interrupted()?;
    let evaluation = classifier.evaluate(&splits.test)?;
    Ok((classifier, evaluation))
}

/// History and progress, and a checkpoint on Ctrl-C.
fn shown(run: &Run<Settings>, directory: &Path) -> Vec<Box<dyn Callback>> {
    let history = History::new().csv(directory.join("history.csv")).timing(directory.join("timing.csv"));
    callbacks![Interrupt::new(run.interrupted()), history, Progress::new()]
}

/// What `result.json` says of an evaluation.
pub(crate) fn metrics(evaluation: &Evaluation) -> Vec<(&'static str, f64)> {
    let top5 = evaluation.top5_accuracy.map(|accuracy| ("test_top5_accuracy", accuracy));
    [("test_accuracy", evaluation.accuracy), ("test_loss", evaluation.loss)].into_iter().chain(top5).collect()
}
