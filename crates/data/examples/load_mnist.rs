//! How long MNIST takes to load and to go through, and the memory that it needs.
//!
//! ```text
//! cargo run --release -p firebrick-data --example load_mnist -- DIR
//! ```

#![expect(clippy::print_stdout, reason = "it shows what it measured")]

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use burn::tensor::Device;
use firebrick_data::{ImageCollate, Loader, LoaderConfig, Position, catalog};

const BATCH_SIZE: usize = 128;

fn main() -> Result<(), Box<dyn Error>> {
    let dir = std::env::args_os().nth(1).map(PathBuf::from);
    let began = Instant::now();
    let splits = catalog::images("mnist", dir.as_deref(), 0)?;
    let pictures = splits.train.len() + splits.valid.len() + splits.test.len();
    println!("loaded {pictures} pictures in {:.3} s, peak memory {} MiB", began.elapsed().as_secs_f64(), peak());

    let dataset = Arc::new(splits.train);
    for workers in [0, 1, 4] {
        let config = LoaderConfig::new(BATCH_SIZE).with_shuffle(0).with_workers(workers);
        let loader = Loader::new(dataset.clone(), Arc::new(ImageCollate::new()), config);
        let began = Instant::now();
        let batches = loader.with_device(&Device::flex()).batches(Position { epoch: 1, step: 0 });
        let count = batches.map(|batch| batch.map(drop)).collect::<Result<Vec<()>, _>>()?.len();
        let each = began.elapsed().as_secs_f64() * 1e3 / count as f64;
        println!("{count} batches of {BATCH_SIZE} with {workers} workers: {each:.3} ms each");
    }
    println!("peak memory {} MiB", peak());
    Ok(())
}

/// The most memory that this process had, as Linux says it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.map_or("unknown".to_string(), |kibibytes| (kibibytes >> 10).to_string())
}
