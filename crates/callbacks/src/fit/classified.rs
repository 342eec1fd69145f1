//! The cross-entropy of a batch, and what it leaves for the metrics.
//!
//! ```text
//! l_i  = -(1 - s)·log p_i[y_i] - s/K·Σ_k log p_i[k]      p_i = softmax(logits_i), y_i the label, s label smoothing
//! loss = Σ w_i·l_i / N                                   N samples, w_i their weights, 1 where there are none
//! ```
//!
//! The division by N, not by the sum of the weights, is Keras's (`sum_over_batch_size`).

use burn::tensor::{ExecutionError, Int, Tensor};
use burn::train::ClassificationOutput;
use burn::train::metric::{
    AccuracyInput, Adaptor, ConfusionStatsInput, ItemLazy, LossInput, PerplexityInput, TopKAccuracyInput,
};
use firebrick_backend::cross_entropy;

use super::WeightedInput;

/// What a step leaves for the metrics: Burn's of a classification, and [`WeightedMetric`](super::WeightedMetric).
///
/// The metric `Loss` is the weighted one, a mean over samples; accuracy and its like count every sample once.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_callbacks::fit::Classified;
///
/// let device = Device::flex();
/// let logits = Tensor::from_floats([[0.0, 0.0], [0.0, 0.0]], &device);
/// let classified = Classified::new(logits, Tensor::from_ints([0, 1], &device), 0.0);
/// let weighted = classified.with_weights(Some(Tensor::from_floats([1.0, 3.0], &device)));
/// assert!((weighted.loss().into_scalar::<f32>() - 2.0 * 2f32.ln()).abs() < 1e-6);
/// ```
#[derive(Clone, Debug)]
pub struct Classified {
    /// `[N]`, the loss of each sample, without its weight.
    pub losses: Tensor<1>,
    /// `[N, classes]`.
    pub logits: Tensor<2>,
    /// `[N]`, the right classes.
    pub labels: Tensor<1, Int>,
    /// `[N]`, class weight times sample weight; none: all 1.
    pub weights: Option<Tensor<1>>,
}

impl Classified {
    /// The cross-entropy between the softmax of `logits` `[N, classes]` and `labels` `[N]`, smoothed when `smoothing` is not 0
    /// (Szegedy et al., 2016, <https://arxiv.org/abs/1512.00567>), without weights.
    pub fn new(logits: Tensor<2>, labels: Tensor<1, Int>, smoothing: f64) -> Self {
        let losses = cross_entropy(logits.clone(), labels.clone(), smoothing);
        Self { losses, logits, labels, weights: None }
    }

    /// With a weight for each sample, `[N]`, times those there are.
    #[must_use]
    pub fn with_weights(mut self, weights: Option<Tensor<1>>) -> Self {
        self.weights = match (self.weights, weights) {
            (Some(there), Some(weights)) => Some(there * weights),
            (there, weights) => there.or(weights),
        };
        self
    }

    /// With the weight of its class for each sample; `weights` is `[classes]`.
    #[must_use]
    pub fn with_class_weights(self, weights: Option<&Tensor<1>>) -> Self {
        let of_class = weights.map(|weights| weights.clone().gather(0, self.labels.clone()));
        self.with_weights(of_class)
    }

    /// The loss that is minimised, `[1]`.
    pub fn loss(&self) -> Tensor<1> {
        self.weighted_losses().mean()
    }

    fn weighted_losses(&self) -> Tensor<1> {
        match &self.weights {
            Some(weights) => self.losses.clone() * weights.clone(),
            None => self.losses.clone(),
        }
    }

    fn output(&self) -> ClassificationOutput {
        ClassificationOutput::new(self.weighted_losses(), self.logits.clone(), self.labels.clone())
    }
}

impl ItemLazy for Classified {
    fn sync(self) -> Result<Self, ExecutionError> {
        self.losses.device().flush()?;
        Ok(Self {
            losses: self.losses.without_autodiff(),
            logits: self.logits.without_autodiff(),
            labels: self.labels.without_autodiff(),
            weights: self.weights.map(Tensor::without_autodiff),
        })
    }
}

/// As Burn's own output of a classification does it.
macro_rules! adapted {
    ($($input:ty),*) => {
        $(impl Adaptor<$input> for Classified {
            fn adapt(&self) -> $input {
                self.output().adapt()
            }
        })*
    };
}

adapted!(AccuracyInput, LossInput, TopKAccuracyInput, PerplexityInput, ConfusionStatsInput);

impl Adaptor<WeightedInput> for Classified {
    fn adapt(&self) -> WeightedInput {
        let [samples, _] = self.logits.dims();
        let answers = self.logits.clone().argmax(1).reshape([samples]);
        let hits = answers.equal(self.labels.clone()).float();
        WeightedInput { hits, losses: self.losses.clone(), weights: self.weights.clone() }
    }
}
