//! What transforms ask of a picture before they change it: histograms, means, the darkest and the lightest value.

use super::point::{LANES, colours, level};
use crate::picture::{Picture, Values};
use crate::value::Value;

/// How often each level occurs in each channel.
pub(crate) fn histograms(picture: &Picture) -> [[u32; 256]; 4] {
    match (picture.values(), picture.shape().channels) {
        (Values::Bytes(bytes), 1) => grey_histogram(bytes),
        (Values::Bytes(bytes), 2) => counted::<u8, 2>(bytes, |byte| byte),
        (Values::Bytes(bytes), 3) => counted::<u8, 3>(bytes, |byte| byte),
        (Values::Bytes(bytes), _) => counted::<u8, 4>(bytes, |byte| byte),
        (Values::Floats(floats), 1) => counted::<f32, 1>(floats, level),
        (Values::Floats(floats), 2) => counted::<f32, 2>(floats, level),
        (Values::Floats(floats), 3) => counted::<f32, 3>(floats, level),
        (Values::Floats(floats), _) => counted::<f32, 4>(floats, level),
    }
}

fn counted<T: Copy, const C: usize>(values: &[T], level: impl Fn(T) -> u8) -> [[u32; 256]; 4] {
    let mut counts = [[0; 256]; 4];
    for pixel in values.as_chunks::<C>().0 {
        for channel in 0..C {
            counts[channel][usize::from(level(pixel[channel]))] += 1;
        }
    }
    counts
}

/// Neighbours are alike: four tables in turn do not wait for one another.
fn grey_histogram(bytes: &[u8]) -> [[u32; 256]; 4] {
    let (fours, rest) = bytes.as_chunks::<4>();
    let mut counts = counted::<u8, 4>(fours.as_flattened(), |byte| byte);
    let [first, others @ ..] = &mut counts;
    for (level, count) in first.iter_mut().enumerate() {
        *count += others.iter().map(|other| other[level]).sum::<u32>();
    }
    rest.iter().for_each(|&byte| first[usize::from(byte)] += 1);
    counts
}

/// Weights of red, green and blue in grey (ITU-R BT.601).
pub(crate) const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// Values that are summed before the sum goes into a float of 64 bits.
const PART: usize = 4096;

/// The mean of grey, 0 to white.
pub(crate) fn mean_grey(picture: &Picture) -> f64 {
    let shape = picture.shape();
    let sums = match picture.values() {
        Values::Bytes(bytes) => wide!(sums(bytes, shape.channels, |value| value)),
        Values::Floats(floats) => wide!(sums(floats, shape.channels, |value| value)),
    };
    let pixels = shape.pixels() as f64;
    match shape.channels {
        1 | 2 => sums[0] / pixels,
        _ => (0..3).map(|channel| sums[channel] * f64::from(LUMA[channel])).sum::<f64>() / pixels,
    }
}

/// The sum over each channel of a function of the values.
#[inline(always)]
pub(crate) fn sums<T: Value>(values: &[T], channels: usize, function: impl Fn(f32) -> f32) -> [f64; 4] {
    match channels {
        1 => channel_sums::<T, 1>(values, function),
        2 => channel_sums::<T, 2>(values, function),
        3 => channel_sums::<T, 3>(values, function),
        _ => channel_sums::<T, 4>(values, function),
    }
}

/// 48 lanes are whole pixels of 1, 2, 3 and 4 channels: lane by lane, then the lanes of a channel.
#[inline(always)]
fn channel_sums<T: Value, const C: usize>(values: &[T], function: impl Fn(f32) -> f32) -> [f64; 4] {
    let mut totals = [0.0; 4];
    for part in values.chunks(PART / LANES * LANES) {
        let (blocks, rest) = part.as_chunks::<LANES>();
        let mut lanes = [0.0f32; LANES];
        for block in blocks {
            for lane in 0..LANES {
                lanes[lane] += function(block[lane].float());
            }
        }
        rest.iter().zip(&mut lanes).for_each(|(value, lane)| *lane += function(value.float()));
        lanes.iter().enumerate().for_each(|(lane, &sum)| totals[lane % C] += f64::from(sum));
    }
    totals
}

/// The lowest and the highest value of each channel, 0 to white.
pub(crate) fn channel_extremes(picture: &Picture) -> [[f32; 2]; 4] {
    let channels = picture.shape().channels;
    match picture.values() {
        Values::Bytes(bytes) => wide!(extremes_of_all(bytes, channels)).map(|pair| pair.map(Value::float)),
        Values::Floats(floats) => wide!(extremes_of_all(floats, channels)),
    }
}

/// The lowest and the highest value, alpha apart, 0 to white.
pub(crate) fn extremes(picture: &Picture) -> [f32; 2] {
    let channels = channel_extremes(picture);
    channels[1..colours(picture.shape().channels)].iter().fold(channels[0], |[low, high], &[lower, higher]| {
        [if lower < low { lower } else { low }, if higher > high { higher } else { high }]
    })
}

#[inline(always)]
fn extremes_of_all<T: Value>(values: &[T], channels: usize) -> [[T; 2]; 4] {
    match channels {
        1 => extremes_of::<T, 1>(values),
        2 => extremes_of::<T, 2>(values),
        3 => extremes_of::<T, 3>(values),
        _ => extremes_of::<T, 4>(values),
    }
}

/// Lane by lane, then the lanes of a channel.
#[inline(always)]
fn extremes_of<T: Value, const C: usize>(values: &[T]) -> [[T; 2]; 4] {
    const LANES: usize = 192;
    let first: [T; LANES] = std::array::from_fn(|lane| values[lane % C]);
    let (mut low, mut high) = (first, first);
    let (blocks, rest) = values.as_chunks::<LANES>();
    for block in blocks {
        for lane in 0..LANES {
            low[lane] = if block[lane] < low[lane] { block[lane] } else { low[lane] };
            high[lane] = if block[lane] > high[lane] { block[lane] } else { high[lane] };
        }
    }
    let mut extremes = [[T::default(); 2]; 4];
    let mut take = |lane: usize, low: T, high: T| {
        let [lowest, highest] = &mut extremes[lane % C];
        *lowest = if lane < C || low < *lowest { low } else { *lowest };
        *highest = if lane < C || high > *highest { high } else { *highest };
    };
    for lane in 0..LANES {
        take(lane, low[lane], high[lane]);
    }
    rest.iter().enumerate().for_each(|(i, &value)| take(LANES + i, value, value));
    extremes
}
