//! A picture in memory: bytes or floats, the channels of a pixel side by side.
//!
//! ```text
//! value of row y, column x, channel c  =  values[(y·W + x)·C + c]        [H, W, C], row-major
//! ```

use std::fmt;

use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};
use serde::{Deserialize, Serialize};

use crate::check::MAX_SIDE;
use crate::error::AugmentError;

/// Height, width and channels of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Values of a pixel, 1 to 4.
    pub channels: usize,
}

impl Shape {
    /// A shape that a picture can have.
    ///
    /// # Errors
    /// When a side is 0 or above 65535, or when there are not 1 to 4 channels.
    pub fn new(height: usize, width: usize, channels: usize) -> Result<Self, AugmentError> {
        let sides = [height, width].iter().all(|side| (1..=MAX_SIDE).contains(side));
        if sides && (1..=4).contains(&channels) {
            return Ok(Self { height, width, channels });
        }
        Err(AugmentError::PictureShape { height, width, channels })
    }

    /// Height and width.
    pub fn size(self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// Pixels.
    pub fn pixels(self) -> usize {
        self.height * self.width
    }

    /// Values: pixels times channels.
    pub fn len(self) -> usize {
        self.pixels() * self.channels
    }

    /// Always false: a picture has pixels.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Values of a row.
    pub fn row(self) -> usize {
        self.width * self.channels
    }

    /// The same channels in another size.
    #[must_use]
    pub fn resized(self, [height, width]: [usize; 2]) -> Self {
        Self { height, width, ..self }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {} x {}", self.height, self.width, self.channels)
    }
}

/// The values of a picture.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// 0 is black, 255 is white.
    Bytes(Vec<u8>),
    /// 0 is black, 1 is white; values beyond are allowed where a transform does not say otherwise.
    Floats(Vec<f32>),
}

/// A picture `[H, W, C]` of bytes or floats, 1 to 4 channels side by side.
///
/// ```
/// use firebrick_data_augment::Picture;
///
/// let picture = Picture::from_bytes(vec![0, 64, 128, 255], [2, 2, 1])?;
/// assert_eq!(picture.shape().size(), [2, 2]);
/// assert!(Picture::from_bytes(vec![0; 3], [2, 2, 1]).is_err());
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    shape: Shape,
    values: Values,
}

impl Picture {
    /// A picture of bytes, `[H, W, C]`.
    ///
    /// # Errors
    /// When no picture has that shape, or when there are more or fewer bytes.
    pub fn from_bytes(bytes: Vec<u8>, [height, width, channels]: [usize; 3]) -> Result<Self, AugmentError> {
        let shape = counted(Shape::new(height, width, channels)?, bytes.len())?;
        Ok(Self { shape, values: Values::Bytes(bytes) })
    }

    /// A picture of floats, `[H, W, C]`.
    ///
    /// # Errors
    /// When no picture has that shape, or when there are more or fewer floats.
    pub fn from_floats(floats: Vec<f32>, [height, width, channels]: [usize; 3]) -> Result<Self, AugmentError> {
        let shape = counted(Shape::new(height, width, channels)?, floats.len())?;
        Ok(Self { shape, values: Values::Floats(floats) })
    }

    /// A picture of bytes from planes, `[C, H, W]`, as firebrick-data's `Images` hold them.
    ///
    /// # Errors
    /// As [`Picture::from_bytes`].
    pub fn from_planes(planes: &[u8], [channels, height, width]: [usize; 3]) -> Result<Self, AugmentError> {
        let shape = counted(Shape::new(height, width, channels)?, planes.len())?;
        let mut picture = Self { shape, values: Values::Bytes(vec![0; shape.len()]) };
        picture.fill_from_planes(planes, |byte| byte);
        Ok(picture)
    }

    /// Replaces the bytes by those of planes of the same shape.
    pub(crate) fn fill_from_planes(&mut self, planes: &[u8], level: impl Fn(u8) -> u8) {
        let (channels, pixels) = (self.shape.channels, self.shape.pixels());
        let Values::Bytes(bytes) = &mut self.values else { return };
        for (channel, plane) in planes.chunks_exact(pixels).enumerate() {
            for (pixel, &byte) in bytes.chunks_exact_mut(channels).zip(plane) {
                pixel[channel] = level(byte);
            }
        }
    }

    /// Appends the values as planes, `[C, H, W]`: of bytes byte/255, of floats as they are.
    pub fn append_planes(&self, planes: &mut Vec<f32>) {
        for channel in 0..self.shape.channels {
            match &self.values {
                Values::Bytes(bytes) => planes.extend(
                    bytes.iter().skip(channel).step_by(self.shape.channels).map(|&byte| f32::from(byte) / 255.0),
                ),
                Values::Floats(floats) => {
                    planes.extend(floats.iter().skip(channel).step_by(self.shape.channels));
                }
            }
        }
    }

    /// The picture of the crate `image`, as grey, grey with alpha, colour, or colour with alpha; 16 bits become 8.
    ///
    /// # Errors
    /// When it has no pixels.
    pub fn from_image(image: &DynamicImage) -> Result<Self, AugmentError> {
        let (height, width) = (image.height() as usize, image.width() as usize);
        let color = image.color();
        let (bytes, channels) = match (color.has_color(), color.has_alpha()) {
            (false, false) => (image.to_luma8().into_raw(), 1),
            (false, true) => (image.to_luma_alpha8().into_raw(), 2),
            (true, false) => (image.to_rgb8().into_raw(), 3),
            (true, true) => (image.to_rgba8().into_raw(), 4),
        };
        Self::from_bytes(bytes, [height, width, channels])
    }

    /// As a picture of the crate `image`, 8 bits; floats are rounded and cut off at 0 and 1.
    pub fn to_image(&self) -> DynamicImage {
        let bytes = match &self.values {
            Values::Bytes(bytes) => bytes.clone(),
            Values::Floats(floats) => floats.iter().map(|value| (value * 255.0).round() as u8).collect(),
        };
        let (width, height) = (self.shape.width as u32, self.shape.height as u32);
        let image = match self.shape.channels {
            1 => GrayImage::from_raw(width, height, bytes).map(DynamicImage::from),
            2 => image::GrayAlphaImage::from_raw(width, height, bytes).map(DynamicImage::from),
            3 => RgbImage::from_raw(width, height, bytes).map(DynamicImage::from),
            _ => RgbaImage::from_raw(width, height, bytes).map(DynamicImage::from),
        };
        image.expect("as many bytes as the shape says")
    }

    /// The same picture in floats: byte / 255.
    #[must_use]
    pub fn to_floats(&self) -> Self {
        let floats = match &self.values {
            Values::Bytes(bytes) => bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect(),
            Values::Floats(floats) => floats.clone(),
        };
        Self { shape: self.shape, values: Values::Floats(floats) }
    }

    /// Height, width, channels.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Bytes or floats, `[H, W, C]`.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Bytes or floats, to be changed in place.
    pub fn values_mut(&mut self) -> ValuesMut<'_> {
        match &mut self.values {
            Values::Bytes(bytes) => ValuesMut::Bytes(bytes),
            Values::Floats(floats) => ValuesMut::Floats(floats),
        }
    }

    /// The bytes, if it is a picture of bytes.
    pub fn bytes(&self) -> Option<&[u8]> {
        match &self.values {
            Values::Bytes(bytes) => Some(bytes),
            Values::Floats(_) => None,
        }
    }

    /// The floats, if it is a picture of floats.
    pub fn floats(&self) -> Option<&[f32]> {
        match &self.values {
            Values::Bytes(_) => None,
            Values::Floats(floats) => Some(floats),
        }
    }

    /// Whether another picture has the same shape and kind.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.shape == other.shape && self.bytes().is_some() == other.bytes().is_some()
    }

    /// Takes the values of a picture of the same shape and kind.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        match (&mut self.values, &other.values) {
            (Values::Bytes(to), Values::Bytes(from)) => to.copy_from_slice(from),
            (Values::Floats(to), Values::Floats(from)) => to.copy_from_slice(from),
            _ => unreachable!("pictures of one kind"),
        }
    }

    /// Puts a shape and values together that fit by construction.
    pub(crate) fn assembled(shape: Shape, values: Values) -> Self {
        let given = match &values {
            Values::Bytes(bytes) => bytes.len(),
            Values::Floats(floats) => floats.len(),
        };
        assert_eq!(given, shape.len(), "values of a picture of {shape}");
        Self { shape, values }
    }

    /// The buffer of its values.
    pub(crate) fn into_values(self) -> Values {
        self.values
    }
}

/// The values of a picture, to be changed in place.
#[derive(Debug)]
pub enum ValuesMut<'a> {
    /// Bytes.
    Bytes(&'a mut [u8]),
    /// Floats.
    Floats(&'a mut [f32]),
}

fn counted(shape: Shape, given: usize) -> Result<Shape, AugmentError> {
    let expected = shape.len();
    if given == expected { Ok(shape) } else { Err(AugmentError::ValueCount { given, expected, shape }) }
}
