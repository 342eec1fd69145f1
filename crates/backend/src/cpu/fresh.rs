//! Memory that is written once: fresh values, made part by part.

#![expect(unsafe_code, reason = "memory that no one has written yet is handed out in parts, each cleared before")]

use std::mem::MaybeUninit;
use std::slice;

use rayon::prelude::*;

/// `len` values in parts of `part` (the last may be shorter): `make` gets the number of each part and its values, zeros, and
/// writes what they are to be. Several parts are shared out among the threads.
///
/// Clearing a large vector as a whole would send it through memory once more; a part of some 100 KiB stays in cache between
/// the two.
///
/// # Panics
///
/// When `part` is 0 though there are values.
pub(crate) fn fresh(len: usize, part: usize, make: impl Fn(usize, &mut [f32]) + Sync) -> Vec<f32> {
    fresh_pair::<f32, f32>([len, 0], [part, 0], |index, values, _| make(index, values)).0
}

/// As [`fresh`], two vectors in as many parts each; one that has no values has empty parts.
///
/// # Panics
///
/// When a part has no length though its vector has, or the vectors have different numbers of parts.
pub(crate) fn fresh_pair<A: Blank, B: Blank>(
    lens: [usize; 2],
    parts: [usize; 2],
    make: impl Fn(usize, &mut [A], &mut [B]) + Sync,
) -> (Vec<A>, Vec<B>) {
    let (mut first, mut second) = (Vec::with_capacity(lens[0]), Vec::with_capacity(lens[1]));
    let rooms = (&mut first.spare_capacity_mut()[..lens[0]], &mut second.spare_capacity_mut()[..lens[1]]);
    let count = (lens[0].div_ceil(parts[0].max(1))).max(lens[1].div_ceil(parts[1].max(1)));
    let make = |index: usize, a: &mut [MaybeUninit<A>], b: &mut [MaybeUninit<B>]| {
        make(index, cleared(a), cleared(b));
    };
    if count <= 1 {
        make(0, rooms.0, rooms.1);
    } else {
        let parts = (cut(rooms.0, parts[0], count), cut(rooms.1, parts[1], count));
        parts.into_par_iter().enumerate().for_each(|(index, (a, b))| make(index, a, b));
    }
    // SAFETY: the capacities are at least these lengths, and the parts, which `cleared` has written, are all of the values: one
    // part holds the whole, and `cut` refuses to leave any out.
    unsafe {
        first.set_len(lens[0]);
        second.set_len(lens[1]);
    }
    (first, second)
}

/// `count` rows of `len` values, in parts of `part` columns: `make` gets the number of each part and its columns of every row,
/// zeros, and writes what they are to be. What it returns is gathered in the order of the parts. Several parts are shared out
/// among the threads.
///
/// # Panics
///
/// When `len` or `part` is 0 though there are values.
pub(crate) fn fresh_columns<R: Send>(
    [count, len]: [usize; 2],
    part: usize,
    make: impl Fn(usize, Vec<&mut [f32]>) -> R + Sync,
) -> (Vec<f32>, Vec<R>) {
    let mut values = Vec::with_capacity(count * len);
    let room = &mut values.spare_capacity_mut()[..count * len];
    let parts = columns(room, len, part);
    let results = each_part(parts, |index, rows| make(index, rows.into_iter().map(cleared).collect()));
    // SAFETY: the capacity is at least this length, and the parts, which `cleared` has written, are all of the values: the rows
    // are cut without leaving any out.
    unsafe { values.set_len(count * len) };
    (values, results)
}

/// Cuts rows of `len` values into parts of `part` columns, each with its columns of every row; the last may be narrower.
pub(crate) fn columns<T>(rows: &mut [T], len: usize, part: usize) -> Vec<Vec<&mut [T]>> {
    let mut parts: Vec<Vec<&mut [T]>> = Vec::new();
    parts.resize_with(if rows.is_empty() { 0 } else { len.div_ceil(part) }, Vec::new);
    for row in if rows.is_empty() { rows.chunks_mut(1) } else { rows.chunks_mut(len) } {
        for (part, columns) in parts.iter_mut().zip(row.chunks_mut(part)) {
            part.push(columns);
        }
    }
    parts
}

/// What `work` gives for each part and its number, in their order; several are shared out among the threads.
pub(crate) fn each_part<T: Send, R: Send>(parts: Vec<T>, work: impl Fn(usize, T) -> R + Sync) -> Vec<R> {
    match parts.len() {
        ..2 => parts.into_iter().enumerate().map(|(index, part)| work(index, part)).collect(),
        _ => parts.into_par_iter().enumerate().map(|(index, part)| work(index, part)).collect(),
    }
}

/// Numbers that may be cleared: those of which zero bytes are the number 0.
pub(crate) trait Blank: Copy + Default + Send + Sync {}

impl Blank for f32 {}
impl Blank for i32 {}
impl Blank for u8 {}

/// The whole in `count` parts of `len`, the last of which may be shorter.
fn cut<T>(whole: &mut [T], len: usize, count: usize) -> Vec<&mut [T]> {
    let mut parts: Vec<_> = if whole.is_empty() { vec![] } else { whole.chunks_mut(len).collect() };
    assert!(parts.is_empty() || parts.len() == count, "{} parts beside {count}", parts.len());
    parts.resize_with(count, Default::default);
    parts
}

/// The part, filled with zeros.
fn cleared<T: Blank>(part: &mut [MaybeUninit<T>]) -> &mut [T] {
    part.fill(MaybeUninit::new(T::default()));
    // SAFETY: every value was written on the line above; `MaybeUninit<T>` lies in memory as `T` does, and the slice is borrowed
    // for as long as the result.
    unsafe { slice::from_raw_parts_mut(part.as_mut_ptr().cast(), part.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_made_once_from_zeros_in_its_place() {
        for (len, part) in [(0, 0), (0, 4), (3, 4), (4, 4), (9, 4), (1000, 7)] {
            let values = fresh(len, part, |index, values| {
                let start = index * part;
                values.iter_mut().enumerate().for_each(|(at, value)| *value += (start + at) as f32);
            });
            let expected: Vec<f32> = (0..len).map(|at| at as f32).collect();
            assert_eq!(values, expected, "{len} values in parts of {part}");
        }
    }

    #[test]
    fn two_vectors_are_made_side_by_side() {
        for (lens, parts) in [([10, 5], [4, 2]), ([3, 1], [3, 1]), ([0, 7], [2, 3]), ([7, 0], [3, 2]), ([0, 0], [1, 1])]
        {
            let (a, b) = fresh_pair::<f32, u8>(lens, parts, |index, a, b| {
                a.fill(index as f32);
                b.iter_mut().for_each(|value| *value += index as u8);
            });
            let expected = |len: usize, part: usize| (0..len).map(move |at| at / part);
            assert!(a.iter().copied().eq(expected(lens[0], parts[0]).map(|index| index as f32)), "{a:?}");
            assert!(b.iter().copied().eq(expected(lens[1], parts[1]).map(|index| index as u8)), "{b:?}");
        }
    }

    #[test]
    #[should_panic(expected = "2 parts beside 3")]
    fn vectors_with_different_numbers_of_parts_are_refused() {
        fresh_pair::<f32, f32>([9, 4], [3, 2], |_, _, _| {});
    }

    #[test]
    fn columns_of_all_rows_are_made_together() {
        for ([count, len], part) in [([3, 5], 2), ([2, 4], 4), ([1, 3], 1), ([4, 2], 9), ([0, 3], 2), ([3, 0], 2)] {
            let (values, results) = fresh_columns([count, len], part, |index, mut rows| {
                for (row, columns) in rows.iter_mut().enumerate() {
                    columns
                        .iter_mut()
                        .enumerate()
                        .for_each(|(at, value)| *value += (row * len + index * part + at) as f32);
                }
                (index, rows.len())
            });
            assert_eq!(values, (0..count * len).map(|at| at as f32).collect::<Vec<_>>());
            let parts = if count * len == 0 { 0 } else { len.div_ceil(part) };
            assert_eq!(results, (0..parts).map(|index| (index, count)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_panic_while_a_part_is_made_leaves_nothing_behind() {
        let outcome = std::panic::catch_unwind(|| fresh(100, 10, |index, _| assert!(index < 5)));
        assert!(outcome.is_err());
    }
}
