//! How well a classifier does: loss, accuracy, top-k, the confusion matrix, figures per class.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The k of the top-k accuracy, on data with more classes than that.
const TOP_K: usize = 5;

/// The smallest probability whose logarithm is taken: keeps the loss finite.
const SMALLEST: f64 = 1e-12;

/// The result of `evaluate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// How many samples: pictures, sequences or steps of them.
    pub samples: usize,
    /// Mean cross-entropy, in nats.
    pub loss: f64,
    /// Share of samples whose most probable class is the right one, 0 to 1.
    pub accuracy: f64,
    /// Share of samples whose right class is among the five most probable; on data with more
    /// than five classes only.
    pub top5_accuracy: Option<f64>,
    /// Cross-entropy and accuracy in which each sample counts as much as its weight, for samples with weights.
    pub weighted: Option<WeightedScores>,
    /// Class names, in the order of the labels.
    pub classes: Vec<String>,
    /// `confusion[truth][predicted]`: how many samples.
    pub confusion: Vec<Vec<usize>>,
}

/// Means in which each sample counts as much as its weight: `Σ w_i·v_i / Σ w_i`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightedScores {
    /// Cross-entropy, in nats.
    pub loss: f64,
    /// Share of right answers, 0 to 1.
    pub accuracy: f64,
}

impl WeightedScores {
    fn new(probabilities: &[Vec<f32>], labels: &[u32], weights: &[f32]) -> Self {
        assert_eq!(weights.len(), labels.len(), "one weight per label");
        let (mut loss, mut right, mut total) = (0.0, 0.0, 0.0);
        for ((row, &label), &weight) in probabilities.iter().zip(labels).zip(weights) {
            let (label, weight) = (label as usize, f64::from(weight));
            loss += weight * cross_entropy(row, label);
            right += if most_probable(row) == label { weight } else { 0.0 };
            total += weight;
        }
        Self { loss: loss / total, accuracy: right / total }
    }
}

/// The figures of one class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// The class.
    pub name: String,
    /// Of the samples called so, the share that are; NaN where none was called so.
    pub precision: f64,
    /// Of the samples that are, the share called so; NaN where there are none.
    pub recall: f64,
    /// Harmonic mean of both, 0 where both are 0 or not defined.
    pub f1: f64,
    /// How many samples are of this class.
    pub support: usize,
}

impl Evaluation {
    /// Compares rows of probabilities with labels, both in the order of the samples.
    ///
    /// # Panics
    /// When there are not as many rows as labels, a row has not one probability per class, or a
    /// label is not below the number of classes.
    pub fn new(probabilities: &[Vec<f32>], labels: &[u32], classes: &[String]) -> Self {
        assert_eq!(probabilities.len(), labels.len(), "one row of probabilities per label");
        let mut confusion = vec![vec![0; classes.len()]; classes.len()];
        let (mut loss, mut in_top_k) = (0.0, 0);
        for (row, &label) in probabilities.iter().zip(labels) {
            let label = label as usize;
            assert_eq!(row.len(), classes.len(), "one probability per class");
            loss += cross_entropy(row, label);
            in_top_k += usize::from(rank(row, label) < TOP_K);
            confusion[label][most_probable(row)] += 1;
        }
        let right: usize = (0..classes.len()).map(|class| confusion[class][class]).sum();
        let samples = labels.len();
        let share = |count: usize| count as f64 / samples as f64;
        Self {
            samples,
            loss: loss / samples as f64,
            accuracy: share(right),
            top5_accuracy: (classes.len() > TOP_K).then(|| share(in_top_k)),
            weighted: None,
            classes: classes.to_vec(),
            confusion,
        }
    }

    /// As [`new`](Self::new), for samples with weights: also the weighted figures.
    ///
    /// # Panics
    /// As [`new`](Self::new), and when there are not as many weights as labels.
    pub fn with_weights(probabilities: &[Vec<f32>], labels: &[u32], classes: &[String], weights: &[f32]) -> Self {
        let weighted = Some(WeightedScores::new(probabilities, labels, weights));
        Self { weighted, ..Self::new(probabilities, labels, classes) }
    }

    /// Precision, recall, F1 and support of each class.
    pub fn per_class(&self) -> Vec<ClassScores> {
        (0..self.classes.len()).map(|class| self.scores(class)).collect()
    }

    fn scores(&self, class: usize) -> ClassScores {
        let right = self.confusion[class][class] as f64;
        let support: usize = self.confusion[class].iter().sum();
        let called: usize = self.confusion.iter().map(|row| row[class]).sum();
        let wrong = (support + called) as f64 - 2.0 * right;
        ClassScores {
            name: self.classes[class].clone(),
            precision: right / called as f64,
            recall: right / support as f64,
            f1: if right > 0.0 { 2.0 * right / (2.0 * right + wrong) } else { 0.0 },
            support,
        }
    }
}

/// In nats.
fn cross_entropy(row: &[f32], label: usize) -> f64 {
    -f64::from(row[label]).max(SMALLEST).ln()
}

/// The index of the largest value; the first of equal ones.
pub fn most_probable(row: &[f32]) -> usize {
    (0..row.len()).fold(0, |best, i| if row[i] > row[best] { i } else { best })
}

/// How many classes are more probable than `label`; equal ones before it count.
fn rank(row: &[f32], label: usize) -> usize {
    let before = |i: usize| row[i] > row[label] || (row[i] == row[label] && i < label);
    (0..row.len()).filter(|&i| before(i)).count()
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "accuracy {:.2} %", 100.0 * self.accuracy)?;
        if let Some(top5) = self.top5_accuracy {
            write!(f, " (top 5: {:.2} %)", 100.0 * top5)?;
        }
        writeln!(f, ", loss {:.4}, {} samples", self.loss, self.samples)?;
        if let Some(WeightedScores { loss, accuracy }) = self.weighted {
            writeln!(f, "weighted: accuracy {:.2} %, loss {loss:.4}", 100.0 * accuracy)?;
        }
        let width = self.classes.iter().map(String::len).max().unwrap_or(0).max("class".len());
        writeln!(f, "{:width$}  precision  recall      F1   samples", "class")?;
        for ClassScores { name, precision, recall, f1, support } in self.per_class() {
            writeln!(f, "{name:width$}  {precision:9.4}  {recall:6.4}  {f1:6.4}  {support:8}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("class {i}")).collect()
    }

    #[test]
    fn counts_and_shares_follow_from_the_rows() {
        let rows = vec![vec![0.7, 0.2, 0.1], vec![0.1, 0.3, 0.6], vec![0.2, 0.5, 0.3]];
        let evaluation = Evaluation::new(&rows, &[0, 1, 1], &names(3));
        assert_eq!(evaluation.confusion, [[1, 0, 0], [0, 1, 1], [0, 0, 0]]);
        assert!((evaluation.accuracy - 2.0 / 3.0).abs() < 1e-12);
        let loss = -(0.7f64.ln() + 0.3f64.ln() + 0.5f64.ln()) / 3.0;
        assert!((evaluation.loss - loss).abs() < 1e-6);
        assert_eq!(evaluation.top5_accuracy, None);

        let scores = evaluation.per_class();
        assert_eq!((scores[1].precision, scores[1].recall), (1.0, 0.5));
        assert!((scores[1].f1 - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(scores[2].f1, 0.0);
        assert!(scores[2].recall.is_nan());
    }

    #[test]
    fn samples_count_as_much_as_their_weights() {
        let rows = vec![vec![0.75, 0.25], vec![0.5, 0.5], vec![0.25, 0.75]];
        let evaluation = Evaluation::with_weights(&rows, &[0, 1, 1], &names(2), &[2.0, 0.5, 0.0]);
        let WeightedScores { loss, accuracy } = evaluation.weighted.unwrap();
        let expected = -(2.0 * 0.75f64.ln() + 0.5 * 0.5f64.ln()) / 2.5;
        assert!((loss - expected).abs() < 1e-12 && accuracy == 0.8, "{loss} {accuracy}");
        assert!((evaluation.accuracy - 2.0 / 3.0).abs() < 1e-12, "the plain figures know no weights");
        assert!(evaluation.to_string().contains("weighted: accuracy 80.00 %"));
    }

    #[test]
    fn top_five_counts_a_label_at_the_fifth_place_and_not_at_the_sixth() {
        let row = vec![0.3, 0.25, 0.2, 0.1, 0.08, 0.07];
        let five = Evaluation::new(std::slice::from_ref(&row), &[4], &names(6));
        let six = Evaluation::new(&[row], &[5], &names(6));
        assert_eq!((five.top5_accuracy, six.top5_accuracy), (Some(1.0), Some(0.0)));
    }

    #[test]
    fn a_probability_of_zero_gives_a_finite_loss() {
        let evaluation = Evaluation::new(&[vec![1.0, 0.0]], &[1], &names(2));
        assert!(evaluation.loss.is_finite());
    }

    #[test]
    fn the_table_names_each_class() {
        let text = Evaluation::new(&[vec![1.0, 0.0]], &[0], &names(2)).to_string();
        assert!(text.starts_with("accuracy 100.00 %, loss 0.0000, 1 samples"), "{text}");
        assert!(text.contains("class 1"), "{text}");
    }
}
