//! The task of forecasting: the distance between what a network answers and what followed.
//!
//! ```text
//! e_bk = answer_bk - target_bk                K = H·S numbers for each sequence, on the network's scale
//! l_b  = Σ_k e_bk² / K,  or  Σ_k |e_bk| / K
//! loss = Σ_b w_b·l_b / B                      w the weights of the sequences, 1 where there are none
//! ```

use burn::module::Module;
use burn::tensor::{ExecutionError, Tensor};
use burn::train::metric::{Adaptor, ItemLazy, LossInput};
use burn::train::{InferenceStep, TrainOutput, TrainStep};
use serde::{Deserialize, Serialize};

use super::super::SequenceModel;
use super::super::labelling::rows;
use super::{AbsoluteErrorInput, ForecastBatch};

/// What a forecast is held against the truth with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForecastLoss {
    /// The mean of the squared errors: few large errors weigh more than many small ones.
    #[default]
    MeanSquared,
    /// The mean of the errors' sizes: outliers weigh little, the forecast is a median.
    MeanAbsolute,
}

/// A network together with its loss: what Burn's `Learner` takes.
#[derive(Module, Debug)]
pub struct Forecasting<M: Module> {
    /// The network that is trained.
    pub network: M,
    #[module(skip)]
    loss: ForecastLoss,
}

impl<M: SequenceModel> Forecasting<M> {
    /// The task of training `network`.
    pub fn new(network: M, loss: ForecastLoss) -> Self {
        Self { network, loss }
    }

    fn forecasted(&self, batch: ForecastBatch) -> Forecasted {
        let ForecastBatch { input, targets, weights } = batch;
        let errors = rows(self.network.answer(input)) - targets;
        let sizes = errors.clone().abs().mean_dim(1).squeeze_dim::<1>(1);
        let losses = match self.loss {
            ForecastLoss::MeanSquared => errors.square().mean_dim(1).squeeze_dim::<1>(1),
            ForecastLoss::MeanAbsolute => sizes.clone(),
        };
        Forecasted { losses, sizes, weights }
    }
}

/// What a step leaves for the metrics.
#[derive(Clone, Debug)]
pub struct Forecasted {
    /// `[B]`, the loss of each sequence, without its weight.
    pub losses: Tensor<1>,
    /// `[B]`, the mean size of each sequence's errors.
    pub sizes: Tensor<1>,
    /// `[B]`; none: all 1.
    pub weights: Option<Tensor<1>>,
}

impl Forecasted {
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
}

impl ItemLazy for Forecasted {
    fn sync(self) -> Result<Self, ExecutionError> {
        self.losses.device().flush()?;
        Ok(Self {
            losses: self.losses.without_autodiff(),
            sizes: self.sizes.without_autodiff(),
            weights: self.weights.map(Tensor::without_autodiff),
        })
    }
}

impl Adaptor<LossInput> for Forecasted {
    fn adapt(&self) -> LossInput {
        LossInput::new(self.weighted_losses())
    }
}

impl Adaptor<AbsoluteErrorInput> for Forecasted {
    fn adapt(&self) -> AbsoluteErrorInput {
        AbsoluteErrorInput { sizes: self.sizes.clone() }
    }
}

impl<M: SequenceModel> TrainStep for Forecasting<M> {
    type Input = ForecastBatch;
    type Output = Forecasted;

    fn step(&self, batch: ForecastBatch) -> TrainOutput<Forecasted> {
        let forecasted = self.forecasted(batch);
        TrainOutput::new(self, forecasted.loss().backward(), forecasted)
    }
}

impl<M: SequenceModel> InferenceStep for Forecasting<M> {
    type Input = ForecastBatch;
    type Output = Forecasted;

    fn step(&self, batch: ForecastBatch) -> Forecasted {
        self.forecasted(batch)
    }
}
