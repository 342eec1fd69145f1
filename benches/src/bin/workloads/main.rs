//! The reference workloads: whole training and inference steps, in our layers or in Burn's own.
//!
//! Data lies in memory, float32, all threads of the machine, Adam. The peers in `benches/peers` do
//! the same work; `cargo xtask bench --workloads` runs them in turn.

#![expect(clippy::print_stdout, reason = "the rows are the output")]

mod cnn;
mod rate;
mod sequences;
mod training;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use mimalloc::MiMalloc;

use rate::Rate;
use sequences::Part;
use training::{infer, train};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The version of Burn that the workspace pins.
const BURN_VERSION: &str = "0.22.1";

/// What was measured, with its name.
type Rows = Vec<(&'static str, Rate)>;

/// Measures one workload and prints its rows: training, inference, and what else it has.
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
    /// Keras's imdb_lstm: 20,000 words, 128 units, 32 texts of 80 words; and its recurrent layer alone.
    Lstm,
    /// The same with a GRU.
    Gru,
    /// `lstm` on texts of different lengths, masked; on average they have a third of the words.
    LstmLengths,
    /// The same with a GRU.
    GruLengths,
    /// `lstm` with an optimiser that leaves the rows of words alone that the batch does not have.
    LstmLazy,
    /// The same with a GRU.
    GruLazy,
    /// The recurrent layer of `lstm` alone, forward and backward, over 50 to 3,200 steps.
    LstmLong,
    /// The same with a GRU.
    GruLong,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Engine {
    Firebrick,
    Burn,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let measured = match arguments.engine {
        Engine::Firebrick => ours(arguments.workload, arguments.seconds)?,
        Engine::Burn => burns(arguments.workload, arguments.seconds)?,
    };
    for (kind, rate) in measured {
        print_row(&arguments, kind, &rate);
    }
    Ok(())
}

fn ours(workload: Workload, seconds: f64) -> Result<Rows> {
    match workload.sequences() {
        None => Ok(vec![("train", train(&cnn::Ours, seconds)?), ("infer", infer(&cnn::Ours, seconds)?)]),
        Some((Cell::Lstm, part)) => sequences::ours(sequences::our_lstm(), part, seconds),
        Some((Cell::Gru, part)) => sequences::ours(sequences::our_gru(), part, seconds),
    }
}

fn burns(workload: Workload, seconds: f64) -> Result<Rows> {
    match workload.sequences() {
        None => Ok(vec![("train", train(&cnn::Burns, seconds)?), ("infer", infer(&cnn::Burns, seconds)?)]),
        Some((Cell::Lstm, part)) => sequences::burns(sequences::burns_lstm, part, seconds),
        Some((Cell::Gru, part)) => sequences::burns(sequences::burns_gru, part, seconds),
    }
}

impl Workload {
    /// The recurrent cell and what of its workload is measured, where there is one.
    fn sequences(self) -> Option<(Cell, Part)> {
        match self {
            Self::Cnn => None,
            Self::Lstm => Some((Cell::Lstm, Part::Whole)),
            Self::LstmLengths => Some((Cell::Lstm, Part::Lengths)),
            Self::LstmLazy => Some((Cell::Lstm, Part::Lazy)),
            Self::LstmLong => Some((Cell::Lstm, Part::Long)),
            Self::Gru => Some((Cell::Gru, Part::Whole)),
            Self::GruLengths => Some((Cell::Gru, Part::Lengths)),
            Self::GruLazy => Some((Cell::Gru, Part::Lazy)),
            Self::GruLong => Some((Cell::Gru, Part::Long)),
        }
    }
}

/// A recurrent cell.
#[derive(Clone, Copy, Debug)]
enum Cell {
    Lstm,
    Gru,
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
