//! `cargo xtask cross-validate cnn`: k trainings, each tested on the part that it never saw.

use std::io::Write;

use anyhow::ensure;
use firebrick_callbacks::callbacks;
use firebrick_cnn::Classifier;
use firebrick_data::{Images, split};
use firebrick_run::seeds::Spread;
use firebrick_run::{RunConfig, Table, TrainArgs};

use crate::augment::Augmented;
use crate::pictures::{SPLIT_SEED, pictures};
use crate::recipes::{self, Settings, network};

/// Arguments of the verb `cross-validate`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    train: TrainArgs,
    /// Into how many parts the pictures are divided
    #[arg(long, value_name = "K", default_value_t = 5)]
    folds: usize,
}

/// Prints the accuracy of each fold, their mean and deviation. Nothing is stored.
pub(crate) fn cross_validate(args: &Args) -> anyhow::Result<()> {
    let TrainArgs { resume, out, seeds, fast_dev_run, .. } = &args.train;
    let unused = resume.is_some() || out.is_some() || seeds.is_some() || *fast_dev_run;
    ensure!(!unused, "cross-validate stores nothing: --out, --resume, --seeds and --fast-dev-run are for train");
    let config = RunConfig::new("cnn", &args.train, &recipes::chosen(&args.train)?)?;
    let device = config.device.device()?;
    let all = whole(&config)?;
    let network = network(&config, all.classes().len())?;

    let mut table = Table::new(["fold", "test accuracy", "pictures"]);
    let mut accuracies = Vec::new();
    for (fold, parts) in split::k_folds(all.labels(), args.folds, SPLIT_SEED)?.iter().enumerate() {
        let (rest, test) = (all.subset(&parts.train), all.subset(&parts.test));
        let (train, valid) = split::hold_out(rest.labels(), 0.1, SPLIT_SEED)?;
        let (train, valid) = (rest.subset(&train), rest.subset(&valid));
        let classifier = Classifier::new(network.clone(), all.shape()).on(&device);
        let train = Augmented::new(&train, &config)?;
        let classifier = classifier.fit(&train, &valid, Settings::fit(&config), callbacks![])?;
        let accuracy = classifier.evaluate(&test)?.accuracy;
        writeln!(std::io::stdout(), "fold {} of {}: test accuracy {:.2} %", fold + 1, args.folds, 100.0 * accuracy)?;
        table.push([(fold + 1).to_string(), format!("{:.2} %", 100.0 * accuracy), test.len().to_string()]);
        accuracies.push(100.0 * accuracy);
    }
    let Spread { mean, deviation, .. } = Spread::of(accuracies);
    let deviation = deviation.map_or(String::new(), |deviation| format!(", deviation {deviation:.2}"));
    writeln!(std::io::stdout(), "\n{table}\nmean {mean:.2} %{deviation}")?;
    Ok(())
}

/// Training, validation and test pictures together.
fn whole(config: &RunConfig<Settings>) -> anyhow::Result<Images> {
    let splits = pictures(config)?;
    Ok(Images::concatenated(&[&splits.train, &splits.valid, &splits.test]))
}
