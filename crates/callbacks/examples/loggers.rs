//! Every logger at once, in a training that fails in its third epoch and is resumed: `cargo run --example loggers -- DIRECTORY`.
//!
//! The directory then holds `history.csv`, `log.csv`, `log.jsonl`, `logs/` for TensorBoard (`tensorboard --logdir DIRECTORY/logs`), and
//! `alone/`, what an `EventWriter` writes without a training. `cargo xtask check --peers` reads them with pandas and TensorBoard's own
//! code (`loggers.py`).

use std::path::{Path, PathBuf};

use burn::data::dataloader::{DataLoaderBuilder, batcher::Batcher};
use burn::data::dataset::InMemDataset;
use burn::nn::loss::{MseLoss, Reduction};
use burn::nn::{Linear, LinearConfig};
use burn::optim::SgdConfig;
use burn::prelude::*;
use burn::train::metric::LossMetric;
use burn::train::{InferenceStep, Learner, RegressionOutput, SupervisedTraining, TrainOutput, TrainStep};
use firebrick_callbacks::{
    Callback, CallbackError, CallbackStrategy, Checkpoints, CsvLogger, EventError, EventWriter, History,
    JsonLinesLogger, LambdaCallback, LearningRateMonitor, QuietRenderer, TensorBoard, callbacks, path_ids,
};

const EPOCHS: usize = 5;

/// Batches of an epoch.
const STEPS: u64 = 4;

/// A picture of 3 by 2 pixels.
const PNG: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x03\x00\x00\x00\x02\x08\x02\x00\x00\x00\x12\x16\xf1M\x00\x00\x00\x1cIDATx\xdac8!\xc7\xf5\xabB\xe4\xff\x9d(f\x11V\x06e\x06fA\xfe/\x00G\xb0\x06\x02\xb8\x0a\xfe\xde\x00\x00\x00\x00IEND\xaeB`\x82";

#[derive(Module, Debug)]
struct Line {
    linear: Linear,
}

impl Line {
    fn regression(&self, x: Tensor<2>) -> RegressionOutput {
        let (y, target) = (self.linear.forward(x.clone()), x * 3 + 1);
        RegressionOutput::new(MseLoss::new().forward(y.clone(), target.clone(), Reduction::Mean), y, target)
    }
}

impl TrainStep for Line {
    type Input = Tensor<2>;
    type Output = RegressionOutput;

    fn step(&self, x: Tensor<2>) -> TrainOutput<RegressionOutput> {
        let item = self.regression(x);
        TrainOutput::new(self, item.loss.backward(), item)
    }
}

impl InferenceStep for Line {
    type Input = Tensor<2>;
    type Output = RegressionOutput;

    fn step(&self, x: Tensor<2>) -> RegressionOutput {
        self.regression(x)
    }
}

#[derive(Clone)]
struct Points;

impl Batcher<f32, Tensor<2>> for Points {
    fn batch(&self, points: Vec<f32>, device: &Device) -> Tensor<2> {
        Tensor::<1>::from_floats(points.as_slice(), device).unsqueeze_dim(1)
    }
}

/// A value that is missing in the first epoch, and then none that every format can hold.
fn odd_value(epoch: usize) -> Option<f64> {
    [None, Some(f64::NAN), Some(f64::INFINITY), Some(f64::NEG_INFINITY), Some(1e-300)][epoch - 1]
}

fn loggers(directory: &Path) -> Vec<Box<dyn Callback>> {
    let board = TensorBoard::new(directory.join("logs")).update_freq(2).histogram_freq(2).write_images(true);
    let board = board.text("configuration", "**a line**, 32 points");
    let entries = board.entries();
    let own = LambdaCallback::new().on_epoch_end(move |context| {
        let epoch = context.epoch();
        odd_value(epoch).into_iter().for_each(|value| context.add_metric("valid_odd", value));
        entries.text("notes", format!("epoch {epoch}"));
        entries.image("swatch", PNG.to_vec()).map_err(CallbackError::from)
    });
    callbacks![
        own,
        LearningRateMonitor::new(),
        History::new().csv(directory.join("history.csv")),
        CsvLogger::new(directory.join("log.csv")),
        JsonLinesLogger::new(directory.join("log.jsonl")).every_steps(3),
        board,
    ]
}

/// Trains; a failing one stops within its third epoch, when the loggers have written some of it.
fn train(directory: &Path, fails: bool) -> Result<(), Box<dyn std::error::Error>> {
    let device = Device::flex();
    let points = || {
        DataLoaderBuilder::new(Points)
            .batch_size(8)
            .build(InMemDataset::new((0..32).map(|point| point as f32 / 32.0).collect()))
    };
    let mut callbacks = loggers(directory);
    callbacks.extend(callbacks![LambdaCallback::new().on_train_batch_end(move |context| {
        let is_there = context.global_step() == 2 * STEPS + 3;
        if fails && is_there { Err(CallbackError::other("the plug was pulled")) } else { Ok(()) }
    })]);
    let strategy = CallbackStrategy::new(device.clone())
        .with_callbacks(callbacks)
        .with_checkpoints(Checkpoints::new(directory.join("checkpoints")).resume(!fails));
    let outcome = strategy.outcome();
    device.seed(1);
    let model = path_ids(Line { linear: LinearConfig::new(1, 1).init(&device.autodiff()) });
    let training = SupervisedTraining::new(directory, points(), points())
        .metrics((LossMetric::new(),))
        .renderer(Box::new(QuietRenderer))
        .with_application_logger(None)
        .num_epochs(EPOCHS);
    strategy.attach(training).launch(Learner::new(model, SgdConfig::new().init(), 0.1));
    match outcome.error() {
        Some(error) if !fails => Err(error.to_string().into()),
        _ => Ok(()),
    }
}

/// Figures that are formulas, for whoever reads the file.
fn write_alone(directory: &Path) -> Result<(), EventError> {
    let mut events = EventWriter::create(directory)?;
    for step in 0..20 {
        events.scalar("wave", step, (step as f64).cos())?;
    }
    let spread: Vec<f32> = (0..1000).map(|n| (n as f32).cos()).collect();
    events.histogram("spread", 1, &spread)?;
    events.histogram("equal", 1, &[0.25; 6])?;
    events.histogram("holes", 1, &[f32::NAN, -1.0, f32::INFINITY, 2.0])?;
    events.histogram("nothing", 1, &[])?;
    events.image("swatch", 1, PNG)?;
    events.text("notes", 1, "Ein *Ofen* – 窯")?;
    events.flush()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args_os().nth(1).map(PathBuf::from).ok_or("which directory?")?;
    train(&directory, true)?;
    train(&directory, false)?;
    write_alone(&directory.join("alone"))?;
    Ok(())
}
