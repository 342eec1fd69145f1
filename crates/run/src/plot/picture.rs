//! Sample pictures with their captions.

use image::{Rgb, RgbImage};

use super::PlotError;
use super::raster::encode_png;
use crate::numbers::percent_fixed;

/// A picture to be shown, 8 bits per colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture(RgbImage);

impl Picture {
    /// A picture from planes `[C, H, W]` as data sets hold them; a value's brightness is `value * scale`, 1 is white.
    ///
    /// One or two planes are shown as grey, of three and more the first three as red, green and blue. `scale` is 1/255 for
    /// ordinary pictures.
    ///
    /// # Panics
    /// When the number of values is not `C * H * W`, or a side is zero.
    pub fn from_planes(values: &[u8], shape: [usize; 3], scale: f32) -> Self {
        let [channels, height, width] = shape;
        let plane = height * width;
        assert!(plane > 0 && channels > 0, "a picture of shape {shape:?} has no pixels");
        assert_eq!(values.len(), channels * plane, "a picture of shape {shape:?} takes its product of values");
        let level =
            |channel: usize, place: usize| (f32::from(values[channel * plane + place]) * scale * 255.0).round() as u8;
        let planes = if channels < 3 { [0, 0, 0] } else { [0, 1, 2] };
        Self(RgbImage::from_fn(width as u32, height as u32, |x, y| {
            let place = y as usize * width + x as usize;
            Rgb(planes.map(|channel| level(channel, place)))
        }))
    }

    /// Pixels across and down.
    pub fn size(&self) -> (u32, u32) {
        self.0.dimensions()
    }

    pub(super) fn pixels(&self) -> &RgbImage {
        &self.0
    }

    /// The picture as PNG, pixel for pixel.
    ///
    /// # Errors
    /// [`PlotError::Png`].
    pub fn png(&self) -> Result<Vec<u8>, PlotError> {
        encode_png(self.0.clone())
    }
}

impl From<RgbImage> for Picture {
    fn from(image: RgbImage) -> Self {
        Self(image)
    }
}

/// A picture with what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The picture.
    pub picture: Picture,
    /// The line below it, short: the predicted class.
    pub caption: String,
    /// A second, fainter line; may be empty.
    pub note: String,
    /// Right or wrong, where that can be said: what is wrong stands out.
    pub right: Option<bool>,
}

impl Sample {
    /// A picture with a caption only.
    pub fn new(picture: Picture, caption: impl Into<String>) -> Self {
        Self { picture, caption: caption.into(), note: String::new(), right: None }
    }

    /// A picture with the class that was predicted for it, the probability given to it, and the true class if it is known.
    pub fn predicted(picture: Picture, predicted: &str, probability: f64, actual: Option<&str>) -> Self {
        let right = actual.map(|actual| actual == predicted);
        let note = match (right, actual) {
            (Some(false), Some(actual)) => format!("{}, is {actual}", percent_fixed(probability)),
            _ => percent_fixed(probability),
        };
        Self { picture, caption: predicted.into(), note, right }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_and_coloured_planes_become_pixels_row_by_row() {
        let grey = Picture::from_planes(&[0, 16, 8, 4], [1, 2, 2], 1.0 / 16.0);
        assert_eq!(grey.size(), (2, 2));
        assert_eq!(grey.pixels().pixels().map(|pixel| pixel[0]).collect::<Vec<_>>(), [0, 255, 128, 64]);
        let coloured = Picture::from_planes(&[255, 0, 0, 255, 9, 9], [3, 1, 2], 1.0 / 255.0);
        assert_eq!(coloured.pixels().pixels().map(|pixel| pixel.0).collect::<Vec<_>>(), [[255, 0, 9], [0, 255, 9]]);
    }

    #[test]
    #[should_panic(expected = "takes its product of values")]
    fn a_wrong_number_of_values_is_a_defect_of_the_caller() {
        Picture::from_planes(&[0; 5], [1, 2, 2], 1.0);
    }

    #[test]
    fn a_mistake_names_the_true_class() {
        let picture = Picture::from_planes(&[0], [1, 1, 1], 1.0);
        let wrong = Sample::predicted(picture.clone(), "3", 0.75, Some("8"));
        assert_eq!((wrong.caption.as_str(), wrong.note.as_str(), wrong.right), ("3", "75.0 %, is 8", Some(false)));
        let unknown = Sample::predicted(picture, "3", 0.75, None);
        assert_eq!((unknown.note.as_str(), unknown.right), ("75.0 %", None));
    }
}
