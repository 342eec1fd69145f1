//! From samples to a batch.

use burn::data::dataloader::batcher::Batcher;
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::images::ImageItem;

/// Where in the training a batch stands; what a random transform keys its draws by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchContext {
    /// The loader's seed; 0 when it does not shuffle.
    pub seed: u64,
    /// 1-based.
    pub epoch: usize,
    /// Batches of this epoch before this one.
    pub step: usize,
    /// The positions of the samples in the data set, in the batch's order.
    pub indices: Vec<usize>,
}

/// Makes a batch `O` from samples `I`. Called on the loader's threads, in any order: the result may depend on the
/// arguments alone, and random draws come from [`Draws`](crate::random::Draws) keyed by
/// (`seed`, `epoch`, index of the sample). Every [`Batcher`] of Burn is one.
pub trait Collate<I, O>: Send + Sync {
    /// The batch of these samples, on this device.
    fn collate(&self, items: Vec<I>, context: &BatchContext, device: &Device) -> O;
}

impl<I, O, B: Batcher<I, O>> Collate<I, O> for B {
    fn collate(&self, items: Vec<I>, _context: &BatchContext, device: &Device) -> O {
        self.batch(items, device)
    }
}

/// A batch of pictures.
#[derive(Clone, Debug)]
pub struct ImageBatch {
    /// `[B, C, H, W]`.
    pub images: Tensor<4>,
    /// `[B]`, class of each picture.
    pub labels: Tensor<1, Int>,
    /// The position of each picture in the data set.
    pub indices: Vec<usize>,
    /// `[B]`, what each picture counts for, where the pictures have weights.
    pub weights: Option<Tensor<1>>,
}

/// Makes an [`ImageBatch`]: bytes become numbers in one pass, value = byte · scale, and with a normalisation
/// (value - mean) / deviation for each channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageCollate {
    /// Mean and deviation of each channel.
    normalisation: Option<(Vec<f32>, Vec<f32>)>,
}

impl ImageCollate {
    /// Values as the data set scales them, 0 to 1 as a rule.
    pub fn new() -> Self {
        Self::default()
    }

    /// Values less the mean of their channel, divided by its deviation. A deviation of 0 (a channel that is the same
    /// everywhere) counts as 1.
    ///
    /// # Panics
    /// When the two have different lengths.
    pub fn normalised(mean: Vec<f32>, deviation: Vec<f32>) -> Self {
        assert_eq!(mean.len(), deviation.len(), "one mean and one deviation for each channel");
        Self { normalisation: Some((mean, deviation)) }
    }

    /// Value = byte · factor + offset, for one channel.
    fn line(&self, scale: f32, channel: usize) -> (f32, f32) {
        let Some((mean, deviation)) = &self.normalisation else {
            return (scale, 0.0);
        };
        let deviation = if deviation[channel] == 0.0 { 1.0 } else { deviation[channel] };
        (scale / deviation, -mean[channel] / deviation)
    }

    /// Normalises the scaled values of one picture, `[C, H, W]`, if there is a normalisation.
    ///
    /// # Panics
    /// When there is a normalisation for another number of channels.
    pub fn normalise(&self, values: &mut [f32], channels: usize) {
        let Some((mean, _)) = &self.normalisation else { return };
        let given = mean.len();
        assert_eq!(given, channels, "normalisation of {given} channels, pictures of {channels}");
        let plane = values.len() / channels;
        for (channel, values) in values.chunks_exact_mut(plane.max(1)).enumerate() {
            let (factor, offset) = self.line(1.0, channel);
            values.iter_mut().for_each(|value| *value = *value * factor + offset);
        }
    }

    /// The values of one picture, appended.
    ///
    /// # Panics
    /// When there is a normalisation for another number of channels.
    fn append(&self, item: &ImageItem, values: &mut Vec<f32>) {
        let [channels, height, width] = item.shape;
        if let Some((mean, _)) = &self.normalisation {
            let given = mean.len();
            assert_eq!(given, channels, "normalisation of {given} channels, pictures of shape {:?}", item.shape);
        }
        for (channel, plane) in item.pixels.chunks_exact(height * width).enumerate() {
            let (factor, offset) = self.line(item.scale, channel);
            values.extend(plane.iter().map(|&byte| f32::from(byte) * factor + offset));
        }
    }
}

impl Collate<ImageItem, ImageBatch> for ImageCollate {
    /// # Panics
    /// When there is no picture, when the pictures differ in shape, or when the normalisation has another number of
    /// channels.
    fn collate(&self, items: Vec<ImageItem>, _context: &BatchContext, device: &Device) -> ImageBatch {
        let shape @ [channels, height, width] = items.first().expect("a batch has at least one picture").shape;
        let mut values = Vec::with_capacity(items.len() * channels * height * width);
        for item in &items {
            assert_eq!(item.shape, shape, "the pictures of a batch have one shape");
            self.append(item, &mut values);
        }
        let labels: Vec<i64> = items.iter().map(|item| i64::from(item.label)).collect();
        let weights = items.iter().map(|item| item.weight).collect::<Option<Vec<f32>>>();
        let count = items.len();
        ImageBatch {
            images: Tensor::from_data(TensorData::new(values, [count, channels, height, width]), device),
            labels: Tensor::from_data(TensorData::new(labels, [count]), device),
            indices: items.iter().map(|item| item.index).collect(),
            weights: weights.map(|weights| Tensor::from_data(TensorData::new(weights, [count]), device)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::Images;

    fn batch(collate: &ImageCollate) -> ImageBatch {
        let classes = vec!["a".to_string(), "b".to_string()];
        let images = Images::new(vec![0, 16, 8, 4, 1, 2, 3, 4], [2, 1, 2], vec![1, 0], classes).unwrap();
        let images = images.with_scale(1.0 / 16.0);
        let context = BatchContext { seed: 0, epoch: 1, step: 0, indices: vec![1, 0] };
        collate.collate(vec![images.item(1), images.item(0)], &context, &Device::flex())
    }

    fn values(batch: &ImageBatch) -> Vec<f32> {
        batch.images.to_data().iter::<f32>().collect()
    }

    #[test]
    fn a_batch_holds_scaled_pictures_labels_and_positions() {
        let batch = batch(&ImageCollate::new());
        assert_eq!(batch.images.dims(), [2, 2, 1, 2]);
        assert_eq!(values(&batch), [1.0, 2.0, 3.0, 4.0, 0.0, 16.0, 8.0, 4.0].map(|v| v / 16.0));
        assert_eq!(batch.labels.to_data().iter::<i64>().collect::<Vec<_>>(), [0, 1]);
        assert_eq!(batch.indices, [1, 0]);
        assert!(batch.weights.is_none());
    }

    #[test]
    fn a_batch_of_weighted_pictures_holds_their_weights() {
        let classes = vec!["a".to_string()];
        let images = Images::new(vec![1, 2, 3], [1, 1, 1], vec![0; 3], classes).unwrap();
        let images = images.with_weights(vec![0.5, 1.0, 2.0]).unwrap();
        let context = BatchContext { seed: 0, epoch: 1, step: 0, indices: vec![2, 0] };
        let batch = ImageCollate::new().collate(vec![images.item(2), images.item(0)], &context, &Device::flex());
        assert_eq!(batch.weights.unwrap().to_data().iter::<f32>().collect::<Vec<_>>(), [2.0, 0.5]);
    }

    #[test]
    fn normalisation_is_per_channel() {
        let batch = batch(&ImageCollate::normalised(vec![0.5, 0.25], vec![0.25, 0.0]));
        let expected = [-1.75, -1.5, -0.0625, 0.0, -2.0, 2.0, 0.25, 0.0];
        for (got, want) in values(&batch).into_iter().zip(expected) {
            assert!((got - want).abs() < 1e-6, "{got} instead of {want}");
        }
    }

    #[test]
    #[should_panic(expected = "normalisation of 1 channels, pictures of shape [2, 1, 2]")]
    fn a_normalisation_for_other_pictures_is_refused() {
        batch(&ImageCollate::normalised(vec![0.5], vec![0.25]));
    }

    #[test]
    fn a_batcher_of_burn_is_a_collate() {
        struct Sum;
        impl Batcher<u32, u32> for Sum {
            fn batch(&self, items: Vec<u32>, _device: &Device) -> u32 {
                items.into_iter().sum()
            }
        }
        let context = BatchContext { seed: 0, epoch: 1, step: 0, indices: vec![0, 1] };
        assert_eq!(Sum.collate(vec![2, 3], &context, &Device::flex()), 5);
    }
}
