//! What callbacks cost: trainings of one network whose callbacks are switched on and off every few steps.
//!
//! Machines drift by more than a callback costs, and two trainings that are alike differ by as much through where their memory lies. So
//! each training is compared with itself: blocks of a few steps with callbacks and without, and those are paired that ran right after
//! one another. What happens once an epoch (checkpoints, files) is measured at the end of every second epoch, together with the steps
//! that run while files are still being written, and spread over the steps of an epoch of MNIST.
//!
//! Time by the clock has in it whatever else the machine does; the processor's time of the whole process has not, but it leaves out
//! waiting, and counts work on other threads in full. Both are shown.

#![expect(clippy::print_stdout, reason = "the table is the output")]

mod network;
mod switch;
mod times;
mod variants;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use mimalloc::MiMalloc;

use network::trained;
use times::{BLOCK, Lap, Laps, SETTLING, Times};
use variants::{VARIANTS, Variant};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Steps of an epoch of MNIST: 60,000 pictures in batches of 128.
const EPOCH_STEPS: usize = 469;

/// Measures the cost of callbacks per training step.
#[derive(Debug, Parser)]
struct Arguments {
    /// Epochs that are measured; one more comes before. Half of their ends are with callbacks.
    #[arg(long, default_value_t = 9)]
    epochs: usize,
    /// Steps of an epoch: a multiple of 32, of which the first 32 belong to the end of the epoch before.
    #[arg(long, default_value_t = 128)]
    steps: usize,
    /// Only these trainings.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
}

fn main() -> Result<()> {
    let Arguments { epochs, steps, only } = Arguments::parse();
    ensure!(
        epochs > 2 && steps > SETTLING && steps.is_multiple_of(SETTLING),
        "at least 3 epochs are needed, of a multiple of {SETTLING} steps above {SETTLING}"
    );
    let names = VARIANTS.each_ref().map(|variant| variant.name);
    for name in &only {
        ensure!(names.contains(&name.as_str()), "there is no training {name:?}; there are {names:?}");
    }
    println!(
        "batches of 128, Adam; {epochs} epochs of {steps} steps each; blocks of {BLOCK} steps with callbacks and without"
    );
    println!(
        "{:<12} {:>9} {:>6} {:>32} {:>24} {:>20} {:>22}",
        "",
        "ms a step",
        "pairs",
        "added by the clock (quartiles)",
        "by the processor's time",
        "an epoch's end",
        "in all"
    );
    let mut parameters = 0;
    for variant in VARIANTS.iter().filter(|variant| only.is_empty() || only.iter().any(|name| name == variant.name)) {
        let Variant { name, .. } = variant;
        let times;
        (parameters, times) = trained(variant, epochs + 1, steps).with_context(|| format!("training `{name}`"))?;
        print_row(name, &times);
    }
    println!("\n{parameters} parameters\n\n{}", variants::LEGEND);
    Ok(())
}

fn print_row(name: &str, Times { blocks, ends }: &Times) {
    let step = blocks.without(|lap| lap.clock);
    let [low, middle, high] = percent(blocks, |lap| lap.clock);
    let processor = percent(blocks, |lap| lap.processor)[1];
    let end = ends.added(|lap| lap.clock)[1];
    let spread = 100.0 * end / (EPOCH_STEPS as f64 * step / BLOCK as f64);
    println!(
        "{name:<12} {:>9.2} {:>6} {:>32} {:>24} {:>20} {:>22}",
        1e3 * step / BLOCK as f64,
        blocks.pairs(),
        format!("{middle:+.2} % ({low:+.2} to {high:+.2})"),
        format!("{processor:+.2} %"),
        format!("{:+.1} ms = {spread:+.2} %", 1e3 * end),
        format!("{:+.2} % ({:+.2} %)", middle + spread, processor + spread)
    );
}

/// Quartiles of what callbacks add to a block, in percent of a block without them.
fn percent(blocks: &Laps, of: impl Fn(&Lap) -> f64) -> [f64; 3] {
    let without = blocks.without(&of);
    blocks.added(of).map(|added| 100.0 * added / without)
}
