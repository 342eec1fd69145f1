//! What covers a part of a picture.

use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::AugmentError;
use crate::picture::{Picture, Shape, ValuesMut};
use crate::pixel::noise::Field;
use crate::value::Value;

/// What covered pixels become.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cover {
    /// One level in all channels, a share of white.
    Level(f64),
    /// A level for each value, uniform from black to white.
    Noise,
}

impl Default for Cover {
    /// Black.
    fn default() -> Self {
        Self::Level(0.0)
    }
}

impl Cover {
    pub(super) fn check(self, transform: &'static str) -> Result<(), AugmentError> {
        match self {
            Self::Level(level) => check::number(transform, "fill", level, [0.0, 1.0]),
            Self::Noise => Ok(()),
        }
    }
}

/// A part of a picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// First row.
    pub top: usize,
    /// First column.
    pub left: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl Part {
    /// What of the part lies on a picture.
    pub(crate) fn on(self, shape: Shape) -> Self {
        let along = |start: usize, len: usize, side: usize| {
            let start = start.min(side);
            (start, len.min(side - start))
        };
        let ((top, height), (left, width)) =
            (along(self.top, self.height, shape.height), along(self.left, self.width, shape.width));
        Self { top, left, height, width }
    }

    /// Covers what of the part lies within the picture.
    pub(super) fn cover(self, picture: &mut Picture, fill: Cover, seed: u64) {
        let shape = picture.shape();
        let Self { top, left, height, width } = self.on(shape);
        let start = |y: usize| y * shape.row() + left * shape.channels;
        let lines = (top..top + height).map(|y| (start(y), start(y) + width * shape.channels));
        match picture.values_mut() {
            ValuesMut::Bytes(bytes) => cover_lines(bytes, lines, fill, seed),
            ValuesMut::Floats(floats) => cover_lines(floats, lines, fill, seed),
        }
    }
}

fn cover_lines<T: Value>(values: &mut [T], lines: impl Iterator<Item = (usize, usize)>, fill: Cover, seed: u64) {
    for (line, (start, end)) in lines.enumerate() {
        let values = &mut values[start..end];
        match fill {
            Cover::Level(level) => values.fill(T::of(level as f32 * T::WHITE)),
            Cover::Noise => {
                let field = Field::new(seed ^ (line as u64) << 40);
                wide!(field.with_units(
                    values,
                    #[inline(always)]
                    |_, unit| unit * T::WHITE
                ));
            }
        }
    }
}
