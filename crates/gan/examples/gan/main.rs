//! The binary of crate gan: `cargo xtask train gan`, `evaluate gan`, `generate gan`.

#![recursion_limit = "256"]

use std::process::ExitCode;

use clap::Parser;
use firebrick_run::EvaluateArgs;

mod drawing;
mod evaluate;
mod generate;
mod pictures;
mod recipes;
mod report;
mod settings;
mod train;
mod verdict;

#[cfg(test)]
mod tests;

/// glibc's allocator gives large blocks back at every step, which costs a quarter of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Generative adversarial networks: train two players, judge what the generator draws, let it draw.
#[derive(Parser)]
#[command(name = "gan", version)]
enum Verb {
    /// Train a recipe, or players of your own, and write a run directory with a report
    Train(Box<recipes::Args>),
    /// Judge the generator of a finished run once more
    Evaluate(EvaluateArgs),
    /// Let the generator of a run draw
    Generate(generate::Args),
}

fn main() -> ExitCode {
    let verb = Verb::parse();
    firebrick_run::main(|| match verb {
        Verb::Train(args) => recipes::train(&args),
        Verb::Evaluate(args) => evaluate::evaluate(&args),
        Verb::Generate(args) => generate::generate(&args),
    })
}
