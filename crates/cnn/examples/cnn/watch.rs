//! What watches a training: the callbacks that the settings ask for, and what they have to tell when it is over.

use std::path::{Path, PathBuf};

use firebrick_callbacks::{
    BestCheckpoint, Callback, EarlyStopping, ExponentialMovingAverage, GradientClipping, History, Interrupt,
    ModelCheckpoint, Monitor, Progress, SavedModel, Stop, TensorBoard, callbacks,
};
use firebrick_cnn::{Classifier, Evaluation};
use firebrick_run::plot::Mark;
use firebrick_run::{Run, RunConfig, Table};

use crate::recipes::Settings;

/// Where ModelCheckpoint writes, in the run directory.
const BEST: &str = "best.bpk";

/// Handles on the callbacks of a training.
pub(crate) struct Watch {
    kept: Option<(PathBuf, BestCheckpoint)>,
}

/// What was kept, and how the training ended.
#[derive(Default)]
pub(crate) struct Watched {
    /// The epoch of the lowest validation loss, when its weights were kept and are the classifier's.
    pub(crate) kept: Option<SavedModel>,
    /// The last weights' figures, when the kept ones took their place.
    pub(crate) last: Option<Evaluation>,
    /// Why the training ended early.
    pub(crate) stop: Option<Stop>,
}

/// The callbacks of a run whose history lies in `directory`, and the handles on them.
pub(crate) fn watch(run: &Run<Settings>, directory: &Path) -> (Vec<Box<dyn Callback>>, Watch) {
    let settings = &run.config.settings;
    let mut callbacks = callbacks![Interrupt::new(run.interrupted())];
    callbacks.extend(of_weights(settings));
    let kept = settings.keep_best.then(|| {
        let path = directory.join(BEST);
        let checkpoint = ModelCheckpoint::new(&path, Monitor::valid("Loss")).save_best_only(true);
        let best = checkpoint.best();
        callbacks.push(Box::new(checkpoint));
        (path, best)
    });
    if let Some(stopping) = early_stopping(settings) {
        callbacks.push(Box::new(stopping));
    }
    let history = History::new().csv(directory.join("history.csv")).timing(directory.join("timing.csv"));
    callbacks.extend(callbacks![history, Progress::new()]);
    if settings.tensorboard {
        let board = TensorBoard::new(directory.join("tensorboard")).histogram_freq(1);
        callbacks.push(Box::new(board.text("configuration", fenced(&run.config))));
    }
    (callbacks, Watch { kept })
}

/// The configuration as a block of code, for a text in Markdown.
fn fenced(config: &RunConfig<Settings>) -> String {
    let json = serde_json::to_string_pretty(config).unwrap_or_default();
    format!("```json\n{json}\n```")
}

/// The callbacks that change how the weights come about.
pub(crate) fn of_weights(settings: &Settings) -> Vec<Box<dyn Callback>> {
    let clipping = settings.clip_norm.map(GradientClipping::by_norm);
    let average = settings.ema.map(|decay| ExponentialMovingAverage::new(decay).warm_up(true).swap_on_epoch(true));
    let mut callbacks: Vec<Box<dyn Callback>> = Vec::new();
    callbacks.extend(clipping.map(|clipping| Box::new(clipping) as Box<dyn Callback>));
    callbacks.extend(average.map(|average| Box::new(average) as Box<dyn Callback>));
    callbacks
}

fn early_stopping(settings: &Settings) -> Option<EarlyStopping> {
    if settings.patience.is_none() && settings.divergence_threshold.is_none() {
        return None;
    }
    let stopping = EarlyStopping::new(Monitor::valid("Loss")).patience(settings.patience.unwrap_or(usize::MAX));
    Some(match settings.divergence_threshold {
        Some(threshold) => stopping.divergence_threshold(threshold).check_finite(true),
        None => stopping,
    })
}

impl Watch {
    /// The classifier with the kept weights, if any were kept, and what is to be told of the training.
    pub(crate) fn finish(
        self,
        classifier: Classifier,
        evaluate: impl Fn(&Classifier) -> anyhow::Result<Evaluation>,
    ) -> anyhow::Result<(Classifier, Watched)> {
        let stop = classifier.outcome().and_then(firebrick_callbacks::Outcome::stop);
        let Some((path, kept)) = self.kept.and_then(|(path, best)| Some((path, best.saved()?))) else {
            return Ok((classifier, Watched { stop, ..Watched::default() }));
        };
        let last = evaluate(&classifier)?;
        let classifier = classifier.with_kept_weights(path)?;
        Ok((classifier, Watched { kept: Some(kept), last: Some(last), stop }))
    }
}

impl Watched {
    /// What `result.json` says beside the figures of the classifier.
    pub(crate) fn metrics(&self) -> Vec<(&'static str, f64)> {
        let kept =
            self.kept.iter().flat_map(|kept| [("kept_epoch", kept.epoch as f64), ("kept_valid_loss", kept.value)]);
        let last =
            self.last.iter().flat_map(|last| [("last_test_accuracy", last.accuracy), ("last_test_loss", last.loss)]);
        let stop = self.stop.iter().map(|stop| ("stop_epoch", stop.epoch as f64));
        kept.chain(last).chain(stop).collect()
    }

    /// The epochs that the charts point out.
    pub(crate) fn marks(&self) -> Vec<Mark> {
        let mark = |epoch: usize, what: &str| Mark { epoch: epoch as u32, label: format!("{what} in epoch {epoch}") };
        let kept = self.kept.iter().map(|kept| mark(kept.epoch, "kept"));
        kept.chain(self.stop.iter().map(|stop| mark(stop.epoch, "ended"))).collect()
    }

    /// Kept and last weights side by side, when there are both; `epochs` were trained.
    pub(crate) fn table(&self, kept: &Evaluation, epochs: usize) -> Option<Table> {
        let (saved, last) = (self.kept.as_ref()?, self.last.as_ref()?);
        let mut table = Table::new(["weights", "epoch", "test accuracy", "test loss"]);
        for (name, epoch, evaluation) in [("kept", saved.epoch, kept), ("last", epochs, last)] {
            let accuracy = format!("{:.2} %", 100.0 * evaluation.accuracy);
            table.push([name.to_string(), epoch.to_string(), accuracy, format!("{:.4}", evaluation.loss)]);
        }
        Some(table)
    }

    /// Why the training ended early, as a line.
    pub(crate) fn ending(&self) -> Option<String> {
        let Stop { callback, reason, epoch, .. } = self.stop.as_ref()?;
        let callback = callback.as_ref().map_or(String::new(), |callback| format!("{callback}: "));
        Some(format!("ended in epoch {epoch}: {callback}{reason}"))
    }
}
