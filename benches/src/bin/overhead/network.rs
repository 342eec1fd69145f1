//! The training that is measured: a perceptron on one batch of random pictures, over and over.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, anyhow};
use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Linear, LinearConfig};
use burn::optim::AdamConfig;
use burn::prelude::*;
use burn::tensor::Distribution;
use burn::tensor::activation::relu;
use burn::train::metric::{AccuracyMetric, LossMetric};
use burn::train::{ClassificationOutput, InferenceStep, Learner, SupervisedTraining, TrainOutput, TrainStep};
use firebrick_callbacks::{CallbackStrategy, Checkpoints, ControlledLr, QuietRenderer};

use crate::switch::{Switch, Switched};
use crate::times::{Pace, Times};
use crate::variants::Variant;

const BATCH: usize = 128;
const CLASSES: usize = 10;

/// 784, 1024, 1024, 640, 10: 2,515,850 parameters.
#[derive(Module, Debug)]
struct Perceptron {
    layers: Vec<Linear>,
}

impl Perceptron {
    fn new(device: &Device) -> Self {
        let sizes = [784, 1024, 1024, 640, CLASSES];
        Self { layers: sizes.windows(2).map(|size| LinearConfig::new(size[0], size[1]).init(device)).collect() }
    }

    fn classify(&self, (x, target): (Tensor<2>, Tensor<1, Int>)) -> ClassificationOutput {
        let output = self.layers.iter().skip(1).fold(self.layers[0].forward(x), |x, layer| layer.forward(relu(x)));
        let loss = CrossEntropyLossConfig::new().init(&output.device()).forward(output.clone(), target.clone());
        ClassificationOutput::new(loss, output, target)
    }
}

impl TrainStep for Perceptron {
    type Input = (Tensor<2>, Tensor<1, Int>);
    type Output = ClassificationOutput;

    fn step(&self, batch: Self::Input) -> TrainOutput<ClassificationOutput> {
        let item = self.classify(batch);
        TrainOutput::new(self, item.loss.backward(), item)
    }
}

impl InferenceStep for Perceptron {
    type Input = (Tensor<2>, Tensor<1, Int>);
    type Output = ClassificationOutput;

    fn step(&self, batch: Self::Input) -> ClassificationOutput {
        self.classify(batch)
    }
}

/// The same batch again and again, measured if there is a pace.
#[derive(Clone)]
struct Repeated {
    x: Tensor<2>,
    target: Tensor<1, Int>,
    steps: usize,
    pace: Option<Arc<Pace>>,
}

impl Repeated {
    fn new(steps: usize, pace: Option<Pace>) -> Self {
        let device = Device::flex();
        let target = Tensor::<1>::random([BATCH], Distribution::Uniform(0.0, CLASSES as f64), &device).int();
        let x = Tensor::random([BATCH, 784], Distribution::Default, &device);
        Self { x, target, steps, pace: pace.map(Arc::new) }
    }
}

struct Epoch<'a> {
    loader: &'a Repeated,
    done: usize,
}

impl Iterator for Epoch<'_> {
    type Item = Result<(Tensor<2>, Tensor<1, Int>), DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let Repeated { x, target, steps, pace } = self.loader;
        if let Some(pace) = pace {
            pace.before_step(self.done, *steps);
        }
        self.done += 1;
        (self.done <= *steps).then(|| Ok((x.clone(), target.clone())))
    }
}

impl DataLoaderIterator<(Tensor<2>, Tensor<1, Int>)> for Epoch<'_> {
    fn progress(&self) -> Progress {
        Progress::new(BATCH * self.done, BATCH * self.loader.steps, Some("items".to_owned()))
    }
}

impl DataLoader<(Tensor<2>, Tensor<1, Int>)> for Repeated {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<(Tensor<2>, Tensor<1, Int>)> + 'a> {
        Box::new(Epoch { loader: self, done: 0 })
    }

    fn num_items(&self) -> usize {
        BATCH * self.steps
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<(Tensor<2>, Tensor<1, Int>)>> {
        let (x, target) = (self.x.clone().to_device(device), self.target.clone().to_device(device));
        Arc::new(Self { x, target, ..self.clone() })
    }

    fn slice(&self, _start: usize, _end: usize) -> Arc<dyn DataLoader<(Tensor<2>, Tensor<1, Int>)>> {
        Arc::new(self.clone())
    }
}

/// Trains with a variant's callbacks; the network's parameters and the times with the callbacks and without them.
pub(crate) fn trained(variant: &Variant, epochs: usize, steps: usize) -> Result<(usize, Times)> {
    let times = Arc::new(Mutex::new(Times::default()));
    let switch = Arc::new(Switch::default());
    let directory = std::env::temp_dir().join(format!("firebrick-overhead-{}-{}", std::process::id(), variant.name));
    let train = Repeated::new(steps, Some(Pace::new(times.clone(), switch.clone())));
    let callbacks = Switched::all((variant.callbacks)(&directory), &switch);
    let mut strategy = CallbackStrategy::new(Device::flex()).with_callbacks(callbacks);
    if variant.has_checkpoints {
        // After the same epochs as those whose end is with callbacks.
        strategy = strategy.with_checkpoints(Checkpoints::new(directory.join("checkpoints")).every_epochs(2));
    }
    let outcome = launched(strategy, &directory, train, epochs);
    // What is left lies among temporary files.
    let _ = std::fs::remove_dir_all(&directory);
    let parameters = outcome?;
    let times = times.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok((parameters, times))
}

fn launched(strategy: CallbackStrategy<Perceptron>, directory: &Path, train: Repeated, epochs: usize) -> Result<usize> {
    let model = Perceptron::new(&Device::flex().autodiff());
    let parameters = model.num_params();
    let training = SupervisedTraining::new(directory, Arc::new(train), Arc::new(Repeated::new(1, None)))
        .metrics((AccuracyMetric::new(), LossMetric::new()))
        .renderer(Box::new(QuietRenderer))
        .with_application_logger(None)
        .num_epochs(epochs);
    let result =
        strategy.attach(training).launch(Learner::new(model, AdamConfig::new().init(), ControlledLr::new(1e-3)));
    result.error.map_or(Ok(parameters), |error| Err(anyhow!("{error}")))
}
