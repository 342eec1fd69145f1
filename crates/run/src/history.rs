//! `history.csv` and `timing.csv` of a run, read back for plots and totals.

use std::path::Path;

use crate::files::FileError;

/// A table of numbers by epoch, as `history.csv` holds it.
///
/// A column is named by the split and the metric in snake case: `train_loss`, `valid_accuracy`; a cell may be empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistoryTable {
    epochs: Vec<u32>,
    columns: Vec<(String, Vec<Option<f64>>)>,
}

impl HistoryTable {
    /// Reads a table whose first column is `epoch`.
    ///
    /// # Errors
    /// [`FileError::Unreadable`], or [`FileError::Damaged`] with the row that is no row of numbers.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let damaged = |message: String| FileError::Damaged { path: path.into(), message };
        let mut reader = csv::Reader::from_path(path).map_err(|error| unreadable(path, error))?;
        let header = reader.headers().map_err(|error| unreadable(path, error))?.clone();
        if header.get(0) != Some("epoch") {
            return Err(damaged("its first column is not `epoch`".into()));
        }
        let columns = header.iter().skip(1).map(|name| (name.to_string(), Vec::new())).collect();
        let mut table = Self { epochs: Vec::new(), columns };
        for (row, record) in reader.records().enumerate() {
            let record = record.map_err(|error| unreadable(path, error))?;
            table.push(&record).ok_or_else(|| damaged(format!("row {} holds something else than numbers", row + 2)))?;
        }
        Ok(table)
    }

    fn push(&mut self, record: &csv::StringRecord) -> Option<()> {
        self.epochs.push(record.get(0)?.trim().parse().ok()?);
        for ((_, values), cell) in self.columns.iter_mut().zip(record.iter().skip(1)) {
            values.push(match cell.trim() {
                "" => None,
                cell => Some(cell.parse().ok()?),
            });
        }
        Some(())
    }

    /// The epochs, from 1.
    pub fn epochs(&self) -> &[u32] {
        &self.epochs
    }

    /// The names of the columns beside `epoch`, in the file's order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// The values of a column by epoch; `None` when there is no such column.
    pub fn column(&self, name: &str) -> Option<&[Option<f64>]> {
        self.columns.iter().find(|(other, _)| other == name).map(|(_, values)| values.as_slice())
    }

    /// The values of a column that are finite, with their epochs.
    pub fn points(&self, name: &str) -> Vec<(u32, f64)> {
        let values = self.column(name).unwrap_or_default();
        let points = self.epochs.iter().zip(values).filter_map(|(epoch, value)| Some((*epoch, (*value)?)));
        points.filter(|(_, value)| value.is_finite()).collect()
    }
}

/// Epochs and seconds of a training, summed over `timing.csv`: what an interrupted run took before counts too.
///
/// # Errors
/// As [`HistoryTable::read`]; also when there is no column `seconds`.
pub fn trained(timing: &Path) -> Result<(usize, f64), FileError> {
    let table = HistoryTable::read(timing)?;
    let seconds = table
        .column("seconds")
        .ok_or_else(|| FileError::Damaged { path: timing.into(), message: "it has no column `seconds`".into() })?;
    Ok((table.epochs.len(), seconds.iter().flatten().sum()))
}

fn unreadable(path: &Path, error: csv::Error) -> FileError {
    let message = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(source) => FileError::Unreadable { path: path.into(), source },
        _ => FileError::Damaged { path: path.into(), message },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<HistoryTable, FileError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.csv");
        std::fs::write(&path, text).unwrap();
        HistoryTable::read(&path)
    }

    #[test]
    fn columns_are_read_by_name_and_empty_cells_are_gaps() {
        let table = read("epoch,train_loss,valid_loss\n1,0.5,\n2,NaN,0.25\n").unwrap();
        assert_eq!(table.epochs(), [1, 2]);
        assert_eq!(table.names().collect::<Vec<_>>(), ["train_loss", "valid_loss"]);
        assert_eq!(table.column("valid_loss").unwrap(), [None, Some(0.25)]);
        assert_eq!(table.points("train_loss"), [(1, 0.5)]);
        assert_eq!(table.points("missing"), []);
    }

    #[test]
    fn damaged_tables_are_told_with_the_row() {
        let cases = [
            ("epoch,a\n1,0.5\nx,0.5\n", "row 3"),
            ("epoch,a\n1,half\n", "row 2"),
            ("epoch,a\n1\n", "line: 2"),
            ("step,a\n1,2\n", "first column is not `epoch`"),
            ("", "first column is not `epoch`"),
        ];
        for (text, part) in cases {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains("history.csv is damaged") && error.contains(part), "{text:?}: {error}");
        }
    }

    #[test]
    fn the_time_of_a_training_is_summed_over_its_epochs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("timing.csv");
        std::fs::write(&path, "epoch,seconds,samples_per_second\n1,1.5,800\n2,0.5,2400\n").unwrap();
        assert_eq!(trained(&path).unwrap(), (2, 2.0));
        std::fs::write(&path, "epoch,minutes\n1,1\n").unwrap();
        assert!(trained(&path).unwrap_err().to_string().contains("no column `seconds`"));
    }
}
