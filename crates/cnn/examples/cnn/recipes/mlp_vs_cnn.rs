//! A multi-layer perceptron beside a convolutional network on the same pictures: accuracy, parameters, seconds.
//!
//! `network` in the settings is the convolutional one; the perceptron is `firebrick_cnn::networks::mlp`.

use std::io::Write;
use std::path::PathBuf;

use firebrick_cnn::networks::mlp;
use firebrick_cnn::{Classifier, Evaluation};
use firebrick_data::{Images, Splits};
use firebrick_layers::SequentialConfig;
use firebrick_run::{Recipe, Run, RunResult, Table};

use super::{Settings, digits, network};
use crate::pictures::pictures;
use crate::train::{Trained, fit};

pub(crate) fn recipe() -> Recipe<Settings> {
    let digits = digits::recipe();
    let settings = Settings { network: "small-convnet".into(), ..digits.settings };
    Recipe { name: "mlp-vs-cnn", settings, ..digits }
}

/// A network's figures.
struct Row {
    name: &'static str,
    parameters: usize,
    evaluation: Evaluation,
    seconds: f64,
}

/// Trains both and prints one table; each network has its own folder in the run directory.
pub(crate) fn compare(run: &Run<Settings>) -> anyhow::Result<RunResult> {
    let splits = pictures(&run.config)?;
    let classes = splits.train.classes().len();
    let rows = [row(run, "mlp", &mlp(classes), &splits)?, row(run, "cnn", &network(&run.config, classes)?, &splits)?];
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
