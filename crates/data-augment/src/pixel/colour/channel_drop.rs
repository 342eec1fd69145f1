//! Channels that hold nothing any more.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::AugmentError;
use crate::picture::{Shape, ValuesMut};
use crate::pixel::point::{colours, each_channel};
use crate::sample::Sample;
use crate::transform::{Apply, Transform};
use crate::value::Value;
use crate::workspace::Workspace;

/// Fills one or two channels with one value; at least one is left as it is, so pictures without colours stay.
///
/// ```
/// use firebrick_data_augment::pixel::DroppedChannels;
/// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
///
/// let mut sample = Sample::new(Picture::from_bytes(vec![1, 2, 3, 4, 5, 6], [1, 2, 3])?);
/// DroppedChannels { dropped: [false, true, false, false], fill: 0.0 }.apply(&mut sample, &mut Workspace::new())?;
/// assert_eq!(sample.picture.bytes(), Some(&[1, 0, 3, 4, 0, 6][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChannelDrop {
    /// Fewest and most channels, 1 to 2. Default 1 and 1.
    pub channels: [u8; 2],
    /// What they are filled with, a share of white. Default 0.
    pub fill: f64,
}

impl ChannelDrop {
    /// One channel becomes black.
    pub fn new() -> Self {
        Self { channels: [1, 1], fill: 0.0 }
    }
}

impl Default for ChannelDrop {
    fn default() -> Self {
        Self::new()
    }
}

impl Transform for ChannelDrop {
    type Drawn = DroppedChannels;
    const NAME: &'static str = "channel_drop";

    fn check(&self) -> Result<(), AugmentError> {
        check::range(Self::NAME, "channels", self.channels.map(f64::from), [1.0, 2.0])?;
        check::number(Self::NAME, "fill", self.fill, [0.0, 1.0])
    }

    fn draw(&self, shape: Shape, draws: &mut Draws) -> Result<DroppedChannels, AugmentError> {
        let there = colours(shape.channels);
        let [low, high] = self.channels;
        let count = usize::from(low) + draws.below(u64::from(high - low) + 1) as usize;
        let mut order = [0, 1, 2, 3];
        draws.shuffle(&mut order[..there]);
        let mut dropped = [false; 4];
        order[..count.min(there - 1)].iter().for_each(|&channel| dropped[channel] = true);
        Ok(DroppedChannels { dropped, fill: self.fill })
    }
}

/// What [`ChannelDrop`] draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DroppedChannels {
    /// Which channels are filled.
    pub dropped: [bool; 4],
    /// With what, a share of white.
    pub fill: f64,
}

impl Apply for DroppedChannels {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        let channels = sample.shape().channels;
        match sample.picture.values_mut() {
            ValuesMut::Bytes(bytes) => wide!(self.fill(bytes, channels)),
            ValuesMut::Floats(floats) => wide!(self.fill(floats, channels)),
        }
        Ok(())
    }
}

impl DroppedChannels {
    #[inline(always)]
    fn fill<T: Value>(&self, values: &mut [T], channels: usize) {
        let (fill, dropped) = (T::of(self.fill as f32 * T::WHITE), self.dropped);
        each_channel(
            values,
            channels,
            #[inline(always)]
            |channel, value| if dropped[channel] { fill } else { value },
        );
    }
}
