//! Windows of a series, as sequences to learn from.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Series, SeriesError};
use crate::sequences::{Sequences, Targets};

/// How a series is cut into windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WindowConfig {
    /// Steps that are seen, W; at least 1, default 24.
    pub input: usize,
    /// Steps that are asked for, H; at least 1, default 1.
    pub horizon: usize,
    /// Rows from one window to the next; at least 1, default 1.
    pub stride: usize,
}

impl Default for WindowConfig {
    fn default() -> Self {
        Self { input: 24, horizon: 1, stride: 1 }
    }
}

/// Windows of a series.
#[derive(Clone, Debug)]
pub struct Windows {
    /// For each window W steps of all columns, and the H values of the target column that follow.
    pub sequences: Sequences,
    /// The row of each window's first target.
    pub rows: Vec<usize>,
}

impl Series {
    /// The windows whose targets lie in these rows and were measured, in the order of time. What a window sees may lie before the
    /// rows.
    ///
    /// # Errors
    /// When the rows are not there, a setting is 0, or there is no such window.
    pub fn windows(&self, rows: Range<usize>, config: &WindowConfig) -> Result<Windows, SeriesError> {
        let &WindowConfig { input, horizon, stride } = config;
        if input == 0 || horizon == 0 || stride == 0 {
            return Err(SeriesError::Window { input, horizon, stride });
        }
        let Range { start, end } = rows;
        if start > end || end > self.len() {
            return Err(SeriesError::Range { start, end, rows: self.len() });
        }
        let first = start.max(input);
        let fits = |&row: &usize| row.checked_add(horizon).is_some_and(|last| last <= end);
        let measured = |row: &usize| self.measured[*row..row + horizon].iter().all(|&measured| measured);
        let rows: Vec<usize> = (first..end).step_by(stride).take_while(fits).filter(measured).collect();
        if rows.is_empty() {
            return Err(SeriesError::NoWindow { rows: end - start, before: start, input, horizon });
        }
        let seen: Vec<Vec<f32>> = rows.iter().map(|&row| self.steps(row - input..row)).collect();
        let asked = rows.iter().flat_map(|&row| &self.columns[self.target][row..row + horizon]);
        let targets = Targets::values(asked.map(|&value| value as f32).collect(), horizon);
        let sequences = Sequences::of_values(&seen, self.columns.len(), targets)?;
        Ok(Windows { sequences, rows })
    }

    /// All columns of these rows, `[W, F]`, row-major: what a forecaster sees, for instance the last rows of all.
    ///
    /// # Panics
    /// When the rows are not there.
    pub fn steps(&self, rows: Range<usize>) -> Vec<f32> {
        rows.flat_map(|row| self.columns.iter().map(move |column| column[row] as f32)).collect()
    }
}
