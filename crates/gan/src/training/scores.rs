//! What a round leaves for the metrics: losses, gradient norms, and how well the discriminator tells real pictures from fakes.

use std::sync::Arc;

use burn::tensor::{ExecutionError, TensorReadError};
use burn::train::SupervisedTraining;
use burn::train::metric::state::{FormatOptions, NumericMetricState};
use burn::train::metric::{
    Adaptor, ItemLazy, Metric, MetricAttributes, MetricMetadata, MetricName, Numeric, NumericAttributes, NumericEntry,
    SerializedEntry,
};

use super::GanTask;

/// The figures of one round, or of a batch that is validated.
#[derive(Clone, Debug, PartialEq)]
pub struct PlayersScores {
    /// Pictures of the round.
    pub count: usize,
    /// The generator's loss.
    pub generator_loss: f64,
    /// The discriminator's loss, the mean over its steps.
    pub discriminator_loss: f64,
    /// The share of real pictures taken for real.
    pub real_accuracy: f64,
    /// The share of fakes taken for fakes, in the discriminator's steps.
    pub fake_accuracy: f64,
    /// The norm of the generator's gradients; 0 where nothing is learnt.
    pub generator_gradient: f64,
    /// The norm of the discriminator's gradients, the mean over its steps; 0 where nothing is learnt.
    pub discriminator_gradient: f64,
}

impl ItemLazy for PlayersScores {
    fn sync(self) -> Result<Self, ExecutionError> {
        Ok(self)
    }
}

impl Adaptor<PlayersScores> for PlayersScores {
    fn adapt(&self) -> PlayersScores {
        self.clone()
    }
}

/// One figure of [`PlayersScores`], averaged over an epoch.
#[derive(Clone)]
pub struct PlayerMetric {
    figure: Figure,
    state: NumericMetricState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Figure {
    GeneratorLoss,
    DiscriminatorLoss,
    RealAccuracy,
    FakeAccuracy,
    GeneratorGradient,
    DiscriminatorGradient,
}

impl Figure {
    const ALL: [Self; 6] = [
        Self::GeneratorLoss,
        Self::DiscriminatorLoss,
        Self::RealAccuracy,
        Self::FakeAccuracy,
        Self::GeneratorGradient,
        Self::DiscriminatorGradient,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::GeneratorLoss => "Generator Loss",
            Self::DiscriminatorLoss => "Discriminator Loss",
            Self::RealAccuracy => "Real Accuracy",
            Self::FakeAccuracy => "Fake Accuracy",
            Self::GeneratorGradient => "Generator Gradient",
            Self::DiscriminatorGradient => "Discriminator Gradient",
        }
    }

    fn is_accuracy(self) -> bool {
        matches!(self, Self::RealAccuracy | Self::FakeAccuracy)
    }

    fn is_of_training(self) -> bool {
        matches!(self, Self::GeneratorGradient | Self::DiscriminatorGradient)
    }

    fn of(self, scores: &PlayersScores) -> f64 {
        match self {
            Self::GeneratorLoss => scores.generator_loss,
            Self::DiscriminatorLoss => scores.discriminator_loss,
            Self::RealAccuracy => 100.0 * scores.real_accuracy,
            Self::FakeAccuracy => 100.0 * scores.fake_accuracy,
            Self::GeneratorGradient => scores.generator_gradient,
            Self::DiscriminatorGradient => scores.discriminator_gradient,
        }
    }
}

impl PlayerMetric {
    fn new(figure: Figure) -> Self {
        Self { figure, state: NumericMetricState::new() }
    }

    /// Registers all figures with a training: both losses, both accuracies, and while learning the norms of both gradients.
    pub fn register(training: SupervisedTraining<GanTask>) -> SupervisedTraining<GanTask> {
        Figure::ALL.into_iter().fold(training, |training, figure| {
            let training = training.metric_train_numeric(Self::new(figure));
            if figure.is_of_training() { training } else { training.metric_valid_numeric(Self::new(figure)) }
        })
    }

    fn format(&self) -> FormatOptions {
        let options = FormatOptions::new(self.name()).precision(3);
        if self.figure.is_accuracy() { options.unit("%") } else { options }
    }
}

impl Metric for PlayerMetric {
    type Input = PlayersScores;

    fn name(&self) -> MetricName {
        Arc::new(self.figure.name().to_owned())
    }

    fn attributes(&self) -> MetricAttributes {
        let is_accuracy = self.figure.is_accuracy();
        NumericAttributes { unit: is_accuracy.then(|| "%".to_owned()), higher_is_better: is_accuracy }.into()
    }

    fn update(&mut self, scores: &PlayersScores, _: &MetricMetadata) -> Result<SerializedEntry, TensorReadError> {
        self.state.update(self.figure.of(scores), scores.count);
        Ok(self.state.compute_update(self.format()))
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        Ok(self.state.compute_final(self.format()))
    }

    fn clear(&mut self) {
        self.state.reset();
    }
}

impl Numeric for PlayerMetric {
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
