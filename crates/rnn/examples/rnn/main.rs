//! The binary of crate rnn: `cargo xtask train rnn`, `evaluate rnn`, `predict rnn`, `generate rnn`, `find-rate rnn`.

#![recursion_limit = "256"]

use std::process::ExitCode;

use clap::Parser;
use firebrick_run::{EvaluateArgs, FindRateArgs, TrainArgs};

mod evaluate;
mod find_rate;
mod generate;
mod predict;
mod recipes;
mod settings;
mod task;
mod train;

#[cfg(test)]
mod tests;

/// glibc's allocator gives large blocks back at every step, which costs a quarter of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Recurrent networks: classify sequences, predict what comes next, write text, forecast series.
#[derive(Parser)]
#[command(name = "rnn", version)]
enum Verb {
    /// Train a recipe, or a network of your own, and write a run directory with a report
    Train(TrainArgs),
    /// Evaluate a finished run on a data set
    Evaluate(EvaluateArgs),
    /// Raise the learning rate from batch to batch, plot the loss and suggest a rate
    FindRate(FindRateArgs),
    /// Let the language model of a run write
    Generate(generate::Args),
    /// Print the class and the probabilities of texts, with a run of the recipe sentiment
    Predict(predict::Args),
}

fn main() -> ExitCode {
    let verb = Verb::parse();
    firebrick_run::main(|| match verb {
        Verb::Train(args) => recipes::train(&args),
        Verb::Evaluate(args) => evaluate::evaluate(&args),
        Verb::FindRate(args) => recipes::find_rate(&args),
        Verb::Generate(args) => generate::generate(&args),
        Verb::Predict(args) => predict::predict(&args),
    })
}
