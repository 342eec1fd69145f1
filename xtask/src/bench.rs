//! `bench`: the criterion benchmarks, the reference workloads beside Burn's layers and the peers, or what callbacks cost.

mod engines;
mod rows;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::launch;
use crate::workspace::Workspace;
use engines::Engine;
use rows::Row;

/// The reference workloads that exist; each is measured in training and inference.
const WORKLOADS: [&str; 3] = ["cnn", "lstm", "gru"];

/// What is measured only when it is asked for: texts of different lengths, a lazy optimiser, the layer alone over ever more steps.
const VARIANTS: [&str; 6] = ["lstm-lengths", "gru-lengths", "lstm-lazy", "gru-lazy", "lstm-long", "gru-long"];

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Bench {
    /// A filter for the criterion benchmarks; with --workloads: the workloads (default: the reference ones).
    #[arg(value_name = "FILTER|WORKLOAD")]
    names: Vec<String>,
    /// Measure whole training and inference steps instead of single operations.
    #[arg(long)]
    workloads: bool,
    /// Measure what callbacks add to a training step.
    #[arg(long, conflicts_with_all = ["workloads", "names"])]
    overhead: bool,
    /// Beside ours: the same networks in Burn's own layers.
    #[arg(long, requires = "workloads")]
    burn: bool,
    /// Beside ours: PyTorch and Keras, set up in a virtual environment on first use.
    #[arg(long, requires = "workloads")]
    peers: bool,
    /// One line of JSON per engine, workload and kind.
    #[arg(long, requires = "workloads")]
    json: bool,
    /// How often the engines take turns.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Seconds of one repetition; a turn has five and a warm-up.
    #[arg(long, default_value_t = 0.5)]
    seconds: f64,
}

/// Measures, and prints one row per engine, workload and kind.
pub(crate) fn run(workspace: &Workspace, task: &Bench) -> Result<ExitCode> {
    if task.overhead {
        let mut command = launch::cargo(workspace, "run");
        command.args(["--release", "--package", "firebrick-benches", "--bin", "overhead"]);
        return launch::replace(command);
    }
    if !task.workloads {
        let mut command = launch::cargo(workspace, "bench");
        command.args(["--package", "firebrick-benches", "--bench", "operations", "--"]);
        command.args(&task.names);
        return launch::replace(command);
    }
    let names = chosen(&task.names)?;
    let engines = engines::ready(workspace, task.burn, task.peers)?;
    let rows = rows::combined(&in_turn(&engines, &names, task)?);
    if !task.json {
        println!("{}", rows::HEADER);
    }
    for row in rows {
        println!("{}", if task.json { serde_json::to_string(&row)? } else { row.to_string() });
    }
    Ok(ExitCode::SUCCESS)
}

/// Every engine on every workload, over and over: machines drift, so only neighbours compare.
fn in_turn(engines: &[Engine], names: &[&str], task: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for round in 1..=task.rounds {
        for name in names {
            for engine in engines.iter().filter(|engine| engine.has(name)) {
                eprintln!("round {round} of {}: {name}, {}", task.rounds, engine.name());
                rows.extend(engine.measure(name, task.seconds)?);
            }
        }
    }
    Ok(rows)
}

fn chosen(names: &[String]) -> Result<Vec<&'static str>> {
    let all = || WORKLOADS.into_iter().chain(VARIANTS);
    if let Some(unknown) = names.iter().find(|name| all().all(|known| known != name.as_str())) {
        bail!("there is no workload `{unknown}`; there are: {}", all().collect::<Vec<_>>().join(", "));
    }
    if names.is_empty() {
        return Ok(WORKLOADS.to_vec());
    }
    Ok(all().filter(|known| names.iter().any(|name| name == known)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_means_the_reference_workloads_and_an_unknown_one_is_refused() {
        assert_eq!(chosen(&[]).unwrap(), WORKLOADS);
        assert_eq!(chosen(&["lstm-lazy".into(), "cnn".into()]).unwrap(), ["cnn", "lstm-lazy"]);
        let error = chosen(&["cnm".into()]).unwrap_err().to_string();
        assert!(error.contains("`cnm`") && error.contains("cnn, lstm, gru, lstm-lengths"), "{error}");
    }
}
