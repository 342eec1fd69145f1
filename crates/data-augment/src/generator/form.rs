//! Picture files in the form that a flow asks for: colours and size, as Keras's `load_img` brings them about.

use std::path::Path;

use image::{DynamicImage, ImageReader};

use super::source::floats;
use crate::error::AugmentError;
use crate::geometry::{Filter, resampled};
use crate::picture::{Picture, Shape, ValuesMut};
use crate::workspace::Workspace;

/// Keras's `color_mode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorMode {
    /// One channel.
    Grayscale,
    /// Three channels. The default.
    #[default]
    Rgb,
    /// Four channels.
    Rgba,
}

impl ColorMode {
    pub(super) fn channels(self) -> usize {
        match self {
            Self::Grayscale => 1,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }
}

/// Keras's `interpolation` of files, by Pillow's names.
pub type ResizeFilter = Filter;

/// What every file is turned into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub(super) size: [usize; 2],
    pub(super) color_mode: ColorMode,
    pub(super) filter: ResizeFilter,
    pub(super) keep_aspect_ratio: bool,
}

impl Form {
    pub(super) fn shape(&self) -> Shape {
        let [height, width] = self.size;
        Shape { height, width, channels: self.color_mode.channels() }
    }

    /// Reads a file as floats from 0 to 255.
    pub(super) fn read(&self, path: &Path, space: &mut Workspace) -> Result<Picture, AugmentError> {
        let failed = |message: String| AugmentError::File { path: path.to_owned(), message };
        let reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format);
        let image = reader.map_err(|error| failed(error.to_string()))?.decode();
        let picture = self.colored(&image.map_err(|error| failed(error.to_string()))?)?;
        let shape = picture.shape();
        let window = if self.keep_aspect_ratio { aspect(shape.size(), self.size) } else { shape.size() };
        let sized = if window == self.size && window == shape.size() {
            picture
        } else {
            resampled(&picture, window, self.size, (self.filter, space))?
        };
        let mut result = floats(self.shape(), space);
        if let (ValuesMut::Floats(values), Some(bytes)) = (result.values_mut(), sized.bytes()) {
            values.iter_mut().zip(bytes).for_each(|(value, &byte)| *value = f32::from(byte));
        }
        Ok(result)
    }

    fn colored(&self, image: &DynamicImage) -> Result<Picture, AugmentError> {
        let size = [image.height() as usize, image.width() as usize, self.color_mode.channels()];
        let bytes = match self.color_mode {
            ColorMode::Rgb => image.to_rgb8().into_raw(),
            ColorMode::Rgba => image.to_rgba8().into_raw(),
            ColorMode::Grayscale if !image.color().has_color() => image.to_luma8().into_raw(),
            ColorMode::Grayscale => image.to_rgb8().as_raw().chunks_exact(3).map(gray).collect(),
        };
        Picture::from_bytes(bytes, size)
    }
}

/// The grey of a colour, by the weights of ITU-R BT.601 in Pillow's fixed point.
fn gray(pixel: &[u8]) -> u8 {
    let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
    ((red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16) as u8
}

/// The largest part of the wanted shape.
fn aspect([height, width]: [usize; 2], [to_height, to_width]: [usize; 2]) -> [usize; 2] {
    [(width * to_height / to_width).clamp(1, height), (height * to_width / to_height).clamp(1, width)]
}
