//! A small network with dropout, batch normalisation and Adam on generated data, and a loader that follows the cursor.

use std::path::Path;
use std::sync::Arc;

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig};
use burn::optim::AdamConfig;
use burn::prelude::*;
use burn::train::metric::{AccuracyMetric, LossMetric};
use burn::train::{
    ClassificationOutput, InferenceStep, Learner, LearningResult, SupervisedTraining, TrainOutput, TrainStep,
};

use crate::strategy::events::mixed;
use crate::{Callback, CallbackStrategy, ControlledLr, Cursor, QuietRenderer, path_ids};

pub(super) const SAMPLES: usize = 90;
pub(super) const BATCH: usize = 8;

/// Batches of an epoch; the last is smaller.
pub(super) const STEPS: usize = SAMPLES.div_ceil(BATCH);

#[derive(Module, Debug)]
pub(super) struct Net {
    body: Linear,
    norm: BatchNorm,
    dropout: Dropout,
    head: Linear,
}

impl Net {
    pub(super) fn new(device: &Device, width: usize) -> Self {
        device.seed(7);
        path_ids(Self {
            body: LinearConfig::new(4, width).init(device),
            norm: BatchNormConfig::new(width).init(device),
            dropout: DropoutConfig::new(0.4).init(),
            head: LinearConfig::new(width, 3).init(device),
        })
    }

    fn classify(&self, batch: Batch) -> ClassificationOutput {
        let features = self.dropout.forward(self.norm.forward(self.body.forward(batch.x)).tanh());
        let output = self.head.forward(features);
        let loss = CrossEntropyLossConfig::new().init(&output.device()).forward(output.clone(), batch.y.clone());
        ClassificationOutput::new(loss, output, batch.y)
    }

    pub(super) fn weights(&self) -> Vec<f32> {
        self.head.weight.val().into_data().try_to_vec().unwrap()
    }
}

impl TrainStep for Net {
    type Input = Batch;
    type Output = ClassificationOutput;

    fn step(&self, batch: Batch) -> TrainOutput<ClassificationOutput> {
        let item = self.classify(batch);
        TrainOutput::new(self, item.loss.backward(), item)
    }
}

impl InferenceStep for Net {
    type Input = Batch;
    type Output = ClassificationOutput;

    fn step(&self, batch: Batch) -> ClassificationOutput {
        self.classify(batch)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) x: Tensor<2>,
    y: Tensor<1, Int>,
}

/// Points in four dimensions, shuffled anew in each epoch.
#[derive(Clone)]
pub(super) struct Points {
    pub(super) cursor: Option<Cursor>,
    /// The batch that cannot be read.
    pub(super) broken_at: Option<usize>,
    pub(super) samples: usize,
    pub(super) device: Device,
}

impl Points {
    pub(super) fn new(cursor: Option<Cursor>) -> Self {
        Self { cursor, broken_at: None, samples: SAMPLES, device: Device::flex() }
    }

    fn point(index: usize) -> ([f32; 4], i32) {
        let x = [0, 1, 2, 3].map(|axis| (mixed(4 * index as u64 + axis) % 2000) as f32 / 1000.0 - 1.0);
        (x, if x[0] + x[1] > 0.4 { 0 } else { 1 + i32::from(x[2] > 0.0) })
    }

    fn batch(&self, indices: &[usize]) -> Batch {
        let (x, y): (Vec<_>, Vec<_>) = indices.iter().map(|index| Self::point(*index)).unzip();
        let x = TensorData::new(x.concat(), [indices.len(), 4]);
        Batch { x: Tensor::from_data(x, &self.device), y: Tensor::from_data(y.as_slice(), &self.device) }
    }
}

struct Epoch<'a> {
    points: &'a Points,
    order: Vec<usize>,
    done: usize,
}

impl Iterator for Epoch<'_> {
    type Item = Result<Batch, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let begin = self.done;
        self.done = (begin + BATCH).min(self.order.len());
        if self.points.broken_at == Some(begin / BATCH) {
            return Some(Err(DatasetError::new(std::io::Error::other("row 17 cannot be read"))));
        }
        (begin < self.done).then(|| Ok(self.points.batch(&self.order[begin..self.done])))
    }
}

impl DataLoaderIterator<Batch> for Epoch<'_> {
    fn progress(&self) -> Progress {
        Progress::new(self.done, self.order.len(), Some("items".to_owned()))
    }
}

impl DataLoader<Batch> for Points {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<Batch> + 'a> {
        let (epoch, step) = self.cursor.as_ref().map_or((0, 0), Cursor::position);
        let mut order: Vec<usize> = (0..self.samples).collect();
        order.sort_by_key(|index| mixed((epoch * SAMPLES + index) as u64));
        Box::new(Epoch { points: self, order, done: (step * BATCH).min(self.samples) })
    }

    fn num_items(&self) -> usize {
        self.samples
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<Batch>> {
        Arc::new(Self { device: device.clone(), ..self.clone() })
    }

    fn slice(&self, _start: usize, _end: usize) -> Arc<dyn DataLoader<Batch>> {
        Arc::new(self.clone())
    }
}

pub(super) fn learner() -> Learner<Net> {
    let model = Net::new(&Device::flex().autodiff(), 16);
    Learner::new(model, AdamConfig::new().init(), ControlledLr::new(0.02))
}

/// A training with Burn's loss and accuracy that shows nothing.
pub(super) fn training(directory: &Path, train: Points, epochs: usize) -> SupervisedTraining<Net> {
    training_with(directory, Arc::new(train), Arc::new(Points::new(None)), epochs)
}

/// The same with any validation data.
pub(super) fn training_with(
    directory: &Path,
    train: Arc<dyn DataLoader<Batch>>,
    valid: Arc<dyn DataLoader<Batch>>,
    epochs: usize,
) -> SupervisedTraining<Net> {
    SupervisedTraining::new(directory, train, valid)
        .metrics((AccuracyMetric::new(), LossMetric::new()))
        .renderer(Box::new(QuietRenderer))
        .with_application_logger(None)
        .num_epochs(epochs)
}

pub(super) fn strategy(callbacks: Vec<Box<dyn Callback>>) -> CallbackStrategy<Net> {
    CallbackStrategy::new(Device::flex()).with_callbacks(callbacks).with_seed(3)
}

/// Trains with a loader that follows the strategy's cursor.
pub(super) fn fit(directory: &Path, strategy: CallbackStrategy<Net>, epochs: usize) -> LearningResult<Net> {
    let cursor = Cursor::new();
    let training = training(directory, Points::new(Some(cursor.clone())), epochs);
    strategy.with_cursor(cursor).attach(training).launch(learner())
}
