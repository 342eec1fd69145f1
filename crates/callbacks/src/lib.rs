#![doc = include_str!("../README.md")]

mod atomic_file;
mod averaging;
mod backbone_freezing;
mod background;
mod backup_and_restore;
mod callback;
mod checkpoint;
mod clock_time;
mod context;
mod csv_logger;
mod cursor;
mod early_stopping;
mod error;
mod exponential_moving_average;
mod file_name;
pub mod fit;
mod gradient_accumulation;
mod gradient_clipping;
mod gradients;
mod history;
mod interrupt;
mod json_lines_logger;
mod lambda;
mod learning_rate;
mod learning_rate_finder;
mod learning_rate_monitor;
mod learning_rate_scheduler;
mod line_file;
mod metrics;
mod model_checkpoint;
mod monitor;
mod outcome;
mod parameters;
mod progress;
mod reduce_lr_on_plateau;
#[cfg(feature = "remote")]
mod remote_monitor;
mod renderer;
mod schedule;
mod stochastic_weight_averaging;
mod strategy;
mod tensor_board;
mod terminate_on_nan;
#[cfg(test)]
mod testing;
mod timer;
#[cfg(test)]
mod traces;
mod weights;

pub use atomic_file::write_atomically;
pub use backbone_freezing::BackboneFreezing;
pub use backup_and_restore::BackupAndRestore;
pub use callback::{Callback, Flow, HookResult};
pub use checkpoint::{CheckpointError, Checkpoints, LatestCheckpoint};
pub use context::{Context, Position, SplitProgress};
pub use csv_logger::CsvLogger;
pub use cursor::Cursor;
pub use early_stopping::EarlyStopping;
pub use error::CallbackError;
pub use exponential_moving_average::ExponentialMovingAverage;
pub use gradient_accumulation::GradientAccumulationScheduler;
pub use gradient_clipping::GradientClipping;
pub use history::{EpochRecord, History, HistoryRecords};
pub use interrupt::Interrupt;
pub use json_lines_logger::JsonLinesLogger;
pub use lambda::{Answer, LambdaCallback};
pub use learning_rate::ControlledLr;
pub use learning_rate_finder::{LearningRateCurve, LearningRateFinder, RatePoint, Spacing};
pub use learning_rate_monitor::LearningRateMonitor;
pub use learning_rate_scheduler::LearningRateScheduler;
pub use metrics::{MetricLog, MetricTable, MetricValue};
pub use model_checkpoint::{BestCheckpoint, ModelCheckpoint, SavedModel};
pub use monitor::{Direction, Monitor, Split};
pub use outcome::{Outcome, Stop};
pub use parameters::NamedParameter;
pub use progress::Progress;
pub use reduce_lr_on_plateau::ReduceLrOnPlateau;
#[cfg(feature = "remote")]
pub use remote_monitor::RemoteMonitor;
pub use renderer::QuietRenderer;
pub use schedule::{
    Annealing, CosineDecay, CosineRestarts, ExponentialDecay, LinearWarmup, LrSchedule, OneCycle, PolynomialDecay,
    ScheduledLr, StepDecay,
};
pub use stochastic_weight_averaging::StochasticWeightAveraging;
pub use strategy::{BatchStep, CallbackStrategy, Phases, with_callbacks};
pub use tensor_board::{BoardEntries, EventError, EventWriter, TensorBoard};
pub use terminate_on_nan::TerminateOnNan;
pub use timer::{Interval, Timer, Times};
pub use weights::{WeightsError, load_weights, path_ids, save_weights};
