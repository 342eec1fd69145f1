//! The recipes: each one data set, a network and how it is trained.

mod cifar10;
mod digits;
mod mlp_vs_cnn;
mod mnist;

use anyhow::{Context, bail};
use firebrick_cnn::{FitConfig, Schedule, networks};
use firebrick_layers::SequentialConfig;
use firebrick_run::{Recipe, RunConfig, TrainArgs, launch};
use serde::{Deserialize, Serialize};

use crate::train::train_one;

/// The names on the command line, the default first.
const NAMES: [&str; 4] = ["digits", "mnist", "cifar10", "mlp-vs-cnn"];

/// A recipe's configuration: what `--set` can change. Epochs, seed and loader threads have arguments of their own.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// A network of `firebrick_cnn::networks`, when there is no `--model`.
    pub(crate) network: String,
    batch_size: usize,
    learning_rate: f64,
    schedule: Schedule,
    weight_decay: f64,
    label_smoothing: f64,
    standardise: bool,
}

impl Settings {
    /// A network and how it is trained.
    fn new(network: &str, fit: &FitConfig) -> Self {
        Self {
            network: network.into(),
            batch_size: fit.batch_size,
            learning_rate: fit.learning_rate,
            schedule: fit.schedule,
            weight_decay: fit.weight_decay,
            label_smoothing: fit.label_smoothing,
            standardise: fit.standardise,
        }
    }

    /// The training's configuration, with the epochs, the seed and the threads that the run says.
    pub(crate) fn fit(config: &RunConfig<Self>) -> FitConfig {
        let settings = &config.settings;
        FitConfig::new()
            .with_epochs(config.epochs)
            .with_seed(config.seed)
            .with_workers(config.workers)
            .with_batch_size(settings.batch_size)
            .with_learning_rate(settings.learning_rate)
            .with_schedule(settings.schedule)
            .with_weight_decay(settings.weight_decay)
            .with_label_smoothing(settings.label_smoothing)
            .with_standardise(settings.standardise)
    }
}

/// `cargo xtask train cnn`.
pub(crate) fn train(args: &TrainArgs) -> anyhow::Result<()> {
    let recipe = chosen(args)?;
    match recipe.name {
        "mlp-vs-cnn" => launch("cnn", args, &recipe, mlp_vs_cnn::compare),
        _ => launch("cnn", args, &recipe, train_one),
    }
}

/// The recipe that the arguments ask for.
pub(crate) fn chosen(args: &TrainArgs) -> anyhow::Result<Recipe<Settings>> {
    Ok(match args.recipe_name("cnn", &NAMES)? {
        "mnist" => mnist::recipe(),
        "cifar10" => cifar10::recipe(),
        "mlp-vs-cnn" => mlp_vs_cnn::recipe(),
        _ => digits::recipe(),
    })
}

/// The network of `--model`, or the one that the settings name, for so many classes.
pub(crate) fn network(config: &RunConfig<Settings>, classes: usize) -> anyhow::Result<SequentialConfig> {
    if let Some(toml) = &config.model {
        return SequentialConfig::from_toml(toml).context("the network of --model");
    }
    let name = config.settings.network.as_str();
    let Some(network) = networks::by_name(name, classes) else {
        bail!(
            "there is no network `{name}`; known are {}, or bring your own with --model FILE.toml",
            networks::NAMES.join(", ")
        );
    };
    Ok(network)
}
