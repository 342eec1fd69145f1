//! The CPU kernel: one pass over both tensors, by all threads.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use rayon::prelude::*;

use super::reference;
use crate::cpu::{is_f32, whole};

/// Elements that one thread takes at a time: a quarter of a megabyte of each tensor.
const CHUNK: usize = 1 << 16;

/// As [`Backend::lerp`](crate::Backend::lerp); other floats than 32-bit ones take the reference.
pub(crate) fn lerp(average: FlexTensor, value: FlexTensor, share: f32) -> FlexTensor {
    if ![&average, &value].into_iter().all(is_f32) {
        return reference::lerp::<Flex>(average, value, share);
    }
    let (mut average, value) = (whole(average), whole(value));

    let (averages, values) = (average.storage_mut::<f32>(), value.storage::<f32>());
    if averages.len() <= CHUNK {
        move_towards(averages, values, share);
    } else {
        let chunks = averages.par_chunks_mut(CHUNK).zip(values.par_chunks(CHUNK));
        chunks.for_each(|(averages, values)| move_towards(averages, values, share));
    }
    average
}

fn move_towards(averages: &mut [f32], values: &[f32], share: f32) {
    for (average, value) in averages.iter_mut().zip(values) {
        *average += (value - *average) * share;
    }
}
