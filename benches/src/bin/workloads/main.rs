//! The reference workloads: whole training and inference steps, in our layers or in Burn's own.
//!
//! Data lies in memory, float32, all threads of the machine, Adam. The peers in `benches/peers` do
//! the same work; `cargo xtask bench --workloads` runs them in turn.

#![expect(clippy::print_stdout, reason = "the rows are the output")]

mod ae;
mod cnn;
mod dcgan;
#[cfg(test)]
mod parity;
mod peak;
mod rate;
mod sequences;
mod training;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use mimalloc::MiMalloc;

use rate::Rate;
use sequences::Part;

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
    /// A convolutional autoencoder, 128 pictures of 28x28.
    Ae,
    /// DCGAN on 64 pictures of 28x28: one step of each player.
    Dcgan,
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
    /// No network: the product of two matrices, in millions of multiplications and additions a second.
    Peak,
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
    match workload.network() {
        Network::Cnn => cnn::ours(seconds),
        Network::Ae => ae::ours(seconds),
        Network::Dcgan => dcgan::ours(seconds),
        Network::Lstm(part) => sequences::ours(sequences::our_lstm(), part, seconds),
        Network::Gru(part) => sequences::ours(sequences::our_gru(), part, seconds),
        Network::Product => peak::product(seconds),
    }
}

fn burns(workload: Workload, seconds: f64) -> Result<Rows> {
    match workload.network() {
        Network::Cnn => cnn::burns(seconds),
        Network::Ae => ae::burns(seconds),
        Network::Dcgan => dcgan::burns(seconds),
        Network::Lstm(part) => sequences::burns(sequences::burns_lstm, part, seconds),
        Network::Gru(part) => sequences::burns(sequences::burns_gru, part, seconds),
        Network::Product => peak::product(seconds),
    }
}

impl Workload {
    /// The network, and what of a recurrent one is measured.
    fn network(self) -> Network {
        match self {
            Self::Cnn => Network::Cnn,
            Self::Ae => Network::Ae,
            Self::Dcgan => Network::Dcgan,
            Self::Lstm => Network::Lstm(Part::Whole),
            Self::LstmLengths => Network::Lstm(Part::Lengths),
            Self::LstmLazy => Network::Lstm(Part::Lazy),
            Self::LstmLong => Network::Lstm(Part::Long),
            Self::Gru => Network::Gru(Part::Whole),
            Self::GruLengths => Network::Gru(Part::Lengths),
            Self::GruLazy => Network::Gru(Part::Lazy),
            Self::GruLong => Network::Gru(Part::Long),
            Self::Peak => Network::Product,
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Network {
    Cnn,
    Ae,
    Dcgan,
    Lstm(Part),
    Gru(Part),
    /// None: a product of matrices.
    Product,
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
        "page_faults_per_step": rate.page_faults.map(tenths),
        "mflop_per_sample": rate.mflop,
    });
    if arguments.json {
        println!("{row}");
    } else {
        let faults = rate.page_faults.map_or_else(|| "-".to_owned(), |faults| format!("{faults:.1}"));
        let Rate { median, min, max, .. } = rate;
        println!("{engine} {kind}: {median:.0} ({min:.0} to {max:.0}) samples/s, {faults} page faults a step");
    }
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
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
