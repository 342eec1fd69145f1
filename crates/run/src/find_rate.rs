//! The verb `find-rate`: a learning rate range test on a recipe (Smith, 2017, <https://arxiv.org/abs/1506.01186>).

use anyhow::ensure;
use firebrick_callbacks::fit::{FitConfig, Schedule};
use firebrick_callbacks::{LearningRateCurve, LearningRateFinder, RatePoint};

use crate::args::TrainArgs;
use crate::dir::{RunDir, RunDirError};
use crate::files::write_atomic;
use crate::plot::{RateChart, RateSeries, svg_to_png};

/// Pixels across of the PNG.
const PNG_WIDTH: u32 = 1120;

/// Arguments of the verb `find-rate`: which training, and which rates.
#[derive(Clone, Debug, clap::Args)]
pub struct FindRateArgs {
    /// The training.
    #[command(flatten)]
    pub train: TrainArgs,
    /// The lowest learning rate
    #[arg(long, value_name = "RATE", default_value_t = 1e-6)]
    pub min_rate: f64,
    /// The highest learning rate
    #[arg(long, value_name = "RATE", default_value_t = 1.0)]
    pub max_rate: f64,
    /// How many batches it takes from one to the other
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub steps: usize,
}

/// A sweep over learning rates: the callback that raises them, and the folder in which the curve is stored.
#[derive(Debug)]
pub struct RateSweep {
    steps: usize,
    recipe: String,
    dir: RunDir,
    curve: LearningRateCurve,
}

impl FindRateArgs {
    /// Refuses arguments that only a whole training has.
    ///
    /// # Errors
    /// When `--resume`, `--seeds`, `--epochs` or `--fast-dev-run` is given.
    pub fn check(&self) -> anyhow::Result<()> {
        let TrainArgs { resume, seeds, epochs, fast_dev_run, .. } = &self.train;
        let unused = resume.is_some() || seeds.is_some() || epochs.is_some() || *fast_dev_run;
        ensure!(
            !unused,
            "find-rate is one short run of --steps batches: --resume, --seeds, --epochs and --fast-dev-run are for train"
        );
        Ok(())
    }

    /// Makes the folder and the callback of a sweep for a recipe.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn sweep(&self, crate_name: &str, recipe: &str) -> Result<(RateSweep, LearningRateFinder), RunDirError> {
        let dir = RunDir::create(self.train.out.as_deref(), crate_name, &format!("{recipe}-rates"))?;
        let finder = LearningRateFinder::new().rates(self.min_rate, self.max_rate).steps(self.steps);
        let finder = finder.csv(dir.path().join("rates.csv"));
        let sweep = RateSweep { steps: self.steps, recipe: recipe.into(), dir, curve: finder.curve() };
        Ok((sweep, finder))
    }
}

impl RateSweep {
    /// The recipe's training on so many samples, as long as the sweep and with the rate left to it.
    pub fn fit(&self, fit: FitConfig, samples: usize) -> FitConfig {
        let fit = fit.with_schedule(Schedule::Constant).with_max_steps(None);
        let batches = samples.div_ceil(fit.batch_size.max(1)).max(1);
        let epochs = self.steps.div_ceil(fit.steps_per_epoch.map_or(batches, |limit| limit.clamp(1, batches))).max(1);
        fit.with_epochs(epochs).with_validation_freq(epochs + 1)
    }

    /// Writes `rates.svg` and `rates.png` beside `rates.csv`; what to tell: the rate at which the loss falls steepest, and where the
    /// files are.
    ///
    /// # Errors
    /// When the curve cannot be drawn or written.
    pub fn store(&self) -> anyhow::Result<String> {
        let svg = self.chart().svg()?;
        write_atomic(&self.dir.path().join("rates.svg"), svg.as_bytes())?;
        write_atomic(&self.dir.path().join("rates.png"), &svg_to_png(&svg, PNG_WIDTH)?)?;
        let suggested = match self.curve.suggestion() {
            Some(rate) => format!(
                "suggested learning rate: {rate:.2e}, where the smoothed loss falls steepest (--set learning_rate={rate:.2e})"
            ),
            None => "the sweep was too short to suggest a learning rate: take more --steps, or rates that begin lower"
                .into(),
        };
        Ok(format!("{suggested}\nstored in {}", self.dir.path().display()))
    }

    /// The curve up to twice the loss that it begins with: beyond, it would hide where the loss falls. The table has all of it.
    fn chart(&self) -> RateChart {
        let points = self.curve.points();
        let ceiling = points.first().map_or(f64::INFINITY, |first| 2.0 * first.loss);
        let series = |name: &str, value: fn(&RatePoint) -> f64| RateSeries {
            name: name.into(),
            points: points
                .iter()
                .map(|point| (point.rate, value(point)))
                .filter(|(_, value)| *value <= ceiling)
                .collect(),
        };
        RateChart {
            title: format!("Learning rates for {}", self.recipe),
            subtitle: "loss of each batch, the rate rising from batch to batch".into(),
            series: vec![series("loss", |point| point.loss), series("smoothed", |point| point.smoothed)],
            mark: self.curve.suggestion().map(|rate| (rate, format!("suggested: {rate:.2e}"))),
        }
    }
}
