//! A picture with what belongs to it.

use crate::error::AugmentError;
use crate::picture::{Picture, Shape};
use crate::targets::{BoundingBox, BoxFormat, KeyPoint, TargetLimits};

/// A picture, and what moves with it under every transform.
///
/// ```
/// use firebrick_data_augment::{BoxFormat, Picture, Sample};
///
/// let picture = Picture::from_bytes(vec![0; 64], [8, 8, 1])?;
/// let sample = Sample::new(picture).with_boxes(&[[1.0, 2.0, 4.0, 3.0]], &[0], BoxFormat::Coco)?;
/// assert_eq!(sample.boxes[0].corners(), [1.0, 2.0, 5.0, 5.0]);
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The picture.
    pub picture: Picture,
    /// What each pixel shows, of the picture's height and width.
    pub mask: Option<Picture>,
    /// Where things are.
    pub boxes: Vec<BoundingBox>,
    /// Points of interest.
    pub key_points: Vec<KeyPoint>,
    /// The share of each class; empty where there are no classes.
    pub label: Vec<f32>,
}

impl Sample {
    /// A picture alone.
    pub fn new(picture: Picture) -> Self {
        Self { picture, mask: None, boxes: Vec::new(), key_points: Vec::new(), label: Vec::new() }
    }

    /// Adds a mask, of bytes or floats.
    ///
    /// # Errors
    /// When it has another height or width than the picture.
    pub fn with_mask(mut self, mask: Picture) -> Result<Self, AugmentError> {
        let (of_mask, picture) = (mask.shape(), self.shape());
        if of_mask.size() != picture.size() {
            return Err(AugmentError::MaskSize { mask: of_mask, picture });
        }
        self.mask = Some(mask);
        Ok(self)
    }

    /// Adds boxes, each with the class of the same position (0 where there is none).
    ///
    /// # Errors
    /// When a box has no area, is not finite, or reaches beyond the picture.
    pub fn with_boxes(mut self, boxes: &[[f64; 4]], classes: &[u32], format: BoxFormat) -> Result<Self, AugmentError> {
        let shape = self.shape();
        let read = |(index, &values): (usize, &[f64; 4])| {
            format.read(index, values, classes.get(index).copied().unwrap_or(0), shape)
        };
        self.boxes = boxes.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// Adds key points.
    ///
    /// # Errors
    /// When one is not on the picture.
    pub fn with_key_points(mut self, points: Vec<KeyPoint>) -> Result<Self, AugmentError> {
        let shape = self.shape();
        if let Some(index) = points.iter().position(|point| !point.is_on(shape)) {
            let KeyPoint { x, y, .. } = points[index];
            return Err(AugmentError::KeyPointOutside { index, x, y, shape });
        }
        self.key_points = points;
        Ok(self)
    }

    /// Adds the share of each class.
    #[must_use]
    pub fn with_label(mut self, label: Vec<f32>) -> Self {
        self.label = label;
        self
    }

    /// Height, width and channels of the picture.
    pub fn shape(&self) -> Shape {
        self.picture.shape()
    }

    /// Drops boxes and points that the limits do not let pass.
    pub(crate) fn limit(&mut self, limits: &TargetLimits) {
        let shape = self.shape();
        self.boxes.retain(|area| limits.keeps(area));
        if !limits.keep_hidden_points {
            self.key_points.retain(|point| point.is_on(shape));
        }
    }
}
