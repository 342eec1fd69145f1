//! What watches a training: the callbacks that a recipe's settings ask for, and what they have to tell when it is over.

use std::path::{Path, PathBuf};

use firebrick_callbacks::{
    BestCheckpoint, Callback, EarlyStopping, ExponentialMovingAverage, GradientClipping, History, Interrupt,
    ModelCheckpoint, Monitor, Progress, SavedModel, Stop, TensorBoard, callbacks,
};
use serde::{Deserialize, Serialize};

use crate::plot::Mark;
use crate::{Run, RunConfig, Table};

/// Where ModelCheckpoint writes, in the directory of the training.
const BEST: &str = "best.bpk";

/// The callbacks that a recipe can ask for: a part of its settings, flattened into them, so that each is one `--set` away.
///
/// ```
/// use firebrick_run::{WatchSettings, apply_settings};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Settings {
///     batch_size: usize,
///     #[serde(flatten)]
///     watch: WatchSettings,
/// }
///
/// let settings = Settings { batch_size: 32, watch: WatchSettings::default() };
/// let settings = apply_settings(&settings, &["patience=3".to_string()])?;
/// assert_eq!(settings.watch.patience, Some(3));
/// # Ok::<(), firebrick_run::SettingError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WatchSettings {
    /// GradientClipping: the largest norm that all gradients together may have.
    #[serde(default)]
    pub clip_norm: Option<f64>,
    /// ExponentialMovingAverage: the decay of averaged weights, which are validated, kept and in the end the run's.
    #[serde(default)]
    pub ema: Option<f64>,
    /// TensorBoard: event files in the folder `tensorboard` of the run directory.
    #[serde(default)]
    pub tensorboard: bool,
    /// ModelCheckpoint: the run's model is that of the lowest validation loss, not the last one.
    #[serde(default)]
    pub keep_best: bool,
    /// EarlyStopping: epochs without a lower validation loss after which the training ends.
    #[serde(default)]
    pub patience: Option<usize>,
    /// EarlyStopping: a validation loss that ends the training at once, as does one that is no number.
    #[serde(default)]
    pub divergence_threshold: Option<f64>,
}

impl WatchSettings {
    /// The callbacks that change how the weights come about.
    pub fn of_weights(&self) -> Vec<Box<dyn Callback>> {
        let mut callbacks: Vec<Box<dyn Callback>> = Vec::new();
        if let Some(norm) = self.clip_norm {
            callbacks.push(Box::new(GradientClipping::by_norm(norm)));
        }
        if let Some(decay) = self.ema {
            callbacks.push(Box::new(ExponentialMovingAverage::new(decay).warm_up(true).swap_on_epoch(true)));
        }
        callbacks
    }

    fn early_stopping(&self) -> Option<EarlyStopping> {
        if self.patience.is_none() && self.divergence_threshold.is_none() {
            return None;
        }
        let stopping = EarlyStopping::new(Monitor::valid("Loss")).patience(self.patience.unwrap_or(usize::MAX));
        Some(match self.divergence_threshold {
            Some(threshold) => stopping.divergence_threshold(threshold).check_finite(true),
            None => stopping,
        })
    }
}

/// Handles on the callbacks of a training.
pub struct Watch {
    kept: Option<(PathBuf, BestCheckpoint)>,
}

/// What was kept, and how the training ended.
#[derive(Debug, Default)]
pub struct Watched {
    /// The epoch of the lowest validation loss, when its weights were kept and are the run's.
    pub kept: Option<SavedModel>,
    /// The last weights' figures, when the kept ones took their place.
    pub last: Option<Vec<(String, f64)>>,
    /// Why the training ended early.
    pub stop: Option<Stop>,
}

/// The callbacks of a run whose history lies in `directory`, and the handles on them. Ctrl-C, history and progress are
/// always among them.
pub fn watch<T: Serialize>(
    run: &Run<T>,
    settings: &WatchSettings,
    directory: &Path,
) -> (Vec<Box<dyn Callback>>, Watch) {
    let mut callbacks = callbacks![Interrupt::new(run.interrupted())];
    callbacks.extend(settings.of_weights());
    let kept = settings.keep_best.then(|| {
        let path = directory.join(BEST);
        let checkpoint = ModelCheckpoint::new(&path, Monitor::valid("Loss")).save_best_only(true);
        let best = checkpoint.best();
        callbacks.push(Box::new(checkpoint));
        (path, best)
    });
    if let Some(stopping) = settings.early_stopping() {
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
fn fenced<T: Serialize>(config: &RunConfig<T>) -> String {
    let json = serde_json::to_string_pretty(config).unwrap_or_default();
    format!("```json\n{json}\n```")
}

impl Watch {
    /// What was trained with the kept weights, if any were kept, and what is to be told of the training.
    ///
    /// `metrics` gives the figures that `result.json` has of what was trained, `with_kept_weights` takes the weights that
    /// ModelCheckpoint wrote.
    ///
    /// # Errors
    /// Those of the two functions.
    pub fn finish<T, S: Into<String>>(
        self,
        trained: T,
        stop: Option<Stop>,
        metrics: impl FnOnce(&T) -> anyhow::Result<Vec<(S, f64)>>,
        with_kept_weights: impl FnOnce(T, &Path) -> anyhow::Result<T>,
    ) -> anyhow::Result<(T, Watched)> {
        let Some((path, kept)) = self.kept.and_then(|(path, best)| Some((path, best.saved()?))) else {
            return Ok((trained, Watched { stop, ..Watched::default() }));
        };
        let last = metrics(&trained)?.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let trained = with_kept_weights(trained, &path)?;
        Ok((trained, Watched { kept: Some(kept), last: Some(last), stop }))
    }
}

impl Watched {
    /// What `result.json` says beside the figures of the run's weights: `kept_epoch`, `kept_valid_loss`, the last weights'
    /// figures after `last_`, `stop_epoch`; each where there is one.
    pub fn metrics(&self) -> Vec<(String, f64)> {
        let named = |name: &str, value: f64| (name.to_owned(), value);
        let kept = self.kept.iter();
        let kept = kept.flat_map(|kept| [named("kept_epoch", kept.epoch as f64), named("kept_valid_loss", kept.value)]);
        let last = self.last.iter().flatten().map(|(name, value)| (format!("last_{name}"), *value));
        let stop = self.stop.iter().map(|stop| named("stop_epoch", stop.epoch as f64));
        kept.chain(last).chain(stop).collect()
    }

    /// The epochs that the charts point out.
    pub fn marks(&self) -> Vec<Mark> {
        let mark = |epoch: usize, what: &str| Mark { epoch: epoch as u32, label: format!("{what} in epoch {epoch}") };
        let kept = self.kept.iter().map(|kept| mark(kept.epoch, "kept"));
        kept.chain(self.stop.iter().map(|stop| mark(stop.epoch, "ended"))).collect()
    }

    /// Kept and last weights side by side, when there are both. `metrics` are the kept weights' figures; `epochs` were
    /// trained.
    pub fn table<S: AsRef<str>>(&self, metrics: &[(S, f64)], epochs: usize) -> Option<Table> {
        let (saved, last) = (self.kept.as_ref()?, self.last.as_ref()?);
        let columns = last.iter().map(|(name, _)| name.replace('_', " "));
        let mut table = Table::new(["weights".to_owned(), "epoch".to_owned()].into_iter().chain(columns));
        let kept: Vec<(&str, f64)> = metrics.iter().map(|(name, value)| (name.as_ref(), *value)).collect();
        let last: Vec<(&str, f64)> = last.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        for (weights, epoch, figures) in [("kept", saved.epoch, kept), ("last", epochs, last)] {
            let figures = figures.into_iter().map(|(name, value)| written(name, value));
            table.push([weights.to_owned(), epoch.to_string()].into_iter().chain(figures));
        }
        Some(table)
    }

    /// Why the training ended early, as a line.
    pub fn ending(&self) -> Option<String> {
        let Stop { callback, reason, epoch, .. } = self.stop.as_ref()?;
        let callback = callback.as_ref().map_or(String::new(), |callback| format!("{callback}: "));
        Some(format!("ended in epoch {epoch}: {callback}{reason}"))
    }
}

/// An accuracy in per cent, anything else with four decimals.
fn written(name: &str, value: f64) -> String {
    if name.ends_with("accuracy") { format!("{:.2} %", 100.0 * value) } else { format!("{value:.4}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(names: &[&str]) -> WatchSettings {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        crate::apply_settings(&WatchSettings::default(), &names).unwrap()
    }

    fn names(callbacks: &[Box<dyn Callback>]) -> Vec<&str> {
        callbacks.iter().map(|callback| callback.name()).collect()
    }

    #[test]
    fn nothing_asked_for_changes_no_weights_and_ends_nothing() {
        let settings = settings(&[]);
        assert!(settings.of_weights().is_empty() && settings.early_stopping().is_none());
    }

    #[test]
    fn gradients_are_clipped_before_weights_are_averaged() {
        let settings = settings(&["ema=0.99", "clip_norm=1"]);
        assert_eq!(names(&settings.of_weights()), ["GradientClipping", "ExponentialMovingAverage"]);
    }

    #[test]
    fn a_patience_or_a_threshold_ends_a_training() {
        for setting in ["patience=3", "divergence_threshold=2.5"] {
            assert!(settings(&[setting]).early_stopping().is_some(), "{setting}");
        }
    }

    #[test]
    fn the_last_weights_stand_beside_the_kept_ones() {
        let watched = Watched {
            kept: Some(SavedModel { path: PathBuf::from(BEST), epoch: 3, value: 0.25 }),
            last: Some(vec![("test_accuracy".into(), 0.5), ("test_loss".into(), 1.25)]),
            stop: None,
        };
        let found = watched.metrics();
        let expected =
            [("kept_epoch", 3.0), ("kept_valid_loss", 0.25), ("last_test_accuracy", 0.5), ("last_test_loss", 1.25)];
        assert!(found.iter().map(|(name, value)| (name.as_str(), *value)).eq(expected), "{found:?}");
        let table = watched.table(&[("test_accuracy", 0.75), ("test_loss", 0.5)], 8).unwrap().to_string();
        for part in ["test accuracy", "75.00 %", "50.00 %", "1.2500", "0.5000"] {
            assert!(table.contains(part), "{part}: {table}");
        }
        assert_eq!(watched.marks()[0].label, "kept in epoch 3");
    }

    #[test]
    fn without_kept_weights_what_was_trained_stays() {
        let watch = Watch { kept: None };
        let untouched = |_: u8, _: &Path| anyhow::bail!("nothing was kept");
        let (trained, watched) = watch.finish(7_u8, None, |_| Ok(Vec::<(String, f64)>::new()), untouched).unwrap();
        assert!(trained == 7 && watched.metrics().is_empty() && watched.table::<&str>(&[], 1).is_none());
    }
}
