//! Forecasts: numbers that follow a sequence.

mod batch;
mod forecaster;
mod forecasting;
mod metric;
mod scaling;
mod scores;

pub use batch::ForecastBatch;
pub use forecaster::Forecaster;
pub use forecasting::{ForecastLoss, Forecasted, Forecasting};
pub use metric::{AbsoluteErrorInput, AbsoluteErrorMetric};
pub use scaling::Scaling;
pub use scores::{ForecastScores, HorizonScores};
