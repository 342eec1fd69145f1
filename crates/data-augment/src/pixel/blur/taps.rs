//! The mean of pixels at given places around each pixel.

use super::rows::{Filter, Margin, lanes, lanes_mut, starts, with_lanes};
use crate::picture::Shape;
use crate::pixel::border::mirrored;
use crate::value::{Value, byte};
use crate::workspace::Workspace;

/// Where the pixels are, relative to the one that is written: `[down, right]`, each at most `reach` away.
#[derive(Clone, Debug)]
pub(super) struct Taps<'a> {
    pub(super) places: &'a [[i32; 2]],
    pub(super) reach: usize,
}

/// A sum of values of which the mean is taken.
pub(super) trait Sum<T>: Copy + Default {
    fn plus(self, value: T) -> Self;
    /// The sum times a factor, rounded.
    fn times(self, factor: f32) -> T;
}

macro_rules! sum_of_bytes {
    ($sum:ty) => {
        impl Sum<u8> for $sum {
            #[inline(always)]
            fn plus(self, value: u8) -> Self {
                self.wrapping_add(Self::from(value))
            }

            #[inline(always)]
            fn times(self, factor: f32) -> u8 {
                byte(self as f32 * factor)
            }
        }
    };
}
// As many as 257 bytes fit into 16 bits.
sum_of_bytes!(u16);
sum_of_bytes!(i32);

impl Sum<f32> for f32 {
    #[inline(always)]
    fn plus(self, value: f32) -> Self {
        self + value
    }

    #[inline(always)]
    fn times(self, factor: f32) -> f32 {
        self * factor
    }
}

/// Bytes whose sum fits into 16 bits.
pub(super) const FIT: usize = 257;

impl Filter for Taps<'_> {
    fn bytes(&self, from: &[u8], to: &mut [u8], shape: Shape, space: &mut Workspace) {
        let mut wider = space.take_bytes(self.margin().shape(shape).len());
        if self.places.len() <= FIT {
            self.run::<u8, u16>(from, &mut wider, to, (shape, space));
        } else {
            self.run::<u8, i32>(from, &mut wider, to, (shape, space));
        }
        space.give_bytes(wider);
    }

    fn floats(&self, from: &[f32], to: &mut [f32], shape: Shape, space: &mut Workspace) {
        let mut wider = space.take_floats(self.margin().shape(shape).len());
        self.run::<f32, f32>(from, &mut wider, to, (shape, space));
        space.give_floats(wider);
    }
}

impl Taps<'_> {
    fn margin(&self) -> Margin {
        Margin { width: self.reach, beyond: mirrored }
    }

    fn run<T: Value, S: Sum<T>>(
        &self,
        from: &[T],
        wider: &mut [T],
        to: &mut [T],
        (shape, space): (Shape, &mut Workspace),
    ) {
        self.margin().fill(from, wider, shape);
        let stride = self.margin().shape(shape).row();
        let mut offsets = space.take_positions(self.places.len());
        for (offset, [down, right]) in offsets.iter_mut().zip(self.places) {
            let place = |by: i32| (self.reach as i32 + by) as usize;
            *offset = place(*down) * stride + place(*right) * shape.channels;
        }
        let row = shape.row();
        for (y, to) in to.chunks_exact_mut(row).enumerate() {
            let from = &wider[y * stride..];
            wide!(with_lanes!(row, means::<T, S>(from, to, &offsets)));
        }
        space.give_positions(offsets);
    }
}

/// One row of means.
#[inline(always)]
fn means<T: Value, S: Sum<T>, const N: usize>(from: &[T], to: &mut [T], offsets: &[usize]) {
    let factor = 1.0 / offsets.len() as f32;
    for start in starts::<N>(to.len()) {
        let mut sums = [S::default(); N];
        for offset in offsets {
            let values = lanes::<_, N>(from, start + offset);
            for i in 0..N {
                sums[i] = sums[i].plus(values[i]);
            }
        }
        let to = lanes_mut::<_, N>(to, start);
        for i in 0..N {
            to[i] = sums[i].times(factor);
        }
    }
}
