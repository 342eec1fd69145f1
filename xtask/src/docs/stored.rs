//! Stored results: what was measured, by which command, where and when. `docs/results/README.md`
//! describes the file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::Value;

/// One measurement, `docs/results/NAME.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stored {
    /// The command that repeats it.
    pub(crate) command: String,
    /// Processor, cores, memory, system.
    pub(crate) machine: String,
    /// The commit that was measured.
    pub(crate) commit: String,
    /// The day, `YYYY-MM-DD`.
    pub(crate) date: String,
    pub(crate) table: Option<Table>,
    pub(crate) figure: Option<Figure>,
    /// Single figures for the running text, by name, as they are to be printed.
    #[serde(default)]
    pub(crate) values: BTreeMap<String, String>,
}

/// A table; a column whose cells are all numbers is set flush right.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Value>>,
}

/// A figure, drawn as SVG.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Figure {
    /// Curves over a common axis.
    Line { title: String, x: String, y: String, series: Vec<Series> },
    /// One bar per name.
    Bar { title: String, y: String, bars: Vec<(String, f64)> },
}

/// One curve.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

impl Stored {
    /// All results of a folder by name; a missing folder holds none.
    pub(crate) fn load_all(folder: &Path) -> Result<BTreeMap<String, Self>> {
        let mut results = BTreeMap::new();
        let Ok(entries) = fs::read_dir(folder) else { return Ok(results) };
        for entry in entries {
            let path = entry?.path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if path.extension().is_some_and(|extension| extension == "json") {
                let result = Self::load(&path).with_context(|| path.display().to_string())?;
                results.insert(name, result);
            }
        }
        Ok(results)
    }

    fn load(path: &Path) -> Result<Self> {
        let result: Self = serde_json::from_str(&fs::read_to_string(path)?)?;
        for (field, text) in [
            ("command", &result.command),
            ("machine", &result.machine),
            ("commit", &result.commit),
            ("date", &result.date),
        ] {
            ensure!(!text.trim().is_empty(), "`{field}` is empty: a figure names its origin");
        }
        if let Some(table) = &result.table {
            let width = table.columns.len();
            for (row, cells) in table.rows.iter().enumerate() {
                ensure!(cells.len() == width, "row {row} has {} cells under {width} columns", cells.len());
            }
        }
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Stored> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("digits.json"), text).unwrap();
        Stored::load_all(folder.path()).map(|mut results| results.remove("digits").unwrap())
    }

    const ORIGIN: &str = r#""command":"c","machine":"m","commit":"0","date":"2026-01-31""#;

    #[test]
    fn a_result_without_its_origin_is_refused() {
        let error = load(r#"{"command":"c","machine":"","commit":"0","date":"d"}"#).unwrap_err();
        assert!(format!("{error:#}").contains("`machine` is empty"), "{error:#}");
    }

    #[test]
    fn a_row_of_another_width_is_refused() {
        let text = format!(r#"{{{ORIGIN},"table":{{"columns":["a","b"],"rows":[[1,2],[3]]}}}}"#);
        let error = load(&text).unwrap_err();
        assert!(format!("{error:#}").contains("row 1 has 1 cells under 2 columns"), "{error:#}");
    }

    #[test]
    fn a_misspelt_field_is_refused() {
        let error = load(&format!(r#"{{{ORIGIN},"tabel":{{}}}}"#)).unwrap_err();
        assert!(format!("{error:#}").contains("tabel"), "{error:#}");
    }
}
