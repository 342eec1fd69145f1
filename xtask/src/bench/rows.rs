//! Rows of measurements, and how the rounds of one run become one row.

use serde::{Deserialize, Serialize};

/// One engine on one workload in training or inference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Pages asked for in one step, once all is warm; not every system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) page_faults_per_step: Option<f64>,
    /// Millions of multiplications and additions of one sample; our engine counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mflop_per_sample: Option<f64>,
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
    let rates = group.iter().map(|row| row.samples_per_second as f64).collect();
    let faults: Vec<f64> = group.iter().filter_map(|row| row.page_faults_per_step).collect();
    Row {
        samples_per_second: median(rates).unwrap_or_default().round() as u64,
        min: group.iter().map(|row| row.min).min().unwrap_or_default(),
        max: group.iter().map(|row| row.max).max().unwrap_or_default(),
        peak_rss_mib: group.iter().filter_map(|row| row.peak_rss_mib).max(),
        page_faults_per_step: median(faults),
        ..group[0].clone()
    }
}

/// The middle number, or the mean of the middle two; none of none.
fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() % 2 {
        1 => Some(numbers[middle]),
        _ => Some(f64::midpoint(*numbers.get(middle.checked_sub(1)?)?, numbers[middle])),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn row(engine: &str, rate: u64, peak: Option<u64>) -> Row {
        Row {
            engine: engine.into(),
            version: "1".into(),
            workload: "cnn".into(),
            kind: "train".into(),
            samples_per_second: rate,
            min: rate - 5,
            max: rate + 5,
            peak_rss_mib: peak,
            page_faults_per_step: None,
            mflop_per_sample: None,
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
        let faults = |faults| Row { page_faults_per_step: Some(faults), ..row("a", 90, None) };
        let combined = combined(&[faults(3.0), Row { samples_per_second: 100, ..faults(4.0) }]);
        assert_eq!((combined[0].samples_per_second, combined[0].page_faults_per_step), (95, Some(3.5)));
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
