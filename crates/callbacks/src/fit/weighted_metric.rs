//! Metrics in which each sample counts as much as its weight: Keras's `weighted_metrics`.
//!
//! ```text
//! value = Σ w_i·v_i / Σ w_i      v_i: 100 for a right answer and 0 for a wrong one, or the loss; w_i the weight
//! ```
//!
//! over all batches of an epoch. Each batch is entered as its own mean with the sum of its weights as count, in whole units of
//! 2^-28 of the largest weight, so the epoch's value is a mean over batches that a checkpoint can hold and go on with.

use std::sync::Arc;

use burn::tensor::{Tensor, TensorReadError};
use burn::train::metric::state::{FormatOptions, NumericMetricState};
use burn::train::metric::{
    Metric, MetricAttributes, MetricMetadata, MetricName, Numeric, NumericAttributes, NumericEntry, SerializedEntry,
};

/// Units of a count for the largest weight.
const UNITS: f64 = 268_435_456.0;

/// More samples than any batch holds: keeps an epoch's count within its type, also where the largest weight was said too small.
const MOST: f64 = 1_048_576.0;

/// What a [`WeightedMetric`] takes.
#[derive(Clone, Debug)]
pub struct WeightedInput {
    /// `[B]`, 1 for a right answer, 0 for a wrong one.
    pub hits: Tensor<1>,
    /// `[B]`, the losses, without weights.
    pub losses: Tensor<1>,
    /// `[B]`; none: all 1.
    pub weights: Option<Tensor<1>>,
}

/// A mean over the samples in which each counts as much as its weight, for a training with class or sample weights.
///
/// ```
/// use burn::train::metric::Metric;
/// use firebrick_callbacks::fit::WeightedMetric;
///
/// assert_eq!(*WeightedMetric::accuracy(2.5).name(), "Weighted Accuracy");
/// assert_eq!(*WeightedMetric::loss(2.5).name(), "Weighted Loss");
/// ```
#[derive(Clone)]
pub struct WeightedMetric {
    quantity: Quantity,
    largest: f64,
    state: NumericMetricState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantity {
    Accuracy,
    Loss,
}

impl WeightedMetric {
    /// The share of right answers, in per cent. `largest` is the largest weight that a sample can have: it sets the
    /// resolution at which weights are told apart, nothing else.
    pub fn accuracy(largest: f32) -> Self {
        Self { quantity: Quantity::Accuracy, largest: largest.into(), state: NumericMetricState::new() }
    }

    /// The cross-entropy; `largest` as in [`accuracy`](Self::accuracy).
    pub fn loss(largest: f32) -> Self {
        Self { quantity: Quantity::Loss, ..Self::accuracy(largest) }
    }

    fn format(&self) -> FormatOptions {
        let options = FormatOptions::new(self.name()).precision(2);
        if self.quantity == Quantity::Accuracy { options.unit("%") } else { options }
    }

    /// A batch's mean and its count; 0 where nothing counts.
    fn mean(&self, values: &[f64], weights: &[f64]) -> (f64, usize) {
        let total: f64 = weights.iter().sum();
        let share = if self.largest > 0.0 { (total / self.largest).min(MOST) } else { 0.0 };
        let sum: f64 = values.iter().zip(weights).map(|(value, weight)| value * weight).sum();
        (if total > 0.0 { sum / total } else { 0.0 }, (share * UNITS).round() as usize)
    }
}

impl Metric for WeightedMetric {
    type Input = WeightedInput;

    fn name(&self) -> MetricName {
        let name = match self.quantity {
            Quantity::Accuracy => "Weighted Accuracy",
            Quantity::Loss => "Weighted Loss",
        };
        Arc::new(name.to_owned())
    }

    fn attributes(&self) -> MetricAttributes {
        let is_accuracy = self.quantity == Quantity::Accuracy;
        NumericAttributes { unit: is_accuracy.then(|| "%".to_owned()), higher_is_better: is_accuracy }.into()
    }

    fn update(
        &mut self,
        input: &WeightedInput,
        _metadata: &MetricMetadata,
    ) -> Result<SerializedEntry, TensorReadError> {
        let values = match self.quantity {
            Quantity::Accuracy => input.hits.clone() * 100.0,
            Quantity::Loss => input.losses.clone(),
        };
        let values = values.try_into_vec_as::<f64>()?;
        let weights = match &input.weights {
            Some(weights) => weights.clone().try_into_vec_as::<f64>()?,
            None => vec![1.0; values.len()],
        };
        let (mean, count) = self.mean(&values, &weights);
        self.state.update(mean, count);
        Ok(self.state.compute_update(self.format()))
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        Ok(self.state.compute_final(self.format()))
    }

    fn clear(&mut self) {
        self.state.reset();
    }
}

impl Numeric for WeightedMetric {
    fn value(&self) -> Option<NumericEntry> {
        Some(self.state.current_value())
    }

    fn running_value(&self) -> Option<NumericEntry> {
        Some(self.state.running_value())
    }

    fn final_value(&self) -> NumericEntry {
        self.state.final_value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value over two batches.
    fn over_batches(largest: f32, batches: &[(&[f64], &[f64])]) -> f64 {
        let mut metric = WeightedMetric::loss(largest);
        for (values, weights) in batches {
            let (mean, count) = metric.mean(values, weights);
            metric.state.update(mean, count);
        }
        metric.final_value().current()
    }

    #[test]
    fn batches_count_as_much_as_their_weights() {
        let batches: [(&[f64], &[f64]); 2] = [(&[1.0, 2.0, 4.0], &[0.5, 0.0, 1.25]), (&[3.0], &[7.3])];
        let expected = (0.5 + 4.0 * 1.25 + 3.0 * 7.3) / (0.5 + 1.25 + 7.3);
        assert!((over_batches(7.3, &batches) - expected).abs() < 1e-8);
        assert!((over_batches(1.0, &batches) - expected).abs() < 1e-8, "the resolution alone depends on the largest");
    }

    #[test]
    fn a_batch_in_which_nothing_counts_changes_nothing() {
        let batches: [(&[f64], &[f64]); 2] = [(&[9.0, 9.0], &[0.0, 0.0]), (&[3.0], &[1.0])];
        assert_eq!(over_batches(1.0, &batches), 3.0);
    }

    #[test]
    fn a_largest_weight_that_is_said_too_small_is_survived() {
        let batches: [(&[f64], &[f64]); 2] = [(&[1.0, 3.0], &[1e30, 1e30]), (&[2.0], &[1e30])];
        assert_eq!(over_batches(1.0, &batches), 2.0);
    }

    #[test]
    fn weights_of_any_size_keep_counts_within_their_type() {
        for weight in [1e-30, 1.0, 1e30] {
            let batches: [(&[f64], &[f64]); 2] = [(&[1.0, 3.0], &[weight, weight]), (&[2.0], &[weight])];
            let value = over_batches(weight as f32, &batches);
            assert!((value - 2.0).abs() < 1e-8, "{weight}: {value}");
        }
    }
}
