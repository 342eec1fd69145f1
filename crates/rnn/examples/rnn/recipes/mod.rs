//! The recipes: each one problem, a network and how it is trained.

mod adding;
mod cell;
pub(crate) mod char_lm;
mod copy;
pub(crate) mod digits_rows;
pub(crate) mod forecast;
mod gates;
pub(crate) mod reber;
pub(crate) mod sentiment;
mod sweep;

use anyhow::bail;
use firebrick_run::{FindRateArgs, Recipe, TrainArgs, launch};

pub(crate) use self::sentiment::TEXT;
use crate::find_rate;
use crate::settings::Settings;
use crate::train::{Problem, check_trial, train_one, trial};

/// The names on the command line, the default first.
const NAMES: [&str; 8] = ["reber", "adding", "copy", "digits-rows", "sentiment", "char-lm", "forecast", "gates"];

/// Those that train one network, which can be evaluated again.
pub(crate) const OF_ONE_NETWORK: [&str; 5] = ["reber", "digits-rows", "sentiment", "char-lm", "forecast"];

/// `cargo xtask find-rate rnn`.
pub(crate) fn find_rate(args: &FindRateArgs) -> anyhow::Result<()> {
    args.check()?;
    match args.train.recipe_name("rnn", &NAMES)? {
        "digits-rows" => find_rate::find_rate(args, &digits_rows::recipe()),
        "sentiment" => find_rate::find_rate(args, &sentiment::recipe()),
        "char-lm" => find_rate::find_rate(args, &char_lm::recipe()),
        "forecast" => find_rate::find_rate(args, &forecast::recipe()),
        "reber" => find_rate::find_rate(args, &reber::recipe()),
        other => bail!(
            "the recipe {other} compares several networks; find-rate takes those of one network ({})",
            OF_ONE_NETWORK.join(", ")
        ),
    }
}

/// `cargo xtask train rnn`.
pub(crate) fn train(args: &TrainArgs) -> anyhow::Result<()> {
    if args.fast_dev_run {
        check_trial(args)?;
    }
    match args.recipe_name("rnn", &NAMES)? {
        "adding" => sweep::train(args, &adding::recipe()),
        "copy" => sweep::train(args, &copy::recipe()),
        "digits-rows" => one(args, &digits_rows::recipe()),
        "sentiment" => one(args, &sentiment::recipe()),
        "char-lm" => one(args, &char_lm::recipe()),
        "forecast" => one(args, &forecast::recipe()),
        "gates" => gates::train(args),
        _ => one(args, &reber::recipe()),
    }
}

fn one<P: Problem>(args: &TrainArgs, recipe: &Recipe<Settings<P>>) -> anyhow::Result<()> {
    match args.fast_dev_run {
        true => trial(args, recipe),
        false => launch("rnn", args, recipe, train_one),
    }
}
