//! Batches that a generator makes: from pictures in memory, from folders, from tables.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::{DatasetError, InMemDataset};
use burn::tensor::{Device, Tensor, TensorData};
use firebrick_data::{BatchContext, Collate, Images, Loader, LoaderConfig, Position};

use super::targets::{ClassMode, GeneratedTargets, Labels, Subset};
use super::{ColorMode, ImageDataGenerator, PictureSet, ResizeFilter};
use crate::error::AugmentError;
use crate::picture::Picture;
use crate::pipeline::Key;
use crate::sample::Sample;
use crate::workspace::Workspace;

mod files;
mod options;

pub use options::FlowOptions;

/// A batch of transformed pictures.
#[derive(Clone, Debug)]
pub struct GeneratedBatch {
    /// `[B, H, W, C]`, or `[B, C, H, W]` with `channels_first`.
    pub x: Tensor<4>,
    /// What goes with them.
    pub y: GeneratedTargets,
    /// `[B]`, what each counts for, where they have weights.
    pub weights: Option<Tensor<1>>,
    /// The position of each in the data set.
    pub indices: Vec<usize>,
}

type Made = Result<GeneratedBatch, AugmentError>;

/// What all batches of a flow are made from.
struct Recipe {
    generator: ImageDataGenerator,
    pictures: Arc<dyn PictureSet + Send + Sync>,
    labels: Labels,
    weights: Option<Vec<f32>>,
    /// The pictures of this flow, as positions in the data set.
    places: Vec<usize>,
    save: Option<(PathBuf, String, String)>,
    spaces: Mutex<Vec<Workspace>>,
}

/// Endless batches of random transforms, epoch by epoch; a loader for Burn's trainer too.
///
/// The same seed gives the same batches, whatever the number of workers.
#[derive(Clone)]
pub struct Flow {
    loader: Loader<usize, Made>,
    class_indices: Arc<Vec<String>>,
    ignored: usize,
}

impl std::fmt::Debug for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flow").field("loader", &self.loader).finish_non_exhaustive()
    }
}

impl ImageDataGenerator {
    /// Batches of pictures in memory, as Keras's `flow`. The targets are class numbers unless the options say otherwise.
    ///
    /// # Errors
    /// When a parameter breaks a rule, when a subset is asked for without `validation_split` or would be empty, or when the two parts
    /// have different classes and `ignore_class_split` is not set.
    pub fn flow(&self, x: &Images, options: FlowOptions) -> Result<Flow, AugmentError> {
        let mode = options.class_mode.unwrap_or(ClassMode::Sparse);
        let labels = Labels::of_classes(mode, x.labels().to_vec(), x.classes().len())?;
        let places = match options.subset {
            Some(subset) => {
                let range = subset.range(self.validation_split, x.len())?;
                if !options.ignore_class_split {
                    same_classes(x.labels(), range.clone())?;
                }
                range.collect()
            }
            None => (0..x.len()).collect(),
        };
        let weights = x.weights().map(<[f32]>::to_vec);
        let classes = x.classes().to_vec();
        self.flowing((Arc::new(x.clone()), places), (labels, weights), classes, &options)
    }

    fn flowing(
        &self,
        (pictures, places): (Arc<dyn PictureSet + Send + Sync>, Vec<usize>),
        (labels, weights): (Labels, Option<Vec<f32>>),
        classes: Vec<String>,
        options: &FlowOptions,
    ) -> Result<Flow, AugmentError> {
        self.check()?;
        options.check()?;
        let save =
            options.save_to_dir.clone().map(|dir| (dir, options.save_prefix.clone(), options.save_format.clone()));
        let count = places.len();
        let spaces = Mutex::default();
        let generator = self.clone();
        let recipe = Recipe { generator, pictures, labels, weights, places, save, spaces };
        let config = LoaderConfig::new(options.batch_size).with_workers(options.workers);
        let config = if options.shuffle { config.with_shuffle(options.seed) } else { config };
        let recipe = Seeded { recipe, seed: options.seed };
        let loader = Loader::new(Arc::new(InMemDataset::new((0..count).collect())), Arc::new(recipe), config);
        Ok(Flow { loader, class_indices: Arc::new(classes), ignored: 0 })
    }
}

/// The loader names no seed where it does not shuffle; the flow has one all the same.
struct Seeded {
    recipe: Recipe,
    seed: u64,
}

/// Both parts of the data have the same classes.
fn same_classes(labels: &[u32], range: Range<usize>) -> Result<(), AugmentError> {
    let set = |labels: &mut dyn Iterator<Item = &u32>| labels.copied().collect::<std::collections::BTreeSet<u32>>();
    let inside = set(&mut labels[range.clone()].iter());
    let outside = set(&mut labels[..range.start].iter().chain(&labels[range.end..]));
    if inside == outside { Ok(()) } else { Err(AugmentError::SplitClasses) }
}

impl Flow {
    /// The batches of an epoch, from 1.
    pub fn epoch(&self, epoch: usize) -> impl Iterator<Item = Result<GeneratedBatch, AugmentError>> + use<> {
        let batches = self.loader.batches(Position { epoch, step: 0 });
        batches.map(|made| made.expect("positions are always there"))
    }

    /// Batches in an epoch.
    pub fn num_batches(&self) -> usize {
        self.loader.num_batches()
    }

    /// The names of the classes: a class number is a position in them.
    pub fn class_indices(&self) -> &[String] {
        &self.class_indices
    }

    /// Rows of a table that were left out, for their file is no picture or their class is missing or not asked for.
    pub fn ignored(&self) -> usize {
        self.ignored
    }

    /// Asks for the epoch and the batches of it that are done, at the beginning of each epoch, as
    /// [`Loader::with_position`].
    #[must_use]
    pub fn with_position(mut self, position: impl Fn() -> (usize, usize) + Send + Sync + 'static) -> Self {
        self.loader = self.loader.with_position(position);
        self
    }
}

impl DataLoader<GeneratedBatch> for Flow {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<GeneratedBatch> + 'a> {
        Box::new(FlowBatches(self.loader.iter()))
    }

    fn num_items(&self) -> usize {
        self.loader.num_items()
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<GeneratedBatch>> {
        Arc::new(Self { loader: self.loader.clone().with_device(device), ..self.clone() })
    }

    /// # Panics
    /// When the slice reaches beyond the last sample.
    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<GeneratedBatch>> {
        Arc::new(FlowSlice(self.loader.slice(start, end)))
    }
}

/// A part of a flow.
struct FlowSlice(Arc<dyn DataLoader<Made>>);

impl DataLoader<GeneratedBatch> for FlowSlice {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<GeneratedBatch> + 'a> {
        Box::new(FlowBatches(self.0.iter()))
    }

    fn num_items(&self) -> usize {
        self.0.num_items()
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<GeneratedBatch>> {
        Arc::new(Self(self.0.to_device(device)))
    }

    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<GeneratedBatch>> {
        Arc::new(Self(self.0.slice(start, end)))
    }
}

/// Batches whose errors are those of a data set.
struct FlowBatches<'a>(Box<dyn DataLoaderIterator<Made> + 'a>);

impl Iterator for FlowBatches<'_> {
    type Item = Result<GeneratedBatch, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.and_then(|made| made.map_err(DatasetError::new)))
    }
}

impl DataLoaderIterator<GeneratedBatch> for FlowBatches<'_> {
    fn progress(&self) -> Progress {
        self.0.progress()
    }
}

impl Collate<usize, Made> for Seeded {
    fn collate(&self, items: Vec<usize>, context: &BatchContext, device: &Device) -> Made {
        let spare = self.recipe.spaces.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut space = spare.unwrap_or_default();
        let places: Vec<usize> = items.iter().map(|&item| self.recipe.places[item]).collect();
        let made = self.recipe.batch(places, (self.seed, context.epoch as u64), &mut space, device);
        self.recipe.spaces.lock().unwrap_or_else(PoisonError::into_inner).push(space);
        made
    }
}

impl Recipe {
    fn batch(&self, places: Vec<usize>, (seed, epoch): (u64, u64), space: &mut Workspace, device: &Device) -> Made {
        let shape = self.pictures.shape();
        let mut values = Vec::with_capacity(places.len() * shape.len());
        for &index in &places {
            let key = Key { seed, epoch, index: index as u64 };
            let picture = self.picture(index, key, space)?;
            if self.generator.channels_first {
                picture.append_planes(&mut values);
            } else {
                values.extend_from_slice(picture.floats().expect("a set gives floats"));
            }
            space.give_picture(picture);
        }
        let count = places.len();
        let size = if self.generator.channels_first {
            [count, shape.channels, shape.height, shape.width]
        } else {
            [count, shape.height, shape.width, shape.channels]
        };
        let x = Tensor::from_data(TensorData::new(values, size), device);
        let y = self.labels.batch(&places, &x, device);
        let weights = self.weights.as_ref().map(|weights| {
            let of_batch: Vec<f32> = places.iter().map(|&i| weights[i]).collect();
            Tensor::from_data(TensorData::new(of_batch, [count]), device)
        });
        Ok(GeneratedBatch { x, y, weights, indices: places })
    }

    fn picture(&self, index: usize, key: Key, space: &mut Workspace) -> Result<Picture, AugmentError> {
        let mut sample = Sample::new(self.pictures.read(index, space)?);
        self.generator.random_transform(&mut sample, key, space)?;
        self.generator.standardize(&mut sample.picture, space)?;
        if let Some((dir, prefix, format)) = &self.save {
            let path = dir.join(format!("{prefix}_{index}_{}.{format}", key.epoch));
            let failed = |message: String| AugmentError::File { path: path.clone(), message };
            let image = stretched(&sample.picture).to_image();
            image.save(&path).map_err(|error| failed(error.to_string()))?;
        }
        Ok(sample.picture)
    }
}

/// The picture brought to 0 to 1, as Keras saves it.
fn stretched(picture: &Picture) -> Picture {
    let floats = picture.floats().expect("a set gives floats");
    let fold = |(low, high): (f32, f32), &value: &f32| (low.min(value), high.max(value));
    let (low, high) = floats.iter().fold((f32::INFINITY, f32::NEG_INFINITY), fold);
    let spread = if high > low { high - low } else { 1.0 };
    let shape = picture.shape();
    let floats = floats.iter().map(|value| (value - low) / spread).collect();
    Picture::from_floats(floats, [shape.height, shape.width, shape.channels]).expect("the shape it had")
}
