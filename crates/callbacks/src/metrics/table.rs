//! Metric values by name and split.

use crate::monitor::column;
use crate::{CallbackError, Monitor, Split};

/// One metric's value.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricValue {
    /// The split it was measured on; none for a value that a callback added.
    pub split: Option<Split>,
    /// Its name, as Burn displays it.
    pub name: String,
    /// Its column in tables and file names, such as `valid_loss`.
    pub column: String,
    /// Its unit, such as `%`.
    pub unit: Option<String>,
    /// Its value.
    pub value: f64,
}

/// The metrics that are known at some moment: training before validation, losses before the others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricTable {
    values: Vec<MetricValue>,
}

impl MetricTable {
    pub(crate) fn push(&mut self, split: Split, name: &str, unit: Option<String>, value: f64) {
        let value = MetricValue { split: Some(split), name: name.to_owned(), column: column(split, name), unit, value };
        self.values.push(value);
        self.values.sort_by_key(|value| (value.split.is_none(), value.split, value.name != "Loss"));
    }

    pub(crate) fn add(&mut self, column: &str, value: f64) {
        self.values.retain(|known| known.column != column);
        let column = column.to_owned();
        self.values.push(MetricValue { split: None, name: column.clone(), column, unit: None, value });
    }

    /// All values, in the order of a history's columns.
    pub fn iter(&self) -> impl Iterator<Item = &MetricValue> {
        self.values.iter()
    }

    /// The value in a column such as `valid_loss`.
    pub fn column(&self, column: &str) -> Option<f64> {
        self.values.iter().find(|value| value.column == column).map(|value| value.value)
    }

    pub(crate) fn value(&self, monitor: &Monitor) -> Result<f64, CallbackError> {
        let is_monitored = |value: &&MetricValue| value.split == Some(monitor.split) && value.name == monitor.name;
        self.values.iter().find(is_monitored).map(|value| value.value).ok_or_else(|| {
            let known = self.values.iter().filter(|value| value.split == Some(monitor.split));
            unknown_metric(monitor, known.map(|value| value.name.as_str()))
        })
    }
}

/// The error for a metric that does not exist, naming those that do.
pub(crate) fn unknown_metric<'a>(monitor: &Monitor, known: impl Iterator<Item = &'a str>) -> CallbackError {
    let known: Vec<&str> = known.collect();
    let known = if known.is_empty() { "(none)".to_owned() } else { known.join(", ") };
    CallbackError::UnknownMetric { name: monitor.name.clone(), split: monitor.split, known }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> MetricTable {
        let mut table = MetricTable::default();
        table.push(Split::Valid, "Accuracy", Some("%".into()), 97.5);
        table.push(Split::Valid, "Loss", None, 0.25);
        table.push(Split::Train, "Accuracy", Some("%".into()), 99.0);
        table.push(Split::Train, "Loss", None, 0.125);
        table
    }

    #[test]
    fn training_comes_before_validation_and_the_loss_before_the_rest() {
        let mut table = table();
        table.add("fid", 3.0);
        let columns: Vec<_> = table.iter().map(|value| value.column.as_str()).collect();
        assert_eq!(columns, ["train_loss", "train_accuracy", "valid_loss", "valid_accuracy", "fid"]);
        assert_eq!(table.column("fid"), Some(3.0));
    }

    #[test]
    fn a_missing_metric_names_those_that_exist_on_its_split() {
        let table = table();
        assert_eq!(table.value(&Monitor::valid("Accuracy")).unwrap(), 97.5);
        let error = table.value(&Monitor::valid("loss")).unwrap_err().to_string();
        assert_eq!(error, "there is no valid metric \"loss\"; the valid metrics are: Loss, Accuracy");
        let error = MetricTable::default().value(&Monitor::train("Loss")).unwrap_err().to_string();
        assert!(error.ends_with("the train metrics are: (none)"), "{error}");
    }
}
