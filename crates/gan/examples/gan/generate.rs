//! `cargo xtask generate gan --run DIR --count 64 --seed 3 --out DIR`: the generator of a run draws.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use firebrick_gan::training::PictureGan;
use firebrick_run::{DeviceName, RunDir};
use serde_json::Value;

use crate::drawing::{grid, write_each, write_png};
use crate::train::COLUMNS;

/// Arguments of the verb.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Run directory of a finished training
    #[arg(long, value_name = "DIR")]
    run: PathBuf,
    /// How many pictures
    #[arg(long, value_name = "N", default_value_t = 64)]
    count: usize,
    /// Seed of the noise: the same seed, the same pictures
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// The class to draw, by name, for a run that was told the classes (all in turn if not given)
    #[arg(long, value_name = "CLASS")]
    class: Option<String>,
    /// Directory to write into; made when it does not exist
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Where to compute (flex, the CPU, if not given)
    #[arg(long, value_enum, value_name = "DEVICE", default_value_t)]
    device: DeviceName,
}

/// Writes the pictures as `fake-0000.png` and so on, and all of them as `grid.png`.
pub(crate) fn generate(args: &Args) -> anyhow::Result<()> {
    RunDir::open(&args.run)?.read_config::<Value>()?.expect_crate("gan", &args.run)?;
    ensure!((1..=100_000).contains(&args.count), "--count {}: from 1 to 100,000 pictures", args.count);
    let gan = PictureGan::load(&args.run, &args.device.device()?)?;
    let class = match &args.class {
        None => None,
        Some(name) => {
            let known = || format!("there is no class `{name}`; there are {}", gan.classes().join(", "));
            Some(gan.classes().iter().position(|class| class == name).with_context(known)?)
        }
    };
    let pictures = gan.generate(args.count, args.seed, class)?;
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    write_each(&pictures, &args.out, "fake")?;
    let shown = args.count.min(1000);
    write_png(&grid(&pictures.slice(0..shown), COLUMNS), &args.out.join("grid.png"))?;
    writeln!(std::io::stdout(), "{} pictures in {}", args.count, args.out.display())?;
    Ok(())
}
