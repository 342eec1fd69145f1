//! Every epoch's metrics as a row of a CSV file: Keras's `CSVLogger`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord, WriterBuilder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::callback::HookResult;
use crate::{Callback, CallbackError, Context, Flow, write_atomically};

const EPOCH: &str = "epoch";

/// What stands where an epoch has no value.
const MISSING: &str = "NA";

/// Writes the epoch (from 1; Keras counts from 0) and its metrics into a CSV file, one row per epoch, on the disk as soon as the epoch
/// has ended. Goes last among the callbacks, so that it sees what the others add.
///
/// The columns are those of the metrics, in their order; a column that comes later (a validation that is not made in every epoch, say)
/// is added at the right, and rows without a value have `NA` there. Numbers are written so that reading them gives the same bits, NaN
/// and infinities as `NaN`, `inf` and `-inf`. Pandas reads all of it as numbers.
///
/// A resumed run goes on after the row of its checkpoint: rows of a killed run that came after it are taken away before they are
/// written again, so none is lost and none is doubled.
///
/// In contrast to [`History`](crate::History) it is a log of one file: no times, nothing in memory, other separators, and rows
/// of earlier trainings may stay.
///
/// ```
/// use firebrick_callbacks::CsvLogger;
///
/// let logger = CsvLogger::new("run/log.tsv").separator('\t').append(true);
/// ```
#[derive(Clone, Debug)]
pub struct CsvLogger {
    path: PathBuf,
    separator: char,
    append: bool,
    start: Start,
    /// Rows in the file, once it is begun.
    rows: Option<usize>,
    columns: Vec<String>,
}

/// How the file is to be begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Fresh,
    /// After this many rows.
    After(usize),
}

/// What a checkpoint holds.
#[derive(Serialize, Deserialize)]
struct Saved {
    rows: Option<usize>,
}

/// A CSV file's content.
#[derive(Debug, Default, PartialEq)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl CsvLogger {
    /// Writes into this file, in place of what it held. Parent directories are made.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), separator: ',', append: false, start: Start::Fresh, rows: None, columns: Vec::new() }
    }

    /// What separates the fields: a character of ASCII, no letter, digit, quote, sign or line end. Default `,`.
    pub fn separator(self, separator: char) -> Self {
        Self { separator, ..self }
    }

    /// Whether the rows that the file holds stay, and new ones follow. Default `false`. (A resumed run keeps its rows anyway.)
    pub fn append(self, append: bool) -> Self {
        Self { append, ..self }
    }

    fn check_separator(&self) -> Result<(), CallbackError> {
        let separator = self.separator;
        let is_allowed = separator == '\t' || separator == ' ' || separator.is_ascii_punctuation();
        if is_allowed && !['"', '\'', '.', '+', '-', '_'].contains(&separator) {
            return Ok(());
        }
        let rule = "the fields of a CSV file are separated by one character such as , ; | or a tab";
        Err(CallbackError::Setting { setting: "separator", value: format!("{separator:?}"), rule })
    }

    /// The table in the file, empty if there is none; the rows of another kind of file are refused.
    fn read(&self) -> Result<Table, CallbackError> {
        let table = Table::read(&self.path, self.separator).map_err(|source| self.failed(source))?;
        if table.columns.first().is_none_or(|column| column == EPOCH) {
            return Ok(table);
        }
        let rule = "the file's first column is not \"epoch\": it is another file, or its separator is another one";
        Err(CallbackError::Setting { setting: "append", value: self.path.display().to_string(), rule })
    }

    fn failed(&self, source: io::Error) -> CallbackError {
        CallbackError::Write { path: self.path.clone(), source }
    }

    fn replace(&self, table: &Table) -> Result<(), CallbackError> {
        table
            .bytes(self.separator)
            .and_then(|bytes| write_atomically(&self.path, &bytes))
            .map_err(|source| self.failed(source))
    }

    /// Makes the file what it is before this run's next row; once.
    fn begin(&mut self, context: &mut Context<'_>) -> Result<(), CallbackError> {
        if self.rows.is_some() {
            return Ok(());
        }
        let mut table = if self.start == Start::Fresh && !self.append { Table::default() } else { self.read()? };
        if let Start::After(rows) = self.start {
            if table.rows.len() < rows {
                let (path, there) = (self.path.display(), table.rows.len());
                context.notice(format!("{path} has {there} of the {rows} rows that it had at the checkpoint"));
            }
            table.rows.truncate(rows);
        }
        self.replace(&table)?;
        self.rows = Some(table.rows.len());
        self.columns = table.columns;
        Ok(())
    }

    fn log(&mut self, fields: &[(&str, String)]) -> Result<(), CallbackError> {
        let new: Vec<String> = fields.iter().map(|(column, _)| (*column).to_owned()).collect();
        if new.iter().any(|column| !self.columns.contains(column)) {
            let mut table = self.read()?;
            table.widen(new);
            self.replace(&table)?;
            self.columns = table.columns;
        }
        let field = |column: &String| fields.iter().find(|(known, _)| known == column);
        let row = self.columns.iter().map(|column| field(column).map_or(MISSING, |(_, value)| value));
        line(row, self.separator).and_then(|line| append(&self.path, &line)).map_err(|source| self.failed(source))?;
        self.rows = self.rows.map(|rows| rows + 1);
        Ok(())
    }
}

impl Table {
    /// Its first line is the header; a last line that a killed process left unfinished is a row like any other.
    fn read(path: &Path, separator: char) -> io::Result<Self> {
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            bytes => bytes?,
        };
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(separator as u8);
        let mut records = builder.from_reader(bytes.as_slice()).into_records();
        let fields = |record: StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
        let columns = records.next().transpose()?.map(fields).unwrap_or_default();
        let rows = records.map(|record| record.map(fields)).collect::<Result<_, _>>()?;
        Ok(Self { columns, rows })
    }

    /// Adds the columns that are new.
    fn widen(&mut self, columns: Vec<String>) {
        for column in columns {
            if !self.columns.contains(&column) {
                self.columns.push(column);
            }
        }
        let width = self.columns.len();
        self.rows.iter_mut().for_each(|row| row.resize(width, MISSING.to_owned()));
    }

    fn bytes(&self, separator: char) -> io::Result<Vec<u8>> {
        let header = Some(&self.columns).filter(|columns| !columns.is_empty());
        let lines = header.into_iter().chain(&self.rows).map(|row| line(row, separator));
        Ok(lines.collect::<io::Result<Vec<_>>>()?.concat())
    }
}

/// A row with its line end.
fn line(fields: impl IntoIterator<Item = impl AsRef<[u8]>>, separator: char) -> io::Result<Vec<u8>> {
    let mut writer = WriterBuilder::new().delimiter(separator as u8).from_writer(Vec::new());
    writer.write_record(fields)?;
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// On the disk when it returns.
fn append(path: &Path, line: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(line)?;
    file.sync_data()
}

impl Callback for CsvLogger {
    fn name(&self) -> &str {
        "CsvLogger"
    }

    fn keeps_files(&self) -> bool {
        true
    }

    fn on_train_begin(&mut self, _context: &mut Context<'_>) -> HookResult {
        self.check_separator()?;
        if self.append {
            self.read()?;
        }
        (self.start, self.rows) = (Start::Fresh, None);
        self.columns.clear();
        Ok(Flow::Continue)
    }

    fn on_epoch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.begin(context)?;
        Ok(Flow::Continue)
    }

    fn on_epoch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        self.begin(context)?;
        let epoch = (EPOCH, context.epoch().to_string());
        let metrics = context.metrics().iter().map(|metric| (metric.column.as_str(), format!("{:?}", metric.value)));
        let fields: Vec<_> = std::iter::once(epoch).chain(metrics).collect();
        self.log(&fields)?;
        Ok(Flow::Continue)
    }

    fn state(&self) -> Value {
        let waiting = match self.start {
            Start::Fresh => None,
            Start::After(rows) => Some(rows),
        };
        serde_json::json!(Saved { rows: self.rows.or(waiting) })
    }

    fn load_state(&mut self, state: &Value) -> Result<(), CallbackError> {
        self.start = Saved::deserialize(state)?.rows.map_or(Start::Fresh, Start::After);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
