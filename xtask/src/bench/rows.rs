//! Rows of measurements, and how the rounds of one run become one row.

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};

/// One engine on one workload in training or inference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) engine: String,
    pub(crate) version: String,
    pub(crate) workload: String,
    pub(crate) kind: String,
    pub(crate) samples_per_second: u64,
    pub(crate) min: u64,
    pub(crate) max: u64,
    /// Not every system tells.
    pub(crate) peak_rss_mib: Option<u64>,
}

/// The heading of the printed rows.
pub(crate) const HEADER: &str =
    "engine             workload      kind        samples/s  (lowest to highest)   peak MiB";

impl Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { engine, workload, kind, samples_per_second, min, max, .. } = self;
        let peak = self.peak_rss_mib.map_or_else(|| "-".to_owned(), |mib| mib.to_string());
        let span = format!("({min} to {max})");
        write!(f, "{engine:<18} {workload:<13} {kind:<10} {samples_per_second:>10}  {span:<21} {peak:>8}")
    }
}

/// One row per engine, workload and kind, in order of appearance: the median over the rounds, the
/// lowest and highest seen, the largest memory.
pub(crate) fn combined(rows: &[Row]) -> Vec<Row> {
    let mut groups: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        let same = |group: &&mut Vec<&Row>| key(group[0]) == key(row);
        match groups.iter_mut().find(same) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups.iter().map(|group| combine(group)).collect()
}

fn key(row: &Row) -> (&str, &str, &str) {
    (&row.engine, &row.workload, &row.kind)
}

fn combine(group: &[&Row]) -> Row {
    let mut rates: Vec<_> = group.iter().map(|row| row.samples_per_second).collect();
    rates.sort_unstable();
    let middle = rates.len() / 2;
    let median = if rates.len() % 2 == 1 { rates[middle] } else { u64::midpoint(rates[middle - 1], rates[middle]) };
    Row {
        samples_per_second: median,
        min: group.iter().map(|row| row.min).min().unwrap_or_default(),
        max: group.iter().map(|row| row.max).max().unwrap_or_default(),
        peak_rss_mib: group.iter().filter_map(|row| row.peak_rss_mib).max(),
        ..group[0].clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(engine: &str, rate: u64, peak: Option<u64>) -> Row {
        Row {
            engine: engine.into(),
            version: "1".into(),
            workload: "cnn".into(),
            kind: "train".into(),
            samples_per_second: rate,
            min: rate - 5,
            max: rate + 5,
            peak_rss_mib: peak,
        }
    }

    #[test]
    fn rounds_become_their_median_with_the_extremes() {
        let rows = [row("a", 90, None), row("b", 10, None), row("a", 110, Some(80)), row("a", 95, Some(70))];
        let combined = combined(&rows);
        assert_eq!(combined.len(), 2);
        let expected = Row { min: 85, max: 115, ..row("a", 95, Some(80)) };
        assert_eq!(combined[0], expected);
    }

    #[test]
    fn an_even_number_of_rounds_takes_the_middle_of_two() {
        let combined = combined(&[row("a", 90, None), row("a", 100, None)]);
        assert_eq!(combined[0].samples_per_second, 95);
    }

    #[test]
    fn a_row_keeps_the_published_fields() {
        let text = serde_json::to_string(&row("firebrick", 100, Some(64))).unwrap();
        assert_eq!(
            text,
            r#"{"engine":"firebrick","version":"1","workload":"cnn","kind":"train","samples_per_second":100,"min":95,"max":105,"peak_rss_mib":64}"#
        );
    }
}
