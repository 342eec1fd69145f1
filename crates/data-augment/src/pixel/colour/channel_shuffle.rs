//! Channels change places.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use crate::error::AugmentError;
use crate::picture::{Shape, ValuesMut};
use crate::pixel::point::colours;
use crate::sample::Sample;
use crate::transform::{Apply, Transform};
use crate::value::Value;
use crate::workspace::Workspace;

/// Puts the channels into random order.
///
/// ```
/// use firebrick_data_augment::pixel::ChannelOrder;
/// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
///
/// let mut sample = Sample::new(Picture::from_bytes(vec![1, 2, 3, 4, 5, 6], [1, 2, 3])?);
/// ChannelOrder { order: [2, 0, 1, 3] }.apply(&mut sample, &mut Workspace::new())?;
/// assert_eq!(sample.picture.bytes(), Some(&[3, 1, 2, 6, 4, 5][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelShuffle {}

impl ChannelShuffle {
    /// There is nothing to set but its probability.
    pub fn new() -> Self {
        Self {}
    }
}

impl Transform for ChannelShuffle {
    type Drawn = ChannelOrder;
    const NAME: &'static str = "channel_shuffle";

    fn check(&self) -> Result<(), AugmentError> {
        Ok(())
    }

    fn draw(&self, shape: Shape, draws: &mut Draws) -> Result<ChannelOrder, AugmentError> {
        let mut order = [0, 1, 2, 3];
        draws.shuffle(&mut order[..colours(shape.channels)]);
        Ok(ChannelOrder { order })
    }
}

/// What [`ChannelShuffle`] draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelOrder {
    /// Where each channel comes from; those that a picture does not have count for nothing.
    pub order: [u8; 4],
}

impl Apply for ChannelOrder {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        let channels = sample.shape().channels;
        let last = colours(channels) as u8 - 1;
        let order = self.order.map(|from| from.min(last));
        match sample.picture.values_mut() {
            ValuesMut::Bytes(bytes) => ordered(bytes, channels, order),
            ValuesMut::Floats(floats) => ordered(floats, channels, order),
        }
        Ok(())
    }
}

/// Only red, green and blue have an order; alpha stays.
fn ordered<T: Value>(values: &mut [T], channels: usize, order: [u8; 4]) {
    match (channels, order) {
        (3, [0, 2, 1, _]) => wide!(permuted::<T, 3, 0, 2, 1>(values)),
        (3, [1, 0, 2, _]) => wide!(permuted::<T, 3, 1, 0, 2>(values)),
        (3, [1, 2, 0, _]) => wide!(permuted::<T, 3, 1, 2, 0>(values)),
        (3, [2, 0, 1, _]) => wide!(permuted::<T, 3, 2, 0, 1>(values)),
        (3, [2, 1, 0, _]) => wide!(permuted::<T, 3, 2, 1, 0>(values)),
        (3, order) => any_order::<T, 3>(values, order),
        (4, order) => any_order::<T, 4>(values, order),
        _ => {}
    }
}

/// An order that the compiler knows.
#[inline(always)]
fn permuted<T: Value, const C: usize, const RED: usize, const GREEN: usize, const BLUE: usize>(values: &mut [T]) {
    for pixel in values.as_chunks_mut::<C>().0 {
        (pixel[0], pixel[1], pixel[2]) = (pixel[RED], pixel[GREEN], pixel[BLUE]);
    }
}

fn any_order<T: Value, const C: usize>(values: &mut [T], [red, green, blue, _]: [u8; 4]) {
    for pixel in values.as_chunks_mut::<C>().0 {
        [pixel[0], pixel[1], pixel[2]] = [red, green, blue].map(|from| pixel[usize::from(from)]);
    }
}
