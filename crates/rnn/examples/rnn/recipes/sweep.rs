//! The same problem over more and more steps, for the simple recurrent layer, the LSTM and the GRU: how far back does each
//! remember? One table, one figure.

use std::io::Write;
use std::path::Path;

use anyhow::ensure;
use burn::tensor::Device;
use firebrick_data::Sequences;
use firebrick_rnn::tasks::Session;
use firebrick_rnn::{SequenceNetworkConfig, SequenceShape};
use firebrick_run::plot::{Chart, Series, svg_to_png};
use firebrick_run::report::Report;
use firebrick_run::{Recipe, RunConfig, RunResult, Table, TrainArgs, launch, trained};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::cell::Cell;
use crate::settings::Settings;
use crate::task::Task;
use crate::train::{ProblemRun, finished, fit, told};

/// A problem with a distance over which something must be remembered.
pub(crate) trait Distant: Clone + Serialize + DeserializeOwned {
    type Task: Task<Data = Sequences>;

    /// The distances, ascending.
    fn distances(&self) -> &[usize];

    /// Sequences for training, validation and test.
    fn data(&self, distance: usize) -> anyhow::Result<[Sequences; 3]>;

    fn network(&self, cell: Cell) -> SequenceNetworkConfig;

    fn task(&self, network: SequenceNetworkConfig) -> Self::Task;

    /// Of the test sequences, 0 to 1.
    fn accuracy(&self, task: &Self::Task, test: &Sequences) -> anyhow::Result<f64>;

    /// What an answer is counted as right by, in a line.
    fn criterion(&self) -> String;
}

/// `cargo xtask train rnn --recipe adding`, and `copy`.
pub(crate) fn train<P: Distant>(args: &TrainArgs, recipe: &Recipe<Settings<P>>) -> anyhow::Result<()> {
    ensure!(args.model.is_none(), "the recipe {} compares three networks of its own: leave out --model", recipe.name);
    match args.fast_dev_run {
        true => trial(args, recipe),
        false => launch("rnn", args, recipe, compare),
    }
}

/// Accuracies of one cell by distance.
struct Line {
    cell: Cell,
    accuracies: Vec<(usize, f64)>,
}

fn compare<P: Distant>(run: &ProblemRun<P>) -> anyhow::Result<RunResult> {
    let problem = &run.config.settings.problem;
    check(&run.config)?;
    let (mut lines, mut timings, mut parameters, mut samples) = (Vec::new(), Vec::new(), 0, 0);
    for cell in Cell::COMPARED {
        let mut accuracies = Vec::new();
        for &distance in problem.distances() {
            let directory = run.dir.path().join(format!("{cell}-{distance}"));
            let data = problem.data(distance)?;
            let accuracy = accuracy(run, cell, &data, &directory)?;
            writeln!(std::io::stdout(), "{cell}, distance {distance}: {:.2} %", 100.0 * accuracy)?;
            accuracies.push((distance, accuracy));
            timings.push(directory.join("timing.csv"));
            samples = data[0].len();
        }
        parameters +=
            problem.network(cell).summary(&shape(&problem.data(problem.distances()[0])?[0]))?.trainable_parameters();
        lines.push(Line { cell, accuracies });
    }
    let metrics = lines.iter().flat_map(|line| {
        line.accuracies
            .iter()
            .map(|(distance, accuracy)| (format!("{}_{distance}_test_accuracy", line.cell), *accuracy))
    });
    let result = run.result_of(&timings, parameters as usize, samples, metrics)?;
    let seconds = timings.iter().map(|timing| trained(timing).map(|(_, seconds)| seconds));
    let seconds = seconds.collect::<Result<Vec<f64>, _>>()?;
    store(run, &result, &lines, &seconds)?;
    Ok(result)
}

/// Trains one cell over one distance, or finds it trained by an earlier start of the run.
fn accuracy<P: Distant>(
    run: &ProblemRun<P>,
    cell: Cell,
    data: &[Sequences; 3],
    directory: &Path,
) -> anyhow::Result<f64> {
    let problem = &run.config.settings.problem;
    let [train, valid, test] = data;
    if let Some(task) = finished::<_, P::Task>(run, directory, &run.device) {
        return problem.accuracy(&task, test);
    }
    let task = problem.task(problem.network(cell));
    let trained = fit(run, task, [train, valid], directory, |task| {
        Ok(vec![("test_accuracy".to_owned(), problem.accuracy(task, test)?)])
    })?;
    trained.task.save(directory)?;
    Ok(trained.metrics[0].1)
}

fn check<P: Distant>(config: &RunConfig<Settings<P>>) -> anyhow::Result<()> {
    ensure!(!config.settings.problem.distances().is_empty(), "distances is empty: give at least one, as in [50, 100]");
    ensure!(
        config.dataset == config.recipe,
        "the recipe {} makes its own sequences: there is no data set to choose",
        config.recipe
    );
    Ok(())
}

fn shape(sequences: &Sequences) -> SequenceShape {
    sequences.features().map_or_else(SequenceShape::ids, SequenceShape::features)
}

/// Prints and stores table, figure and report.
fn store<P: Distant>(run: &ProblemRun<P>, result: &RunResult, lines: &[Line], seconds: &[f64]) -> anyhow::Result<()> {
    let problem = &run.config.settings.problem;
    let distances = problem.distances();
    let mut table = Table::new(
        ["cell".to_owned()]
            .into_iter()
            .chain(distances.iter().map(|d| format!("distance {d}")))
            .chain(["seconds".to_owned()]),
    );
    for (line, seconds) in lines.iter().zip(seconds.chunks(distances.len())) {
        let accuracies = line.accuracies.iter().map(|(_, accuracy)| format!("{:.2} %", 100.0 * accuracy));
        table.push(
            [line.cell.to_string()]
                .into_iter()
                .chain(accuracies)
                .chain([format!("{:.0}", seconds.iter().sum::<f64>())]),
        );
    }
    writeln!(std::io::stdout(), "{table}")?;
    let chart = chart(&problem.criterion(), lines);
    let svg = chart.svg()?;
    std::fs::write(run.dir.path().join("distance.svg"), &svg)?;
    std::fs::write(run.dir.path().join("distance.png"), svg_to_png(&svg, 1120)?)?;
    let note = format!("Accuracy on test sequences that no network has seen. {}", problem.criterion());
    let report = Report::new(result).with_chart(chart).with_table("By distance", &note, table).with_config(&run.config);
    Ok(report.save(&run.dir)?)
}

fn chart(criterion: &str, lines: &[Line]) -> Chart {
    let series = lines.iter().map(|line| Series {
        name: line.cell.to_string(),
        points: line.accuracies.iter().map(|(distance, accuracy)| (*distance as u32, *accuracy)).collect(),
    });
    Chart {
        name: "accuracy by distance".into(),
        title: "Accuracy by distance".into(),
        subtitle: criterion.into(),
        axis: "distance".into(),
        series: series.collect(),
        marks: Vec::new(),
    }
}

fn trial<P: Distant>(args: &TrainArgs, recipe: &Recipe<Settings<P>>) -> anyhow::Result<()> {
    let config = RunConfig::new("rnn", args, recipe)?;
    check(&config)?;
    let device: Device = config.device.device()?;
    let problem = &config.settings.problem;
    let [train, valid, _] = problem.data(problem.distances()[0])?;
    let fit = Settings::fit(&config).with_fast_dev_run(true);
    for cell in Cell::COMPARED {
        let session = Session::new().with_callbacks(config.settings.watch.of_weights());
        problem.task(problem.network(cell)).on(&device).fit_in([&train, &valid], &fit, session)?;
    }
    told(recipe.name)
}
