//! The table of a run: per workload and kind every engine, beside ours and beside what the machine can do at best.

use std::fmt::{self, Display};

use serde_json::{Value, json};

use super::engines::PEAK;
use super::rows::Row;
use crate::docs::thousands;

/// The engine that all others are compared with.
pub(crate) const OURS: &str = "firebrick";
const BURN: &str = "burn";

const COLUMNS: [&str; 8] = [
    "Workload",
    "Kind",
    "Engine",
    "Samples per second",
    "Firebrick is",
    "Of the matrix peak",
    "Page faults a step",
    "Peak memory, MiB",
];

const SUMMARY_COLUMNS: [&str; 5] =
    ["Workload", "Kind", "Samples per second", "Times the best of PyTorch and Keras", "Times Burn's layers"];

/// The rows of one run, in the order of the workloads.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Row>,
    /// The fastest matrix product of any engine, in millions of multiplications and additions a second.
    peak: Option<u64>,
}

impl Table {
    /// From rows that are combined; those of the matrix product become the peak.
    pub(crate) fn new(rows: Vec<Row>) -> Self {
        let (products, rows): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.workload == PEAK);
        Self { rows, peak: products.iter().map(|row| row.samples_per_second).max() }
    }

    /// The table as `docs/results` stores it.
    pub(crate) fn stored(&self) -> Value {
        let rows: Vec<[String; 8]> = self.rows.iter().map(|row| self.cells(row)).collect();
        json!({ "columns": COLUMNS, "rows": rows })
    }

    /// A row for every workload and kind: our rate, and how many times that of the best peer and of Burn's layers it is.
    pub(crate) fn summary(&self) -> Value {
        let ours = self.rows.iter().filter(|row| row.engine == OURS);
        let rows: Vec<[String; 5]> = ours.map(|ours| self.summed_up(ours)).collect();
        json!({ "columns": SUMMARY_COLUMNS, "rows": rows })
    }

    fn summed_up(&self, ours: &Row) -> [String; 5] {
        let none = || "–".to_owned();
        let others = || self.rows.iter().filter(|row| alike(row, ours));
        let best = others().filter(|row| row.engine != BURN).max_by_key(|row| row.samples_per_second);
        let burn = others().find(|row| row.engine == BURN);
        [
            ours.workload.clone(),
            ours.kind.clone(),
            thousands(ours.samples_per_second),
            best.map_or_else(none, |best| format!("{}, {}", times(ours, best), best.engine)),
            burn.map_or_else(none, |burn| times(ours, burn)),
        ]
    }

    /// The machine's matrix peak, as it is to be printed.
    pub(crate) fn peak(&self) -> Option<String> {
        self.peak.map(|peak| format!("{} GFLOP/s", peak / 1000))
    }

    fn cells(&self, row: &Row) -> [String; 8] {
        let none = || "–".to_owned();
        let ours = self.rows.iter().find(|ours| ours.engine == OURS && alike(row, ours));
        let engine = match row.engine == OURS || row.engine == BURN {
            true => row.engine.clone(),
            false => format!("{} {}", row.engine, row.version),
        };
        [
            row.workload.clone(),
            row.kind.clone(),
            engine,
            thousands(row.samples_per_second),
            ours.map_or_else(none, |ours| times(ours, row)),
            self.share(row).map_or_else(none, |share| format!("{:.0} %", 100.0 * share)),
            row.page_faults_per_step.map_or_else(none, |faults| format!("{faults:.0}")),
            row.peak_rss_mib.map_or_else(none, thousands),
        ]
    }

    /// What the engine makes of the machine, where the work of a sample is known.
    fn share(&self, row: &Row) -> Option<f64> {
        let same = |other: &&Row| (&other.workload, &other.kind) == (&row.workload, &row.kind);
        let mflop = self.rows.iter().filter(same).find_map(|row| row.mflop_per_sample)?;
        Some(mflop * row.samples_per_second as f64 / self.peak? as f64)
    }
}

/// Whether two engines did the same.
fn alike(row: &Row, ours: &Row) -> bool {
    row.engine != OURS && (&row.workload, &row.kind) == (&ours.workload, &ours.kind)
}

fn times(ours: &Row, other: &Row) -> String {
    format!("{:.2}×", ours.samples_per_second as f64 / other.samples_per_second.max(1) as f64)
}

impl Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headings = COLUMNS.map(str::to_owned);
        let rows: Vec<[String; 8]> = self.rows.iter().map(|row| self.cells(row)).collect();
        let width = |column: usize| rows.iter().chain([&headings]).map(|row| row[column].chars().count()).max();
        let widths: Vec<usize> = (0..COLUMNS.len()).filter_map(width).collect();
        for row in [&headings].into_iter().chain(&rows) {
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                match column < 3 {
                    true => write!(f, "{cell:<width$}  ")?,
                    false => write!(f, "{cell:>width$}  ")?,
                }
            }
            writeln!(f)?;
        }
        match self.peak() {
            Some(peak) => write!(f, "the matrix peak, products of 1024³: {peak}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::tests::row;
    use super::*;

    fn table() -> Table {
        let ours = Row { mflop_per_sample: Some(10.0), page_faults_per_step: Some(2.4), ..row(OURS, 12_000, Some(64)) };
        let product = |engine, rate| Row { workload: PEAK.into(), kind: "product".into(), ..row(engine, rate, None) };
        Table::new(vec![
            product(OURS, 100_000),
            product("torch", 400_000),
            ours,
            row("burn", 2_000, None),
            row("torch", 8_000, Some(1_700)),
            row("keras-tensorflow", 10_000, None),
        ])
    }

    #[test]
    fn every_engine_stands_beside_ours_and_beside_the_machine() {
        let stored = table().stored();
        let rows = stored["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 4, "the product is no row");
        assert_eq!(rows[0], json!(["cnn", "train", "firebrick", "12,000", "–", "30 %", "2", "64"]));
        assert_eq!(rows[2], json!(["cnn", "train", "torch 1", "8,000", "1.50×", "20 %", "–", "1,700"]));
    }

    #[test]
    fn the_summary_names_the_best_peer() {
        let table = table();
        let rows = json!([["cnn", "train", "12,000", "1.20×, keras-tensorflow", "6.00×"]]);
        assert_eq!(table.summary()["rows"], rows);
        assert_eq!(table.peak().as_deref(), Some("400 GFLOP/s"));
    }

    #[test]
    fn columns_are_aligned_in_print() {
        let text = table().to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 6);
        let at = |line: &str| line.chars().count();
        assert!(lines[1..5].iter().all(|line| at(line) == at(lines[0])), "{text}");
        assert!(text.ends_with("400 GFLOP/s"), "{text}");
    }
}
