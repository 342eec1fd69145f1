//! A classifier that judges what a generator draws: which class, and how sure; and its inner features, for distances.
//!
//! It is trained on the real pictures of the run itself, so distances in its features compare generators of one data set with one
//! another; they are not FID, whose features are those of another network trained on photographs.

use std::path::Path;
use std::sync::Arc;

use burn::module::Module;
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor};
use burn::train::metric::{AccuracyMetric, LossMetric};
use burn::train::{InferenceStep, Learner, TrainOutput, TrainStep};
use firebrick_callbacks::fit::{Classified, FitConfig, Loaders, Schedule, Session, fit_learner, most_probable};
use firebrick_callbacks::{Cursor, path_ids};
use firebrick_data::{ImageBatch, Images, Loader, LoaderConfig};
use firebrick_layers::optim::AdamWConfig;
use firebrick_layers::{Sequential, SequentialConfig, build::*, sequential};
use serde::{Deserialize, Serialize};

use super::picture_gan::{collate, read_json, write_json};
use crate::GanError;

const DESCRIPTION: &str = "judge.json";
const WEIGHTS: &str = "judge.bpk";
/// Pictures that are judged at once.
const BATCH: usize = 256;
/// The layer whose outputs are the features.
const FEATURES: &str = "features";

/// How a judge is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgeConfig {
    /// Filters of the first convolution. Default 32.
    pub filters: usize,
    /// Numbers of the inner layer that is the picture's features. Default 64.
    pub features: usize,
    /// Passes through the real pictures. Default 15.
    pub epochs: usize,
    /// Pictures per step. Default 64.
    pub batch_size: usize,
    /// AdamW's rate at its highest. Default 0.002.
    pub learning_rate: f64,
    /// Seed of weights and order. Default 0.
    pub seed: u64,
}

impl Default for JudgeConfig {
    fn default() -> Self {
        Self { filters: 32, features: 64, epochs: 15, batch_size: 64, learning_rate: 2e-3, seed: 0 }
    }
}

impl JudgeConfig {
    fn network(&self, classes: usize) -> SequentialConfig {
        sequential![
            conv2d(self.filters, 3).same(),
            batch_norm().pytorch().relu(),
            max_pool2d(2),
            conv2d(2 * self.filters, 3).same(),
            batch_norm().pytorch().relu(),
            max_pool2d(2),
            flatten(),
            dense(self.features).relu().named(FEATURES),
            dropout(0.25),
            dense(classes),
        ]
    }
}

/// The judge of a run.
#[derive(Clone, Debug)]
pub struct Judge {
    network: Sequential,
    description: Description,
    device: Device,
}

/// `judge.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    picture: [usize; 3],
    classes: Vec<String>,
    network: SequentialConfig,
}

/// What a judge says of one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The probability of each class.
    pub probabilities: Vec<f32>,
    /// The features of the picture.
    pub features: Vec<f32>,
}

impl Verdict {
    /// The class that it most looks like.
    pub fn class(&self) -> usize {
        most_probable(&self.probabilities)
    }

    /// The probability of that class.
    pub fn confidence(&self) -> f32 {
        self.probabilities[self.class()]
    }
}

impl Judge {
    /// Trains a judge on real pictures.
    ///
    /// # Errors
    /// When there are no pictures, a setting is out of its range, or the training stops.
    pub fn fit(train: &Images, valid: &Images, config: &JudgeConfig, device: &Device) -> Result<Self, GanError> {
        if train.is_empty() || valid.is_empty() {
            let which = if train.is_empty() { "training" } else { "validation" };
            return Err(GanError::TooFewPictures { which, count: 0, needed: 1 });
        }
        let classes = train.classes().to_vec();
        let description = Description { picture: train.shape(), network: config.network(classes.len()), classes };
        let on = device.clone().autodiff();
        on.seed(config.seed);
        let network = description.network.init(&train.shape(), &on).map_err(of_judge)?;
        let fit = FitConfig::new()
            .with_epochs(config.epochs)
            .with_batch_size(config.batch_size)
            .with_learning_rate(config.learning_rate)
            .with_schedule(Schedule::Cosine { warmup_epochs: 1 })
            .with_seed(config.seed);
        fit.check().map_err(|error| GanError::Training(error.to_string()))?;
        let cursor = Cursor::new();
        let position = cursor.clone();
        let loader = |pictures: &Images, config: LoaderConfig| {
            Loader::new(Arc::new(pictures.clone()), collate(pictures.shape()[0]), config)
        };
        let batches = LoaderConfig::new(config.batch_size.min(train.len()));
        let shuffled = batches.clone().with_shuffle(config.seed).with_drop_last(true);
        let train = loader(train, shuffled).with_position(move || position.position());
        let steps = train.num_batches();
        let loaders = Loaders {
            train: Arc::new(train),
            valid: Arc::new(loader(valid, batches).with_position(|| (1, 0))),
            cursor,
        };
        let learner = Learner::new(path_ids(Schooling { network }), AdamWConfig::new().init(), fit.scheduler(steps));
        let metrics = |training: burn::train::SupervisedTraining<Schooling>| {
            training.metrics((AccuracyMetric::new(), LossMetric::new()))
        };
        let (task, _) = fit_learner(learner, loaders, &fit, Session::new(), metrics)
            .map_err(|error| GanError::Training(format!("the judge: {error}")))?;
        Ok(Self { network: task.network, description, device: device.clone() })
    }

    /// What it says of pictures `[N, C, H, W]` of values −1 to 1, in their order.
    ///
    /// # Panics
    /// When the pictures have another shape than those that it learnt from.
    pub fn verdicts(&self, pictures: Tensor<4>) -> Vec<Verdict> {
        let [count, ..] = pictures.dims();
        let mut verdicts = Vec::with_capacity(count);
        for start in (0..count).step_by(BATCH) {
            let batch = pictures.clone().slice(start..(start + BATCH).min(count)).to_device(&self.device);
            let (logits, mut taken) =
                self.network.forward_at::<4, 2>(batch, &[FEATURES]).expect("the layer has this name");
            let features = taken.remove(FEATURES).expect("it was asked for").into_tensor::<2>();
            let rows = rows(softmax(logits, 1)).into_iter().zip(rows(features));
            verdicts.extend(rows.map(|(probabilities, features)| Verdict { probabilities, features }));
        }
        verdicts
    }

    /// What it says of real pictures.
    ///
    /// # Panics
    /// As [`verdicts`](Self::verdicts).
    pub fn verdicts_on(&self, pictures: &Images) -> Vec<Verdict> {
        let loader = Loader::new(
            Arc::new(pictures.clone()),
            collate(pictures.shape()[0]),
            LoaderConfig::new(BATCH).with_workers(0),
        );
        let batches = loader.with_device(&self.device).batches(firebrick_data::Position { epoch: 1, step: 0 });
        batches.flat_map(|batch| self.verdicts(batch.expect("pictures in memory can be read").images)).collect()
    }

    /// The share of real pictures whose class it finds.
    pub fn accuracy(&self, pictures: &Images) -> f64 {
        let verdicts = self.verdicts_on(pictures);
        let right =
            verdicts.iter().zip(pictures.labels()).filter(|(verdict, label)| verdict.class() == **label as usize);
        right.count() as f64 / pictures.len().max(1) as f64
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.description.classes
    }

    /// Writes `judge.json` and `judge.bpk` into a directory that exists.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn save(&self, directory: impl AsRef<Path>) -> Result<(), GanError> {
        firebrick_callbacks::save_weights(&self.network, directory.as_ref().join(WEIGHTS))?;
        write_json(&directory.as_ref().join(DESCRIPTION), &self.description)
    }

    /// Reads what [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// When a file is missing or damaged, or the weights are another network's.
    pub fn load(directory: impl AsRef<Path>, device: &Device) -> Result<Self, GanError> {
        let path = directory.as_ref().join(DESCRIPTION);
        let description: Description = read_json(&path)?;
        let network = description.network.init(&description.picture, device).map_err(of_judge)?;
        if network.layer(FEATURES).is_none() {
            return Err(GanError::Description { path, message: format!("no layer is named `{FEATURES}`") });
        }
        let network = firebrick_callbacks::load_weights(network, directory.as_ref().join(WEIGHTS))?;
        Ok(Self { network: network.valid(), description, device: device.clone() })
    }
}

fn of_judge(source: firebrick_layers::NetworkError) -> GanError {
    GanError::Network { player: "judge", source }
}

fn rows(values: Tensor<2>) -> Vec<Vec<f32>> {
    let [_, columns] = values.dims();
    let values: Vec<f32> = values.into_data().iter::<f32>().collect();
    values.chunks(columns).map(<[f32]>::to_vec).collect()
}

/// The judge and its loss while it learns.
#[derive(Module, Debug)]
struct Schooling {
    network: Sequential,
}

impl TrainStep for Schooling {
    type Input = ImageBatch;
    type Output = Classified;

    fn step(&self, batch: ImageBatch) -> TrainOutput<Classified> {
        let item = InferenceStep::step(self, batch);
        TrainOutput::new(self, item.loss().backward(), item)
    }
}

impl InferenceStep for Schooling {
    type Input = ImageBatch;
    type Output = Classified;

    fn step(&self, batch: ImageBatch) -> Classified {
        Classified::new(self.network.forward(batch.images), batch.labels, 0.0)
    }
}
