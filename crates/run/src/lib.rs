#![doc = include_str!("../README.md")]

mod args;
mod config;
mod confusion;
mod device;
mod dir;
mod exit;
pub mod files;
mod find_rate;
mod fitting;
mod history;
pub mod interrupt;
mod launch;
mod memory;
pub mod numbers;
pub mod plot;
pub mod report;
mod result;
pub mod seeds;
mod settings;
mod table;
mod watch;

pub use args::{EvaluateArgs, PredictArgs, TrainArgs};
pub use config::{ArgumentError, Recipe, RunConfig};
pub use confusion::ConfusionMatrix;
pub use device::{DeviceError, DeviceName};
pub use dir::{RunDir, RunDirError};
pub use exit::main;
pub use find_rate::{FindRateArgs, RateSweep};
pub use fitting::Fitting;
pub use history::{HistoryTable, trained};
pub use launch::{Run, launch};
pub use memory::{minor_page_faults, peak_rss_bytes};
pub use result::RunResult;
pub use settings::{SettingError, apply_settings, setting_names};
pub use table::Table;
pub use watch::{Watch, WatchSettings, Watched, watch};
