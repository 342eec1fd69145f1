//! The recipes: each one data set, a network and how it is trained.

mod cifar10;
mod compare;
mod digits;
mod diverge;
mod mlp_vs_cnn;
mod mnist;
mod overfit;
mod padding_pooling;
mod settings;

use anyhow::{Context, bail};
use firebrick_cnn::networks;
use firebrick_layers::SequentialConfig;
use firebrick_run::{Recipe, RunConfig, TrainArgs, launch};

pub(crate) use self::settings::Settings;
use crate::augment;
use crate::train::train_one;
use crate::trial::trial;

/// The names on the command line, the default first.
const NAMES: [&str; 7] = ["digits", "mnist", "cifar10", "mlp-vs-cnn", "padding-pooling", "overfit", "diverge"];

/// `cargo xtask train cnn`.
pub(crate) fn train(args: &augment::Args) -> anyhow::Result<()> {
    let args = &args.with_pipeline()?;
    let recipe = chosen(args)?;
    if args.fast_dev_run {
        return trial(args, &recipe);
    }
    match recipe.name {
        "mlp-vs-cnn" => launch("cnn", args, &recipe, mlp_vs_cnn::train),
        "padding-pooling" => launch("cnn", args, &recipe, padding_pooling::train),
        _ => launch("cnn", args, &recipe, train_one),
    }
}

/// The recipe that the arguments ask for.
pub(crate) fn chosen(args: &TrainArgs) -> anyhow::Result<Recipe<Settings>> {
    Ok(match args.recipe_name("cnn", &NAMES)? {
        "mnist" => mnist::recipe(),
        "cifar10" => cifar10::recipe(),
        "mlp-vs-cnn" => mlp_vs_cnn::recipe(),
        "padding-pooling" => padding_pooling::recipe(),
        "overfit" => overfit::recipe(),
        "diverge" => diverge::recipe(),
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
