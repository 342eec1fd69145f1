//! Time series: columns of numbers at equal distances in time, cut into windows for a forecaster.
//!
//! ```text
//! row     … t-W+1 … t | t+1 … t+H …
//!           window    | asked for        inputs [W, F], all columns; targets [H], the target column
//! ```
//!
//! Nothing looks into the future: missing values are filled from the past, parts follow each other in time, a
//! [`Standardisation`] is fitted on the training part alone, and the window of a later part may reach back into an earlier one, for
//! that is known when the forecast is made.

mod baseline;
mod error;
mod standardisation;
#[cfg(feature = "readers")]
mod table;
mod windows;

use std::ops::Range;

use crate::error::DataError;
use crate::split::{Fractions, Splits, ordered};

pub use baseline::{ForecastErrors, naive, seasonal_naive};
pub use error::SeriesError;
pub use standardisation::Standardisation;
#[cfg(feature = "readers")]
pub use table::SeriesConfig;
pub use windows::{WindowConfig, Windows};

/// Columns of numbers at equal distances in time; one of them is to be forecast.
///
/// ```
/// use firebrick_data::Fractions;
/// use firebrick_data::series::{Series, Standardisation, WindowConfig};
///
/// let values = (0..40).map(|t| f64::from(t % 4)).collect();
/// let series = Series::new(vec![("visits".into(), values)], "visits")?.with_season(4);
/// let parts = series.parts(Fractions::default())?;
///
/// let scale = Standardisation::fit(&series, parts.train.clone())?;
/// let windows = series.standardised(&scale)?.windows(parts.train, &WindowConfig { input: 8, horizon: 2, stride: 1 })?;
/// assert_eq!((windows.sequences.len(), windows.sequences.lengths()[0]), (28 - 8 - 2 + 1, 8));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    names: Vec<String>,
    /// For each column a value for each row.
    columns: Vec<Vec<f64>>,
    target: usize,
    /// Whether the target's value was measured, for each row.
    measured: Vec<bool>,
    season: usize,
}

impl Series {
    /// Columns with their names, each with a value for each row; NaN is a missing value.
    ///
    /// A missing value becomes the last one before it. Rows before the first value of any column are left out, so
    /// [`Series::len`] may be less than the rows given.
    ///
    /// # Errors
    /// When there is no column of the target's name, two have the same name, they differ in length, a value is infinite, or no row
    /// is left.
    pub fn new(columns: Vec<(String, Vec<f64>)>, target: &str) -> Result<Self, SeriesError> {
        let (names, mut columns): (Vec<String>, Vec<Vec<f64>>) = columns.into_iter().unzip();
        let unknown = || SeriesError::UnknownColumn { column: short(target), known: short(&names.join(", ")) };
        let target = names.iter().position(|name| name == target).ok_or_else(unknown)?;
        check(&names, &columns)?;
        let mut measured: Vec<bool> = columns[target].iter().map(|value| !value.is_nan()).collect();
        columns.iter_mut().for_each(|column| fill(column));
        let first = |column: &Vec<f64>| column.iter().position(|value| !value.is_nan()).unwrap_or(column.len());
        let start = columns.iter().map(first).max().unwrap_or(0);
        columns.iter_mut().for_each(|column| drop(column.drain(..start)));
        measured.drain(..start);
        if measured.is_empty() {
            return Err(SeriesError::Empty);
        }
        Ok(Self { names, columns, target, measured, season: 1 })
    }

    /// The rows of a season: 12 for months, 24 for hours. What the seasonal naive forecast goes by; default 1, none.
    ///
    /// # Panics
    /// When it is 0.
    #[must_use]
    pub fn with_season(mut self, rows: usize) -> Self {
        assert!(rows > 0, "a season of 0 rows; 1 means that there is none");
        self.season = rows;
        self
    }

    /// Two more columns, sine and cosine of the row's place in a cycle of so many rows: they tell a network the month, or
    /// the hour of the day.
    ///
    /// # Panics
    /// When the cycle has fewer than 2 rows.
    #[must_use]
    pub fn with_cycle(mut self, rows: usize) -> Self {
        assert!(rows > 1, "a cycle of {rows} row(s); it has at least 2");
        let angle = |row: usize| std::f64::consts::TAU * (row % rows) as f64 / rows as f64;
        let len = self.len();
        self.names.extend([format!("sin {rows}"), format!("cos {rows}")]);
        self.columns.push((0..len).map(|row| angle(row).sin()).collect());
        self.columns.push((0..len).map(|row| angle(row).cos()).collect());
        self
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.columns[self.target].len()
    }

    /// Whether there is no row. Never so, for none can be made.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The values of column `i`, one for each row.
    ///
    /// # Panics
    /// When there is no such column.
    pub fn column(&self, i: usize) -> &[f64] {
        &self.columns[i]
    }

    /// Which column is to be forecast.
    pub fn target(&self) -> usize {
        self.target
    }

    /// Whether the target's value was measured, for each row; where not, it was filled.
    pub fn measured(&self) -> &[bool] {
        &self.measured
    }

    /// The rows of a season; 1 where there is none.
    pub fn season(&self) -> usize {
        self.season
    }

    /// The rows of each part: the first for training, the last for test.
    ///
    /// # Errors
    /// When a part would be empty.
    pub fn parts(&self, fractions: Fractions) -> Result<Splits<Range<usize>>, DataError> {
        let parts = ordered(self.len(), fractions)?;
        Ok(parts.map(|rows| rows.first().map_or(0..0, |&first| first..first + rows.len())))
    }

    /// The same rows with columns as the standardisation scales them.
    ///
    /// # Errors
    /// When it was fitted on another number of columns.
    pub fn standardised(&self, scale: &Standardisation) -> Result<Self, SeriesError> {
        let (found, expected) = (scale.len(), self.columns.len());
        if found != expected {
            return Err(SeriesError::Columns { found, expected });
        }
        let scaled = |(i, column): (usize, &Vec<f64>)| column.iter().map(|&value| scale.apply(i, value)).collect();
        Ok(Self { columns: self.columns.iter().enumerate().map(scaled).collect(), ..self.clone() })
    }
}

fn check(names: &[String], columns: &[Vec<f64>]) -> Result<(), SeriesError> {
    for (i, (name, column)) in names.iter().zip(columns).enumerate() {
        let (found, expected) = (column.len(), columns[0].len());
        if names[..i].contains(name) {
            return Err(SeriesError::Twice { column: short(name) });
        }
        if found != expected {
            return Err(SeriesError::Rows { column: short(name), found, expected });
        }
        if let Some(row) = column.iter().position(|value| value.is_infinite()) {
            return Err(SeriesError::Infinite { column: short(name), row });
        }
    }
    Ok(())
}

/// Each missing value becomes the last one before it.
fn fill(column: &mut [f64]) {
    for row in 1..column.len() {
        if column[row].is_nan() {
            column[row] = column[row - 1];
        }
    }
}

/// As much of a name as a message can hold.
fn short(name: &str) -> String {
    name.chars().take(200).collect()
}

#[cfg(test)]
mod tests;
