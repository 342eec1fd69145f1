//! What changes colours: their strength, their hue, the order of channels.

mod channel_drop;
mod channel_shift;
mod channel_shuffle;
mod color_jitter;
mod grayscale;
mod hue;
mod rgb;
mod saturation;

pub use channel_drop::{ChannelDrop, DroppedChannels};
pub use channel_shift::{ChannelShift, ChannelShiftIntensity};
pub use channel_shuffle::{ChannelOrder, ChannelShuffle};
pub use color_jitter::{ColorJitter, ColorJitterFactors, Jitter};
pub use grayscale::Grayscale;
pub use hue::{Hue, HueShift};
pub use saturation::{Saturation, SaturationFactor};
