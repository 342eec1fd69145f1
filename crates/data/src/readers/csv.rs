//! CSV tables (RFC 4180), plain or gzip, UTF-8, with a header.
//!
//! A [`Table`] has typed columns: numbers where every cell is one, otherwise categories. Empty cells, `NA`, `?` and
//! `NaN` are missing values. [`read_pictures`] reads tables of pictures: pixel columns in row-major order and a label.

mod pictures;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use csv::{ByteRecord, ReaderBuilder, Trim};

use super::source::Source;
use crate::error::DataError;

pub use pictures::read_pictures;

const MISSING: [&str; 5] = ["", "NA", "?", "NaN", "nan"];

/// A table in memory, column by column.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
    rows: usize,
}

/// A column with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// As the header has it.
    pub name: String,
    /// One for each row.
    pub values: Values,
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Numbers; a missing one is NaN.
    Numbers(Vec<f64>),
    /// Categories: the position of each row's value in `names`, which are in the order of their first row.
    Categories {
        /// `None` where the value is missing.
        codes: Vec<Option<u32>>,
        /// The different values.
        names: Vec<String>,
    },
}

impl Table {
    /// How many rows, without the header.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The columns in the file's order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// Reads a table. The file is gone through twice: for the types of the columns, then for the values.
///
/// # Errors
/// When the file cannot be read, is not UTF-8, has a header without names or with one twice, a row with another number
/// of columns than the header, or no row.
pub fn read(path: &Path) -> Result<Table, DataError> {
    let mut columns = column_builders(path)?;
    let mut rows = Rows::open(path)?;
    let mut count = 0;
    while rows.advance()? {
        for (column, builder) in columns.iter_mut().enumerate() {
            builder.push(rows.cell(column)?);
        }
        count += 1;
    }
    if count == 0 {
        return Err(DataError::Empty { path: path.to_path_buf() });
    }
    let columns = rows.names.into_iter().zip(columns);
    let columns = columns.map(|(name, builder)| Column { name, values: builder.values }).collect();
    Ok(Table { columns, rows: count })
}

/// A column that grows by one value for each row.
struct ColumnBuilder {
    values: Values,
    numbers: HashMap<String, u32>,
}

/// Looks at every cell: one that is no number makes its column categorical.
fn column_builders(path: &Path) -> Result<Vec<ColumnBuilder>, DataError> {
    let mut rows = Rows::open(path)?;
    let mut numeric = vec![true; rows.names.len()];
    while rows.advance()? {
        for (column, numeric) in numeric.iter_mut().enumerate() {
            let cell = rows.cell(column)?;
            *numeric = *numeric && (is_missing(cell) || number(cell).is_some());
        }
    }
    let values = |numeric| match numeric {
        true => Values::Numbers(Vec::new()),
        false => Values::Categories { codes: Vec::new(), names: Vec::new() },
    };
    Ok(numeric.into_iter().map(|n| ColumnBuilder { values: values(n), numbers: HashMap::new() }).collect())
}

impl ColumnBuilder {
    fn push(&mut self, cell: &str) {
        match &mut self.values {
            Values::Numbers(values) => values.push(number(cell).unwrap_or(f64::NAN)),
            Values::Categories { codes, .. } if is_missing(cell) => codes.push(None),
            Values::Categories { codes, names } => {
                let code = *self.numbers.entry(cell.to_string()).or_insert_with(|| {
                    names.push(cell.to_string());
                    names.len() as u32 - 1
                });
                codes.push(Some(code));
            }
        }
    }
}

fn is_missing(cell: &str) -> bool {
    MISSING.contains(&cell)
}

fn number(cell: &str) -> Option<f64> {
    cell.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The rows of a file, one at a time, with the place for error messages.
struct Rows {
    path: PathBuf,
    reader: csv::Reader<Source>,
    names: Vec<String>,
    record: ByteRecord,
    /// 1-based, the header included.
    row: u64,
}

impl Rows {
    fn open(path: &Path) -> Result<Self, DataError> {
        let source = Source::open(path)?;
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(source);
        let record = ByteRecord::new();
        let mut rows = Self { path: path.to_path_buf(), reader, names: Vec::new(), record, row: 0 };
        if !rows.read_record()? {
            return Err(DataError::Empty { path: path.to_path_buf() });
        }
        for column in 0..rows.record.len() {
            let name = rows.cell(column)?.trim_start_matches('\u{feff}').to_string();
            rows.names.push(name);
        }
        rows.check_names()?;
        Ok(rows)
    }

    /// Goes on to the next row; whether there is one.
    fn advance(&mut self) -> Result<bool, DataError> {
        if !self.read_record()? {
            return Ok(false);
        }
        let (found, expected) = (self.record.len(), self.names.len());
        if found != expected {
            let (path, advice) = (self.path.clone(), "every row has the columns of the header");
            return Err(DataError::Columns { path, row: self.row, found, expected, advice });
        }
        Ok(true)
    }

    /// The cell of this row in this column.
    fn cell(&self, column: usize) -> Result<&str, DataError> {
        let cell = std::str::from_utf8(&self.record[column]);
        cell.map_err(|_| DataError::Utf8 { path: self.path.clone(), row: self.row })
    }

    /// The error of a cell that is not what it should be.
    fn wrong_cell(&self, column: usize, expected: &'static str) -> DataError {
        let value = shortened(&String::from_utf8_lossy(&self.record[column]));
        let (path, column) = (self.path.clone(), shortened(&self.names[column]));
        DataError::Cell { path, row: self.row, column, value, expected }
    }

    fn read_record(&mut self) -> Result<bool, DataError> {
        self.row += 1;
        self.reader.read_byte_record(&mut self.record).map_err(|error| {
            let error = match error.into_kind() {
                csv::ErrorKind::Io(error) => error,
                other => std::io::Error::other(format!("{other:?}")),
            };
            self.reader.get_ref().failed(error)
        })
    }

    fn check_names(&self) -> Result<(), DataError> {
        for (column, name) in self.names.iter().enumerate() {
            let problem = match () {
                () if name.is_empty() => "has no name",
                () if self.names[..column].contains(name) => "occurs twice",
                () => continue,
            };
            return Err(self.wrong_header(name, problem));
        }
        Ok(())
    }

    fn wrong_header(&self, column: &str, problem: &'static str) -> DataError {
        let shown: Vec<String> = self.names.iter().take(20).map(|name| shortened(name)).collect();
        let more = if self.names.len() > shown.len() { ", ..." } else { "" };
        let known = format!("{}{more}", shown.join(", "));
        DataError::Header { path: self.path.clone(), column: shortened(column), problem, known }
    }
}

/// As much of a name or a cell as a message can hold.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::super::source::written::file;
    use super::*;

    fn parse(text: &[u8]) -> Result<Table, DataError> {
        let dir = tempfile::tempdir().unwrap();
        read(&file(&dir, "it.csv", text))
    }

    #[test]
    fn a_message_stays_readable_whatever_the_names_and_cells_of_the_file() {
        let long = "x".repeat(5000);
        let broken = ["a,,".to_string() + &long, format!("{long},{long}"), format!("{long}\n1,2")];
        for text in broken {
            let message = parse(text.as_bytes()).unwrap_err().to_string();
            assert!(message.len() < 600, "{} bytes", message.len());
        }
    }

    #[test]
    fn columns_have_the_type_of_all_their_cells() {
        let table = parse(b"age,job,pm\n39, clerk ,NA\n50,\"a \"\"b\"\", c\",1e2\n-1.5,?,3\n7,clerk,\n").unwrap();
        assert_eq!((table.len(), table.columns().len()), (4, 3));
        assert_eq!(table.column("age").unwrap().values, Values::Numbers(vec![39.0, 50.0, -1.5, 7.0]));
        let names = vec!["clerk".to_string(), "a \"b\", c".to_string()];
        let codes = vec![Some(0), Some(1), None, Some(0)];
        assert_eq!(table.column("job").unwrap().values, Values::Categories { codes, names });
        let Values::Numbers(pm) = &table.column("pm").unwrap().values else { panic!("pm is numbers") };
        assert!(pm[0].is_nan() && pm[3].is_nan());
        assert_eq!(pm[1..3], [100.0, 3.0]);
    }

    #[test]
    fn a_late_word_makes_a_column_categorical() {
        let table = parse(b"x\n1\n2\n1\ninf\n").unwrap();
        let names = ["1", "2", "inf"].map(str::to_string).to_vec();
        let codes = vec![Some(0), Some(1), Some(0), Some(2)];
        assert_eq!(table.column("x").unwrap().values, Values::Categories { codes, names });
    }

    #[test]
    fn each_rule_has_its_message() {
        let message = |text: &[u8]| parse(text).unwrap_err().to_string();
        assert!(message(b"a,b\n1,2\n3\n").contains("row 3: 1 column(s) instead of 2"));
        assert!(message(b"a,a\n1,2\n").contains("column \"a\" occurs twice"));
        assert!(message(b"a,\n1,2\n").contains("column \"\" has no name; the columns are a, "));
        assert!(message(b"a,b\n1,\xff\n").contains("row 2: not UTF-8"));
        assert!(message(b"a,b\n").contains("holds no sample"));
        assert!(message(b"").contains("holds no sample"));
    }
}
