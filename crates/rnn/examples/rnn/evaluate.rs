//! `cargo xtask evaluate rnn --run DIR`: a stored run on the test part of a data set.

use std::io::Write;

use anyhow::{Context, bail};
use firebrick_run::{EvaluateArgs, RunConfig, RunDir};
use serde_json::Value;

use crate::recipes::{
    self, char_lm::CharLm, digits_rows::DigitsRows, forecast::Forecast, reber::Reber, sentiment::Sentiment,
};
use crate::settings::Settings;
use crate::task::Task;
use crate::train::Problem;

/// Prints the figures that a training ends with, for the run's own data set or another one of its kind.
pub(crate) fn evaluate(args: &EvaluateArgs) -> anyhow::Result<()> {
    let figures = figures(args)?;
    let figures: Vec<String> = figures.iter().map(|(name, value)| format!("{name} {value:.4}")).collect();
    writeln!(std::io::stdout(), "{}", figures.join(", "))?;
    Ok(())
}

/// The figures with their names.
pub(crate) fn figures(args: &EvaluateArgs) -> anyhow::Result<Vec<(String, f64)>> {
    let config = RunDir::open(&args.run)?.read_config::<Value>()?;
    config.expect_crate("rnn", &args.run)?;
    match config.recipe.as_str() {
        "reber" => of::<Reber>(args),
        "digits-rows" => of::<DigitsRows>(args),
        "sentiment" => of::<Sentiment>(args),
        "char-lm" => of::<CharLm>(args),
        "forecast" => of::<Forecast>(args),
        other => bail!(
            "{} is a run of the recipe {other}, which compares several networks: its result.json has the figures of each; \
             evaluate takes runs of one network ({})",
            args.run.display(),
            recipes::OF_ONE_NETWORK.join(", ")
        ),
    }
}

fn of<P: Problem>(args: &EvaluateArgs) -> anyhow::Result<Vec<(String, f64)>> {
    let mut config: RunConfig<Settings<P>> = RunDir::open(&args.run)?.read_config()?;
    if let Some(dataset) = &args.dataset {
        config.dataset.clone_from(dataset);
    }
    if args.data_dir.is_some() {
        config.data_dir.clone_from(&args.data_dir);
    }
    let task = P::Task::load(&args.run, &args.device.device()?)
        .with_context(|| format!("{} is not a finished run", args.run.display()))?;
    let data = P::data_of(&config, &task, &args.run)?;
    config.settings.problem.metrics(&task, &data)
}
