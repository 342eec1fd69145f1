//! One training: data, network, callbacks, evaluation, what is stored.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, ensure};
use burn::tensor::Device;
use firebrick_callbacks::{Checkpoints, Outcome};
use firebrick_rnn::tasks::Session;
use firebrick_rnn::{SequenceNetworkConfig, SequenceShape};
use firebrick_run::report::Report;
use firebrick_run::{HistoryTable, Recipe, Run, RunConfig, RunResult, TrainArgs, Watched, watch};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::settings::Settings;
use crate::task::Task;

/// The configuration of a run of a problem.
pub(crate) type Config<P> = RunConfig<Settings<P>>;
/// A run of a problem.
pub(crate) type ProblemRun<P> = Run<Settings<P>>;

/// A recipe with one network: its settings, and what follows from them.
pub(crate) trait Problem: Clone + Serialize + DeserializeOwned {
    /// What is trained.
    type Task: Task;
    /// All data of a run.
    type Data;

    /// Reads or makes the data.
    fn data(config: &Config<Self>) -> anyhow::Result<Self::Data>;

    /// The data to evaluate a stored task on: with what it learnt of the training data, such as its vocabulary. Default: as
    /// [`data`](Self::data).
    fn data_of(config: &Config<Self>, task: &Self::Task, run: &Path) -> anyhow::Result<Self::Data> {
        let _ = (task, run);
        Self::data(config)
    }

    /// The parts for training and validation.
    fn parts(data: &Self::Data) -> [&<Self::Task as Task>::Data; 2];

    /// What the network is told of its input.
    fn shape(data: &Self::Data) -> SequenceShape;

    /// The network, without `--model`.
    fn network(&self, data: &Self::Data) -> SequenceNetworkConfig;

    /// The task, before it is trained.
    fn task(&self, network: SequenceNetworkConfig, data: &Self::Data) -> anyhow::Result<Self::Task>;

    /// What `result.json` says of the trained task.
    fn metrics(&self, task: &Self::Task, data: &Self::Data) -> anyhow::Result<Vec<(String, f64)>>;

    /// What is written beside, and what the report shows of it.
    fn report(&self, report: Report, task: &Self::Task, data: &Self::Data, folder: &Path) -> anyhow::Result<Report>;
}

/// What a training leaves.
pub(crate) struct Trained<T> {
    pub(crate) task: T,
    pub(crate) metrics: Vec<(String, f64)>,
    pub(crate) watched: Watched,
}

/// The network of `--model`, or the problem's own.
pub(crate) fn network<P: Problem>(config: &Config<P>, data: &P::Data) -> anyhow::Result<SequenceNetworkConfig> {
    match &config.model {
        Some(toml) => SequenceNetworkConfig::from_toml(toml).context("the network of --model"),
        None => Ok(config.settings.problem.network(data)),
    }
}

/// A recipe with one network.
pub(crate) fn train_one<P: Problem>(run: &ProblemRun<P>) -> anyhow::Result<RunResult> {
    let data = P::data(&run.config)?;
    let problem = &run.config.settings.problem;
    let network = network(&run.config, &data)?;
    let summary = network.summary(&P::shape(&data))?;
    writeln!(std::io::stdout(), "{summary}")?;

    let task = problem.task(network, &data)?;
    let trained = fit(run, task, P::parts(&data), run.dir.path(), |task| problem.metrics(task, &data))?;
    trained.task.save(run.dir.path())?;
    let all = trained.metrics.iter().cloned().chain(trained.watched.metrics());
    let samples = P::Task::samples(P::parts(&data)[0]);
    let result = run.result(summary.trainable_parameters() as usize, samples, all)?;
    let table = trained.watched.table(&trained.metrics, result.epochs);
    for line in trained.watched.ending().into_iter().chain(table.map(|table| table.to_string())) {
        writeln!(std::io::stdout(), "{line}")?;
    }
    let report = Report::new(&result)
        .with_history(&HistoryTable::read(&run.dir.history())?)
        .with_marks(&trained.watched.marks())
        .with_network(summary)
        .with_config(&run.config);
    problem.report(report, &trained.task, &data, run.dir.path())?.save(&run.dir)?;
    Ok(result)
}

/// Trains a task with its history and checkpoints in `directory`.
pub(crate) fn fit<P: Clone + Serialize, T: Task>(
    run: &Run<Settings<P>>,
    task: T,
    data: [&T::Data; 2],
    directory: &Path,
    metrics: impl Fn(&T) -> anyhow::Result<Vec<(String, f64)>>,
) -> anyhow::Result<Trained<T>> {
    let checkpoints = Checkpoints::new(directory.join("checkpoints")).resume(run.resumed);
    let (callbacks, watch) = watch(run, &run.config.settings.watch, directory);
    let session = Session::new().with_callbacks(callbacks).with_checkpoints(checkpoints);
    let task = task.on(&run.device).fit_in(data, &Settings::fit(&run.config), session)?;
    run.stop_if_interrupted()?;
    let stop = task.outcome().and_then(Outcome::stop);
    let (task, watched) = watch.finish(task, stop, &metrics, |task, kept| Ok(task.with_kept_weights(kept)?))?;
    Ok(Trained { metrics: metrics(&task)?, task, watched })
}

/// A task that an earlier start of the run has finished, where it goes on.
pub(crate) fn finished<P, T: Task>(run: &Run<P>, directory: &Path, device: &Device) -> Option<T> {
    if run.resumed { T::load(directory, device).ok() } else { None }
}

/// `--fast-dev-run`: all the code of a training in seconds, and nothing stored.
pub(crate) fn trial<P: Problem>(args: &TrainArgs, recipe: &Recipe<Settings<P>>) -> anyhow::Result<()> {
    let config = RunConfig::new("rnn", args, recipe)?;
    let device = config.device.device()?;
    let data = P::data(&config)?;
    let problem = &config.settings.problem;
    let network = network(&config, &data)?;
    writeln!(std::io::stdout(), "{}", network.summary(&P::shape(&data))?)?;
    let fit = Settings::fit(&config).with_fast_dev_run(true);
    let session = Session::new().with_callbacks(config.settings.watch.of_weights());
    problem.task(network, &data)?.on(&device).fit_in(P::parts(&data), &fit, session)?;
    told(recipe.name)
}

/// A trial run stores nothing, and so cannot be told where to.
pub(crate) fn check_trial(args: &TrainArgs) -> anyhow::Result<()> {
    let unused = args.resume.is_some() || args.out.is_some() || args.seeds.is_some();
    ensure!(!unused, "a trial run stores nothing: leave out --out, --resume and --seeds");
    Ok(())
}

/// Says that a trial run is over.
pub(crate) fn told(recipe: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "trial run of {recipe}: one batch each trained and validated; nothing stored")?;
    Ok(())
}
