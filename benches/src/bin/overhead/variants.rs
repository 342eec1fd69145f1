//! The trainings that are compared. A new callback is one line here.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use firebrick_callbacks::{
    Callback, CosineDecay, CsvLogger, EarlyStopping, ExponentialMovingAverage, GradientClipping, History, Interrupt,
    JsonLinesLogger, LearningRateMonitor, LearningRateScheduler, ModelCheckpoint, Monitor, Progress, ReduceLrOnPlateau,
    StochasticWeightAveraging, TensorBoard, TerminateOnNan, Timer, callbacks,
};

/// A training with its callbacks.
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    /// The callbacks, which may write into this directory.
    pub(crate) callbacks: fn(&Path) -> Vec<Box<dyn Callback>>,
    /// Whether the training's state is written after every epoch.
    pub(crate) has_checkpoints: bool,
}

/// Each is compared with itself; what is seen with no callbacks at all is the machine's doing.
pub(crate) static VARIANTS: [Variant; 6] = [
    Variant { name: "none", callbacks: |_| Vec::new(), has_checkpoints: false },
    Variant { name: "callbacks", callbacks: observing, has_checkpoints: true },
    Variant { name: "every 100", callbacks: logging, has_checkpoints: false },
    Variant { name: "histograms", callbacks: drawing, has_checkpoints: false },
    Variant { name: "ema", callbacks: averaging, has_checkpoints: false },
    Variant { name: "clipping", callbacks: clipping, has_checkpoints: false },
];

/// What the names mean.
pub(crate) const LEGEND: &str = "\
callbacks   all but the following, as often as they do it by default: a training state, the best weights, averaged weights and all logs
            after every epoch (TensorBoard without histograms, as in Keras), the loss looked at after every step
every 100   logs every 100 steps (TensorBoard, JSON), the learning rate set before every step
histograms  TensorBoard with a histogram of every parameter after every epoch
ema         a moving average of the weights, after every step
clipping    gradients clipped by their global norm, before every step
none        no callbacks: how exact the figures are on this machine";

fn observing(directory: &Path) -> Vec<Box<dyn Callback>> {
    callbacks![
        LearningRateScheduler::of(CosineDecay::new(1e-3, 100)),
        ReduceLrOnPlateau::new(Monitor::valid("Loss")).patience(1000),
        TerminateOnNan::new(),
        Timer::unlimited(),
        StochasticWeightAveraging::new(1e-3).start_from_epoch(1),
        EarlyStopping::new(Monitor::valid("Loss")).patience(1000).restore_best_weights(true),
        ModelCheckpoint::new(directory.join("best.bpk"), Monitor::valid("Loss")).save_best_only(true),
        Interrupt::new(Arc::new(AtomicBool::new(false))),
        LearningRateMonitor::new(),
        TensorBoard::new(directory.join("logs")),
        CsvLogger::new(directory.join("log.csv")),
        JsonLinesLogger::new(directory.join("log.jsonl")),
        History::new().csv(directory.join("history.csv")).timing(directory.join("timing.csv")),
        Progress::to(std::io::sink()),
    ]
}

fn logging(directory: &Path) -> Vec<Box<dyn Callback>> {
    callbacks![
        LearningRateScheduler::of(CosineDecay::new(1e-3, 100_000)).per_step(),
        TensorBoard::new(directory.join("logs")).update_freq(100),
        JsonLinesLogger::new(directory.join("log.jsonl")).every_steps(100),
    ]
}

fn drawing(directory: &Path) -> Vec<Box<dyn Callback>> {
    callbacks![TensorBoard::new(directory.join("logs")).histogram_freq(1)]
}

fn averaging(_directory: &Path) -> Vec<Box<dyn Callback>> {
    callbacks![ExponentialMovingAverage::new(0.999)]
}

/// The norm seldom has to be brought down.
fn clipping(_directory: &Path) -> Vec<Box<dyn Callback>> {
    callbacks![GradientClipping::by_norm(1e3)]
}
