//! Transforms of batches: pictures are mixed with others of their batch, and labels with them.
//!
//! Each picture's partner is the next one of the batch, that of the last is the first: batches are shuffled anyway.
//!
//! ```
//! use firebrick_data_augment::mix::{BatchPipeline, CutMix, LabelSmoothing, MixUp};
//! use firebrick_data_augment::{Key, Picture, Sample, Workspace};
//!
//! let text = r#"
//!     [[mixes]]
//!     mix = "mix_up"
//!     alpha = 0.2
//!
//!     [[mixes]]
//!     mix = "label_smoothing"
//!     epsilon = 0.1
//! "#;
//! let pipeline = BatchPipeline::from_toml(text)?;
//! assert_eq!(pipeline, BatchPipeline::new([MixUp::new(0.2).into(), LabelSmoothing::new(0.1).into()])?);
//!
//! let picture = |level| Picture::from_bytes(vec![level; 4], [2, 2, 1]);
//! let mut batch = [Sample::new(picture(0)?).with_label(vec![1.0, 0.0]), Sample::new(picture(100)?).with_label(vec![0.0, 1.0])];
//! // `index` counts batches here.
//! pipeline.apply(&mut batch, Key { seed: 1, epoch: 1, index: 0 }, &mut Workspace::new())?;
//! let level = batch[0].picture.bytes().map(|bytes| f32::from(bytes[0])).unwrap_or_default();
//! assert!((batch[0].label[1] - (0.9 * level / 100.0 + 0.05)).abs() < 0.01);
//! # Ok::<(), firebrick_data_augment::AugmentError>(())
//! ```

mod batch;
mod cut_mix;
mod label_smoothing;
mod mix_up;
mod mosaic;
mod pipeline;

pub use cut_mix::{CutMix, CutMixPart};
pub use label_smoothing::LabelSmoothing;
pub(crate) use mix_up::blend;
pub use mix_up::{MixUp, MixUpShare};
pub use mosaic::{Mosaic, MosaicCentre};
pub use pipeline::{BatchPipeline, Mix, MixDrawn, MixStep};

#[cfg(test)]
mod tests;
