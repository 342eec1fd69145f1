//! Functions of numbers, applied element by element to whole tensors: one pass, vector by vector, shared out among the
//! threads when it is long, in the memory of an argument that no one else holds.

use burn::backend::TensorMetadata;
use burn::backend::flex::FlexTensor;
use rayon::prelude::*;

use super::fresh::fresh;
use super::simd::{Simd, Work, vectorised};
use super::tensors::{tensor, whole};

/// Numbers of a part (64 KiB), which one thread computes.
const PART: usize = 16 * 1024;
/// Tensors up to this size (a megabyte) stay on the calling thread: waking another one would take about as long.
const SERIAL: usize = 16 * PART;

/// A function of N numbers. What it gives for one element depends on that element alone.
pub(crate) trait Function<const N: usize>: Copy + Sync {
    /// The function, for a vector of each argument.
    fn of<S: Simd>(self, simd: S, arguments: [S::Vector; N]) -> S::Vector;
}

/// The function of tensors of one shape, element by element.
///
/// # Panics
///
/// When they have different numbers of elements.
pub(crate) fn map<const N: usize, F: Function<N>>(function: F, arguments: [FlexTensor; N]) -> FlexTensor {
    let mut arguments = arguments.map(whole);
    match arguments.iter().position(FlexTensor::is_unique) {
        Some(place) => {
            let (before, rest) = arguments.split_at_mut(place);
            if let Some((target, after)) = rest.split_first_mut() {
                let others: Vec<&[f32]> = before.iter().chain(after.iter()).map(FlexTensor::storage).collect();
                in_place(function, place, target.storage_mut(), &others);
            }
            arguments.into_iter().nth(place).expect("the place is that of an argument")
        }
        None => {
            let shape = arguments[0].shape();
            let values = arguments.each_ref().map(FlexTensor::storage);
            tensor(made(function, values), shape)
        }
    }
}

/// The function of slices of one length, on the calling thread.
///
/// # Panics
///
/// When a slice is shorter than `out`.
fn map_into<const N: usize, F: Function<N>>(function: F, arguments: [&[f32]; N], out: &mut [f32]) {
    vectorised(Pass { function, place: N, arguments, out });
}

/// The function of slices of one length, written over the argument at `place`, which `out` holds: what stands in its place
/// among the arguments is not read. On the calling thread.
///
/// # Panics
///
/// When another slice is shorter than `out`.
pub(crate) fn map_in_place<const N: usize, F: Function<N>>(
    function: F,
    place: usize,
    arguments: [&[f32]; N],
    out: &mut [f32],
) {
    vectorised(Pass { function, place, arguments, out });
}

fn made<const N: usize, F: Function<N>>(function: F, arguments: [&[f32]; N]) -> Vec<f32> {
    let len = arguments[0].len();
    let part = if len <= SERIAL { len } else { PART };
    fresh(len, part, |index, out| {
        let start = index * part;
        map_into(function, arguments.map(|values| &values[start..start + out.len()]), out);
    })
}

/// Writes over the argument at `place`, whose values `out` holds; `others` are the other arguments.
fn in_place<const N: usize, F: Function<N>>(function: F, place: usize, out: &mut [f32], others: &[&[f32]]) {
    let pass = |start: usize, out: &mut [f32]| {
        let mut arguments: [&[f32]; N] = [&[]; N];
        let places = (0..N).filter(|other| *other != place);
        for (other, values) in places.zip(others) {
            arguments[other] = &values[start..start + out.len()];
        }
        map_in_place(function, place, arguments, out);
    };
    if out.len() <= SERIAL {
        pass(0, out);
    } else {
        out.par_chunks_mut(PART).enumerate().for_each(|(index, out)| pass(index * PART, out));
    }
}

/// One pass over slices. The argument at `place` is what `out` holds.
struct Pass<'a, F, const N: usize> {
    function: F,
    place: usize,
    arguments: [&'a [f32]; N],
    out: &'a mut [f32],
}

impl<F: Function<N>, const N: usize> Work for Pass<'_, F, N> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { function, place, arguments, out } = self;
        let mut at = 0;
        let mut blocks = out.chunks_exact_mut(S::LANES);
        for block in &mut blocks {
            vector(simd, function, place, (arguments, at), block);
            at += S::LANES;
        }
        vector(simd, function, place, (arguments, at), blocks.into_remainder());
    }
}

/// The function of the values from `at` on, as many as `out` holds.
#[inline(always)]
fn vector<const N: usize, S: Simd>(
    simd: S,
    function: impl Function<N>,
    place: usize,
    (arguments, at): ([&[f32]; N], usize),
    out: &mut [f32],
) {
    let mut values = [simd.splat(0.0); N];
    for k in 0..N {
        values[k] = simd.load(if k == place { &*out } else { &arguments[k][at..at + out.len()] });
    }
    simd.store(function.of(simd, values), out);
}

#[cfg(test)]
mod tests {
    use burn::tensor::DType;

    use super::*;

    /// a − 2b.
    #[derive(Clone, Copy)]
    struct Minus;

    impl Function<2> for Minus {
        #[inline(always)]
        fn of<S: Simd>(self, simd: S, [a, b]: [S::Vector; 2]) -> S::Vector {
            simd.sub(a, simd.add(b, b))
        }
    }

    fn ramp(len: usize, step: f32) -> FlexTensor {
        tensor((0..len).map(|i| i as f32 * step).collect(), [len])
    }

    #[test]
    fn each_element_is_the_function_of_those_at_its_place_whoever_holds_the_arguments() {
        for len in [0, 1, 15, 16, 33, SERIAL, SERIAL + 1, SERIAL + PART + 7] {
            for held in 0..4 {
                let (a, b) = (ramp(len, 3.0), ramp(len, 1.0));
                let (held_a, held_b) = ((held & 1 > 0).then(|| a.clone()), (held & 2 > 0).then(|| b.clone()));
                let y = map(Minus, [a, b]);
                assert_eq!(y.storage::<f32>(), ramp(len, 1.0).storage::<f32>(), "{len} values, {held} held");
                assert_eq!(y.shape(), [len].into());
                for (argument, step) in [(held_a, 3.0), (held_b, 1.0)] {
                    let kept =
                        argument.is_none_or(|argument| argument.storage::<f32>() == ramp(len, step).storage::<f32>());
                    assert!(kept, "an argument that is held was written over");
                }
            }
        }
    }

    #[test]
    fn slices_are_written_in_place_and_elsewhere() {
        #[derive(Clone, Copy)]
        struct Twice;
        impl Function<1> for Twice {
            #[inline(always)]
            fn of<S: Simd>(self, simd: S, [x]: [S::Vector; 1]) -> S::Vector {
                simd.add(x, x)
            }
        }
        let mut values = [1.0; 35];
        map_in_place(Twice, 0, [&[]], &mut values);
        assert_eq!(values, [2.0; 35]);
        let mut out = [0.0; 33];
        map_into(Twice, [&values], &mut out);
        assert_eq!(out, [4.0; 33]);
    }

    #[test]
    fn memory_of_an_argument_that_no_one_holds_is_used_again() {
        let (a, b) = (ramp(40, 3.0), ramp(40, 1.0));
        let (held, place) = (a.clone(), b.storage::<f32>().as_ptr());
        let y = map(Minus, [a, b]);
        assert_eq!(y.storage::<f32>().as_ptr(), place);
        assert_eq!((held.dtype(), y.dtype()), (DType::F32, DType::F32));
    }
}
