//! Tables of text: aligned on a terminal, and as data for the report.

use std::fmt;

/// Rows of text under a header; columns of numbers stand to the right.
///
/// ```
/// use firebrick_run::Table;
///
/// let mut table = Table::new(["network", "accuracy"]);
/// table.push(["mlp", "0.9600"]);
/// table.push(["lenet5", "0.9889"]);
/// assert_eq!(table.to_string(), "network  accuracy\n-------  --------\nmlp        0.9600\nlenet5     0.9889\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new<S: Into<String>>(header: impl IntoIterator<Item = S>) -> Self {
        Self { header: header.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Adds a row; missing cells are empty, cells beyond the header are dropped.
    pub fn push<S: Into<String>>(&mut self, row: impl IntoIterator<Item = S>) {
        let mut row: Vec<String> = row.into_iter().map(Into::into).collect();
        row.resize(self.header.len(), String::new());
        self.rows.push(row);
    }

    /// The names of the columns.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The rows, each as long as the header.
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// Whether every filled cell of a column starts as a number does, so that the column stands to the right.
    pub fn is_numeric(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().map(|row| row[column].as_str()).filter(|cell| !cell.is_empty()).peekable();
        cells.peek().is_some()
            && cells.all(|cell| {
                cell == "–" || cell == "nan" || cell.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit())
            })
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().map(|row| width(&row[column]));
        cells.chain([width(&self.header[column])]).max().unwrap_or(0)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<(usize, bool)> =
            (0..self.header.len()).map(|column| (self.width(column), self.is_numeric(column))).collect();
        let rule: Vec<String> = columns.iter().map(|(width, _)| "-".repeat(*width)).collect();
        for row in [&self.header, &rule].into_iter().chain(&self.rows) {
            let mut line = String::new();
            for (cell, (full, right)) in row.iter().zip(&columns) {
                let gap = " ".repeat(full.saturating_sub(width(cell)));
                let cell = if *right { format!("{gap}{cell}") } else { format!("{cell}{gap}") };
                line.push_str(&cell);
                line.push_str("  ");
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Columns of a terminal that a text takes: letters of East Asian scripts and pictographs take two.
fn width(text: &str) -> usize {
    let wide = |c: char| matches!(c as u32, 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe4f | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff);
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_numbers_stand_to_the_right_and_text_to_the_left() {
        let mut table = Table::new(["seed", "note"]);
        table.push(["0", "a"]);
        table.push(["12", ""]);
        assert_eq!(table.to_string(), "seed  note\n----  ----\n   0  a\n  12\n");
    }

    #[test]
    fn short_rows_are_filled_up() {
        let mut table = Table::new(["a", "b"]);
        table.push(["x"]);
        assert_eq!(table.rows(), [["x".to_string(), String::new()]]);
    }

    #[test]
    fn wide_letters_take_two_columns() {
        let mut table = Table::new(["class", "n"]);
        table.push(["사과", "1"]);
        table.push(["pear", "2"]);
        assert_eq!(table.to_string(), "class  n\n-----  -\n사과   1\npear   2\n");
    }
}
