//! One training: data, players, judge, callbacks, what is stored.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use burn::tensor::Tensor;
use firebrick_callbacks::Checkpoints;
use firebrick_data::{Images, Splits};
use firebrick_gan::GanConfig;
use firebrick_gan::training::{GanSession, Judge, PictureGan};
use firebrick_run::{Run, RunResult, WatchSettings, watch};

use crate::drawing::{grid, write_png};
use crate::pictures::pictures;
use crate::report;
use crate::settings::Settings;
use crate::verdict::judge;

/// Pictures of the grid that is drawn after each epoch, and in a row of it.
pub(crate) const SHOWN: usize = 60;
pub(crate) const COLUMNS: usize = 10;

/// A recipe.
pub(crate) fn train_one(run: &Run<Settings>) -> anyhow::Result<RunResult> {
    Settings::training(&run.config).check()?;
    let splits = pictures(&run.config)?;
    let players = run.config.settings.players(splits.train.shape(), splits.train.classes().len())?;
    let parameters = told(&players)?;
    let critic = trained_judge(run, &splits)?;
    run.stop_if_interrupted()?;
    let gan = fit(run, players, &splits)?;
    gan.save(run.dir.path())?;
    let judged = judge(&gan, &critic, &splits, run.config.settings.judged)?;
    let result = run.result(parameters, splits.train.len(), judged.metrics.clone())?;
    report::write(run, &result, &gan, &judged, &splits)?;
    Ok(result)
}

/// Prints both players; their trainable parameters.
pub(crate) fn told(players: &GanConfig) -> anyhow::Result<usize> {
    let generator = players.generator.summary(&players.generator_input())?;
    let discriminator = players.discriminator.summary(&players.discriminator_input())?;
    writeln!(io::stdout(), "generator\n{generator}\ndiscriminator\n{discriminator}")?;
    Ok((generator.trainable_parameters() + discriminator.trainable_parameters()) as usize)
}

/// The judge of the run, which an earlier start may have trained already.
fn trained_judge(run: &Run<Settings>, splits: &Splits<Images>) -> anyhow::Result<Judge> {
    if run.resumed
        && let Ok(judge) = Judge::load(run.dir.path(), &run.device)
    {
        return Ok(judge);
    }
    let judge = Judge::fit(&splits.train, &splits.valid, &run.config.settings.judge(), &run.device)?;
    judge.save(run.dir.path())?;
    let accuracy = 100.0 * judge.accuracy(&splits.test);
    writeln!(io::stdout(), "judge: {accuracy:.2} % of the real test pictures")?;
    Ok(judge)
}

fn fit(run: &Run<Settings>, players: GanConfig, splits: &Splits<Images>) -> anyhow::Result<PictureGan> {
    let directory = run.dir.path();
    let checkpoints = Checkpoints::new(directory.join("checkpoints")).resume(run.resumed);
    let (callbacks, _) = watch(run, &WatchSettings::default(), directory);
    let folder = samples(directory);
    std::fs::create_dir_all(&folder)?;
    let session = GanSession::new()
        .with_callbacks(callbacks)
        .with_checkpoints(checkpoints)
        .with_samples(SHOWN, move |epoch, pictures| draw(&folder, epoch, pictures));
    let gan = PictureGan::new(players).on(&run.device);
    let gan = gan.fit(&splits.train, &splits.valid, &Settings::training(&run.config), session)?;
    run.stop_if_interrupted()?;
    Ok(gan)
}

/// Where the grids of the epochs lie.
pub(crate) fn samples(directory: &Path) -> PathBuf {
    directory.join("samples")
}

fn draw(folder: &Path, epoch: usize, pictures: &Tensor<4>) -> io::Result<()> {
    write_png(&grid(pictures, COLUMNS), &folder.join(format!("epoch-{epoch:04}.png"))).map_err(io::Error::other)
}
