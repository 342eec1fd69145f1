//! Inside a trained LSTM: what its gates do while it reads a string of the embedded Reber grammar; and how much of the gradient is
//! left the further back one goes, in an LSTM and in a simple recurrent layer, both as they begin and trained.

use std::path::Path;

use anyhow::{Context, ensure};
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use firebrick_data::problems::reber::ReberString;
use firebrick_rnn::tasks::SequenceTagger;
use firebrick_rnn::{GateRecord, RecurrentLayer, SequenceLayer, SequenceNetwork, Signal, gradient_norms, record_gates};
use firebrick_run::plot::{Chart, Series, svg_to_png};
use firebrick_run::report::Report;
use firebrick_run::{Recipe, RunResult, Table, TrainArgs, launch};

use super::cell::Cell;
use super::reber::{self, Reber};
use crate::settings::Settings;
use crate::train::{Problem, ProblemRun, finished, fit, trial};

/// Steps over which gradients are followed back.
const STEPS: usize = 100;
/// Strings that they are averaged over.
const STRINGS: usize = 32;
/// Gradients below this are drawn as this.
const SMALLEST: f64 = 1e-20;

pub(crate) fn recipe() -> Recipe<Settings<Reber>> {
    Recipe { name: "gates", ..reber::recipe() }
}

/// `cargo xtask train rnn --recipe gates`.
pub(crate) fn train(args: &TrainArgs) -> anyhow::Result<()> {
    ensure!(args.model.is_none(), "the recipe gates looks into two networks of its own: leave out --model");
    match args.fast_dev_run {
        true => trial(args, &recipe()),
        false => launch("rnn", args, &recipe(), look),
    }
}

fn look(run: &ProblemRun<Reber>) -> anyhow::Result<RunResult> {
    let data = Reber::data(&run.config)?;
    let (mut curves, mut figures, mut timings, mut parameters) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let mut gates = None;
    for cell in [Cell::SimpleRnn, Cell::Lstm] {
        let problem = Reber { cell, ..run.config.settings.problem.clone() };
        let config = problem.network(&data);
        let directory = run.dir.path().join(cell.to_string());
        run.device.seed(run.config.seed);
        let fresh = config.init(&Reber::shape(&data), &run.device)?;
        let task = trained(run, &problem, &data, &directory)?;
        let network = task.network().context("the task was trained")?;
        for (when, network) in [("new", &fresh), ("trained", network)] {
            let norms = norms(network, &data.long_strings(STRINGS, STEPS)?, &run.device)?;
            figures.push((format!("{cell}_{when}_gradient_at_50"), norms[STEPS - 1 - 50]));
            curves.push(curve(&format!("{cell} {when}"), &norms));
        }
        for (name, value) in problem.metrics(&task, &data)? {
            figures.push((format!("{cell}_{name}"), value));
        }
        if cell == Cell::Lstm {
            let string = data.long_string();
            gates = Some((string, record(network, string, &run.device)?));
        }
        parameters += config.summary(&Reber::shape(&data))?.trainable_parameters() as usize;
        timings.push(directory.join("timing.csv"));
    }
    let (string, record) = gates.context("an LSTM was trained")?;
    let result = run.result_of(&timings, parameters, Reber::parts(&data)[0].len(), figures)?;
    let charts = [activations(string, &record), gradients(curves)];
    for (chart, file) in charts.iter().zip(["gates", "gradients"]) {
        let svg = chart.svg()?;
        std::fs::write(run.dir.path().join(format!("{file}.svg")), &svg)?;
        std::fs::write(run.dir.path().join(format!("{file}.png")), svg_to_png(&svg, 1120)?)?;
    }
    let [gates, gradients] = charts;
    let note = "Means over the units. f near 1 keeps the cell, i near 1 writes to it, o near 1 shows it.";
    let report = Report::new(&result).with_chart(gates).with_chart(gradients);
    report.with_table("Gates, step by step", note, steps(string, &record)).with_config(&run.config).save(&run.dir)?;
    Ok(result)
}

/// A cell's task, trained now or by an earlier start of the run.
fn trained(
    run: &ProblemRun<Reber>,
    problem: &Reber,
    data: &<Reber as Problem>::Data,
    directory: &Path,
) -> anyhow::Result<SequenceTagger> {
    if let Some(task) = finished(run, directory, &run.device) {
        return Ok(task);
    }
    let task = problem.task(problem.network(data), data)?;
    let trained = fit(run, task, Reber::parts(data), directory, |task| problem.metrics(task, data))?;
    trained.task.save(directory)?;
    Ok(trained.task)
}

/// What the recurrent layer reads, `[B, T, F]`: the rows of the embedding for strings of one length.
fn read(network: &SequenceNetwork, strings: &[Vec<u32>], device: &Device) -> anyhow::Result<Tensor<3>> {
    let steps = strings[0].len();
    let ids: Vec<i64> = strings.iter().flatten().map(|&id| i64::from(id)).collect();
    let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [strings.len(), steps]), device);
    let (_, mut outputs) = network.forward_at(Signal::from(ids), &["0.embedding"])?;
    let rows = outputs.remove("0.embedding").context("the network begins with an embedding")?;
    Ok(rows.into_sequence().values)
}

/// Norms of the gradient of the last hidden state with respect to the input of each step, the first step first; 1 at the last.
fn norms(network: &SequenceNetwork, strings: &[Vec<u32>], device: &Device) -> anyhow::Result<Vec<f64>> {
    let x = read(network, strings, device)?;
    let device = device.clone().autodiff();
    let layer = network.clone().train().to_device(&device);
    let x = Tensor::from_data(x.into_data(), &device);
    let norms = match &layer.layers()[1] {
        SequenceLayer::Lstm(lstm) => gradient_norms(x, |x| lstm.forward(x).last.sum()),
        SequenceLayer::SimpleRnn(simple) => gradient_norms(x, |x| simple.forward(x).last.sum()),
        _ => anyhow::bail!("the network's second layer is no recurrent one"),
    };
    let last = norms[norms.len() - 1];
    Ok(norms.into_iter().map(|norm| norm / last).collect())
}

/// Powers of ten by distance from the last step.
fn curve(name: &str, norms: &[f64]) -> Series {
    let points = norms.iter().rev().zip(0..).map(|(norm, distance)| (distance, norm.max(SMALLEST).log10()));
    Series { name: name.into(), points: points.collect() }
}

fn gradients(series: Vec<Series>) -> Chart {
    Chart {
        name: "gradient by distance".into(),
        title: "Gradients".into(),
        subtitle: "log10 of the norm: last hidden state by the input so many steps before, 0 at the last step".into(),
        axis: "distance".into(),
        series,
        marks: Vec::new(),
    }
}

/// What the gates do while the trained network reads a string.
fn record(network: &SequenceNetwork, string: &ReberString, device: &Device) -> anyhow::Result<GateRecord> {
    let ids: Vec<u32> =
        string.symbols()[..string.allowed().len()].iter().map(|&symbol| u32::from(symbol) + 1).collect();
    let x = read(network, &[ids], device)?;
    match &network.layers()[1] {
        SequenceLayer::Lstm(lstm) => Ok(record_gates(lstm, x, None)),
        _ => anyhow::bail!("the network's second layer is no LSTM"),
    }
}

/// Means over the units, by step.
fn means(values: &Tensor<3>) -> Vec<f64> {
    values.clone().mean_dim(2).into_data().iter::<f64>().collect()
}

fn named(record: &GateRecord) -> [(&'static str, Vec<f64>); 4] {
    [
        ("forget", means(&record.forget_gate)),
        ("input", means(&record.input_gate)),
        ("output", means(&record.output_gate)),
        ("|cell|", means(&record.cell.clone().abs())),
    ]
}

fn activations(string: &ReberString, record: &GateRecord) -> Chart {
    let series = named(record)
        .into_iter()
        .take(3)
        .map(|(name, values)| Series { name: name.into(), points: (1..).zip(values).collect() });
    Chart {
        name: "gates".into(),
        title: "The gates of a trained LSTM".into(),
        subtitle: format!("means over the units, reading {string}"),
        axis: "step".into(),
        series: series.collect(),
        marks: Vec::new(),
    }
}

fn steps(string: &ReberString, record: &GateRecord) -> Table {
    let named = named(record);
    let mut table = Table::new(["symbol", "allowed next"].into_iter().chain(named.iter().map(|(name, _)| *name)));
    for (step, (symbol, allowed)) in string.to_string().chars().zip(string.allowed()).enumerate() {
        let values = named.iter().map(|(_, values)| format!("{:.3}", values[step]));
        table.push([symbol.to_string(), allowed.to_string()].into_iter().chain(values));
    }
    table
}
