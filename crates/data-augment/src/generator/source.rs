//! Where a generator's pictures come from.

use firebrick_data::Images;

use crate::error::AugmentError;
use crate::picture::{Picture, Shape, Values, ValuesMut};
use crate::workspace::Workspace;

/// Pictures of one shape, as floats from 0 to 255.
pub trait PictureSet {
    /// How many.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The shape of all.
    fn shape(&self) -> Shape;

    /// One of them, as floats. Its buffer is the workspace's.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(&self, index: usize, space: &mut Workspace) -> Result<Picture, AugmentError>;
}

/// Bytes as they are: the scale of the data set, 1/255 as a rule, is what `rescale` is for.
impl PictureSet for Images {
    fn len(&self) -> usize {
        self.len()
    }

    fn shape(&self) -> Shape {
        let [channels, height, width] = self.shape();
        Shape { height, width, channels }
    }

    fn read(&self, index: usize, space: &mut Workspace) -> Result<Picture, AugmentError> {
        let shape = PictureSet::shape(self);
        let mut picture = floats(Shape::new(shape.height, shape.width, shape.channels)?, space);
        let ValuesMut::Floats(values) = picture.values_mut() else { unreachable!("a picture of floats") };
        for (channel, plane) in self.picture(index).chunks_exact(shape.pixels()).enumerate() {
            for (pixel, &byte) in values.chunks_exact_mut(shape.channels).zip(plane) {
                pixel[channel] = f32::from(byte);
            }
        }
        Ok(picture)
    }
}

/// Bytes and floats as they are.
impl PictureSet for [Picture] {
    fn len(&self) -> usize {
        self.len()
    }

    fn shape(&self) -> Shape {
        self.first().map_or(Shape { height: 0, width: 0, channels: 0 }, Picture::shape)
    }

    fn read(&self, index: usize, space: &mut Workspace) -> Result<Picture, AugmentError> {
        let from = &self[index];
        let mut picture = floats(from.shape(), space);
        let ValuesMut::Floats(values) = picture.values_mut() else { unreachable!("a picture of floats") };
        match from.values() {
            Values::Bytes(bytes) => values.iter_mut().zip(bytes).for_each(|(value, &byte)| *value = f32::from(byte)),
            Values::Floats(floats) => values.copy_from_slice(floats),
        }
        Ok(picture)
    }
}

impl PictureSet for Vec<Picture> {
    fn len(&self) -> usize {
        self.as_slice().len()
    }

    fn shape(&self) -> Shape {
        PictureSet::shape(self.as_slice())
    }

    fn read(&self, index: usize, space: &mut Workspace) -> Result<Picture, AugmentError> {
        self.as_slice().read(index, space)
    }
}

/// A picture of floats with any content.
pub(super) fn floats(shape: Shape, space: &mut Workspace) -> Picture {
    Picture::assembled(shape, Values::Floats(space.take_floats(shape.len())))
}
