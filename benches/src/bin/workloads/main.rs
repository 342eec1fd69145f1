//! The reference workloads: whole training and inference steps, in our layers or in Burn's own.
//!
//! Data lies in memory, float32, all threads of the machine, Adam. The peers in `benches/peers` do
//! the same work; `cargo xtask bench --workloads` runs them in turn.

#![expect(clippy::print_stdout, reason = "the rows are the output")]

mod cnn;
mod rate;
mod training;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use mimalloc::MiMalloc;

use rate::Rate;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The version of Burn that the workspace pins.
const BURN_VERSION: &str = "0.22.1";

/// Measures one reference workload and prints a row for training and one for inference.
#[derive(Debug, Parser)]
struct Arguments {
    workload: Workload,
    #[arg(long, default_value = "firebrick")]
    engine: Engine,
    /// Length of one of the five repetitions.
    #[arg(long, default_value_t = 1.5)]
    seconds: f64,
    /// One line of JSON per row.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Workload {
    /// Keras's simple convnet, 34,826 parameters, 128 pictures of 28x28.
    Cnn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Engine {
    Firebrick,
    Burn,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let rows = match (arguments.workload, arguments.engine) {
        (Workload::Cnn, Engine::Firebrick) => cnn::ours(arguments.seconds)?,
        (Workload::Cnn, Engine::Burn) => cnn::burns(arguments.seconds),
    };
    for (kind, rate) in rows {
        print_row(&arguments, kind, &rate);
    }
    Ok(())
}

fn print_row(arguments: &Arguments, kind: &str, rate: &Rate) {
    let (engine, version) = match arguments.engine {
        Engine::Firebrick => ("firebrick", env!("CARGO_PKG_VERSION")),
        Engine::Burn => ("burn", BURN_VERSION),
    };
    let workload = arguments.workload.to_possible_value().map(|value| value.get_name().to_owned());
    let row = serde_json::json!({
        "engine": engine,
        "version": version,
        "workload": workload,
        "kind": kind,
        "samples_per_second": rate.median.round() as u64,
        "min": rate.min.round() as u64,
        "max": rate.max.round() as u64,
        "peak_rss_mib": firebrick_run::peak_rss_bytes().map(|bytes| bytes >> 20),
    });
    if arguments.json {
        println!("{row}");
    } else {
        println!("{engine} {kind}: {:.0} ({:.0} to {:.0}) samples/s", rate.median, rate.min, rate.max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_printed_is_the_version_pinned() {
        let manifest = include_str!("../../../../Cargo.toml");
        assert!(manifest.contains(&format!("burn = {{ version = \"={BURN_VERSION}\"")));
    }
}
