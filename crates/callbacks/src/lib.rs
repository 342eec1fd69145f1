#![doc = include_str!("../README.md")]

mod atomic_file;
mod backup_and_restore;
mod callback;
mod checkpoint;
mod context;
mod cursor;
mod early_stopping;
mod error;
mod file_name;
mod history;
mod interrupt;
mod learning_rate;
mod metrics;
mod model_checkpoint;
mod monitor;
mod outcome;
mod progress;
mod renderer;
mod strategy;
#[cfg(test)]
mod testing;
mod weights;

pub use atomic_file::write_atomically;
pub use backup_and_restore::BackupAndRestore;
pub use callback::{Callback, Flow, HookResult};
pub use checkpoint::{CheckpointError, Checkpoints, LatestCheckpoint};
pub use context::{Context, Position, SplitProgress};
pub use cursor::Cursor;
pub use early_stopping::EarlyStopping;
pub use error::CallbackError;
pub use history::{EpochRecord, History, HistoryRecords};
pub use interrupt::Interrupt;
pub use learning_rate::ControlledLr;
pub use metrics::{MetricLog, MetricTable, MetricValue};
pub use model_checkpoint::{BestCheckpoint, ModelCheckpoint, SavedModel};
pub use monitor::{Direction, Monitor, Split};
pub use outcome::{Outcome, Stop};
pub use progress::Progress;
pub use renderer::QuietRenderer;
pub use strategy::{BatchStep, CallbackStrategy, with_callbacks};
pub use weights::{WeightsError, load_weights, path_ids, save_weights};
