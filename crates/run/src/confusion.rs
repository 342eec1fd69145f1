//! The confusion matrix of a classifier and what follows from it: accuracy, precision, recall and F1 by class.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::numbers::{percent, percent_fixed};
use crate::table::Table;

/// How often each class was predicted for each class: rows are the true classes, columns the predicted ones.
///
/// ```
/// use firebrick_run::ConfusionMatrix;
///
/// let mut matrix = ConfusionMatrix::new(["cat", "dog"]);
/// for (actual, predicted) in [(0, 0), (0, 1), (1, 1), (1, 1)] {
///     matrix.add(actual, predicted);
/// }
/// assert_eq!(matrix.accuracy(), Some(0.75));
/// assert_eq!((matrix.precision(0), matrix.recall(0)), (Some(1.0), Some(0.5)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct ConfusionMatrix {
    classes: Vec<String>,
    counts: Vec<u64>,
}

/// The matrix as it is read, before the number of counts is compared with the number of classes.
#[derive(Deserialize)]
struct Stored {
    classes: Vec<String>,
    counts: Vec<u64>,
}

impl TryFrom<Stored> for ConfusionMatrix {
    type Error = String;

    fn try_from(Stored { classes, counts }: Stored) -> Result<Self, String> {
        match classes.len().checked_mul(classes.len()) {
            Some(cells) if cells == counts.len() => Ok(Self { classes, counts }),
            _ => Err(format!("{} classes need their square of counts, not {}", classes.len(), counts.len())),
        }
    }
}

impl ConfusionMatrix {
    /// A matrix of zeros for classes in the order of their indices.
    pub fn new<S: Into<String>>(classes: impl IntoIterator<Item = S>) -> Self {
        let classes: Vec<String> = classes.into_iter().map(Into::into).collect();
        let counts = vec![0; classes.len() * classes.len()];
        Self { classes, counts }
    }

    /// Counts one sample of class `actual` that was taken for class `predicted`.
    ///
    /// # Panics
    /// When a class is beyond the number of classes.
    pub fn add(&mut self, actual: usize, predicted: usize) {
        let classes = self.classes.len();
        assert!(actual < classes && predicted < classes, "classes {actual} and {predicted} must be below {classes}");
        self.counts[actual * classes + predicted] += 1;
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// How many samples of class `actual` were taken for class `predicted`.
    ///
    /// # Panics
    /// When a class is beyond the number of classes.
    pub fn count(&self, actual: usize, predicted: usize) -> u64 {
        self.row(actual)[predicted]
    }

    /// Samples counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Samples of class `class`.
    pub fn support(&self, class: usize) -> u64 {
        self.row(class).iter().sum()
    }

    /// Share of samples whose class was predicted; `None` before the first sample.
    pub fn accuracy(&self) -> Option<f64> {
        let right = (0..self.classes.len()).map(|class| self.count(class, class)).sum();
        share(right, self.total())
    }

    /// Of what was taken for the class, the share that is of the class; `None` when the class was never predicted.
    pub fn precision(&self, class: usize) -> Option<f64> {
        let predicted = (0..self.classes.len()).map(|actual| self.count(actual, class)).sum();
        share(self.count(class, class), predicted)
    }

    /// Of what is of the class, the share that was taken for it; `None` when no sample is of the class.
    pub fn recall(&self, class: usize) -> Option<f64> {
        share(self.count(class, class), self.support(class))
    }

    /// The harmonic mean of precision and recall; `None` when the class neither was predicted nor occurs.
    pub fn f1(&self, class: usize) -> Option<f64> {
        let predicted: u64 = (0..self.classes.len()).map(|actual| self.count(actual, class)).sum();
        share(2 * self.count(class, class), predicted + self.support(class))
    }

    /// The mean of F1 over the classes that have one: every class weighs the same; `None` before the first sample.
    pub fn macro_f1(&self) -> Option<f64> {
        let scores: Vec<f64> = (0..self.classes.len()).filter_map(|class| self.f1(class)).collect();
        (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
    }

    /// The confusions by falling count, at most `limit`: true class, predicted class, count.
    pub fn most_confused(&self, limit: usize) -> Vec<(usize, usize, u64)> {
        let classes = self.classes.len();
        let cells = self.counts.iter().enumerate().map(|(cell, count)| (cell / classes, cell % classes, *count));
        let mut confusions: Vec<_> =
            cells.filter(|(actual, predicted, count)| actual != predicted && *count > 0).collect();
        confusions.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
        confusions.truncate(limit);
        confusions
    }

    /// Precision, recall, F1 and number of samples by class.
    pub fn table(&self) -> Table {
        let cell = |value: Option<f64>| value.map_or("–".to_string(), percent_fixed);
        let mut table = Table::new(["class", "precision", "recall", "F1", "samples"]);
        for (class, name) in self.classes.iter().enumerate() {
            let figures = [self.precision(class), self.recall(class), self.f1(class)].map(cell);
            table.push([name.clone()].into_iter().chain(figures).chain([self.support(class).to_string()]));
        }
        table
    }

    fn row(&self, actual: usize) -> &[u64] {
        let classes = self.classes.len();
        &self.counts[actual * classes..(actual + 1) * classes]
    }
}

/// The table by class, and the accuracy below it.
impl fmt::Display for ConfusionMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.table())?;
        match self.accuracy() {
            Some(accuracy) => writeln!(f, "accuracy {} of {} samples", percent(accuracy), self.total()),
            None => writeln!(f, "no samples"),
        }
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows: true class; the second class is never predicted, the third never occurs.
    fn matrix() -> ConfusionMatrix {
        let mut matrix = ConfusionMatrix::new(["a", "b", "c"]);
        let counts = [[3, 0, 1], [2, 0, 0], [0, 0, 0]];
        for (actual, row) in counts.iter().enumerate() {
            for (predicted, count) in row.iter().enumerate() {
                (0..*count).for_each(|_| matrix.add(actual, predicted));
            }
        }
        matrix
    }

    #[test]
    fn figures_follow_from_the_counts() {
        let matrix = matrix();
        assert_eq!((matrix.total(), matrix.support(0), matrix.accuracy()), (6, 4, Some(0.5)));
        assert_eq!((matrix.precision(0), matrix.recall(0), matrix.f1(0)), (Some(0.6), Some(0.75), Some(6.0 / 9.0)));
        assert_eq!((matrix.precision(1), matrix.recall(1), matrix.f1(1)), (None, Some(0.0), Some(0.0)));
        assert_eq!((matrix.precision(2), matrix.recall(2), matrix.f1(2)), (Some(0.0), None, Some(0.0)));
        assert!((matrix.macro_f1().unwrap() - 2.0 / 9.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_is_known_before_the_first_sample() {
        let empty = ConfusionMatrix::new(["a"]);
        assert_eq!((empty.accuracy(), empty.precision(0), empty.f1(0), empty.macro_f1()), (None, None, None, None));
        assert!(empty.to_string().ends_with("no samples\n"));
    }

    #[test]
    fn the_worst_confusions_come_first() {
        assert_eq!(matrix().most_confused(5), [(1, 0, 2), (0, 2, 1)]);
        assert_eq!(matrix().most_confused(1).len(), 1);
    }

    #[test]
    fn it_prints_as_a_table_with_the_accuracy_below() {
        let expected = "class  precision  recall      F1  samples\n\
                        -----  ---------  ------  ------  -------\n\
                        a         60.0 %  75.0 %  66.7 %        4\n\
                        b              –   0.0 %   0.0 %        2\n\
                        c          0.0 %       –   0.0 %        0\n\
                        accuracy 50 % of 6 samples\n";
        assert_eq!(matrix().to_string(), expected);
    }

    #[test]
    fn it_survives_json_and_refuses_a_wrong_number_of_counts() {
        let text = serde_json::to_string(&matrix()).unwrap();
        assert_eq!(serde_json::from_str::<ConfusionMatrix>(&text).unwrap(), matrix());
        let error = serde_json::from_str::<ConfusionMatrix>(r#"{"classes":["a","b"],"counts":[1]}"#).unwrap_err();
        assert!(error.to_string().contains("2 classes need their square of counts, not 1"), "{error}");
    }

    #[test]
    #[should_panic(expected = "classes 0 and 3 must be below 3")]
    fn a_class_beyond_the_last_is_a_defect_of_the_caller() {
        matrix().add(0, 3);
    }
}
