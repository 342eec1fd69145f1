//! From arguments to finished runs: one run or one for each seed, new or gone on with.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::Device;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::args::TrainArgs;
use crate::config::{ArgumentError, Recipe, RunConfig};
use crate::dir::RunDir;
use crate::files::FileError;
use crate::history::trained;
use crate::interrupt::{self, Interrupted};
use crate::memory::peak_rss_bytes;
use crate::result::RunResult;
use crate::seeds;

/// One run that is to be trained: what [`launch`] hands to a recipe.
pub struct Run<T> {
    /// Everything needed to repeat the run, the recipe's own configuration in `settings`.
    pub config: RunConfig<T>,
    /// The run directory, `config.json` written.
    pub dir: RunDir,
    /// Where to compute; without automatic differentiation.
    pub device: Device,
    /// Whether the run was begun before: go on from the latest of `dir.checkpoints()`, if there is one.
    pub resumed: bool,
    /// The directory to name after `--resume`: the run's own, or that of all seeds.
    pub(crate) resume_from: PathBuf,
    pub(crate) interrupted: Arc<AtomicBool>,
}

impl<T> Run<T> {
    /// The flag that Ctrl-C sets; a callback polls it, saves and stops the training.
    pub fn interrupted(&self) -> Arc<AtomicBool> {
        self.interrupted.clone()
    }

    /// To be called after the training with `?`: ends the run, unfinished, when Ctrl-C stopped it.
    ///
    /// # Errors
    /// [`Interrupted`] with the command that goes on, which [`main`](crate::main()) turns into exit status 130.
    pub fn stop_if_interrupted(&self) -> Result<(), Interrupted> {
        match self.interrupted.load(Ordering::SeqCst) {
            true => Err(Interrupted { directory: self.dir.path().into(), resume: self.resume_command() }),
            false => Ok(()),
        }
    }

    /// The command that goes on with this run.
    pub fn resume_command(&self) -> String {
        self.config.resume_command(&self.resume_from)
    }

    /// The run's figures: epochs and seconds from `timing.csv`, memory from the system, the rest from the caller.
    ///
    /// `parameters` are the network's trainable ones, `train_samples` the samples of one epoch.
    ///
    /// # Errors
    /// When `timing.csv` cannot be read.
    pub fn result<S: Into<String>>(
        &self,
        parameters: usize,
        train_samples: usize,
        metrics: impl IntoIterator<Item = (S, f64)>,
    ) -> Result<RunResult, FileError> {
        self.result_of(&[self.dir.timing()], parameters, train_samples, metrics)
    }

    /// As [`result`](Self::result), for a run of several trainings with a `timing.csv` each: their epochs and seconds add up.
    ///
    /// # Errors
    /// When one of the files cannot be read.
    pub fn result_of<S: Into<String>>(
        &self,
        timings: &[PathBuf],
        parameters: usize,
        train_samples: usize,
        metrics: impl IntoIterator<Item = (S, f64)>,
    ) -> Result<RunResult, FileError> {
        let (mut epochs, mut seconds) = (0, 0.0);
        for timing in timings {
            let (more_epochs, more_seconds) = trained(timing)?;
            epochs += more_epochs;
            seconds += more_seconds;
        }
        let samples = (train_samples * epochs) as f64;
        Ok(RunResult {
            crate_name: self.config.crate_name.clone(),
            recipe: self.config.recipe.clone(),
            dataset: self.config.dataset.clone(),
            device: self.config.device,
            seed: self.config.seed,
            epochs,
            parameters,
            train_samples,
            seconds,
            samples_per_second: if seconds > 0.0 { samples / seconds } else { 0.0 },
            metrics: metrics.into_iter().map(|(name, value)| (name.into(), value)).collect(),
            peak_rss_bytes: peak_rss_bytes(),
        })
    }
}

/// Does what the arguments of `train` ask for: makes or reopens the run directory, calls `train` for the run, or for each
/// seed that is not finished yet, and stores what it returns as `result.json` (and `seeds.json`).
///
/// Everything that can be refused is refused before a directory is made; a run that fails before it has written anything
/// leaves none. Ctrl-C is listened for from here on.
///
/// ```no_run
/// use clap::Parser;
/// use firebrick_run::{Recipe, Run, RunResult, TrainArgs, launch};
///
/// #[derive(Clone, serde::Serialize, serde::Deserialize)]
/// struct Settings { batch_size: usize }
///
/// #[derive(Parser)]
/// enum Verb { Train(TrainArgs) }
///
/// fn train(run: &Run<Settings>) -> anyhow::Result<RunResult> {
///     // load run.config.dataset, train with run.config.settings, write run.dir.model()
///     run.stop_if_interrupted()?;
///     Ok(run.result(34_826, 1_258, [("test_accuracy", 0.9889)])?)
/// }
///
/// fn main() -> std::process::ExitCode {
///     firebrick_run::main(|| {
///         let Verb::Train(args) = Verb::parse();
///         let settings = Settings { batch_size: 64 };
///         launch("cnn", &args, &Recipe { name: "digits", dataset: "digits", epochs: 20, settings }, train)
///     })
/// }
/// ```
///
/// # Errors
/// [`ArgumentError`] for what the arguments get wrong, [`Interrupted`] after Ctrl-C, and whatever `train` returns.
pub fn launch<T: Clone + Serialize + DeserializeOwned>(
    crate_name: &str,
    args: &TrainArgs,
    recipe: &Recipe<T>,
    mut train: impl FnMut(&Run<T>) -> anyhow::Result<RunResult>,
) -> anyhow::Result<()> {
    let interrupted = interrupt::install();
    let (config, dir, resumed) = prepare(crate_name, args, recipe)?;
    let device = config.device.device()?;
    let resume_from = dir.path().to_path_buf();
    let run = Run { config, dir, device, resumed, resume_from, interrupted };
    match run.config.seeds {
        Some(_) => seeds::train_each(&run, train),
        None => train_once(run, &mut train).map(|_| ()),
    }
}

/// The configuration and the directory, and whether the run was begun before.
fn prepare<T: Clone + Serialize + DeserializeOwned>(
    crate_name: &str,
    args: &TrainArgs,
    recipe: &Recipe<T>,
) -> Result<(RunConfig<T>, RunDir, bool), ArgumentError> {
    if let Some(path) = &args.resume {
        let dir = RunDir::resume(path)?;
        dir.read_config::<serde_json::Value>()?.expect_crate(crate_name, path)?;
        let config = dir.read_config::<T>()?.resumed(args, path)?;
        return Ok((config, dir, true));
    }
    let config = RunConfig::new(crate_name, args, recipe)?;
    config.device.device()?;
    let (dir, resumed) = match config.seeds {
        Some(_) => seeds::directory(&config, args.out.as_deref())?,
        None => (RunDir::create(args.out.as_deref(), crate_name, recipe.name)?, false),
    };
    dir.write_config(&config)?;
    Ok((config, dir, resumed))
}

/// Trains one run and stores its result; a finished one is only told.
pub(crate) fn train_once<T: Clone + Serialize + DeserializeOwned>(
    run: Run<T>,
    train: &mut impl FnMut(&Run<T>) -> anyhow::Result<RunResult>,
) -> anyhow::Result<RunResult> {
    let path = run.dir.path().to_path_buf();
    if run.dir.is_finished() {
        let result = run.dir.read_result()?;
        say(&format!("{} has finished already: {}", path.display(), result.line()));
        return Ok(result);
    }
    say(&format!("run directory: {}", path.display()));
    match train(&run) {
        Ok(result) => {
            run.dir.write_result(&result)?;
            say(&stored(&run.dir, &result));
            Ok(result)
        }
        Err(error) => Err(unfinished(run, error)),
    }
}

fn stored(dir: &RunDir, result: &RunResult) -> String {
    let place = if dir.report().is_file() { dir.report() } else { dir.path().into() };
    format!("{}\nstored in {}", result.line(), place.display())
}

/// An error with the way to go on, when something was saved; when nothing was begun the directory goes again.
fn unfinished<T>(run: Run<T>, error: anyhow::Error) -> anyhow::Error {
    if has_entries(&run.dir.checkpoints()) && !error.is::<Interrupted>() {
        let command = run.resume_command();
        return error.context(format!("the training stopped; go on from its last checkpoint with: {command}"));
    }
    if !run.resumed {
        run.dir.remove_if_untouched();
    }
    error
}

fn has_entries(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// A line on standard output; a reader that went away (`| head`) is no reason to stop training.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

#[cfg(test)]
mod tests;
