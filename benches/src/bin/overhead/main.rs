//! What callbacks cost: trainings of one network, with and without them, taking turns in one process.
//!
//! Machines drift by more than a callback costs, so every few steps the next training goes on, and only blocks of steps that ran
//! right after one another are compared. What happens once an epoch (checkpoints, files) is measured apart, together with the steps
//! that run while files are still being written, and spread over the steps of an epoch of MNIST.

#![expect(clippy::print_stdout, reason = "the table is the output")]

mod network;
mod turns;
mod variants;

use std::thread;

use anyhow::{Context, Result, anyhow, ensure};
use clap::Parser;
use mimalloc::MiMalloc;

use network::trained;
use turns::{BLOCK, SETTLING, Times, Turn};
use variants::{VARIANTS, Variant};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Steps of an epoch of MNIST: 60,000 pictures in batches of 128.
const EPOCH_STEPS: usize = 469;

/// Measures the cost of callbacks per training step.
#[derive(Debug, Parser)]
struct Arguments {
    /// Epochs that are measured; one more comes before.
    #[arg(long, default_value_t = 8)]
    epochs: usize,
    /// Steps of an epoch: a multiple of the eight of a turn, above the 32 with which an epoch settles.
    #[arg(long, default_value_t = 64)]
    steps: usize,
}

fn main() -> Result<()> {
    let Arguments { epochs, steps } = Arguments::parse();
    ensure!(
        epochs > 0 && steps > SETTLING && steps.is_multiple_of(BLOCK),
        "epochs and steps (a multiple of {BLOCK} above {SETTLING}) are needed"
    );
    let (parameters, times) = measured(epochs + 1, steps)?;
    println!(
        "{parameters} parameters, batches of 128, Adam; {epochs} epochs of {steps} steps each, in turns of {BLOCK}"
    );
    println!(
        "{:<12} {:>9} {:>30} {:>14} {:>24}",
        "", "ms a step", "added to a step (quartiles)", "an epoch's end", "in all"
    );
    let plain = &Times::mean(&times[0], &times[VARIANTS.len() - 1]);
    let end = plain.end() - SETTLING as f64 * plain.step();
    println!("{:<12} {:>9.2} {:>30} {end:>11.1} ms", "mean of none", plain.step(), "");
    for (variant, times) in VARIANTS.iter().zip(&times) {
        let [low, middle, high] = times.ratios(plain).map(|ratio| 100.0 * (ratio - 1.0));
        let settling = SETTLING as f64 * (middle / 100.0) * plain.step();
        let end = times.end() - plain.end() - settling;
        let spread = 100.0 * end / (EPOCH_STEPS as f64 * plain.step());
        let step = format!("{middle:+.2} % ({low:+.2} to {high:+.2})");
        println!(
            "{:<12} {:>9.2} {step:>30} {end:>+11.1} ms {:>+6.2} % of {EPOCH_STEPS} steps",
            variant.name,
            times.step(),
            middle + spread
        );
    }
    println!("\n{}", variants::LEGEND);
    Ok(())
}

/// The network's parameters, and the times of each variant without its first epoch.
fn measured(epochs: usize, steps: usize) -> Result<(usize, Vec<Times>)> {
    let turns = Turn::all(VARIANTS.len());
    let trainings: Vec<_> = VARIANTS
        .iter()
        .zip(turns)
        .map(|(variant, turn)| {
            let Variant { name, .. } = variant;
            let training = move || trained(variant, turn, epochs, steps).with_context(|| format!("training `{name}`"));
            thread::spawn(training)
        })
        .collect();
    let mut parameters = 0;
    let mut times = Vec::new();
    for training in trainings {
        let outcome = training.join().map_err(|_| anyhow!("a training panicked"))??;
        parameters = outcome.0;
        times.push(outcome.1.without_first_epoch(steps));
    }
    Ok((parameters, times))
}
