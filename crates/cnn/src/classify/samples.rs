//! Pictures in arrays, or read out of any Burn dataset.

use std::ops::Range;
use std::sync::Arc;

use burn::data::dataloader::DataLoader;
use burn::data::dataset::{Dataset, DatasetError};
use burn::tensor::{Device, Tensor, TensorData};
use firebrick_data::{BatchContext, Collate, ImageBatch, Loader, LoaderConfig, check_weights};

use super::pictures::{LabelledPictures, Pictures, PositionFn};
use super::{ClassifierError, Preprocessing};

/// Pictures with labels in memory, 32-bit values `[N, C, H, W]`.
#[derive(Clone, Debug)]
pub struct Samples {
    values: Arc<Vec<f32>>,
    shape: [usize; 3],
    labels: Arc<Vec<u32>>,
    classes: Vec<String>,
    weights: Option<Arc<Vec<f32>>>,
}

impl Samples {
    /// `values` is `[N, C, H, W]` row by row, `shape` is `[C, H, W]`; `labels` has N entries. The
    /// classes are named by their numbers, 0 to the largest label; see
    /// [`with_classes`](Self::with_classes).
    ///
    /// # Errors
    /// When the number of values is not that of the labels times the picture's size, or 0.
    pub fn new(values: Vec<f32>, shape: [usize; 3], labels: Vec<u32>) -> Result<Self, ClassifierError> {
        let size: usize = shape.iter().product();
        if size == 0 || labels.is_empty() || values.len() != size * labels.len() {
            return Err(ClassifierError::Arrays { values: values.len(), shape, labels: labels.len() });
        }
        let count = labels.iter().max().map_or(0, |&label| label + 1);
        let classes = (0..count).map(|class| class.to_string()).collect();
        Ok(Self { values: Arc::new(values), shape, labels: Arc::new(labels), classes, weights: None })
    }

    /// Reads every item of a Burn dataset; `read` turns an item into the picture's values,
    /// `[C, H, W]` row by row, and its label.
    ///
    /// # Errors
    /// When the dataset cannot be read or [`new`](Self::new) refuses the arrays.
    pub fn collect<I>(
        dataset: &impl Dataset<I>,
        shape: [usize; 3],
        read: impl Fn(I) -> (Vec<f32>, u32),
    ) -> Result<Self, ClassifierError> {
        let (mut values, mut labels) = (Vec::new(), Vec::new());
        for index in 0..dataset.len() {
            let (picture, label) = read(dataset.get(index)?);
            values.extend(picture);
            labels.push(label);
        }
        Self::new(values, shape, labels)
    }

    /// Names the classes, at least as many as the largest label needs.
    ///
    /// # Errors
    /// When a label has no name.
    pub fn with_classes(mut self, classes: Vec<String>) -> Result<Self, ClassifierError> {
        if classes.len() < self.classes.len() {
            return Err(ClassifierError::ClassNames { names: classes.len(), needed: self.classes.len() });
        }
        self.classes = classes;
        Ok(self)
    }

    /// Gives each picture a weight, what it counts for in the loss and in weighted metrics: Keras's `sample_weight`.
    ///
    /// ```
    /// use firebrick_cnn::Samples;
    ///
    /// let samples = Samples::new(vec![0.0; 12], [1, 2, 2], vec![0, 1, 1])?;
    /// assert!(samples.clone().with_weights(vec![1.0, 0.5, 2.0]).is_ok());
    /// assert!(samples.with_weights(vec![1.0, -0.5, 2.0]).is_err());
    /// # Ok::<(), firebrick_cnn::ClassifierError>(())
    /// ```
    ///
    /// # Errors
    /// When there are not as many weights as pictures, when one is negative or not finite, or when all are 0.
    pub fn with_weights(mut self, weights: Vec<f32>) -> Result<Self, ClassifierError> {
        check_weights(&weights, self.labels.len())
            .map_err(|source| ClassifierError::SampleWeights { which: "given", source })?;
        self.weights = Some(Arc::new(weights));
        Ok(self)
    }

    pub(super) fn picture(&self, i: usize) -> &[f32] {
        let size = self.shape.iter().product::<usize>();
        &self.values[i * size..(i + 1) * size]
    }
}

impl Pictures for Samples {
    fn count(&self) -> usize {
        self.labels.len()
    }

    fn shape(&self) -> [usize; 3] {
        self.shape
    }

    fn tensor(&self, range: Range<usize>, device: &Device) -> Tensor<4> {
        let [channels, height, width] = self.shape;
        let size = channels * height * width;
        let values = self.values[range.start * size..range.end * size].to_vec();
        Tensor::from_data(TensorData::new(values, [range.len(), channels, height, width]), device)
    }
}

impl LabelledPictures for Samples {
    fn labels(&self) -> &[u32] {
        &self.labels
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn weights(&self) -> Option<&[f32]> {
        self.weights.as_ref().map(|weights| weights.as_slice())
    }

    fn moments(&self) -> (Vec<f32>, Vec<f32>) {
        let pictures = (0..self.count()).map(|i| self.picture(i));
        let Preprocessing { mean, deviation } = Preprocessing::fitted(self.shape[0], pictures);
        (mean, deviation)
    }

    fn loader(
        &self,
        preprocessing: &Preprocessing,
        config: LoaderConfig,
        position: PositionFn,
    ) -> Arc<dyn DataLoader<ImageBatch>> {
        let collate = Arc::new(Gather { samples: self.clone(), preprocessing: preprocessing.clone() });
        let places = Arc::new(Places(self.count()));
        Arc::new(Loader::new(places, collate, config).with_position(move || position()))
    }
}

/// The dataset of the numbers below n: the collator gathers the values itself.
struct Places(usize);

impl Dataset<usize> for Places {
    fn get(&self, index: usize) -> Result<usize, DatasetError> {
        Ok(index)
    }

    fn len(&self) -> usize {
        self.0
    }
}

struct Gather {
    samples: Samples,
    preprocessing: Preprocessing,
}

impl Collate<usize, ImageBatch> for Gather {
    fn collate(&self, places: Vec<usize>, _context: &BatchContext, device: &Device) -> ImageBatch {
        let [channels, height, width] = self.samples.shape;
        let mut values = Vec::with_capacity(places.len() * channels * height * width);
        for &place in &places {
            self.preprocessing.append(self.samples.picture(place), &mut values);
        }
        let labels: Vec<i64> = places.iter().map(|&i| i64::from(self.samples.labels[i])).collect();
        let weights = self.samples.weights().map(|weights| places.iter().map(|&i| weights[i]).collect::<Vec<_>>());
        let count = places.len();
        ImageBatch {
            images: Tensor::from_data(TensorData::new(values, [count, channels, height, width]), device),
            labels: Tensor::from_data(TensorData::new(labels, [count]), device),
            indices: places,
            weights: weights.map(|weights| Tensor::from_data(TensorData::new(weights, [count]), device)),
        }
    }
}
