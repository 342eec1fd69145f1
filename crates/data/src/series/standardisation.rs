//! Columns brought to mean 0 and deviation 1.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Series, SeriesError};

/// Mean and deviation of each column, of the rows that it was fitted on: those of the training part, so that nothing of later parts
/// leaks into what the network sees.
///
/// ```text
/// scaled = (value - mean) / deviation        a deviation of 0 (a column that never changes) counts as 1
/// ```
///
/// ```
/// use firebrick_data::series::{Series, Standardisation};
///
/// let series = Series::new(vec![("x".into(), vec![1.0, 3.0, 100.0])], "x")?;
/// let scale = Standardisation::fit(&series, 0..2)?;
/// assert_eq!(series.standardised(&scale)?.column(0), [-1.0, 1.0, 98.0]);
/// assert_eq!(scale.restore(0, 98.0), 100.0);
/// # Ok::<(), firebrick_data::series::SeriesError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standardisation {
    /// Mean and deviation.
    columns: Vec<(f64, f64)>,
}

impl Standardisation {
    /// Mean and deviation of these rows.
    ///
    /// # Errors
    /// When there are no such rows.
    pub fn fit(series: &Series, rows: Range<usize>) -> Result<Self, SeriesError> {
        let Range { start, end } = rows;
        if start >= end || end > series.len() {
            return Err(SeriesError::Range { start, end, rows: series.len() });
        }
        let count = (end - start) as f64;
        let moments = |column: &Vec<f64>| {
            let values = &column[start..end];
            let mean = values.iter().sum::<f64>() / count;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
            (mean, if variance > 0.0 { variance.sqrt() } else { 1.0 })
        };
        Ok(Self { columns: series.columns.iter().map(moments).collect() })
    }

    /// How many columns.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there is no column.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// A value of column `i`, scaled.
    ///
    /// # Panics
    /// When there is no such column.
    pub fn apply(&self, i: usize, value: f64) -> f64 {
        let (mean, deviation) = self.columns[i];
        (value - mean) / deviation
    }

    /// What a scaled value of column `i` was before.
    ///
    /// # Panics
    /// When there is no such column.
    pub fn restore(&self, i: usize, scaled: f64) -> f64 {
        let (mean, deviation) = self.columns[i];
        scaled * deviation + mean
    }
}
