//! Several networks on the same pictures with the same settings: accuracy, parameters and seconds in one table.

use std::io::Write;
use std::path::PathBuf;

use firebrick_cnn::{Classifier, Evaluation};
use firebrick_data::{Images, Splits};
use firebrick_layers::SequentialConfig;
use firebrick_run::{Run, RunResult, Table};

use super::Settings;
use crate::train::{Trained, fit};

/// A network's figures.
struct Row {
    name: &'static str,
    parameters: usize,
    evaluation: Evaluation,
    seconds: f64,
}

/// Trains them in turn and prints one table; each network has its own folder in the run directory.
pub(crate) fn compare(
    run: &Run<Settings>,
    splits: &Splits<Images>,
    networks: &[(&'static str, SequentialConfig)],
) -> anyhow::Result<RunResult> {
    let rows = networks.iter().map(|(name, network)| row(run, name, network, splits));
    let rows = rows.collect::<anyhow::Result<Vec<Row>>>()?;
    let table = table(&rows);
    writeln!(std::io::stdout(), "{table}")?;
    let metrics = rows.iter().flat_map(|row| {
        let name = |metric: &str| format!("{}_{metric}", row.name);
        let parameters = row.parameters as f64;
        [
            (name("test_accuracy"), row.evaluation.accuracy),
            (name("parameters"), parameters),
            (name("seconds"), row.seconds),
        ]
    });
    let timings: Vec<PathBuf> = rows.iter().map(|row| timing(run, row.name)).collect();
    let parameters = rows.iter().map(|row| row.parameters).sum();
    Ok(run.result_of(&timings, parameters, splits.train.len(), metrics)?)
}

fn row(
    run: &Run<Settings>,
    name: &'static str,
    network: &SequentialConfig,
    splits: &Splits<Images>,
) -> anyhow::Result<Row> {
    let directory = run.dir.path().join(name);
    let parameters = network.summary(&splits.train.shape())?.trainable_parameters() as usize;
    let evaluation = match Classifier::load(&directory, &run.device) {
        Ok(finished) if run.resumed => finished.evaluate(&splits.test)?,
        _ => {
            writeln!(std::io::stdout(), "{name}: {parameters} parameters")?;
            let Trained { classifier, evaluation, .. } = fit(run, network, splits, &directory)?;
            classifier.save(&directory)?;
            evaluation
        }
    };
    let (_, seconds) = firebrick_run::trained(&timing(run, name))?;
    Ok(Row { name, parameters, evaluation, seconds })
}

fn timing(run: &Run<Settings>, name: &str) -> PathBuf {
    run.dir.path().join(name).join("timing.csv")
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new(["network", "test accuracy", "parameters", "seconds"]);
    for row in rows {
        let accuracy = format!("{:.2} %", 100.0 * row.evaluation.accuracy);
        table.push([row.name.to_string(), accuracy, row.parameters.to_string(), format!("{:.1}", row.seconds)]);
    }
    table
}
