//! The weights of a training's classes and samples.

use burn::train::metric::{AccuracyMetric, LossMetric};
use burn::train::{InferenceStep, LearnerModel, SupervisedTraining, TrainStep};

use super::{Classified, FitConfig, FitError, WeightedMetric};

/// The weights of a training, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighting {
    of_classes: Option<Vec<f32>>,
    /// The largest weight that a sample can have; none when all count the same.
    largest: Option<f32>,
}

impl Weighting {
    /// The class weights that the configuration asks for, on training samples with these labels; and the samples' own, training
    /// and validation, if they have any.
    ///
    /// # Errors
    /// When the class weights are not one usable number for each class.
    pub fn new(
        config: &FitConfig,
        labels: &[u32],
        classes: &[String],
        of_samples: [Option<&[f32]>; 2],
    ) -> Result<Self, FitError> {
        let of_classes = config.class_weights.as_ref();
        let of_classes = of_classes.map(|weights| weights.per_class(labels, classes)).transpose()?;
        let [of_train, of_valid] = of_samples;
        let largest = |weights: Option<&[f32]>| weights.map_or(1.0, |all| all.iter().copied().fold(0.0, f32::max));
        let is_weighted = of_classes.is_some() || of_train.is_some() || of_valid.is_some();
        let of_samples = (largest(of_classes.as_deref()) * largest(of_train)).max(largest(of_valid));
        Ok(Self { of_classes, largest: is_weighted.then_some(of_samples) })
    }

    /// One for each class, if the configuration has any.
    pub fn of_classes(&self) -> Option<&[f32]> {
        self.of_classes.as_deref()
    }

    /// Registers `Accuracy` and `Loss`, and for a training with weights `Weighted Loss` and `Weighted Accuracy`.
    pub fn metrics<M>(&self, training: SupervisedTraining<M>) -> SupervisedTraining<M>
    where
        M: LearnerModel + TrainStep<Output = Classified> + InferenceStep<Output = Classified> + 'static,
    {
        let training = training.metrics((AccuracyMetric::new(), LossMetric::new()));
        match self.largest {
            Some(largest) => training.metrics((WeightedMetric::loss(largest), WeightedMetric::accuracy(largest))),
            None => training,
        }
    }
}
