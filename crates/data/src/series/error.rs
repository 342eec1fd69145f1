//! What can be wrong with a time series.

use crate::sequences::SequenceError;

/// A time series that cannot be used, and what to do about it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SeriesError {
    /// A name that no column has.
    #[error("there is no column {column:?} of numbers; the columns are {known}")]
    UnknownColumn {
        /// The name asked for.
        column: String,
        /// The names there are.
        known: String,
    },
    /// Two columns of one name.
    #[error("column {column:?} occurs twice: give each its own name")]
    Twice {
        /// The name.
        column: String,
    },
    /// Columns that differ in length.
    #[error("column {column:?} has {found} rows, the first column {expected}: all have the same")]
    Rows {
        /// Name of the column.
        column: String,
        /// Its rows.
        found: usize,
        /// Those of the first column.
        expected: usize,
    },
    /// A number beyond all numbers.
    #[error("column {column:?} is infinite at row {row}: leave the value empty if it is not known")]
    Infinite {
        /// Name of the column.
        column: String,
        /// From 0.
        row: usize,
    },
    /// No row in which every column has a value, or had one before.
    #[error("no row is left: some column has no value at all")]
    Empty,
    /// A standardisation of other columns.
    #[error("a standardisation of {found} columns for a series of {expected}")]
    Columns {
        /// Columns it was fitted on.
        found: usize,
        /// Columns of the series.
        expected: usize,
    },
    /// Rows that the series has not.
    #[error("rows {start} to {end} of a series with {rows} rows")]
    Range {
        /// The first.
        start: usize,
        /// The one after the last.
        end: usize,
        /// Rows there are.
        rows: usize,
    },
    /// A window of nothing.
    #[error("windows of {input} steps with a horizon of {horizon}, every {stride} rows: each is at least 1")]
    Window {
        /// Steps that are seen.
        input: usize,
        /// Steps that are asked for.
        horizon: usize,
        /// Rows from window to window.
        stride: usize,
    },
    /// A part too short for a window.
    #[error(
        "{rows} rows, {before} before them, hold no window of {input} steps with a measured horizon of {horizon}: take a \
         shorter window, or more rows"
    )]
    NoWindow {
        /// Rows of the part.
        rows: usize,
        /// Rows before the part.
        before: usize,
        /// Steps that are seen.
        input: usize,
        /// Steps that are asked for.
        horizon: usize,
    },
    /// Forecasts that are not as many as the values that came.
    #[error("{forecasts} forecasts for {values} values: give one for each, at least one")]
    ForecastCount {
        /// Forecasts given.
        forecasts: usize,
        /// Values that came.
        values: usize,
    },
    /// What windows make is no sequence.
    #[error(transparent)]
    Sequence(#[from] SequenceError),
}
