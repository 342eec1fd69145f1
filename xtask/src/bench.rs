//! `bench`: the criterion benchmarks, the reference workloads beside Burn's layers and the peers, what callbacks cost, or
//! transforms of pictures.

mod augment;
mod engines;
mod rows;
mod store;
mod table;

use std::process::ExitCode;

use anyhow::{Result, bail, ensure};

use crate::launch;
use crate::workspace::Workspace;
use engines::{Engine, PEAK};
use rows::Row;
use table::Table;

/// The reference workloads that exist; each is measured in training and inference.
const WORKLOADS: [&str; 5] = ["cnn", "lstm", "gru", "dcgan", "ae"];

/// What is measured only when it is asked for: texts of different lengths, a lazy optimiser, the layer alone over ever more steps.
const VARIANTS: [&str; 6] = ["lstm-lengths", "gru-lengths", "lstm-lazy", "gru-lazy", "lstm-long", "gru-long"];

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Bench {
    /// A filter for the criterion benchmarks; with --workloads: the workloads (default: the reference ones); with --augment: parts
    /// of transforms' names (default: all).
    #[arg(value_name = "FILTER|WORKLOAD|TRANSFORM")]
    names: Vec<String>,
    /// Measure whole training and inference steps instead of single operations.
    #[arg(long)]
    workloads: bool,
    /// Measure what callbacks add to a training step.
    #[arg(long, conflicts_with_all = ["workloads", "names"])]
    overhead: bool,
    /// Measure transforms of pictures.
    #[arg(long, conflicts_with_all = ["workloads", "overhead"])]
    augment: bool,
    /// Beside ours: the same networks in Burn's own layers.
    #[arg(long, requires = "workloads")]
    burn: bool,
    /// Beside ours: PyTorch and Keras, for --augment AlbumentationsX, torchvision and Pillow; set up in virtual environments on first
    /// use; one that fails is reported and left out.
    #[arg(long)]
    peers: bool,
    /// One line of JSON per engine, workload and kind.
    #[arg(long, requires = "workloads")]
    json: bool,
    /// Store the table as `docs/results/NAME.json`, for the book; the usual name is `workloads`.
    #[arg(long, requires = "workloads", value_name = "NAME")]
    store: Option<String>,
    /// How often the engines take turns.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
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
    if task.augment {
        return augment::run(workspace, task);
    }
    ensure!(!task.peers || task.workloads, "--peers goes with --workloads or --augment");
    if !task.workloads {
        let mut command = launch::cargo(workspace, "bench");
        command.args(["--package", "firebrick-benches", "--bench", "operations", "--"]);
        command.args(&task.names);
        return launch::replace(command);
    }
    let names = chosen(&task.names)?;
    let engines = engines::ready(workspace, task.burn, task.peers)?;
    let rows = rows::combined(&in_turn(&engines, &names, task)?);
    for row in rows.iter().filter(|_| task.json) {
        println!("{}", serde_json::to_string(row)?);
    }
    let table = Table::new(rows);
    if !task.json {
        println!("{table}");
    }
    if let Some(name) = &task.store {
        store::store(workspace, name, &table)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Every engine on every workload, over and over: machines drift, so only neighbours compare. Matrix products come first in each
/// round. A peer that fails is reported, and is not asked for that workload again.
fn in_turn(engines: &[Engine], names: &[&str], task: &Bench) -> Result<Vec<Row>> {
    let mut turns: Vec<(&str, &Engine)> = Vec::new();
    for name in [PEAK].iter().chain(names) {
        turns.extend(engines.iter().filter(|engine| engine.has(name)).map(|engine| (*name, engine)));
    }
    let mut rows = Vec::new();
    for round in 1..=task.rounds {
        let mut failed = Vec::new();
        for (index, (name, engine)) in turns.iter().enumerate() {
            eprintln!("round {round} of {}: {name}, {}", task.rounds, engine.name());
            match engine.measure(name, task.seconds) {
                Ok(measured) => rows.extend(measured),
                Err(error) if engine.is_peer() => {
                    eprintln!("{} is left out of {name}: {error:#}", engine.name());
                    failed.push(index);
                }
                Err(error) => return Err(error),
            }
        }
        for index in failed.into_iter().rev() {
            turns.remove(index);
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
    fn a_peer_that_fails_is_left_out_and_the_others_go_on() {
        let (_good, works) = engines::tests::shell(engines::tests::ONE_ROW);
        let (_bad, fails) = engines::tests::shell("exit 3\n");
        let task = Bench {
            names: Vec::new(),
            workloads: true,
            overhead: false,
            augment: false,
            burn: false,
            peers: true,
            json: false,
            store: None,
            rounds: 3,
            seconds: 0.1,
        };
        let rows = in_turn(&[fails, works], &["cnn"], &task).unwrap();
        assert_eq!(rows.iter().filter(|row| row.workload == "cnn").count(), 3);
        assert_eq!(rows.iter().filter(|row| row.workload == PEAK).count(), 3);
    }

    #[test]
    fn no_name_means_the_reference_workloads_and_an_unknown_one_is_refused() {
        assert_eq!(chosen(&[]).unwrap(), WORKLOADS);
        assert_eq!(chosen(&["lstm-lazy".into(), "cnn".into()]).unwrap(), ["cnn", "lstm-lazy"]);
        let error = chosen(&["cnm".into()]).unwrap_err().to_string();
        assert!(error.contains("`cnm`") && error.contains("cnn, lstm, gru, dcgan, ae, lstm-lengths"), "{error}");
    }
}
