//! The recipes: each one problem, a network and how it is trained.

mod adding;
mod cell;
mod char_lm;
mod copy;
mod digits_rows;
mod forecast;
mod gates;
mod reber;
mod sentiment;
mod sweep;

use firebrick_run::{Recipe, TrainArgs, launch};

pub(crate) use self::sentiment::TEXT;
use crate::settings::Settings;
use crate::train::{Problem, check_trial, train_one, trial};

/// The names on the command line, the default first.
const NAMES: [&str; 8] = ["reber", "adding", "copy", "digits-rows", "sentiment", "char-lm", "forecast", "gates"];

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
