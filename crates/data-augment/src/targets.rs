//! Boxes and key points: their formats, how they move with a picture, and which are kept.
//!
//! ```text
//! pascal_voc      x_min  y_min  x_max  y_max      pixels; pixel i covers [i, i + 1]
//! coco            x_min  y_min  width  height     pixels
//! albumentations  x_min  y_min  x_max  y_max      shares of width and height
//! yolo            x_mid  y_mid  width  height     shares of width and height
//! ```

use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::AugmentError;
use crate::picture::Shape;

/// How the four numbers of a box are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoxFormat {
    /// x_min, y_min, x_max, y_max in pixels.
    #[default]
    PascalVoc,
    /// x_min, y_min, width, height in pixels.
    Coco,
    /// Middle, width and height as shares of the picture's.
    Yolo,
    /// x_min, y_min, x_max, y_max as shares of the picture's width and height.
    Albumentations,
}

/// Rounding may push a box this far over the edge: shares of six digits, as label files write them.
const SLACK: f64 = 1e-4;

impl BoxFormat {
    /// A box from its four numbers.
    ///
    /// # Errors
    /// When it has no area, is not finite, or reaches beyond the picture.
    pub fn read(self, index: usize, values: [f64; 4], class: u32, shape: Shape) -> Result<BoundingBox, AugmentError> {
        let [width, height] = [shape.width as f64, shape.height as f64];
        let [a, b, c, d] = values;
        let corners = match self {
            Self::PascalVoc => values,
            Self::Coco => [a, b, a + c, b + d],
            Self::Albumentations => [a * width, b * height, c * width, d * height],
            Self::Yolo => {
                let (left, top) = ((a - c / 2.0) * width, (b - d / 2.0) * height);
                [left, top, left + c * width, top + d * height]
            }
        };
        let [x_min, y_min, x_max, y_max] = corners;
        if corners.iter().any(|value| !value.is_finite()) || x_min >= x_max || y_min >= y_max {
            return Err(AugmentError::BoxInverted { index, values });
        }
        let (slack_x, slack_y) = (SLACK * width, SLACK * height);
        if x_min < -slack_x || y_min < -slack_y || x_max > width + slack_x || y_max > height + slack_y {
            return Err(AugmentError::BoxOutside { index, values, shape });
        }
        let [x_min, x_max] = [x_min, x_max].map(|x| x.clamp(0.0, width));
        let [y_min, y_max] = [y_min, y_max].map(|y| y.clamp(0.0, height));
        Ok(BoundingBox { x_min, y_min, x_max, y_max, class, visible: 1.0 })
    }

    /// The four numbers of a box on a picture of this shape.
    pub fn write(self, area: &BoundingBox, shape: Shape) -> [f64; 4] {
        let [width, height] = [shape.width as f64, shape.height as f64];
        let [x_min, y_min, x_max, y_max] = area.corners();
        match self {
            Self::PascalVoc => [x_min, y_min, x_max, y_max],
            Self::Coco => [x_min, y_min, x_max - x_min, y_max - y_min],
            Self::Albumentations => [x_min / width, y_min / height, x_max / width, y_max / height],
            Self::Yolo => {
                let [across, down] = [x_max - x_min, y_max - y_min];
                [(x_min + across / 2.0) / width, (y_min + down / 2.0) / height, across / width, down / height]
            }
        }
    }
}

/// Where a thing is, in pixels; pixel i covers [i, i + 1].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoundingBox {
    /// Left edge.
    pub x_min: f64,
    /// Upper edge.
    pub y_min: f64,
    /// Right edge.
    pub x_max: f64,
    /// Lower edge.
    pub y_max: f64,
    /// What the thing is.
    pub class: u32,
    /// The share of its area that is still on the picture, 1 to begin with.
    pub visible: f64,
}

impl BoundingBox {
    /// x_min, y_min, x_max, y_max in pixels.
    pub fn corners(&self) -> [f64; 4] {
        [self.x_min, self.y_min, self.x_max, self.y_max]
    }

    /// Square pixels.
    pub fn area(&self) -> f64 {
        (self.x_max - self.x_min) * (self.y_max - self.y_min)
    }

    /// The box around what its edges become, cut off at the edges of the picture; none when nothing is left of it. Edges are
    /// followed at nine points each, so that those that bend stay within.
    pub(crate) fn moved(&self, point: impl Fn([f64; 2]) -> [f64; 2], [height, width]: [usize; 2]) -> Option<Self> {
        let mut around = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        for step in 0..=8 {
            let share = f64::from(step) / 8.0;
            let (x, y) =
                (self.x_min + share * (self.x_max - self.x_min), self.y_min + share * (self.y_max - self.y_min));
            for corner in [[x, self.y_min], [x, self.y_max], [self.x_min, y], [self.x_max, y]] {
                let [x, y] = point(corner);
                around = [around[0].min(x), around[1].min(y), around[2].max(x), around[3].max(y)];
            }
        }
        let [x_min, y_min, x_max, y_max] = around;
        let whole = Self { x_min, y_min, x_max, y_max, ..*self };
        let clip = |value: f64, side: usize| value.clamp(0.0, side as f64);
        let (x_min, x_max) = (clip(x_min, width), clip(x_max, width));
        let (y_min, y_max) = (clip(y_min, height), clip(y_max, height));
        let left = Self { x_min, y_min, x_max, y_max, ..*self };
        let visible = self.visible * left.area() / whole.area();
        (left.area() > 0.0 && visible.is_finite()).then_some(Self { visible, ..left })
    }
}

/// A point of interest. (0, 0) is the middle of the first pixel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyPoint {
    /// Column.
    pub x: f64,
    /// Row.
    pub y: f64,
    /// What the point is.
    pub class: u32,
}

impl KeyPoint {
    /// A point of class 0.
    pub fn new(x: f64, y: f64) -> Self {
        Self { x, y, class: 0 }
    }

    /// Whether it lies on a pixel of such a picture.
    pub fn is_on(&self, shape: Shape) -> bool {
        let within = |value: f64, side: usize| value >= -0.5 && value < side as f64 - 0.5;
        within(self.x, shape.width) && within(self.y, shape.height)
    }

    pub(crate) fn moved(&self, point: impl Fn([f64; 2]) -> [f64; 2]) -> Self {
        let [x, y] = point([self.x + 0.5, self.y + 0.5]);
        Self { x: x - 0.5, y: y - 0.5, ..*self }
    }
}

/// Which boxes and key points are kept after a pipeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TargetLimits {
    /// Boxes of less than so many square pixels are dropped. Default 0.
    pub min_area: f64,
    /// Boxes of which a smaller share than this is still on the picture are dropped. Default 0.
    pub min_visibility: f64,
    /// Keeps key points that have left the picture. Default false.
    pub keep_hidden_points: bool,
}

impl TargetLimits {
    /// Keeps every box that is still on the picture.
    pub fn new() -> Self {
        Self::default()
    }

    /// Drops smaller boxes, in square pixels.
    #[must_use]
    pub fn with_min_area(mut self, min_area: f64) -> Self {
        self.min_area = min_area;
        self
    }

    /// Drops boxes of which a smaller share is left.
    #[must_use]
    pub fn with_min_visibility(mut self, min_visibility: f64) -> Self {
        self.min_visibility = min_visibility;
        self
    }

    /// Keeps key points that have left the picture.
    #[must_use]
    pub fn with_hidden_points(mut self, keep: bool) -> Self {
        self.keep_hidden_points = keep;
        self
    }

    pub(crate) fn check(&self) -> Result<(), AugmentError> {
        check::number("targets", "min_area", self.min_area, [0.0, f64::MAX])?;
        check::number("targets", "min_visibility", self.min_visibility, [0.0, 1.0])
    }

    pub(crate) fn keeps(&self, area: &BoundingBox) -> bool {
        area.area() >= self.min_area && area.visible >= self.min_visibility
    }
}
