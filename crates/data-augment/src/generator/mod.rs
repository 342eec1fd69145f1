//! Keras's `ImageDataGenerator`, parameter by parameter, so that a line of Python translates word for word.
//!
//! ```text
//! picture (0 to 255) -> random transform -> preprocessing_function -> rescale -> samplewise -> featurewise -> whitening
//! random transform   =  affine -> channel shift -> flips -> brightness
//! ```
//!
//! Source of the semantics: Keras 3, `keras/src/legacy/preprocessing/image.py`. Two things differ: whoever asks for a featurewise
//! standardisation without `fit` gets an error, not a warning; and draws depend on (seed, epoch, index), not on a global generator, so
//! that any number of threads makes the same batches.

mod flow;
mod form;
mod parameters;
mod random_transform;
mod shift_range;
mod source;
mod standardisation;
mod statistics;
mod targets;
mod whitening;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use crate::error::AugmentError;
use crate::picture::{Picture, Shape};
use crate::pipeline::Key;
use crate::sample::Sample;
use crate::transform::{Apply, Transform};
use crate::workspace::Workspace;
pub use flow::{Flow, FlowOptions, GeneratedBatch};
pub use form::{ColorMode, ResizeFilter};
pub use parameters::{KerasTransform, TransformParameters};
pub use random_transform::{FillMode, RandomTransform};
pub use shift_range::ShiftRange;
pub use source::PictureSet;
pub use standardisation::Standardisation;
pub use statistics::Statistics;
pub use targets::{ClassMode, GeneratedTargets, Subset};
pub use whitening::Whitening;

/// What a person does to a picture of floats between the random transforms and the standardisation.
pub type PreprocessingFunction = Arc<dyn Fn(&mut Picture) + Send + Sync>;

/// Keras's `ImageDataGenerator`. All parameters have Keras's names, defaults and meaning; pictures hold 0 to 255.
///
/// ```
/// use firebrick_data::digits;
/// use firebrick_data_augment::generator::{FlowOptions, ImageDataGenerator};
///
/// // ImageDataGenerator(rotation_range=20, width_shift_range=0.2, horizontal_flip=True, rescale=1/255)
/// let generator =
///     ImageDataGenerator::new().rotation_range(20.0).width_shift_range(0.2).horizontal_flip(true).rescale(1.0 / 255.0);
/// // generator.flow(x, y, batch_size=64, seed=7)
/// let flow = generator.flow(&digits::digits(), FlowOptions::new().batch_size(64).seed(7))?;
/// let batch = flow.epoch(1).next().expect("a batch").expect("digits that can be read");
/// assert_eq!(batch.x.dims(), [64, 8, 8, 1]);
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Default)]
pub struct ImageDataGenerator {
    random: RandomTransform,
    standardisation: Standardisation,
    preprocessing_function: Option<PreprocessingFunction>,
    zca_epsilon: Option<f64>,
    validation_split: f64,
    channels_first: bool,
    statistics: Option<Arc<Statistics>>,
}

impl fmt::Debug for ImageDataGenerator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageDataGenerator")
            .field("random", &self.random)
            .field("standardisation", &self.standardisation)
            .field("validation_split", &self.validation_split)
            .finish_non_exhaustive()
    }
}

/// Builder methods: each sets the parameter of its name.
macro_rules! parameters {
    ($($(#[$doc:meta])* $name:ident: $kind:ty => |$value:ident| $($place:ident).+ = $set:expr;)+) => {
        impl ImageDataGenerator {
            $($(#[$doc])*
            #[must_use]
            pub fn $name(mut self, $value: $kind) -> Self {
                self.$($place).+ = $set;
                self
            })+
        }
    };
}

parameters! {
    /// Subtracts the data set's mean of each channel; needs `fit`. Default false.
    featurewise_center: bool => |on| standardisation.featurewise_center = on;
    /// Subtracts the picture's own mean over all channels. Default false.
    samplewise_center: bool => |on| standardisation.samplewise_center = on;
    /// Divides by the data set's deviation of each channel; needs `fit`, and centers too. Default false.
    featurewise_std_normalization: bool => |on| standardisation.featurewise_std_normalization = on;
    /// Divides by the picture's own deviation over all channels, and centers too. Default false.
    samplewise_std_normalization: bool => |on| standardisation.samplewise_std_normalization = on;
    /// Whitens, last of all; needs `fit`, and centers featurewise in place of the featurewise division. Default false.
    zca_whitening: bool => |on| standardisation.zca_whitening = on;
    /// Added to the singular values. Default 1e-6.
    zca_epsilon: f64 => |epsilon| zca_epsilon = Some(epsilon);
    /// Degrees: uniform in -r to r. Default 0.
    rotation_range: f64 => |range| random.rotation_range = range;
    /// To the side: a share below 1, pixels from 1 on, a whole number, or a list ([`ShiftRange`]). Default 0.
    width_shift_range: impl Into<ShiftRange> => |range| random.width_shift_range = range.into();
    /// Up or down, as `width_shift_range`. Default 0.
    height_shift_range: impl Into<ShiftRange> => |range| random.height_shift_range = range.into();
    /// Factors of brightness from low to high; pictures go through 8 bits for it. Default none.
    brightness_range: [f64; 2] => |range| random.brightness_range = Some(range);
    /// Degrees: uniform in -s to s. Default 0.
    shear_range: f64 => |range| random.shear_range = range;
    /// Zooms by 1 - z to 1 + z, height and width on their own; below 1 enlarges. Default 0.
    zoom_range: impl Into<ZoomRange> => |range| random.zoom_range = range.into().0;
    /// One number from -c to c is added to all channels, cut off at the picture's lowest and highest value. Default 0.
    channel_shift_range: f64 => |range| random.channel_shift_range = range;
    /// What lies beyond the edges. Default nearest.
    fill_mode: FillMode => |mode| random.fill_mode = mode;
    /// The value for [`FillMode::Constant`]. Default 0.
    cval: f64 => |value| random.cval = value;
    /// Swaps left and right, every second time. Default false.
    horizontal_flip: bool => |on| random.horizontal_flip = on;
    /// Swaps top and bottom, every second time. Default false.
    vertical_flip: bool => |on| random.vertical_flip = on;
    /// Multiplies all values, after the preprocessing function. Default none.
    rescale: f64 => |factor| standardisation.rescale = (factor != 0.0).then_some(factor);
    /// Runs after the random transforms and before the standardisation. Default none.
    preprocessing_function: impl Fn(&mut Picture) + Send + Sync + 'static => |function|
        preprocessing_function = Some(Arc::new(function));
    /// The share of the data that is the validation subset: the first ones. Default 0.
    validation_split: f64 => |share| validation_split = share;
    /// 0 takes the nearest pixel, 1 mixes two by two; Keras's splines of higher order are not there. Default 1.
    interpolation_order: u8 => |order| random.interpolation_order = order;
    /// Keras's `data_format`: batches `[B, C, H, W]`, as Burn's layers take them, in place of Keras's `[B, H, W, C]`. Default false.
    channels_first: bool => |on| channels_first = on;
}

/// Keras's two ways to say how much is zoomed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZoomRange([f64; 2]);

impl From<f64> for ZoomRange {
    fn from(range: f64) -> Self {
        Self([1.0 - range, 1.0 + range])
    }
}

impl From<[f64; 2]> for ZoomRange {
    fn from(range: [f64; 2]) -> Self {
        Self(range)
    }
}

impl ImageDataGenerator {
    /// Changes nothing until something is set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Checks all parameters; `fit` and the flows do so first.
    ///
    /// # Errors
    /// The first one that breaks a rule.
    pub fn check(&self) -> Result<(), AugmentError> {
        const NAME: &str = "ImageDataGenerator";
        self.random.check()?;
        crate::check::number(NAME, "zca_epsilon", self.epsilon(), [0.0, 1e6])?;
        crate::check::number(NAME, "rescale", self.standardisation.rescale.unwrap_or(1.0), [-1e9, 1e9])?;
        crate::check::number(NAME, "validation_split", self.validation_split, [0.0, 1.0 - f64::EPSILON])
    }

    fn epsilon(&self) -> f64 {
        self.zca_epsilon.unwrap_or(1e-6)
    }

    /// The random part, for pipelines.
    pub fn random(&self) -> &RandomTransform {
        &self.random
    }

    /// What `fit` has found.
    pub fn statistics(&self) -> Option<&Statistics> {
        self.statistics.as_deref()
    }

    /// Parameters for a picture of this shape, as Keras's `get_random_transform`.
    pub fn get_random_transform(&self, shape: Shape, key: Key) -> TransformParameters {
        self.random.parameters(shape, &mut key.draws(0))
    }

    /// Transforms a picture with these parameters, as Keras's `apply_transform`.
    ///
    /// # Errors
    /// When the parameters fold the picture, as a zoom of 0.
    pub fn apply_transform(
        &self,
        sample: &mut Sample,
        parameters: TransformParameters,
        space: &mut Workspace,
    ) -> Result<(), AugmentError> {
        self.random.with_parameters(parameters).apply(sample, space)
    }

    /// Draws and applies.
    ///
    /// # Errors
    /// As [`ImageDataGenerator::apply_transform`].
    pub fn random_transform(&self, sample: &mut Sample, key: Key, space: &mut Workspace) -> Result<(), AugmentError> {
        let parameters = self.get_random_transform(sample.shape(), key);
        self.apply_transform(sample, parameters, space)
    }

    /// The preprocessing function, then all that is asked for of rescaling, centering, dividing and whitening.
    ///
    /// # Errors
    /// When the picture holds no floats, when `fit` is needed and was not called, or saw pictures of another shape.
    pub fn standardize(&self, picture: &mut Picture, space: &mut Workspace) -> Result<(), AugmentError> {
        if let Some(function) = &self.preprocessing_function {
            function(picture);
        }
        self.standardisation.settled().apply(self.statistics(), picture, space)
    }

    /// Finds mean, deviation and whitening of the training pictures, as they are.
    ///
    /// # Errors
    /// When a parameter breaks a rule, when there is no picture, or when they cannot be whitened.
    pub fn fit(self, x: &impl PictureSet) -> Result<Self, AugmentError> {
        self.fit_with(x, false, 1, 0)
    }

    /// As [`ImageDataGenerator::fit`]; with `augment` on random transforms of them, `rounds` of each.
    ///
    /// # Errors
    /// As [`ImageDataGenerator::fit`].
    pub fn fit_with(
        mut self,
        x: &impl PictureSet,
        augment: bool,
        rounds: usize,
        seed: u64,
    ) -> Result<Self, AugmentError> {
        self.check()?;
        let mut space = Workspace::new();
        let shape = x.shape();
        let mut values = Vec::new();
        for round in 0..if augment { rounds } else { 1 } {
            for index in 0..x.len() {
                let picture = self.fitted(x, index, (augment, round, seed), &mut space)?;
                if picture.shape() != shape {
                    return Err(AugmentError::FittedToOthers { fitted: shape, shape: picture.shape() });
                }
                values.extend_from_slice(picture.floats().expect("a set gives floats"));
                space.give_picture(picture);
            }
        }
        let standardisation = self.standardisation.settled();
        self.statistics = Some(Arc::new(Statistics::of(values, shape, &standardisation, self.epsilon())?));
        Ok(self)
    }

    /// A picture as `fit` sees it: rescaled, then transformed.
    fn fitted(
        &self,
        x: &impl PictureSet,
        index: usize,
        (augment, round, seed): (bool, usize, u64),
        space: &mut Workspace,
    ) -> Result<Picture, AugmentError> {
        let mut picture = x.read(index, space)?;
        let rescale = Standardisation { rescale: self.standardisation.rescale, ..Standardisation::default() };
        rescale.apply(None, &mut picture, space)?;
        let mut sample = Sample::new(picture);
        if augment {
            let key = Key { seed, epoch: round as u64 + 1, index: index as u64 };
            self.random_transform(&mut sample, key, space)?;
        }
        Ok(sample.picture)
    }
}
