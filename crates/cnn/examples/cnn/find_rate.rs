//! `cargo xtask find-rate cnn`: a learning rate range test on a recipe.

use std::io::Write;

use firebrick_callbacks::callbacks;
use firebrick_cnn::Classifier;
use firebrick_run::{FindRateArgs, RunConfig};

use crate::augment::Augmented;
use crate::pictures::pictures;
use crate::recipes::{self, Settings, network};

/// Raises the rate from batch to batch, prints the one at which the loss falls steepest, and writes `rates.csv`, `rates.svg` and
/// `rates.png`.
pub(crate) fn find_rate(args: &FindRateArgs) -> anyhow::Result<()> {
    args.check()?;
    let config = RunConfig::new("cnn", &args.train, &recipes::chosen(&args.train)?)?;
    let device = config.device.device()?;
    let splits = pictures(&config)?;
    let network = network(&config, splits.train.classes().len())?;
    network.summary(&splits.train.shape())?;

    let (sweep, finder) = args.sweep("cnn", &config.recipe)?;
    let fit = sweep.fit(Settings::fit(&config), splits.train.len());
    let classifier = Classifier::new(network, splits.train.shape()).on(&device);
    let train = Augmented::new(&splits.train, &config)?;
    classifier.fit(&train, &splits.valid, fit, callbacks![finder])?;
    writeln!(std::io::stdout(), "{}", sweep.store()?)?;
    Ok(())
}
