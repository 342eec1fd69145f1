//! What transforms of single values share: a function over all values, linear or not, and tables.

use crate::picture::{Picture, ValuesMut};
use crate::value::Value;

/// Replaces every value but alpha by a function of it. Floats count from 0, black, to 1, white, bytes to 255: both functions get
/// their own.
#[inline(always)]
pub(crate) fn map(picture: &mut Picture, of_byte: impl Fn(u8) -> u8, of_float: impl Fn(f32) -> f32) {
    let channels = picture.shape().channels;
    match picture.values_mut() {
        ValuesMut::Bytes(bytes) => wide!(each(bytes, channels, of_byte)),
        ValuesMut::Floats(floats) => wide!(each(floats, channels, of_float)),
    }
}

/// Replaces every value but alpha by the clamped result of a linear function: slope·value + offset·white.
pub(crate) fn linear(picture: &mut Picture, slope: f64, offset: f64) {
    linear_channels(picture, [slope as f32; 4], [offset as f32; 4]);
}

/// Replaces every value by slope·value + offset of its channel, but alpha, cut off at black and white; offsets are shares of white.
pub(crate) fn linear_channels(picture: &mut Picture, slopes: [f32; 4], offsets: [f32; 4]) {
    let channels = picture.shape().channels;
    match picture.values_mut() {
        ValuesMut::Bytes(bytes) => wide!(linear_lanes(bytes, channels, slopes, offsets)),
        ValuesMut::Floats(floats) => wide!(linear_lanes(floats, channels, slopes, offsets)),
    }
}

/// Values of whole pixels of 1, 2, 3 and 4 channels.
pub(super) const LANES: usize = 48;

/// What is given for each channel, for each lane; `alpha` for that of alpha.
fn by_lane<T: Copy>(of: [T; 4], alpha: T, channels: usize) -> [T; LANES] {
    std::array::from_fn(|lane| if lane % channels < colours(channels) { of[lane % channels] } else { alpha })
}

#[inline(always)]
fn linear_lanes<T: Value>(values: &mut [T], channels: usize, slopes: [f32; 4], offsets: [f32; 4]) {
    let (slopes, offsets) = (by_lane(slopes, 1.0, channels), by_lane(offsets, 0.0, channels));
    in_lanes(
        values,
        #[inline(always)]
        |values| {
            for lane in 0..LANES {
                let out = values[lane].float() * slopes[lane] + offsets[lane] * T::WHITE;
                values[lane] = T::of(out.clamp(0.0, T::WHITE));
            }
        },
    );
}

/// Blocks of lanes; the last is filled up.
#[inline(always)]
fn in_lanes<T: Value>(values: &mut [T], mut apply: impl FnMut(&mut [T; LANES])) {
    let (blocks, rest) = values.as_chunks_mut::<LANES>();
    for block in blocks {
        apply(block);
    }
    if !rest.is_empty() {
        let mut last = [T::default(); LANES];
        last[..rest.len()].copy_from_slice(rest);
        apply(&mut last);
        rest.copy_from_slice(&last[..rest.len()]);
    }
}

/// Replaces every byte but alpha by what stands in its place in a table; a float by that of the nearest of 256 levels.
pub(crate) fn look_up(picture: &mut Picture, table: &[u8; 256]) {
    look_up_channels(picture, &[*table; 4]);
}

/// As [`look_up`], with a table for each channel.
pub(crate) fn look_up_channels(picture: &mut Picture, tables: &[[u8; 256]; 4]) {
    let channels = picture.shape().channels;
    // Numbers of 32 bits: processors gather those, not bytes. Alpha has a table that changes nothing.
    let alpha = std::array::from_fn(|level| level as u8);
    let mut entries = [0u32; 4 * 256];
    for (channel, entries) in entries.chunks_exact_mut(256).enumerate() {
        let table = if channel < colours(channels) { &tables[channel] } else { &alpha };
        entries.iter_mut().zip(table).for_each(|(entry, &level)| *entry = u32::from(level));
    }
    let starts: [u32; LANES] = std::array::from_fn(|lane| (lane % channels * 256) as u32);
    match picture.values_mut() {
        ValuesMut::Bytes(bytes) => wide!(looked_up(bytes, &entries, &starts)),
        ValuesMut::Floats(floats) => in_lanes(
            floats,
            #[inline(always)]
            |values| {
                for (value, start) in values.iter_mut().zip(starts) {
                    *value = entries[start as usize + usize::from(level(*value))] as f32 / 255.0;
                }
            },
        ),
    }
}

#[inline(always)]
fn looked_up(bytes: &mut [u8], entries: &[u32; 4 * 256], starts: &[u32; LANES]) {
    in_lanes(
        bytes,
        #[inline(always)]
        |bytes| {
            let mut found = [0u32; LANES];
            for lane in 0..LANES {
                // Below 1024 in any case, and the compiler sees it.
                found[lane] = entries[((starts[lane] + u32::from(bytes[lane])) & 1023) as usize];
            }
            for lane in 0..LANES {
                bytes[lane] = found[lane] as u8;
            }
        },
    );
}

/// The nearest of 256 levels.
pub(crate) fn level(value: f32) -> u8 {
    u8::of(value * 255.0)
}

/// How many of the channels are not alpha.
pub(crate) fn colours(channels: usize) -> usize {
    match channels {
        2 | 4 => channels - 1,
        _ => channels,
    }
}

#[inline(always)]
fn each<T: Copy>(values: &mut [T], channels: usize, function: impl Fn(T) -> T) {
    match channels {
        2 => before_alpha::<T, 2>(values, function),
        4 => before_alpha::<T, 4>(values, function),
        _ => {
            for value in values {
                *value = function(*value);
            }
        }
    }
}

#[inline(always)]
fn before_alpha<T: Copy, const C: usize>(values: &mut [T], function: impl Fn(T) -> T) {
    for pixel in values.as_chunks_mut::<C>().0 {
        let alpha = pixel[C - 1];
        for value in &mut *pixel {
            *value = function(*value);
        }
        pixel[C - 1] = alpha;
    }
}

#[inline(always)]
pub(crate) fn each_channel<T: Copy>(values: &mut [T], channels: usize, function: impl Fn(usize, T) -> T) {
    match channels {
        1 => channel_by_channel::<T, 1>(values, function),
        2 => channel_by_channel::<T, 2>(values, function),
        3 => channel_by_channel::<T, 3>(values, function),
        _ => channel_by_channel::<T, 4>(values, function),
    }
}

#[inline(always)]
fn channel_by_channel<T: Copy, const C: usize>(values: &mut [T], function: impl Fn(usize, T) -> T) {
    let coloured = colours(C);
    for pixel in values.as_chunks_mut::<C>().0 {
        for (channel, value) in pixel.iter_mut().enumerate().take(coloured) {
            *value = function(channel, *value);
        }
    }
}
