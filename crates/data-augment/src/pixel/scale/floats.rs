//! A picture of floats in place of one of bytes.

use crate::picture::{Picture, Values, ValuesMut};
use crate::value::Value;
use crate::workspace::Workspace;

/// Values that are whole pixels of 1, 2, 3 and 4 channels.
const LANES: usize = 48;

/// Replaces every value by slope·value + offset of its channel; the picture holds floats then.
pub(super) fn rescale(picture: &mut Picture, slopes: [f32; 4], offsets: [f32; 4], space: &mut Workspace) {
    let shape = picture.shape();
    let lanes = |of: [f32; 4]| std::array::from_fn::<f32, LANES, _>(|lane| of[lane % shape.channels]);
    let (slopes, offsets) = (lanes(slopes), lanes(offsets));
    if let ValuesMut::Floats(floats) = picture.values_mut() {
        return wide!(in_place(floats, &slopes, &offsets));
    }
    let mut floats = space.take_floats(shape.len());
    if let Values::Bytes(bytes) = picture.values() {
        wide!(rescaled(bytes, &mut floats, &slopes, &offsets));
    }
    let bytes = std::mem::replace(picture, Picture::assembled(shape, Values::Floats(floats)));
    space.give_picture(bytes);
}

#[inline(always)]
fn rescaled(from: &[u8], to: &mut [f32], slopes: &[f32; LANES], offsets: &[f32; LANES]) {
    let (blocks, rest) = from.as_chunks::<LANES>();
    let (to_blocks, to_rest) = to.as_chunks_mut::<LANES>();
    for (from, to) in blocks.iter().zip(to_blocks) {
        for lane in 0..LANES {
            to[lane] = from[lane].float() * slopes[lane] + offsets[lane];
        }
    }
    for (lane, (from, to)) in rest.iter().zip(to_rest).enumerate() {
        *to = from.float() * slopes[lane] + offsets[lane];
    }
}

#[inline(always)]
fn in_place(values: &mut [f32], slopes: &[f32; LANES], offsets: &[f32; LANES]) {
    for values in values.chunks_mut(LANES) {
        let lanes = slopes.iter().zip(offsets);
        for (value, (slope, offset)) in values.iter_mut().zip(lanes) {
            *value = *value * slope + offset;
        }
    }
}
