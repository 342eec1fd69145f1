//! Labelled text: one sample for each line, plain or gzip, UTF-8.
//!
//! ```text
//! label<TAB>text                        no header
//! id<TAB>document<TAB>label             a header that names a label column and a column of text
//! ```
//!
//! Everything between the tabs is text: there are no quotes and no escapes.

use std::path::Path;

use super::classes::Classes;
use super::source::Source;
use crate::error::DataError;

/// A line may have this many bytes.
const MAX_ROW: u64 = 1 << 20;
const TEXT_COLUMNS: [&str; 5] = ["text", "document", "sentence", "review", "comment"];

/// Texts with labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// One for each sample.
    pub texts: Vec<String>,
    /// The class of each text, a position in `classes`.
    pub labels: Vec<u32>,
    /// Names of the classes: whole numbers in their order, then words in theirs.
    pub classes: Vec<String>,
}

impl Texts {
    /// How many.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Copies of the texts at these positions, in this order, with all classes.
    ///
    /// # Panics
    /// When a position is beyond the last text.
    #[must_use]
    pub fn subset(&self, positions: &[usize]) -> Self {
        Self {
            texts: positions.iter().map(|&i| self.texts[i].clone()).collect(),
            labels: positions.iter().map(|&i| self.labels[i]).collect(),
            classes: self.classes.clone(),
        }
    }
}

/// Which columns hold what.
struct Layout {
    columns: usize,
    label: usize,
    text: usize,
}

const PLAIN: Layout = Layout { columns: 2, label: 0, text: 1 };

/// Reads labelled text; a header is seen from its column `label` beside `text`, `document`, `sentence`, `review` or
/// `comment`.
///
/// # Errors
/// When the file cannot be read, is not UTF-8, has a row that is too long or has another number of columns, has an
/// empty label, has too many different labels or no row at all.
pub fn read(path: &Path) -> Result<Texts, DataError> {
    let mut file = Source::open(path)?;
    let (mut texts, mut classes) = (Vec::new(), Classes::default());
    let mut layout = PLAIN;
    for row in 1.. {
        let Some(line) = file.line(row, MAX_ROW)? else { break };
        let line = if row == 1 { line.trim_start_matches('\u{feff}') } else { &line };
        if row == 1
            && let Some(found) = header(line)
        {
            layout = found;
            continue;
        }
        let (label, text) = cells(line, &layout, path, row)?;
        classes.push(label, path, row)?;
        texts.push(text.to_string());
    }
    if texts.is_empty() {
        return Err(DataError::Empty { path: path.to_path_buf() });
    }
    let (labels, classes) = classes.finish();
    Ok(Texts { texts, labels, classes })
}

fn header(line: &str) -> Option<Layout> {
    let names: Vec<&str> = line.split('\t').map(str::trim).collect();
    let label = names.iter().position(|name| name.eq_ignore_ascii_case("label"))?;
    let is_text = |name: &&str| TEXT_COLUMNS.iter().any(|column| name.eq_ignore_ascii_case(column));
    let text = names.iter().position(is_text)?;
    Some(Layout { columns: names.len(), label, text })
}

fn cells<'a>(line: &'a str, layout: &Layout, path: &Path, row: u64) -> Result<(&'a str, &'a str), DataError> {
    let found = line.split('\t').count();
    if found != layout.columns {
        let advice = "each line is label<TAB>text, or a header names the columns, one of them label and one text";
        return Err(DataError::Columns { path: path.to_path_buf(), row, found, expected: layout.columns, advice });
    }
    let cell = |column: usize| line.split('\t').nth(column).unwrap_or_default();
    let (label, text) = (cell(layout.label).trim(), cell(layout.text));
    if label.is_empty() {
        let (column, value) = ("label".to_string(), String::new());
        return Err(DataError::Cell { path: path.to_path_buf(), row, column, value, expected: "a label" });
    }
    Ok((label, text))
}

#[cfg(test)]
mod tests {
    use super::super::source::written::file;
    use super::*;

    fn parse(text: &[u8]) -> Result<Texts, DataError> {
        let dir = tempfile::tempdir().unwrap();
        read(&file(&dir, "it.tsv", text))
    }

    #[test]
    fn label_and_text_are_read_without_a_header() {
        let texts = parse("\u{feff}1\tgood \"film\"\r\n0\t\n1\tGrüße\n".as_bytes()).unwrap();
        assert_eq!(texts.texts, ["good \"film\"", "", "Grüße"]);
        assert_eq!((texts.labels, texts.classes), (vec![1, 0, 1], vec!["0".to_string(), "1".to_string()]));
    }

    #[test]
    fn a_header_says_which_column_is_which() {
        let texts = parse("id\tdocument\tlabel\n77\t재밌다\t1\n78\t별로\t0\n".as_bytes()).unwrap();
        assert_eq!((texts.texts, texts.labels), (vec!["재밌다".to_string(), "별로".to_string()], vec![1, 0]));
        let words = parse(b"Label\tText\npos\tfine\nneg\tpoor\n").unwrap();
        assert_eq!((words.labels, words.classes), (vec![1, 0], vec!["neg".to_string(), "pos".to_string()]));
    }

    #[test]
    fn each_rule_has_its_message() {
        let message = |text: &[u8]| parse(text).unwrap_err().to_string();
        assert!(message(b"1\tfine\n0 no tab\n").contains("row 2: 1 column(s) instead of 2"));
        assert!(message(b"1\tfine\textra\n").contains("row 1: 3 column(s) instead of 2"));
        assert!(message(b"1\tfine\n\n0\tmore\n").contains("row 2: 1 column(s)"));
        assert!(message(b"id\tdocument\tlabel\n1\ta\n").contains("row 2: 2 column(s) instead of 3"));
        assert!(message(b"1\tfine\n \tno label\n").contains("row 2, column \"label\""));
        assert!(message(b"1\tcaf\xe9\n").contains("row 1: not UTF-8"));
        assert!(message(&[b'a'; (1 << 20) + 9]).contains("row 1: longer than 1048576 bytes"));
        assert!(message(b"label\ttext\n").contains("holds no sample"));
        assert!(message(b"").contains("holds no sample"));
    }
}
