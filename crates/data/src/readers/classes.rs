//! Class names found in data: collected as they come, numbered in an order that does not depend on the rows.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::Path;

use crate::error::DataError;

/// More different labels than this are no labels.
const MAX_CLASSES: usize = 10_000;

/// Labels as they are read, and the names behind them.
#[derive(Debug, Default)]
pub(crate) struct Classes {
    names: Vec<String>,
    numbers: HashMap<String, u32>,
    labels: Vec<u32>,
}

impl Classes {
    /// Adds the label of the next sample, which stands in this row.
    pub(crate) fn push(&mut self, name: &str, path: &Path, row: u64) -> Result<(), DataError> {
        let number = match self.numbers.get(name) {
            Some(&number) => number,
            None if self.names.len() == MAX_CLASSES => {
                return Err(DataError::TooManyClasses { path: path.to_path_buf(), row, limit: MAX_CLASSES });
            }
            None => self.add(name),
        };
        self.labels.push(number);
        Ok(())
    }

    /// The labels, and the names in the order of [`compare_names`].
    pub(crate) fn finish(self) -> (Vec<u32>, Vec<String>) {
        let mut order: Vec<usize> = (0..self.names.len()).collect();
        order.sort_by(|&a, &b| compare_names(&self.names[a], &self.names[b]));
        let mut rank = vec![0; order.len()];
        for (place, &number) in order.iter().enumerate() {
            rank[number] = place as u32;
        }
        let labels = self.labels.into_iter().map(|number| rank[number as usize]).collect();
        let names = order.into_iter().map(|number| self.names[number].clone()).collect();
        (labels, names)
    }

    fn add(&mut self, name: &str) -> u32 {
        let number = self.names.len() as u32;
        self.names.push(name.to_string());
        self.numbers.insert(name.to_string(), number);
        number
    }
}

/// Whole numbers by value, everything else by its letters, and numbers before words.
pub(crate) fn compare_names(a: &str, b: &str) -> Ordering {
    match (a.parse::<i64>(), b.parse::<i64>()) {
        (Ok(x), Ok(y)) => x.cmp(&y).then_with(|| a.cmp(b)),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_classes_do_not_depend_on_the_order_of_rows() {
        let labels = |names: &[&str]| {
            let mut classes = Classes::default();
            names.iter().for_each(|name| classes.push(name, Path::new("f"), 1).unwrap());
            classes.finish()
        };
        assert_eq!(labels(&["10", "9", "10"]), (vec![1, 0, 1], vec!["9".into(), "10".into()]));
        assert_eq!(labels(&["pos", "neg"]), (vec![1, 0], vec!["neg".into(), "pos".into()]));
        assert_eq!(labels(&["b", "2", "a", "-1"]).1, ["-1", "2", "a", "b"]);
    }

    #[test]
    fn labels_without_end_are_refused() {
        let mut classes = Classes::default();
        let outcome = (0..=MAX_CLASSES).try_for_each(|i| classes.push(&i.to_string(), Path::new("f"), i as u64));
        assert!(matches!(outcome, Err(DataError::TooManyClasses { row: 10_000, .. })), "{outcome:?}");
    }
}
