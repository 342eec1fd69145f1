//! Left becomes right.
//!
//! ```text
//! out[y, x] = in[y, W - 1 - x]
//! ```

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::spatial::{CopyJob, CopyValues, Role, Spatial, copy_values, move_all};
use crate::error::AugmentError;
use crate::picture::{Picture, Shape};
use crate::sample::Sample;
use crate::transform::{Apply, Transform};
use crate::workspace::Workspace;

/// Swaps left and right, p 0.5.
///
/// ```
/// use firebrick_data_augment::geometry::HorizontalFlip;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Transform, Workspace};
///
/// let pipeline = Pipeline::new([HorizontalFlip::new().with_p(1.0)])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![1, 2, 3], [1, 3, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// assert_eq!(sample.picture.bytes(), Some(&[3, 2, 1][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HorizontalFlip {}

impl HorizontalFlip {
    /// There is nothing to set but its probability.
    pub fn new() -> Self {
        Self {}
    }
}

impl Transform for HorizontalFlip {
    type Drawn = Self;
    const NAME: &'static str = "horizontal_flip";
    const P: f64 = 0.5;

    fn check(&self) -> Result<(), AugmentError> {
        Ok(())
    }

    fn draw(&self, _shape: Shape, _draws: &mut Draws) -> Result<Self, AugmentError> {
        Ok(*self)
    }
}

impl Apply for HorizontalFlip {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        move_all(self, sample, space)
    }
}

impl Spatial for HorizontalFlip {
    fn size(&self, from: [usize; 2]) -> Result<[usize; 2], AugmentError> {
        Ok(from)
    }

    fn pixels(&self, from: &Picture, to: &mut Picture, _role: Role, _space: &mut Workspace) {
        copy_values(self, from, to);
    }

    fn point(&self, [x, y]: [f64; 2], [_, width]: [usize; 2]) -> [f64; 2] {
        [width as f64 - x, y]
    }
}

impl CopyValues for HorizontalFlip {
    #[inline(always)]
    fn copy<T: Copy>(&self, from: &[T], to: &mut [T], job: CopyJob) {
        let row = job.from[1] * job.channels;
        for (from, to) in from.chunks_exact(row).zip(to.chunks_exact_mut(row)) {
            match job.channels {
                1 => reversed::<T, 1>(from, to),
                2 => reversed::<T, 2>(from, to),
                3 => reversed::<T, 3>(from, to),
                _ => reversed::<T, 4>(from, to),
            }
        }
    }

    #[inline(always)]
    fn copy_bytes(&self, from: &[u8], to: &mut [u8], job: CopyJob) {
        if job.channels != 3 {
            return self.copy(from, to, job);
        }
        let row = job.from[1] * 3;
        for (from, to) in from.chunks_exact(row).zip(to.chunks_exact_mut(row)) {
            reversed_colours(from, to);
        }
    }
}

/// A row of pixels of C values, backwards.
#[inline(always)]
pub(super) fn reversed<T: Copy, const C: usize>(from: &[T], to: &mut [T]) {
    let (from, _) = from.as_chunks::<C>();
    let (to, _) = to.as_chunks_mut::<C>();
    for (to, from) in to.iter_mut().zip(from.iter().rev()) {
        *to = *from;
    }
}

/// A row of pixels of three bytes, backwards: five of them at a time, which is one shuffle of 16 bytes. The 16th is written over by the
/// next step.
#[inline(always)]
pub(super) fn reversed_colours(from: &[u8], to: &mut [u8]) {
    let len = from.len();
    let mut done = 0;
    while done + 18 <= len {
        let window = from[len - done - 15..].first_chunk::<16>().or(from[len - done - 16..].first_chunk::<16>());
        let Some(window) = window else { break };
        // At the end of the row there is no 16th byte behind; the one before is taken.
        let shift = usize::from(done == 0);
        let to = &mut to[done..done + 16];
        to.copy_from_slice(&if shift == 1 { five_backwards::<1>(window) } else { five_backwards::<0>(window) });
        done += 15;
    }
    reversed::<u8, 3>(&from[..len - done], &mut to[done..]);
}

/// The five pixels that begin at byte S, the last one first; the 16th byte is any.
#[inline(always)]
fn five_backwards<const S: usize>(from: &[u8; 16]) -> [u8; 16] {
    std::array::from_fn(|i| if i < 15 { from[S + 12 - i / 3 * 3 + i % 3] } else { from[0] })
}
