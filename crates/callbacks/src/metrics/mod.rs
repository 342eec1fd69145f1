//! The metrics of an epoch: by name and split for callbacks, and logged so that they outlive the process.

mod log;
mod running;
mod table;

pub use log::MetricLog;
pub(crate) use log::STANDARD_METRICS;
pub use table::{MetricTable, MetricValue};
