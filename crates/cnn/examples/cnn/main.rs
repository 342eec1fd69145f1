//! The binary of crate cnn: `cargo xtask train cnn`, `evaluate cnn`, `predict cnn`, `cross-validate cnn`, `find-rate cnn`.

#![recursion_limit = "256"]

use std::process::ExitCode;

use clap::Parser;
use firebrick_run::{EvaluateArgs, FindRateArgs};

mod augment;
mod cross_validate;
mod evaluate;
mod find_rate;
mod pictures;
mod predict;
mod recipes;
mod report;
mod train;
mod trial;

#[cfg(test)]
mod tests;

/// glibc's allocator gives large blocks back at every step, which costs a quarter of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Convolutional image classifiers: train, evaluate, predict.
#[derive(Parser)]
#[command(name = "cnn", version)]
enum Verb {
    /// Train a recipe, or a network of your own, and write a run directory with a report
    Train(augment::Args),
    /// Evaluate a finished run on a data set
    Evaluate(EvaluateArgs),
    /// Print the class and the probabilities of picture files of any size
    Predict(predict::Args),
    /// Train on k - 1 parts of a data set and test on the part left out, k times
    CrossValidate(cross_validate::Args),
    /// Raise the learning rate from batch to batch, plot the loss and suggest a rate
    FindRate(FindRateArgs),
}

fn main() -> ExitCode {
    let verb = Verb::parse();
    firebrick_run::main(|| match verb {
        Verb::Train(args) => recipes::train(&args),
        Verb::Evaluate(args) => evaluate::evaluate(&args),
        Verb::Predict(args) => predict::predict(&args),
        Verb::CrossValidate(args) => cross_validate::cross_validate(&args),
        Verb::FindRate(args) => find_rate::find_rate(&args),
    })
}
