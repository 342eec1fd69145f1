//! Fills stored results into a page between marker comments.
//!
//! ```text
//! <!-- result: NAME [NAME..] -->     a block: the table (several results: one table), the
//! <!-- end -->                       figures, and a line on the origin of each
//! <!-- value: NAME.KEY --><!-- end -->     a single figure in the running text
//! ```
//!
//! What stands between the markers is replaced. A result that is not there fills nothing.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::stored::{Stored, Table};

const END: &str = "<!-- end -->";

/// The page with every marked place filled; `figures` is the way from the page to the figures.
pub(crate) fn fill(page: &str, results: &BTreeMap<String, Stored>, figures: &str) -> Result<String> {
    let mut filled = String::new();
    let mut rest = page;
    while let Some(at) = next_marker(rest) {
        let line = 1 + page[..page.len() - rest.len() + at].matches('\n').count();
        let place = || format!("line {line}");
        let (marker, after) = split_marker(&rest[at..]).with_context(place)?;
        let content = content(marker, results, figures).with_context(place)?;
        let end = after.find(END).with_context(|| format!("line {line}: no {END} follows"))?;
        ensure!(next_marker(&after[..end]).is_none(), "line {line}: no {END} before the next marker");
        filled.push_str(&rest[..at]);
        write!(filled, "<!-- {marker} -->{content}{END}")?;
        rest = &after[end + END.len()..];
    }
    filled.push_str(rest);
    Ok(filled)
}

fn next_marker(text: &str) -> Option<usize> {
    let places = ["<!-- result:", "<!-- value:"].map(|start| text.find(start));
    places.into_iter().flatten().min()
}

/// `<!-- MARKER -->AFTER` -> MARKER, AFTER.
fn split_marker(text: &str) -> Result<(&str, &str)> {
    let text = text.strip_prefix("<!--").context("a marker is a comment")?;
    let (marker, after) = text.split_once("-->").context("a marker's comment is not closed")?;
    Ok((marker.trim(), after))
}

fn content(marker: &str, results: &BTreeMap<String, Stored>, figures: &str) -> Result<String> {
    let (kind, names) = marker.split_once(':').context("a marker names a result")?;
    if kind == "value" {
        return value(names.trim(), results);
    }
    let present: Vec<_> = names.split_whitespace().filter_map(|name| results.get_key_value(name)).collect();
    if present.is_empty() {
        return Ok("\n".to_owned());
    }
    let mut text = String::from("\n\n");
    let tables: Vec<_> = present.iter().filter_map(|(_, result)| result.table.as_ref()).collect();
    if !tables.is_empty() {
        writeln!(text, "{}", table(&tables)?)?;
    }
    for (name, result) in &present {
        if result.figure.is_some() {
            writeln!(text, "![{name}]({figures}/{name}.svg)\n")?;
        }
    }
    for (_, Stored { command, machine, commit, date, .. }) in &present {
        writeln!(text, "*Measured: `{command}`; {machine}; commit {commit}, {date}.*\n")?;
    }
    Ok(text)
}

fn value(name: &str, results: &BTreeMap<String, Stored>) -> Result<String> {
    let (result, key) = name.split_once('.').context("a value is named RESULT.KEY")?;
    let Some(result) = results.get(result) else { return Ok(String::new()) };
    let value = result.values.get(key);
    value.cloned().with_context(|| format!("`{name}`: the result holds no such value"))
}

/// One Markdown table of the rows of all, which must have the same columns.
fn table(tables: &[&Table]) -> Result<String> {
    let columns = &tables[0].columns;
    if let Some(other) = tables.iter().find(|table| table.columns != *columns) {
        bail!("results shown together differ in their columns: {columns:?}, {:?}", other.columns);
    }
    let rows: Vec<_> = tables.iter().flat_map(|table| &table.rows).collect();
    let rule = (0..columns.len()).map(|column| {
        let number = rows.iter().all(|row| row[column].is_number());
        if number { "--:" } else { "---" }
    });
    let mut text = format!("| {} |\n|{}|\n", columns.join(" | "), rule.collect::<Vec<_>>().join("|"));
    for row in rows {
        let cells: Vec<_> = row.iter().map(cell).collect();
        writeln!(text, "| {} |", cells.join(" | "))?;
    }
    Ok(text)
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.replace('|', "\\|"),
        Value::Number(number) => number.as_u64().map_or(number.to_string(), thousands),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// `34826` -> `34,826`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results() -> BTreeMap<String, Stored> {
        let make = |row: &str| {
            let text = format!(
                r#"{{"command":"cargo xtask train cnn","machine":"2 cores","commit":"0123abc",
                "date":"2026-01-31","values":{{"accuracy":"98.9 %"}},
                "table":{{"columns":["Recipe","Parameters"],"rows":[{row}]}}}}"#
            );
            serde_json::from_str::<Stored>(&text).unwrap()
        };
        [("digits", make(r#"["digits", 61706]"#)), ("mnist", make(r#"["a|b", 34826]"#))]
            .map(|(name, result)| (name.to_owned(), result))
            .into()
    }

    #[test]
    fn a_block_becomes_a_table_with_its_origin() {
        let page = "Before\n<!-- result: digits mnist missing -->\nold\n<!-- end -->\nAfter\n";
        let expected = "Before\n<!-- result: digits mnist missing -->\n\n\
            | Recipe | Parameters |\n|---|--:|\n| digits | 61,706 |\n| a\\|b | 34,826 |\n\n\
            *Measured: `cargo xtask train cnn`; 2 cores; commit 0123abc, 2026-01-31.*\n\n\
            *Measured: `cargo xtask train cnn`; 2 cores; commit 0123abc, 2026-01-31.*\n\n\
            <!-- end -->\nAfter\n";
        assert_eq!(fill(page, &results(), "figures").unwrap(), expected);
    }

    #[test]
    fn filling_twice_changes_nothing() {
        let page = "<!-- result: digits -->\n<!-- end -->\nat <!-- value: digits.accuracy -->0<!-- end -->.";
        let once = fill(page, &results(), "figures").unwrap();
        assert_eq!(fill(&once, &results(), "figures").unwrap(), once);
        assert!(once.ends_with("at <!-- value: digits.accuracy -->98.9 %<!-- end -->."), "{once}");
    }

    #[test]
    fn a_missing_result_fills_nothing() {
        let page = "<!-- result: cifar -->\nold\n<!-- end -->, <!-- value: cifar.x -->1<!-- end -->";
        let expected = "<!-- result: cifar -->\n<!-- end -->, <!-- value: cifar.x --><!-- end -->";
        assert_eq!(fill(page, &results(), "figures").unwrap(), expected);
    }

    #[test]
    fn a_marker_that_cannot_be_filled_names_its_line() {
        let cases = [
            ("\n<!-- result: digits -->\n", "line 2: no <!-- end --> follows"),
            ("<!-- result: digits --><!-- value: a.b --><!-- end -->", "before the next marker"),
            ("\n\n<!-- value: digits.speed --><!-- end -->", "line 3"),
            ("<!-- value: digits --><!-- end -->", "RESULT.KEY"),
        ];
        for (page, expected) in cases {
            let error = format!("{:#}", fill(page, &results(), "figures").unwrap_err());
            assert!(error.contains(expected), "{error}");
        }
    }
}
