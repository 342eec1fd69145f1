//! Which metric is watched, and which way it gets better.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::CallbackError;

/// The data on which a metric was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// The training data.
    Train,
    /// The validation data.
    Valid,
}

impl Split {
    /// `"train"` or `"valid"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Valid => "valid",
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which way a metric gets better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Lower is better: losses, error rates.
    Min,
    /// Higher is better: accuracies, scores.
    Max,
}

impl Direction {
    /// Whether `value` is strictly better than `reference`. NaN is neither better than anything nor is anything better than it.
    ///
    /// ```
    /// use firebrick_callbacks::Direction;
    /// assert!(Direction::Min.is_better(0.1, 0.2));
    /// assert!(!Direction::Max.is_better(0.2, 0.2));
    /// assert!(!Direction::Min.is_better(f64::NAN, 0.2));
    /// ```
    pub fn is_better(self, value: f64, reference: f64) -> bool {
        match self {
            Self::Min => value < reference,
            Self::Max => value > reference,
        }
    }

    /// Whether `value` improves on the best so far by more than `min_delta` (at least 0). The first finite value always does;
    /// NaN and infinities never do, so that they cannot become the best for ever.
    pub fn improves(self, value: f64, best: Option<f64>, min_delta: f64) -> bool {
        let worsened = match self {
            Self::Min => value + min_delta,
            Self::Max => value - min_delta,
        };
        value.is_finite() && best.is_none_or(|best| self.is_better(worsened, best))
    }
}

/// A metric to watch: its name as Burn displays it (`"Loss"`, `"Accuracy"`), the split, and which way is better.
///
/// The direction comes from the metric's own definition unless [`min`](Self::min) or [`max`](Self::max) sets it; it is never
/// guessed from the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    pub(crate) name: String,
    pub(crate) split: Split,
    pub(crate) direction: Option<Direction>,
}

impl Monitor {
    /// The metric `name`, measured on the training data.
    pub fn train(name: impl Into<String>) -> Self {
        Self { name: name.into(), split: Split::Train, direction: None }
    }

    /// The metric `name`, measured on the validation data.
    pub fn valid(name: impl Into<String>) -> Self {
        Self { name: name.into(), split: Split::Valid, direction: None }
    }

    /// Lower is better, whatever the metric says.
    pub fn min(self) -> Self {
        Self { direction: Some(Direction::Min), ..self }
    }

    /// Higher is better, whatever the metric says.
    pub fn max(self) -> Self {
        Self { direction: Some(Direction::Max), ..self }
    }

    /// Name of the metric.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Split of the metric.
    pub fn split(&self) -> Split {
        self.split
    }

    /// Name of the metric's column in tables and file names, such as `valid_loss`.
    pub fn column(&self) -> String {
        column(self.split, &self.name)
    }
}

impl fmt::Display for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.split, self.name)
    }
}

/// `train` and `Top-5 Accuracy` make `train_top_5_accuracy`.
pub(crate) fn column(split: Split, name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(str::to_lowercase).collect();
    format!("{split}_{}", words.join("_"))
}

/// Refuses settings that are NaN: nothing compares with them.
pub(crate) fn refuse_nan<const N: usize>(settings: [(&'static str, Option<f64>); N]) -> Result<(), CallbackError> {
    match settings.into_iter().find(|(_, value)| value.is_some_and(f64::is_nan)) {
        Some((setting, _)) => {
            Err(CallbackError::Setting { setting, value: "NaN".to_owned(), rule: "a number is needed" })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [f64; 8] = [f64::NAN, f64::NEG_INFINITY, -2.0, -0.0, 0.5, 0.75, 3.0, f64::INFINITY];

    #[test]
    fn nothing_that_is_not_finite_ever_improves() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for best in [None, Some(1.0), Some(-1.0)] {
                assert!(!Direction::Min.improves(value, best, 0.0));
                assert!(!Direction::Max.improves(value, best, 0.0));
            }
        }
    }

    #[test]
    fn the_two_directions_mirror_each_other() {
        for value in VALUES {
            for best in VALUES.into_iter().map(Some).chain([None]) {
                for delta in [0.0, 0.25] {
                    let mirrored = Direction::Max.improves(-value, best.map(|best: f64| -best), delta);
                    assert_eq!(Direction::Min.improves(value, best, delta), mirrored, "{value} {best:?} {delta}");
                }
            }
        }
    }

    #[test]
    fn a_tie_or_exactly_min_delta_is_no_improvement() {
        assert!(!Direction::Min.improves(0.5, Some(0.5), 0.0));
        assert!(!Direction::Min.improves(0.25, Some(0.5), 0.25));
        assert!(Direction::Min.improves(0.2, Some(0.5), 0.25));
        assert!(!Direction::Max.improves(0.75, Some(0.5), 0.25));
    }

    #[test]
    fn a_larger_min_delta_never_makes_an_improvement_of_what_was_none() {
        for value in VALUES {
            for best in VALUES {
                let with = Direction::Max.improves(value, Some(best), 0.5);
                assert!(!with || Direction::Max.improves(value, Some(best), 0.0), "{value} {best}");
            }
        }
    }

    #[test]
    fn columns_are_snake_case_with_the_split_in_front() {
        assert_eq!(Monitor::valid("Loss").column(), "valid_loss");
        assert_eq!(Monitor::train("Top-5 Accuracy @ k").column(), "train_top_5_accuracy_k");
    }
}
