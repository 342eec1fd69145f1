//! `cargo xtask find-rate cnn`: a learning rate range test on a recipe (Smith, 2017, <https://arxiv.org/abs/1506.01186>).

use std::io::Write;

use anyhow::ensure;
use firebrick_callbacks::{LearningRateCurve, LearningRateFinder, RatePoint, callbacks};
use firebrick_cnn::{Classifier, FitConfig, Schedule};
use firebrick_run::files::write_atomic;
use firebrick_run::plot::{RateChart, RateSeries, svg_to_png};
use firebrick_run::{RunConfig, RunDir, TrainArgs};

use crate::pictures::pictures;
use crate::recipes::{self, Settings, network};

/// Arguments of the verb `find-rate`: which training, and which rates.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    train: TrainArgs,
    /// The lowest learning rate
    #[arg(long, value_name = "RATE", default_value_t = 1e-6)]
    min_rate: f64,
    /// The highest learning rate
    #[arg(long, value_name = "RATE", default_value_t = 1.0)]
    max_rate: f64,
    /// How many batches it takes from one to the other
    #[arg(long, value_name = "N", default_value_t = 100)]
    steps: usize,
}

/// Raises the rate from batch to batch, prints the one at which the loss falls steepest, and writes `rates.csv`, `rates.svg` and
/// `rates.png`.
pub(crate) fn find_rate(args: &Args) -> anyhow::Result<()> {
    let Args { train, min_rate, max_rate, steps } = args;
    let unused = train.resume.is_some() || train.seeds.is_some() || train.epochs.is_some() || train.fast_dev_run;
    ensure!(
        !unused,
        "find-rate is one short run of --steps batches: --resume, --seeds, --epochs and --fast-dev-run are for train"
    );
    let config = RunConfig::new("cnn", train, &recipes::chosen(train)?)?;
    let device = config.device.device()?;
    let splits = pictures(&config)?;
    let network = network(&config, splits.train.classes().len())?;
    network.summary(&splits.train.shape())?;

    let dir = RunDir::create(train.out.as_deref(), "cnn", &format!("{}-rates", config.recipe))?;
    let finder = LearningRateFinder::new().rates(*min_rate, *max_rate).steps(*steps);
    let finder = finder.csv(dir.path().join("rates.csv"));
    let curve = finder.curve();
    let fit = sweep(&config, splits.train.len(), *steps);
    let classifier = Classifier::new(network, splits.train.shape()).on(&device);
    classifier.fit(&splits.train, &splits.valid, fit, callbacks![finder])?;

    let svg = chart(&config.recipe, &curve).svg()?;
    write_atomic(&dir.path().join("rates.svg"), svg.as_bytes())?;
    write_atomic(&dir.path().join("rates.png"), &svg_to_png(&svg, 1120)?)?;
    writeln!(std::io::stdout(), "{}\nstored in {}", suggested(&curve), dir.path().display())?;
    Ok(())
}

/// The recipe's training, as long as the sweep and with the rate left to it.
fn sweep(config: &RunConfig<Settings>, pictures: usize, steps: usize) -> FitConfig {
    let fit = Settings::fit(config).with_schedule(Schedule::Constant).with_max_steps(None);
    let batches = pictures.div_ceil(fit.batch_size.max(1)).max(1);
    let epochs = steps.div_ceil(fit.steps_per_epoch.map_or(batches, |limit| limit.clamp(1, batches))).max(1);
    fit.with_epochs(epochs).with_validation_freq(epochs + 1)
}

fn suggested(curve: &LearningRateCurve) -> String {
    match curve.suggestion() {
        Some(rate) => format!(
            "suggested learning rate: {rate:.2e}, where the smoothed loss falls steepest (--set learning_rate={rate:.2e})"
        ),
        None => {
            "the sweep was too short to suggest a learning rate: take more --steps, or rates that begin lower".into()
        }
    }
}

/// The curve up to twice the loss that it begins with: beyond, it would hide where the loss falls. The table has all of it.
fn chart(recipe: &str, curve: &LearningRateCurve) -> RateChart {
    let points = curve.points();
    let ceiling = points.first().map_or(f64::INFINITY, |first| 2.0 * first.loss);
    let series = |name: &str, value: fn(&RatePoint) -> f64| RateSeries {
        name: name.into(),
        points: points.iter().map(|point| (point.rate, value(point))).filter(|(_, value)| *value <= ceiling).collect(),
    };
    RateChart {
        title: format!("Learning rates for {recipe}"),
        subtitle: "loss of each batch, the rate rising from batch to batch".into(),
        series: vec![series("loss", |point| point.loss), series("smoothed", |point| point.smoothed)],
        mark: curve.suggestion().map(|rate| (rate, format!("suggested: {rate:.2e}"))),
    }
}
