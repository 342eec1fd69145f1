//! `--augment`: training pictures that are transformed at random, each time differently.

use std::sync::Arc;

use anyhow::{Context, ensure};
use burn::data::dataloader::DataLoader;
use burn::tensor::{Device, Tensor};
use firebrick_cnn::{LabelledPictures, Pictures, Preprocessing};
use firebrick_data::{ImageBatch, ImageCollate, Images, Loader, LoaderConfig};
use firebrick_data_augment::{AugmentCollate, Pipeline, Shape, named};
use firebrick_run::{RunConfig, TrainArgs};
use serde::{Deserialize, Serialize};

use crate::recipes::Settings;

/// Arguments of the verb `train`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) train: TrainArgs,
    /// Transform training pictures at random: a policy's name (flip-crop, handwriting, ...) or a pipeline in .toml or .json
    #[arg(long, value_name = "NAME or FILE")]
    augment: Option<String>,
}

impl Args {
    /// The arguments with the pipeline as a setting: the run's configuration holds it, not the file's name.
    pub(crate) fn with_pipeline(&self) -> anyhow::Result<TrainArgs> {
        let mut train = self.train.clone();
        if let Some(name) = &self.augment {
            let value = if name.ends_with(".toml") || name.ends_with(".json") {
                serde_json::to_string(&Pipeline::from_file(name).context("--augment")?)?
            } else {
                name.clone()
            };
            train.set.push(format!("augment={value}"));
        }
        Ok(train)
    }
}

/// What is done to training pictures: a policy by name, or a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Augmentation {
    Name(String),
    Pipeline(Pipeline),
}

/// Training pictures, augmented when the settings say so.
pub(crate) struct Augmented {
    images: Images,
    pipeline: Option<Arc<Pipeline>>,
}

impl Augmented {
    /// The pictures with what the settings say is done to them.
    pub(crate) fn new(images: &Images, config: &RunConfig<Settings>) -> anyhow::Result<Self> {
        let [channels, height, width] = images.shape();
        let pipeline = match &config.settings.augment {
            None => None,
            Some(Augmentation::Name(name)) => Some(named::pipeline(name, Shape::new(height, width, channels)?)?),
            Some(Augmentation::Pipeline(pipeline)) => Some(pipeline.clone()),
        };
        let pipeline = pipeline.map(Arc::new);
        if let Some(pipeline) = &pipeline {
            let left = AugmentCollate::new(pipeline.clone(), ImageCollate::new(), images.shape())?.shape();
            ensure!(
                left == images.shape(),
                "augment: pictures of shape {:?} leave the pipeline as {left:?}; the network sees one shape, so end with a crop or a resize",
                images.shape()
            );
        }
        Ok(Self { images: images.clone(), pipeline })
    }
}

impl Pictures for Augmented {
    fn count(&self) -> usize {
        self.images.len()
    }

    fn shape(&self) -> [usize; 3] {
        self.images.shape()
    }

    /// The pictures as they are.
    fn tensor(&self, range: std::ops::Range<usize>, device: &Device) -> Tensor<4> {
        self.images.tensor(range, device)
    }
}

impl LabelledPictures for Augmented {
    fn labels(&self) -> &[u32] {
        self.images.labels()
    }

    fn classes(&self) -> &[String] {
        self.images.classes()
    }

    fn weights(&self) -> Option<&[f32]> {
        self.images.weights()
    }

    fn moments(&self) -> (Vec<f32>, Vec<f32>) {
        self.images.moments()
    }

    fn loader(
        &self,
        preprocessing: &Preprocessing,
        config: LoaderConfig,
        position: Arc<dyn Fn() -> (usize, usize) + Send + Sync>,
    ) -> Arc<dyn DataLoader<ImageBatch>> {
        let Some(pipeline) = &self.pipeline else { return self.images.loader(preprocessing, config, position) };
        let Preprocessing { mean, deviation } = preprocessing.clone();
        let collate = AugmentCollate::new(pipeline.clone(), ImageCollate::normalised(mean, deviation), self.shape());
        let collate = Arc::new(collate.expect("construction has tried these pictures"));
        Arc::new(Loader::new(Arc::new(self.images.clone()), collate, config).with_position(move || position()))
    }
}
