//! `cargo xtask train cnn --fast-dev-run`: all the code of a training in seconds, and nothing stored.

use std::io::Write;

use anyhow::ensure;
use firebrick_cnn::Classifier;
use firebrick_run::{Recipe, RunConfig, TrainArgs};

use crate::augment::Augmented;
use crate::pictures::pictures;
use crate::recipes::{Settings, network};

/// One training batch, one validation batch, the evaluation of one batch.
pub(crate) fn trial(args: &TrainArgs, recipe: &Recipe<Settings>) -> anyhow::Result<()> {
    let unused = args.resume.is_some() || args.out.is_some() || args.seeds.is_some();
    ensure!(!unused, "a trial run stores nothing: leave out --out, --resume and --seeds");
    let config = RunConfig::new("cnn", args, recipe)?;
    let device = config.device.device()?;
    let splits = pictures(&config)?;
    let network = network(&config, splits.train.classes().len())?;
    writeln!(std::io::stdout(), "{}", network.summary(&splits.train.shape())?)?;
    let fit = Settings::fit(&config).with_fast_dev_run(true);
    let batch: Vec<usize> = (0..splits.test.len().min(fit.batch_size)).collect();
    let train = Augmented::new(&splits.train, &config)?;
    let classifier = Classifier::new(network, splits.train.shape()).on(&device);
    let classifier = classifier.fit(&train, &splits.valid, fit, config.settings.watch.of_weights())?;
    classifier.evaluate(&splits.test.subset(&batch))?;
    writeln!(
        std::io::stdout(),
        "trial run of {}: one batch each trained, validated and evaluated; nothing stored",
        recipe.name
    )?;
    Ok(())
}
