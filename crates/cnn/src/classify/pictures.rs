//! What a classifier learns from and is asked about.

use std::ops::Range;
use std::sync::Arc;

use burn::data::dataloader::DataLoader;
use burn::tensor::{Device, Tensor, TensorData};
use firebrick_data::{ImageBatch, ImageCollate, Images, Loader, LoaderConfig};

use super::Preprocessing;

/// The epoch (from 1) and the batches of it that are done, asked at the start of each epoch.
pub type PositionFn = Arc<dyn Fn() -> (usize, usize) + Send + Sync>;

/// Pictures of one shape.
pub trait Pictures {
    /// How many.
    fn count(&self) -> usize;
    /// `[C, H, W]`.
    fn shape(&self) -> [usize; 3];
    /// The pictures of `range` as `[n, C, H, W]`, values usually 0 to 1.
    fn tensor(&self, range: Range<usize>, device: &Device) -> Tensor<4>;
}

/// Pictures with a class each.
pub trait LabelledPictures: Pictures {
    /// The class of each picture, an index into [`classes`](Self::classes).
    fn labels(&self) -> &[u32];
    /// The names of the classes.
    fn classes(&self) -> &[String];
    /// What each picture counts for in a loss, and in weighted metrics; none: all the same. Batches carry them as well.
    fn weights(&self) -> Option<&[f32]> {
        None
    }
    /// Mean and deviation of each channel.
    fn moments(&self) -> (Vec<f32>, Vec<f32>);
    /// The batches, prepared for the network, in the order that `config` says.
    fn loader(
        &self,
        preprocessing: &Preprocessing,
        config: LoaderConfig,
        position: PositionFn,
    ) -> Arc<dyn DataLoader<ImageBatch>>;
}

impl Pictures for Images {
    fn count(&self) -> usize {
        self.len()
    }

    fn shape(&self) -> [usize; 3] {
        self.shape()
    }

    fn tensor(&self, range: Range<usize>, device: &Device) -> Tensor<4> {
        let [channels, height, width] = self.shape();
        let shape = [range.len(), channels, height, width];
        let values: Vec<f32> =
            range.flat_map(|i| self.picture(i)).map(|&byte| f32::from(byte) * self.scale()).collect();
        Tensor::from_data(TensorData::new(values, shape), device)
    }
}

impl LabelledPictures for Images {
    fn labels(&self) -> &[u32] {
        self.labels()
    }

    fn classes(&self) -> &[String] {
        self.classes()
    }

    fn weights(&self) -> Option<&[f32]> {
        self.weights()
    }

    fn moments(&self) -> (Vec<f32>, Vec<f32>) {
        self.mean_and_deviation()
    }

    fn loader(
        &self,
        preprocessing: &Preprocessing,
        config: LoaderConfig,
        position: PositionFn,
    ) -> Arc<dyn DataLoader<ImageBatch>> {
        let Preprocessing { mean, deviation } = preprocessing.clone();
        let collate = Arc::new(ImageCollate::normalised(mean, deviation));
        Arc::new(Loader::new(Arc::new(self.clone()), collate, config).with_position(move || position()))
    }
}

/// Pictures already on a device, `[B, C, H, W]`, in the units of the training pictures.
impl Pictures for Tensor<4> {
    fn count(&self) -> usize {
        self.dims()[0]
    }

    fn shape(&self) -> [usize; 3] {
        let [_, channels, height, width] = self.dims();
        [channels, height, width]
    }

    fn tensor(&self, range: Range<usize>, device: &Device) -> Tensor<4> {
        self.clone().slice([range]).to_device(device)
    }
}
