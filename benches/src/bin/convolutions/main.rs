//! Random convolutions, ours against Burn's own: whether any odd size is slower with our kernels.
//!
//! Every configuration is a function of its seed, so that one that stands out can be run again: `convolutions --seed 17 --count 1`.
//! Ours and Burn's take turns, forward alone and with all gradients; the fastest turn of each counts. A configuration that seems slower is
//! measured once more with four times as many turns, because the machine has moods.

#![expect(clippy::print_stdout, reason = "the table is the output")]

mod configuration;
mod duel;

use anyhow::{Result, ensure};
use clap::Parser;
use mimalloc::MiMalloc;

use configuration::Configuration;
use duel::{Pass, Ratio, duel};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How many times as many turns decide where the first seemed slower.
const SECOND_LOOK: usize = 4;

/// Measures random convolutions, ours beside Burn's own.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many configurations.
    #[arg(long, default_value_t = 200)]
    count: u64,
    /// The seed of the first; the next has the next.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How much longer ours may take, for noise.
    #[arg(long, default_value_t = 0.05)]
    margin: f64,
    /// Turns of each side.
    #[arg(long, default_value_t = 5)]
    turns: usize,
    /// Print every configuration, not only those that are slower.
    #[arg(long)]
    all: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    ensure!(arguments.count > 0 && arguments.turns > 0, "a count and turns of at least 1 are needed");
    for pass in [Pass::Forward, Pass::Training] {
        let mut ratios = Vec::new();
        for seed in arguments.seed..arguments.seed.saturating_add(arguments.count) {
            ratios.push((seed, measured(&arguments, seed, pass)));
        }
        summary(&arguments, pass, &mut ratios);
    }
    Ok(())
}

/// How one configuration compares; printed where it is slower, or where all are to be.
fn measured(arguments: &Arguments, seed: u64, pass: Pass) -> Ratio {
    let configuration = Configuration::of(seed);
    let mut ratio = duel(&configuration, pass, arguments.turns);
    if ratio.is_slower(arguments.margin) {
        ratio = duel(&configuration, pass, SECOND_LOOK * arguments.turns);
    }
    if arguments.all || ratio.is_slower(arguments.margin) {
        println!("{pass}, seed {seed}: {ratio}, {configuration}");
    }
    ratio
}

fn summary(arguments: &Arguments, pass: Pass, ratios: &mut [(u64, Ratio)]) {
    ratios.sort_by(|(_, a), (_, b)| a.speed().total_cmp(&b.speed()));
    let slower = ratios.iter().filter(|(_, ratio)| ratio.is_slower(arguments.margin)).count();
    let at = |share: usize| ratios[(ratios.len() - 1) * share / 100].1.speed();
    println!(
        "{pass}: {slower} of {} configurations slower than Burn by more than {:.0} %; ours is {:.2} times as fast at the least \
         (seed {}), {:.2} at a tenth, {:.2} in the middle, {:.2} at most",
        ratios.len(),
        100.0 * arguments.margin,
        at(0),
        ratios[0].0,
        at(10),
        at(50),
        at(100),
    );
}
