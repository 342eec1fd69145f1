//! A picture with a border around it: what the two transforms that pad have in common.

use serde::{Deserialize, Serialize};

use super::fill::Fill;
use super::spatial::{Role, Spatial, move_all};
use crate::check::MAX_SIDE;
use crate::error::AugmentError;
use crate::picture::{Picture, Shape, Values, ValuesMut};
use crate::sample::Sample;
use crate::transform::Apply;
use crate::value::Value;
use crate::workspace::Workspace;

/// Rows and columns that are added.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Padded {
    pub(super) top: usize,
    pub(super) bottom: usize,
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) fill: Fill,
}

impl Apply for Padded {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        move_all(self, sample, space)
    }
}

impl Spatial for Padded {
    fn size(&self, [height, width]: [usize; 2]) -> Result<[usize; 2], AugmentError> {
        let sides = [[height, self.top, self.bottom], [width, self.left, self.right]];
        let [height, width] = sides.map(|parts| parts.into_iter().fold(0, usize::saturating_add));
        if height.max(width) > MAX_SIDE {
            return Err(AugmentError::PictureShape { height, width, channels: 1 });
        }
        Ok([height, width])
    }

    fn pixels(&self, from: &Picture, to: &mut Picture, role: Role, _space: &mut Workspace) {
        let fill = self.fill.of(role);
        let (shape, width) = (from.shape(), to.shape().width);
        match (from.values(), to.values_mut()) {
            (Values::Bytes(from), ValuesMut::Bytes(to)) => self.by_channels(from, (to, width), shape, fill),
            (Values::Floats(from), ValuesMut::Floats(to)) => self.by_channels(from, (to, width), shape, fill),
            _ => unreachable!("both pictures hold the same kind of values"),
        }
    }

    fn point(&self, [x, y]: [f64; 2], _size: [usize; 2]) -> [f64; 2] {
        [x + self.left as f64, y + self.top as f64]
    }
}

impl Padded {
    fn by_channels<T: Value>(&self, from: &[T], to: (&mut [T], usize), shape: Shape, fill: Fill) {
        match shape.channels {
            1 => self.padded::<T, 1>(from, to, shape, fill),
            2 => self.padded::<T, 2>(from, to, shape, fill),
            3 => self.padded::<T, 3>(from, to, shape, fill),
            _ => self.padded::<T, 4>(from, to, shape, fill),
        }
    }

    /// First the rows that the picture has, left and right of it included; then those above and below as copies of them.
    fn padded<T: Value, const C: usize>(&self, from: &[T], (to, width): (&mut [T], usize), shape: Shape, fill: Fill) {
        let (from, _) = from.as_chunks::<C>();
        let (to, _) = to.as_chunks_mut::<C>();
        let blank: [T; C] = match fill {
            Fill::Constant(values) => std::array::from_fn(|c| T::of(values[c] as f32)),
            _ => [T::default(); C],
        };
        let place = |x: usize| fill.position(x as i64 - self.left as i64, shape.width);
        for (from, to) in from.chunks_exact(shape.width).zip(to.chunks_exact_mut(width).skip(self.top)) {
            let (left, rest) = to.split_at_mut(self.left);
            let (middle, right) = rest.split_at_mut(shape.width);
            middle.copy_from_slice(from);
            let first_right = self.left + shape.width;
            match fill {
                Fill::Constant(_) => [left, right].into_iter().for_each(|side| blank_row(side, blank)),
                Fill::Nearest => {
                    left.fill(from[0]);
                    right.fill(from[shape.width - 1]);
                }
                _ => {
                    let pixels = (0..self.left).zip(left).chain((first_right..width).zip(right));
                    pixels.for_each(|(x, pixel)| *pixel = place(x).map_or(blank, |x| from[x]));
                }
            }
        }
        let height = to.len() / width;
        for y in (0..self.top).chain(self.top + shape.height..height) {
            match fill.position(y as i64 - self.top as i64, shape.height) {
                Some(row) => to.copy_within((self.top + row) * width..(self.top + row + 1) * width, y * width),
                None => blank_row(&mut to[y * width..(y + 1) * width], blank),
            }
        }
    }
}

/// Fills pixels; where all channels are alike, value by value, which is as fast as memory.
fn blank_row<T: Value, const C: usize>(pixels: &mut [[T; C]], blank: [T; C]) {
    if blank.iter().all(|value| *value == blank[0]) {
        pixels.as_flattened_mut().fill(blank[0]);
    } else {
        pixels.fill(blank);
    }
}
