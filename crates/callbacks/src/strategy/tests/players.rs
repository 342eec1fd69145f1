//! Two players in one module, each with an optimiser of its own: what training a GAN asks of a strategy.

use std::path::Path;
use std::sync::Arc;

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::module::ParamGroup;
use burn::nn::loss::BinaryCrossEntropyLossConfig;
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::prelude::*;
use burn::tensor::Distribution;
use burn::train::metric::LossMetric;
use burn::train::{
    InferenceStep, Learner, LearningResult, RegressionOutput, SupervisedTraining, TrainOutput, TrainStep,
};

use super::network::{Batch, Points};
use crate::{BatchStep, CallbackStrategy, ControlledLr, Cursor, Phases, QuietRenderer, path_ids};

const NOISE: usize = 3;

#[derive(Clone, Copy, Debug)]
enum Player {
    Generator,
    Discriminator,
}

/// Real points, and whose turn it is.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    real: Tensor<2>,
    player: Player,
}

#[derive(Module, Debug)]
pub(super) struct Players {
    generator: Linear,
    discriminator: Linear,
    judge: Linear,
}

impl Players {
    fn new(device: &Device) -> Self {
        device.seed(11);
        path_ids(Self {
            generator: LinearConfig::new(NOISE, 4).init(device),
            discriminator: LinearConfig::new(4, 8).init(device),
            judge: LinearConfig::new(8, 1).init(device),
        })
    }

    /// As many points as there are real ones, from noise that is drawn anew.
    fn invent(&self, real: &Tensor<2>) -> Tensor<2> {
        let noise = Tensor::random([real.dims()[0], NOISE], Distribution::Normal(0.0, 1.0), &real.device());
        self.generator.forward(noise).tanh()
    }

    /// How real they look, and the loss if they are to look real or not.
    fn judged(&self, points: Tensor<2>, is_real: bool) -> RegressionOutput {
        let logits = self.judge.forward(self.discriminator.forward(points).tanh());
        let [samples, _] = logits.dims();
        let wanted = Tensor::<2, Int>::full([samples, 1], i32::from(is_real), &logits.device());
        let entropy = BinaryCrossEntropyLossConfig::new().with_logits(true).init(&logits.device());
        let loss = entropy.forward(logits.clone(), wanted.clone());
        RegressionOutput::new(loss, logits, wanted.float())
    }
}

impl TrainStep for Players {
    type Input = Turn;
    type Output = RegressionOutput;

    fn step(&self, Turn { real, player }: Turn) -> TrainOutput<RegressionOutput> {
        let invented = self.invent(&real);
        match player {
            Player::Discriminator => {
                let item = self.judged(invented.detach(), false);
                let mut gradients = (item.loss.clone() + self.judged(real, true).loss).backward();
                let parameters = [&self.discriminator, &self.judge];
                let parameters: Vec<_> = parameters.iter().flat_map(|layer| ids(layer)).collect();
                TrainOutput { grads: GradientsParams::from_params(&mut gradients, self, &parameters), item }
            }
            Player::Generator => {
                let item = self.judged(invented, true);
                let mut gradients = item.loss.backward();
                TrainOutput { grads: GradientsParams::from_module(&mut gradients, &self.generator), item }
            }
        }
    }
}

fn ids(layer: &Linear) -> Vec<burn::module::ParamId> {
    [Some(layer.weight.id), layer.bias.as_ref().map(|bias| bias.id)].into_iter().flatten().collect()
}

impl InferenceStep for Players {
    type Input = Turn;
    type Output = RegressionOutput;

    fn step(&self, turn: Turn) -> RegressionOutput {
        self.judged(self.invent(&turn.real), true)
    }
}

/// First the discriminator, then the generator.
struct Duel;

impl BatchStep<Players> for Duel {
    fn run(&self, phases: &mut Phases<'_, Players>, turn: Turn) -> RegressionOutput {
        let discriminator = phases.train_step(Turn { player: Player::Discriminator, ..turn.clone() });
        phases.optimizer_step(discriminator.grads);
        let generator = phases.train_step(Turn { player: Player::Generator, ..turn });
        phases.optimizer_step(generator.grads);
        generator.item
    }
}

/// A loader of points, as a loader of turns.
struct Turns(Arc<dyn DataLoader<Batch>>);

struct TurnsOfEpoch<'a>(Box<dyn DataLoaderIterator<Batch> + 'a>);

impl Iterator for TurnsOfEpoch<'_> {
    type Item = Result<Turn, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.0.next()?;
        Some(batch.map(|batch| Turn { real: batch.x, player: Player::Generator }))
    }
}

impl DataLoaderIterator<Turn> for TurnsOfEpoch<'_> {
    fn progress(&self) -> Progress {
        self.0.progress()
    }
}

impl DataLoader<Turn> for Turns {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<Turn> + 'a> {
        Box::new(TurnsOfEpoch(self.0.iter()))
    }

    fn num_items(&self) -> usize {
        self.0.num_items()
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<Turn>> {
        Arc::new(Self(self.0.to_device(device)))
    }

    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<Turn>> {
        Arc::new(Self(self.0.slice(start, end)))
    }
}

/// Trains both with a loader that follows the strategy's cursor.
pub(super) fn fit(directory: &Path, strategy: CallbackStrategy<Players>, epochs: usize) -> LearningResult<Players> {
    let cursor = Cursor::new();
    let train = Turns(Arc::new(Points::new(Some(cursor.clone()))));
    let training = SupervisedTraining::new(directory, Arc::new(train), Arc::new(Turns(Arc::new(Points::new(None)))))
        .metrics((LossMetric::new(),))
        .renderer(Box::new(QuietRenderer))
        .with_application_logger(None)
        .num_epochs(epochs);
    let second = || ParamGroup::from_any_predicates(vec!["discriminator", "judge"]);
    let optimizer = AdamConfig::new().init().with_group(second(), AdamConfig::new().with_beta_1(0.5).build(), None);
    let rates = ModuleLrScheduler::new(ControlledLr::new(0.02)).with_group(second(), ControlledLr::new(0.005));
    let learner = Learner::new(Players::new(&Device::flex().autodiff()), optimizer, rates);
    strategy.with_batch_step(Duel).with_cursor(cursor).attach(training).launch(learner)
}
