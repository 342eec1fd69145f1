//! The recipes: each one data set, two players and how they are trained.

mod digits;
mod mnist;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use firebrick_gan::training::{GanSession, PictureGan};
use firebrick_run::{Recipe, RunConfig, TrainArgs, launch};

use crate::pictures::pictures;
use crate::settings::Settings;
use crate::train::{told, train_one};

/// The names on the command line, the default first.
const NAMES: [&str; 4] = ["digits", "mnist", "mnist-conditional", "mnist-wgan-gp"];

/// Arguments of the verb `train`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) train: TrainArgs,
    /// A generator of your own, as TOML: features in, a picture out
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) generator: Option<PathBuf>,
    /// A discriminator of your own, as TOML: a picture in, one number out
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) discriminator: Option<PathBuf>,
}

/// `cargo xtask train gan`.
pub(crate) fn train(args: &Args) -> anyhow::Result<()> {
    ensure!(
        args.train.model.is_none(),
        "a GAN has two networks: give --generator and --discriminator in place of --model"
    );
    let mut recipe = match args.train.recipe_name("gan", &NAMES)? {
        "mnist" => mnist::recipe(),
        "mnist-conditional" => mnist::conditional(),
        "mnist-wgan-gp" => mnist::wgan_gp(),
        _ => digits::recipe(),
    };
    let read = |path: &Path| std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
    recipe.settings.generator = args.generator.as_deref().map(read).transpose()?;
    recipe.settings.discriminator = args.discriminator.as_deref().map(read).transpose()?;
    if args.train.fast_dev_run { trial(&args.train, &recipe) } else { launch("gan", &args.train, &recipe, train_one) }
}

/// `--fast-dev-run`: one round and one validation, nothing stored.
fn trial(args: &TrainArgs, recipe: &Recipe<Settings>) -> anyhow::Result<()> {
    let unused = args.resume.is_some() || args.out.is_some() || args.seeds.is_some();
    ensure!(!unused, "a trial run stores nothing: leave out --out, --resume and --seeds");
    let config = RunConfig::new("gan", args, recipe)?;
    let splits = pictures(&config)?;
    let players = config.settings.players(splits.train.shape(), splits.train.classes().len())?;
    told(&players)?;
    let training = Settings::training(&config).with_fast_dev_run(true);
    let gan = PictureGan::new(players).on(&config.device.device()?);
    gan.fit(&splits.train, &splits.valid, &training, GanSession::new())?;
    writeln!(std::io::stdout(), "trial run of {}: one round played and validated; nothing stored", recipe.name)?;
    Ok(())
}
