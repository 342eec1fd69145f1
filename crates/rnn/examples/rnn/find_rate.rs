//! `cargo xtask find-rate rnn`: a learning rate range test on a recipe.

use std::io::Write;

use firebrick_callbacks::callbacks;
use firebrick_rnn::tasks::Session;
use firebrick_run::{FindRateArgs, Recipe, RunConfig};

use crate::settings::Settings;
use crate::task::Task;
use crate::train::{Problem, network};

/// Raises the rate from batch to batch, prints the one at which the loss falls steepest, and writes `rates.csv`, `rates.svg` and
/// `rates.png`.
pub(crate) fn find_rate<P: Problem>(args: &FindRateArgs, recipe: &Recipe<Settings<P>>) -> anyhow::Result<()> {
    let config = RunConfig::new("rnn", &args.train, recipe)?;
    let device = config.device.device()?;
    let data = P::data(&config)?;
    let network = network(&config, &data)?;
    network.summary(&P::shape(&data))?;

    let (sweep, finder) = args.sweep("rnn", &config.recipe)?;
    let fit = sweep.fit(Settings::fit(&config), P::Task::samples(P::parts(&data)[0]));
    let mut callbacks = config.settings.watch.of_weights();
    callbacks.extend(callbacks![finder]);
    let task = config.settings.problem.task(network, &data)?.on(&device);
    task.fit_in(P::parts(&data), &fit, Session::new().with_callbacks(callbacks))?;
    writeln!(std::io::stdout(), "{}", sweep.store()?)?;
    Ok(())
}
