//! The forecasts that cost nothing, and how far forecasts are off.

use super::{Series, SeriesError};

/// The last value of the target, for each of the `horizon` rows from each of `rows` on: `[N, H]`, row-major.
///
/// # Panics
/// When a row is 0, for nothing came before it, or beyond the last.
pub fn naive(series: &Series, rows: &[usize], horizon: usize) -> Vec<f64> {
    seasonal(series, rows, horizon, 1)
}

/// The target's value one season before, for each of the `horizon` rows from each of `rows` on; where that is not known yet, of the
/// last season that is: `[N, H]`, row-major. Where less than a season is known, the last value.
///
/// # Panics
/// As [`naive`].
pub fn seasonal_naive(series: &Series, rows: &[usize], horizon: usize) -> Vec<f64> {
    seasonal(series, rows, horizon, series.season())
}

fn seasonal(series: &Series, rows: &[usize], horizon: usize, season: usize) -> Vec<f64> {
    let target = series.column(series.target());
    let value = |row: usize, step: usize| {
        assert!(row > 0, "no value comes before row 0, so there is no naive forecast of it");
        let back = season * (step / season + 1);
        target[(row + step).checked_sub(back).unwrap_or(row - 1)]
    };
    rows.iter().flat_map(|&row| (0..horizon).map(move |step| value(row, step))).collect()
}

/// How far forecasts are off, in the unit of the series.
///
/// ```
/// use firebrick_data::series::{ForecastErrors, Series, naive, seasonal_naive};
///
/// let values = (0..12).map(|t| [5.0, 1.0, 3.0][t % 3]).collect();
/// let series = Series::new(vec![("x".into(), values)], "x")?.with_season(3);
/// let truth = &series.column(0)[6..8];
/// assert_eq!(ForecastErrors::of(&seasonal_naive(&series, &[6], 2), truth)?.mae, 0.0);
/// assert_eq!(ForecastErrors::of(&naive(&series, &[6], 2), truth)?.mae, 2.0);
/// # Ok::<(), firebrick_data::series::SeriesError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForecastErrors {
    /// Mean absolute error.
    pub mae: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
}

impl ForecastErrors {
    /// The errors of forecasts against the values that came.
    ///
    /// # Errors
    /// When there are not as many of both, or none.
    pub fn of(forecasts: &[f64], values: &[f64]) -> Result<Self, SeriesError> {
        if forecasts.len() != values.len() || values.is_empty() {
            return Err(SeriesError::ForecastCount { forecasts: forecasts.len(), values: values.len() });
        }
        let count = values.len() as f64;
        let off = || forecasts.iter().zip(values).map(|(forecast, value)| (forecast - value).abs());
        Ok(Self { mae: off().sum::<f64>() / count, rmse: (off().map(|off| off * off).sum::<f64>() / count).sqrt() })
    }
}
