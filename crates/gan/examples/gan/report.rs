//! What `report.html` of a GAN shows.

use burn::tensor::Tensor;
use firebrick_data::{Images, Splits};
use firebrick_gan::training::{PictureGan, interpolated, latents, to_bytes};
use firebrick_run::plot::{Picture, Sample};
use firebrick_run::report::Report;
use firebrick_run::{HistoryTable, Run, RunResult, Table};

use crate::drawing::{animation, grid, png};
use crate::settings::Settings;
use crate::train::{COLUMNS, SHOWN, samples};
use crate::verdict::{Judged, some};

/// Ways between two points of noise, and steps of each.
const WAYS: usize = 5;
/// Fakes that are shown with their verdicts and with their nearest training pictures.
const SAMPLES: usize = 16;

/// Writes `report.html` and its pictures into the run directory.
pub(crate) fn write(
    run: &Run<Settings>,
    result: &RunResult,
    gan: &PictureGan,
    judged: &Judged,
    splits: &Splits<Images>,
) -> anyhow::Result<()> {
    let mut report = Report::new(result)
        .with_history(&HistoryTable::read(&run.dir.history())?)
        .with_picture("Samples", "Pictures that were not chosen.", png(&grid(&gan.generate(SHOWN, run.config.seed, None)?, COLUMNS))?)
        .with_picture("Between", "Each row goes from one picture to another along the noise.", png(&grid(&between(gan, run)?, COLUMNS))?)
        .with_samples("Judged", "Fakes with the class that the judge sees and how sure it is.", verdicts(gan, judged))
        .with_samples(
            "Nearest",
            "Fakes, each before the training picture nearest to it in the judge's features: were pictures learnt by heart?",
            nearest(judged, &some(&splits.train, run.config.settings.judged)),
        )
        .with_table("Classes", "How often each class was drawn, beside the training pictures.", classes(gan, judged));
    if let Some(gif) = animation(&samples(run.dir.path()))? {
        report = report.with_picture("Training", "The same noise after every epoch.", gif);
    }
    let players = gan.config();
    let generator = players.generator.summary(&players.generator_input())?;
    let discriminator = players.discriminator.summary(&players.discriminator_input())?;
    let network = format!("generator\n{generator}\n\ndiscriminator\n{discriminator}");
    Ok(report.with_network(network).with_config(&run.config).save(&run.dir)?)
}

/// Pictures along ways between points of noise, a row each; of a conditional generator all of one class.
fn between(gan: &PictureGan, run: &Run<Settings>) -> anyhow::Result<Tensor<4>> {
    let generator = gan.generator()?;
    let ends = latents(0..2 * WAYS, generator.latent_size(), run.config.seed, &run.device);
    let point = |i: usize| ends.clone().slice(i..i + 1);
    let rows = (0..WAYS).map(|way| {
        let classes = gan
            .config()
            .classes
            .map(|classes| Tensor::from_ints(vec![(way % classes) as i32; COLUMNS].as_slice(), &run.device));
        generator.forward(interpolated(point(2 * way), point(2 * way + 1), COLUMNS), classes)
    });
    Ok(Tensor::cat(rows.collect(), 0))
}

fn fake(judged: &Judged, i: usize) -> Picture {
    let [_, channels, height, width] = judged.fakes.dims();
    let bytes = to_bytes(judged.fakes.clone().slice(i..i + 1));
    Picture::from_planes(&bytes, [channels, height, width], 1.0 / 255.0)
}

fn verdicts(gan: &PictureGan, judged: &Judged) -> Vec<Sample> {
    let sample = |(i, verdict): (usize, &firebrick_gan::training::Verdict)| {
        let class = &gan.classes()[verdict.class()];
        Sample::predicted(fake(judged, i), class, f64::from(verdict.confidence()), None)
    };
    judged.verdicts.iter().enumerate().take(SAMPLES).map(sample).collect()
}

fn nearest(judged: &Judged, train: &Images) -> Vec<Sample> {
    let pair = |(i, &place): (usize, &usize)| {
        let real = Picture::from_planes(train.picture(place), train.shape(), train.scale());
        [Sample::new(fake(judged, i), "fake"), Sample::new(real, "nearest")]
    };
    judged.nearest.iter().enumerate().take(SAMPLES / 2).flat_map(pair).collect()
}

fn classes(gan: &PictureGan, judged: &Judged) -> Table {
    let mut table = Table::new(["class", "drawn", "share", "share of the real"]);
    let (drawn, real) = (judged.drawn.shares(), judged.real.shares());
    for (class, name) in gan.classes().iter().enumerate() {
        let share = |share: f64| format!("{:.1} %", 100.0 * share);
        table.push([name.clone(), judged.drawn.counts()[class].to_string(), share(drawn[class]), share(real[class])]);
    }
    table
}
