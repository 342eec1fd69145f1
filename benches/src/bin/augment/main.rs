//! How fast transforms of pictures are, ours beside AlbumentationsX, torchvision and Pillow: pictures per second on one thread.
//!
//! The peers run in one Python process that waits while we measure and the other way round: the engines take turns, transform by
//! transform, and the best of all turns counts.

#![expect(clippy::print_stdout, reason = "the rows are the output")]

mod ours;
mod peers;
mod transforms;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Parser;
use mimalloc::MiMalloc;

use ours::Ours;
use peers::Peers;
use transforms::{SIZES, Size, TRANSFORMS};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Measures transforms and prints a row for each.
#[derive(Debug, Parser)]
struct Arguments {
    /// Names of transforms, or parts of them. Default: all.
    names: Vec<String>,
    /// A Python with the peers in it, and the script that runs them. Default: ours alone.
    #[arg(long, num_args = 2, value_names = ["PYTHON", "SCRIPT"])]
    peers: Option<Vec<PathBuf>>,
    /// How often the engines take turns.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Seconds of one turn.
    #[arg(long, default_value_t = 0.1)]
    seconds: f64,
    /// Ours on so many threads at a time, on a picture each.
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let chosen = |name: &str| arguments.names.is_empty() || arguments.names.iter().any(|part| name.contains(part));
    let mut peers = match arguments.peers.as_deref() {
        Some([python, script]) => Some(Peers::start(python, script)?),
        _ => None,
    };
    println!("{:<20} {:<12} {:>10} {:>10}  fastest peer: pictures/s, ours to it", "transform", "size", "ours", "us");
    let mut ratios = Vec::new();
    for transform in TRANSFORMS.iter().filter(|transform| chosen(transform.name)) {
        for size in SIZES.into_iter().filter(|size| transform.takes(*size)) {
            ratios.extend(row(transform, size, &arguments, peers.as_mut())?);
        }
    }
    ensure!(arguments.names.is_empty() || !ratios.is_empty() || peers.is_none(), "no transform has such a name");
    summarise(&ratios);
    Ok(())
}

/// One transform on one size; gives ours to the fastest peer.
fn row(
    transform: &transforms::Measured,
    size: Size,
    arguments: &Arguments,
    mut peers: Option<&mut Peers>,
) -> Result<Option<f64>> {
    let ours = Ours::new(transform, size)?;
    let (mut rate, mut best) = (0.0f64, Vec::<(String, f64)>::new());
    for _ in 0..arguments.rounds {
        rate = rate.max(ours.rate(arguments.seconds, arguments.threads)?);
        let Some(peers) = peers.as_deref_mut() else { continue };
        for (name, turn) in peers.rates(transform.name, size, arguments.seconds)? {
            match best.iter_mut().find(|(known, _)| *known == name) {
                Some((_, rate)) => *rate = rate.max(turn),
                None => best.push((name, turn)),
            }
        }
    }
    best.sort_by(|a, b| b.1.total_cmp(&a.1));
    let ratio = best.first().map(|(_, fastest)| rate / fastest);
    let others: Vec<String> = best.iter().map(|(name, rate)| format!("{name} {rate:.0}")).collect();
    let ratio_text = ratio.map(|ratio| format!("{ratio:6.2}x  ")).unwrap_or_default();
    println!(
        "{:<20} {:<12} {rate:>10.0} {:>10.1}  {ratio_text}{}",
        transform.name,
        size.to_string(),
        1e6 / rate,
        others.join(", ")
    );
    Ok(ratio)
}

/// On how many rows ours is at least as fast as the fastest peer, and where it is furthest behind.
fn summarise(ratios: &[f64]) {
    if ratios.is_empty() {
        return;
    }
    let share = |least: f64| ratios.iter().filter(|ratio| **ratio >= least).count();
    let worst = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    println!(
        "{} of {} at least as fast as the fastest peer, {} at least half; worst {worst:.2}x",
        share(1.0),
        ratios.len(),
        share(0.5)
    );
}
