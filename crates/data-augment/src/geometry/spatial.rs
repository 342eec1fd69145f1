//! What all transforms that move pixels share: picture, mask, boxes and key points move by one rule.

use crate::error::AugmentError;
use crate::picture::{Picture, Values, ValuesMut};
use crate::sample::Sample;
use crate::workspace::Workspace;

/// Whether pixels are colours, which can be mixed, or classes, which cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Picture,
    Mask,
}

/// A drawn transform that moves pixels.
pub(crate) trait Spatial {
    /// Height and width of the result, from those of the picture.
    fn size(&self, from: [usize; 2]) -> Result<[usize; 2], AugmentError>;

    /// Writes every pixel of the result.
    fn pixels(&self, from: &Picture, to: &mut Picture, role: Role, space: &mut Workspace);

    /// Where a point of the picture, of height and width `size`, comes to lie.
    fn point(&self, point: [f64; 2], size: [usize; 2]) -> [f64; 2];
}

/// Moves a picture and all that belongs to it.
pub(crate) fn move_all(spatial: &impl Spatial, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
    let before = sample.shape().size();
    let size = spatial.size(before)?;
    move_pixels(spatial, &mut sample.picture, size, (Role::Picture, space));
    if let Some(mask) = &mut sample.mask {
        move_pixels(spatial, mask, size, (Role::Mask, space));
    }
    let point = |at| spatial.point(at, before);
    sample.boxes.retain_mut(|area| match area.moved(point, size) {
        Some(moved) => {
            *area = moved;
            true
        }
        None => false,
    });
    sample.key_points.iter_mut().for_each(|key_point| *key_point = key_point.moved(point));
    Ok(())
}

fn move_pixels(spatial: &impl Spatial, picture: &mut Picture, size: [usize; 2], (role, space): (Role, &mut Workspace)) {
    let mut moved = space.take_picture(picture.shape().resized(size), picture);
    spatial.pixels(picture, &mut moved, role, space);
    space.give_picture(std::mem::replace(picture, moved));
}

/// For transforms that only copy values: the same code for bytes and floats.
pub(crate) trait CopyValues {
    /// Writes the result's values, rows of pixels of `C` values.
    fn copy<T: Copy>(&self, from: &[T], to: &mut [T], job: CopyJob);

    /// The same for bytes, where there is a faster way.
    #[inline(always)]
    fn copy_bytes(&self, from: &[u8], to: &mut [u8], job: CopyJob) {
        self.copy(from, to, job);
    }
}

/// The shapes of a copy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CopyJob {
    pub(crate) from: [usize; 2],
    pub(crate) to: [usize; 2],
    pub(crate) channels: usize,
}

pub(crate) fn copy_values(what: &impl CopyValues, from: &Picture, to: &mut Picture) {
    let job = CopyJob { from: from.shape().size(), to: to.shape().size(), channels: from.shape().channels };
    match (from.values(), to.values_mut()) {
        (Values::Bytes(from), ValuesMut::Bytes(to)) => wide!(what.copy_bytes(from, to, job)),
        (Values::Floats(from), ValuesMut::Floats(to)) => what.copy(from, to, job),
        _ => unreachable!("both pictures hold the same kind of values"),
    }
}
