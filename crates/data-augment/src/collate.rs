//! The plug into firebrick-data's loader: pictures are augmented where batches are made, on the loader's threads.

use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::{Device, Tensor, TensorData};
use firebrick_data::{BatchContext, Collate, ImageBatch, ImageCollate, ImageItem};

use crate::error::AugmentError;
use crate::picture::{Picture, Shape};
use crate::pipeline::{Key, Pipeline};
use crate::sample::Sample;
use crate::workspace::Workspace;

/// Makes an [`ImageBatch`] of augmented pictures. What happens to a picture depends on the loader's seed, the epoch and the picture's
/// position: any number of workers, and a training that goes on after an interruption, see the same.
///
/// ```
/// use std::sync::Arc;
///
/// use burn::data::dataloader::DataLoader;
/// use firebrick_data::{ImageCollate, Loader, LoaderConfig, digits};
/// use firebrick_data_augment::{AugmentCollate, Pipeline, geometry::Rotate};
///
/// let digits = digits::digits();
/// let pipeline = Pipeline::new([Rotate::new([-10.0, 10.0]).into()])?;
/// let collate = AugmentCollate::new(pipeline, ImageCollate::new(), digits.shape())?;
/// let loader = Loader::new(Arc::new(digits), Arc::new(collate), LoaderConfig::new(64).with_shuffle(7));
/// assert_eq!(loader.iter().next().unwrap().unwrap().images.dims(), [64, 1, 8, 8]);
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Debug)]
pub struct AugmentCollate {
    pipeline: Arc<Pipeline>,
    collate: ImageCollate,
    shape: Shape,
    spaces: Mutex<Vec<Workspace>>,
}

impl AugmentCollate {
    /// Augments pictures of this shape, `[C, H, W]`, and normalises them as `collate` does.
    ///
    /// # Errors
    /// When the pipeline cannot take such pictures, or gives pictures of several sizes.
    pub fn new(
        pipeline: impl Into<Arc<Pipeline>>,
        collate: ImageCollate,
        [channels, height, width]: [usize; 3],
    ) -> Result<Self, AugmentError> {
        let pipeline = pipeline.into();
        let from = Shape::new(height, width, channels)?;
        let shapes = pipeline.shapes(from)?;
        let [shape] = shapes.as_slice() else {
            let found = shapes.iter().map(Shape::to_string).collect::<Vec<_>>().join(", ");
            return Err(AugmentError::Sizes { from, found });
        };
        Ok(Self { shape: *shape, pipeline, collate, spaces: Mutex::default() })
    }

    /// The shape that leaves the pipeline, `[C, H, W]`.
    pub fn shape(&self) -> [usize; 3] {
        [self.shape.channels, self.shape.height, self.shape.width]
    }

    fn append(&self, item: &ImageItem, key: Key, space: &mut Workspace, values: &mut Vec<f32>) {
        let picture = leveled(item, space).expect("the items of a data set are pictures");
        let mut sample = Sample::new(picture);
        if let Err(error) = self.pipeline.apply(&mut sample, key, space) {
            panic!("picture {}: {error}", item.index);
        }
        assert_eq!(sample.shape(), self.shape, "the pictures of a batch have one shape");
        let start = values.len();
        sample.picture.append_planes(values);
        self.collate.normalise(&mut values[start..], self.shape.channels);
        space.give_picture(sample.picture);
    }
}

impl Collate<ImageItem, ImageBatch> for AugmentCollate {
    /// # Panics
    /// When there is no picture, or when the pipeline cannot take one, which it can when all have the shape given at construction.
    fn collate(&self, items: Vec<ImageItem>, context: &BatchContext, device: &Device) -> ImageBatch {
        assert!(!items.is_empty(), "a batch has at least one picture");
        let mut space = self.spaces.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let mut values = Vec::with_capacity(items.len() * self.shape.len());
        for (item, &index) in items.iter().zip(&context.indices) {
            let key = Key { seed: context.seed, epoch: context.epoch as u64, index: index as u64 };
            self.append(item, key, &mut space, &mut values);
        }
        self.spaces.lock().unwrap_or_else(PoisonError::into_inner).push(space);
        let [channels, height, width] = self.shape();
        let count = items.len();
        let labels: Vec<i64> = items.iter().map(|item| i64::from(item.label)).collect();
        let weights = items.iter().map(|item| item.weight).collect::<Option<Vec<f32>>>();
        ImageBatch {
            images: Tensor::from_data(TensorData::new(values, [count, channels, height, width]), device),
            labels: Tensor::from_data(TensorData::new(labels, [count]), device),
            indices: items.iter().map(|item| item.index).collect(),
            weights: weights.map(|weights| Tensor::from_data(TensorData::new(weights, [count]), device)),
        }
    }
}

/// A picture of a data set with 255 for white, whatever its own scale; the buffer is the workspace's.
pub(crate) fn leveled(item: &ImageItem, space: &mut Workspace) -> Result<Picture, AugmentError> {
    let [channels, height, width] = item.shape;
    let shape = Shape::new(height, width, channels)?;
    let mut picture = Picture::assembled(shape, crate::Values::Bytes(space.take_bytes(shape.len())));
    let scale = item.scale * 255.0;
    if (scale - 1.0).abs() < 1e-6 {
        picture.fill_from_planes(&item.pixels, |byte| byte);
    } else {
        picture.fill_from_planes(&item.pixels, |byte| (f32::from(byte) * scale).round() as u8);
    }
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use burn::data::dataloader::DataLoader;
    use firebrick_data::{Images, Loader, LoaderConfig, digits};

    use super::*;
    use crate::geometry::{Affine, Fill, HorizontalFlip, Pad, RandomCrop, Rotate90, Transpose};
    use crate::{Step, Transform};

    fn pipeline() -> Pipeline {
        let affine = Affine::new().rotate([-20.0, 20.0]).shift_x([-0.1, 0.1]).fill(Fill::constant(0.0));
        Pipeline::new([affine.into(), HorizontalFlip::new().into()]).unwrap()
    }

    fn values(batch: &ImageBatch) -> Vec<f32> {
        batch.images.to_data().iter::<f32>().collect()
    }

    #[test]
    fn batches_do_not_depend_on_workers_and_an_epoch_can_begin_anywhere() {
        let data = digits::digits().subset(&(0..50).collect::<Vec<_>>());
        let (mean, deviation) = data.mean_and_deviation();
        let epoch = |workers: usize, position: (usize, usize)| {
            let collate = ImageCollate::normalised(mean.clone(), deviation.clone());
            let collate = AugmentCollate::new(pipeline(), collate, data.shape()).unwrap();
            let config = LoaderConfig::new(8).with_shuffle(3).with_workers(workers);
            let loader = Loader::new(Arc::new(data.clone()), Arc::new(collate), config).with_position(move || position);
            let batches: Vec<Vec<f32>> = loader.iter().map(|batch| values(&batch.unwrap())).collect();
            batches
        };
        let whole = epoch(0, (2, 0));
        assert_eq!(whole.len(), 7);
        for workers in [1, 2, 8] {
            assert_eq!(epoch(workers, (2, 0)), whole, "{workers} workers");
        }
        assert_eq!(epoch(2, (2, 5)), whole[5..]);
        assert_ne!(epoch(0, (3, 0)), whole, "each epoch draws anew");
    }

    #[test]
    fn without_a_step_the_batch_is_the_plain_collates() {
        let data = digits::digits().subset(&[5, 7, 9]);
        let normalised = || ImageCollate::normalised(vec![0.25], vec![0.5]);
        let context = BatchContext { seed: 0, epoch: 1, step: 0, indices: vec![0, 1, 2] };
        let items = || (0..3).map(|i| data.item(i)).collect::<Vec<_>>();
        let device = Device::flex();
        let augmented = AugmentCollate::new(Pipeline::default(), normalised(), data.shape()).unwrap();
        let (found, plain) =
            (augmented.collate(items(), &context, &device), normalised().collate(items(), &context, &device));
        // The digits have 17 levels, which 256 levels meet to within half a level.
        for (found, plain) in values(&found).into_iter().zip(values(&plain)) {
            assert!((found - plain).abs() < 0.5 / 255.0 / 0.5 + 1e-6, "{found} {plain}");
        }
    }

    #[test]
    fn a_pipeline_that_cannot_make_batches_is_refused_before_the_first() {
        let refused = |steps: Vec<Step>| {
            let pipeline = Pipeline::new(steps).unwrap();
            AugmentCollate::new(pipeline, ImageCollate::new(), [1, 6, 8]).unwrap_err().to_string()
        };
        assert!(refused(vec![Transpose::new().into()]).contains("several sizes, 6 x 8 x 1, 8 x 6 x 1"));
        assert!(refused(vec![Rotate90::default().into()]).contains("several sizes"));
        assert!(refused(vec![Pad::new(1).with_p(0.5)]).contains("several sizes"));
        assert!(refused(vec![RandomCrop::new(7, 7).with_p(0.1)]).contains("random_crop takes 7 x 7"));
        let padded = Pipeline::new([Pad::new(2).into(), RandomCrop::new(6, 8).into()]).unwrap();
        let collate = AugmentCollate::new(padded, ImageCollate::new(), [1, 6, 8]).unwrap();
        assert_eq!(collate.shape(), [1, 6, 8]);
    }

    #[test]
    fn weights_labels_and_positions_go_with_their_pictures() {
        let images = Images::new(vec![9; 12], [1, 2, 2], vec![0, 1, 1], vec!["a".into(), "b".into()]).unwrap();
        let images = images.with_weights(vec![1.0, 0.5, 2.0]).unwrap();
        let collate = AugmentCollate::new(pipeline(), ImageCollate::new(), [1, 2, 2]).unwrap();
        let context = BatchContext { seed: 1, epoch: 1, step: 0, indices: vec![2, 0] };
        let batch = collate.collate(vec![images.item(2), images.item(0)], &context, &Device::flex());
        assert_eq!(batch.labels.to_data().iter::<i64>().collect::<Vec<_>>(), [1, 0]);
        assert_eq!(batch.weights.unwrap().to_data().iter::<f32>().collect::<Vec<_>>(), [2.0, 1.0]);
        assert_eq!(batch.indices, [2, 0]);
    }
}
