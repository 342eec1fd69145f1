//! A time series from a CSV table.

use super::{Series, SeriesError, short};
use crate::readers::csv::{Column, Table, Values};

/// How a table becomes a [`Series`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesConfig {
    /// The column to forecast; none: the last column of numbers.
    pub target: Option<String>,
    /// Columns to leave out.
    pub ignored: Vec<String>,
    /// Rows of a season; 0 and 1: there is none.
    pub season: usize,
}

/// Columns with more categories than this are names or dates, and no features.
const MAX_CATEGORIES: usize = 50;

impl Series {
    /// The series that a table holds, a row for each step, in the order of time. A column of categories becomes a column
    /// `NAME=CATEGORY` of ones and zeros for each of them; one with more than 50, such as dates, is left out. Missing values are
    /// filled as [`Series::new`] says.
    ///
    /// # Errors
    /// When the target or an ignored column is not there, the target is no column of numbers, or as [`Series::new`] says.
    pub fn from_table(table: &Table, config: &SeriesConfig) -> Result<Self, SeriesError> {
        let unknown = |column: &str| SeriesError::UnknownColumn { column: short(column), known: known(table) };
        if let Some(column) = config.ignored.iter().find(|name| table.column(name).is_none()) {
            return Err(unknown(column));
        }
        let kept = || table.columns().iter().filter(|column| !config.ignored.contains(&column.name));
        let numbers = || kept().filter(|column| matches!(column.values, Values::Numbers(_)));
        let target = match &config.target {
            Some(name) => numbers().find(|column| column.name == *name).ok_or_else(|| unknown(name))?,
            None => numbers().next_back().ok_or_else(|| unknown("of the target"))?,
        };
        let columns = kept().flat_map(columns).collect();
        Ok(Self::new(columns, &target.name)?.with_season(config.season.max(1)))
    }
}

/// The columns of numbers that a column becomes.
fn columns(column: &Column) -> Vec<(String, Vec<f64>)> {
    match &column.values {
        Values::Numbers(values) => vec![(column.name.clone(), values.clone())],
        Values::Categories { names, .. } if names.len() > MAX_CATEGORIES => Vec::new(),
        Values::Categories { codes, names } => {
            let is =
                |category: usize| move |code: &Option<u32>| code.map_or(f64::NAN, |c| f64::from(c == category as u32));
            let one = |(i, name)| (format!("{}={name}", column.name), codes.iter().map(is(i)).collect());
            names.iter().enumerate().map(one).collect()
        }
    }
}

fn known(table: &Table) -> String {
    let names: Vec<&str> = table.columns().iter().map(|column| column.name.as_str()).collect();
    short(&names.join(", "))
}
