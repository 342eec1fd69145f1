//! The plug into Burn's own data sets: a mapper from pictures to augmented pictures.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use burn::data::dataset::transform::Mapper;
use firebrick_data::ImageItem;

use crate::collate::leveled;
use crate::error::AugmentError;
use crate::picture::{Picture, Shape, Values};
use crate::pipeline::{Key, Pipeline};
use crate::sample::Sample;
use crate::workspace::Workspace;

/// Augments the items of a data set for Burn's own `DataLoaderBuilder`.
///
/// A mapper does not hear of epochs. So it counts how often each picture was asked for, and takes that for the epoch: the same pictures
/// whatever the number of workers, as long as each epoch asks once for each. Whoever resumes a training says where with
/// [`AugmentMapper::from_epoch`].
///
/// ```
/// use burn::data::dataset::{Dataset, transform::MapperDataset};
/// use firebrick_data::digits;
/// use firebrick_data_augment::{AugmentMapper, Pipeline, geometry::Rotate};
///
/// let digits = digits::digits();
/// let pipeline = Pipeline::new([Rotate::new([-10.0, 10.0]).into()])?;
/// let mapper = AugmentMapper::new(pipeline, 7, digits.shape())?;
/// let augmented = MapperDataset::new(digits, mapper);
/// assert_eq!(augmented.get(3).unwrap().shape, [1, 8, 8]);
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Debug)]
pub struct AugmentMapper {
    pipeline: Pipeline,
    seed: u64,
    first_epoch: u64,
    asked: Mutex<HashMap<usize, u64>>,
    spaces: Mutex<Vec<Workspace>>,
}

impl AugmentMapper {
    /// Augments pictures of this shape, `[C, H, W]`.
    ///
    /// # Errors
    /// When the pipeline cannot take such pictures.
    pub fn new(pipeline: Pipeline, seed: u64, [channels, height, width]: [usize; 3]) -> Result<Self, AugmentError> {
        pipeline.shapes(Shape::new(height, width, channels)?)?;
        Ok(Self { pipeline, seed, first_epoch: 1, asked: Mutex::default(), spaces: Mutex::default() })
    }

    /// Begins with this epoch, 1 for the first.
    #[must_use]
    pub fn from_epoch(mut self, epoch: usize) -> Self {
        self.first_epoch = epoch as u64;
        self
    }

    fn key(&self, index: usize) -> Key {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let times = asked.entry(index).or_insert(0);
        *times += 1;
        Key { seed: self.seed, epoch: self.first_epoch + *times - 1, index: index as u64 }
    }
}

impl Mapper<ImageItem, ImageItem> for AugmentMapper {
    /// # Panics
    /// When the pipeline cannot take the picture, which it can when all have the shape given at construction.
    fn map(&self, item: &ImageItem) -> ImageItem {
        let key = self.key(item.index);
        let mut space = self.spaces.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let mut sample = Sample::new(leveled(item, &mut space).expect("the items of a data set are pictures"));
        if let Err(error) = self.pipeline.apply(&mut sample, key, &mut space) {
            panic!("picture {}: {error}", item.index);
        }
        let Shape { height, width, channels } = sample.shape();
        let pixels = planes(&sample.picture).into();
        space.give_picture(sample.picture);
        self.spaces.lock().unwrap_or_else(PoisonError::into_inner).push(space);
        ImageItem { pixels, shape: [channels, height, width], scale: 1.0 / 255.0, ..item.clone() }
    }
}

/// The bytes of a picture as planes, `[C, H, W]`.
fn planes(picture: &Picture) -> Vec<u8> {
    let channels = picture.shape().channels;
    let byte = |value: &f32| (value * 255.0).round() as u8;
    (0..channels)
        .flat_map(|channel| -> Vec<u8> {
            match picture.values() {
                Values::Bytes(bytes) => bytes.iter().skip(channel).step_by(channels).copied().collect(),
                Values::Floats(floats) => floats.iter().skip(channel).step_by(channels).map(byte).collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use burn::data::dataset::Dataset;
    use burn::data::dataset::transform::MapperDataset;
    use firebrick_data::digits;

    use super::*;
    use crate::geometry::Rotate;

    #[test]
    fn each_epoch_draws_anew_and_a_resumed_one_draws_the_same() {
        let digits = digits::digits().subset(&(0..12).collect::<Vec<_>>());
        let mapper = |epoch: usize| {
            let pipeline = Pipeline::new([Rotate::new([-30.0, 30.0]).into()]).unwrap();
            let mapper = AugmentMapper::new(pipeline, 5, digits.shape()).unwrap().from_epoch(epoch);
            MapperDataset::new(digits.clone(), mapper)
        };
        let all = |data: &dyn Dataset<ImageItem>| -> Vec<Vec<u8>> {
            (0..data.len()).map(|i| data.get(i).unwrap().pixels.to_vec()).collect()
        };
        let begun = mapper(1);
        let (first, second) = (all(&begun), all(&begun));
        assert_ne!(first, second);
        assert_eq!(all(&mapper(2)), second);
        let item = mapper(1).get(3).unwrap();
        assert_eq!((item.index, item.label, item.shape), (3, digits.labels()[3], [1, 8, 8]));
    }
}
