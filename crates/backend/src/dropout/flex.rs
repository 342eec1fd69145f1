//! The CPU kernel, for 32-bit floats: what was drawn is two numbers, the key, and the mask a function of the key and the place.

use burn::backend::flex::FlexTensor;
use burn::backend::ops::FloatTensorOps;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{DType, Distribution, Shape};

use super::reference;
use crate::cpu::{Simd, Work, each_part, fresh, is_f32, tensor, vectorised, whole};

/// Numbers of a part (64 KiB), which one thread computes.
const PART: usize = 16 * 1024;
/// Tensors up to this size stay on the calling thread.
const SERIAL: usize = 8 * PART;

/// As [`Backend::dropout_draw`](crate::Backend::dropout_draw): the key, or for other floats than 32-bit ones the mask.
pub(crate) fn draw(like: FlexTensor, mask: Shape, rate: f64) -> FlexTensor {
    match is_f32(&like) {
        true => {
            let uniform = Distribution::Uniform(0.0, 1.0);
            Flex::float_random(Shape::new([2]), uniform, &like.device(), DType::F32.into())
        }
        false => reference::draw::<Flex>(&like, mask, rate),
    }
}

/// As [`Backend::dropout_apply`](crate::Backend::dropout_apply).
pub(crate) fn apply(x: FlexTensor, drawn: FlexTensor, mask: Shape, rate: f64) -> FlexTensor {
    if !is_f32(&x) {
        return reference::apply::<Flex>(x, drawn);
    }
    let key = [0, 1].map(|place| whole(drawn.clone()).storage::<f32>()[place].to_bits());
    let drops = Drops { key, least: (rate * 2f64.powi(32)) as u32, scale: (1.0 / (1.0 - rate)) as f32 };
    match shared(&x.shape(), &mask) {
        Some(shared) => drops.apply(x, shared),
        None => {
            let ones = tensor(vec![1.0; mask.num_elements()], mask);
            reference::apply::<Flex>(x, drops.apply(ones, 1))
        }
    }
}

/// How many neighbours share a draw, where it is neighbours that do: the mask is that of x in its first axes and 1 in the others.
fn shared(x: &Shape, mask: &Shape) -> Option<usize> {
    let own = mask.iter().zip(x.iter()).take_while(|(draws, size)| draws == size).count();
    mask.iter().skip(own).all(|draws| *draws == 1).then(|| x.iter().skip(own).product::<usize>().max(1))
}

/// Which draws drop, and what is left of the others.
#[derive(Clone, Copy)]
struct Drops {
    key: [u32; 2],
    /// Draws below this drop.
    least: u32,
    scale: f32,
}

impl Drops {
    fn apply(self, x: FlexTensor, shared: usize) -> FlexTensor {
        let mut x = whole(x);
        let len = x.storage::<f32>().len();
        let part = if len <= SERIAL { len } else { (PART / shared).max(1) * shared };
        if x.is_unique() {
            let parts = x.storage_mut().chunks_mut(part.max(1)).collect();
            each_part(parts, |index, values| vectorised(Drop { drops: self, first: index * part, shared, values }));
            return x;
        }
        let values = fresh(len, part, |index, values| {
            let first = index * part;
            values.copy_from_slice(&x.storage()[first..first + values.len()]);
            vectorised(Drop { drops: self, first, shared, values });
        });
        tensor(values, x.shape())
    }

    /// What the numbers of draw `place` are multiplied by.
    #[inline(always)]
    fn factor(self, place: u32, key: [u32; 2]) -> f32 {
        let drawn = mix(mix(place.wrapping_add(key[0])) ^ key[1]);
        if drawn < self.least { 0.0 } else { self.scale }
    }

    /// The key of the places that share their upper half.
    fn key_of(self, place: usize) -> [u32; 2] {
        let upper = (place as u64 >> 32) as u32;
        [mix(self.key[0]), mix(self.key[1] ^ mix(upper))]
    }
}

/// Turns neighbouring numbers into such that have nothing in common: a bijection by multiplications and shifts, whose constants
/// Wellons found by search (2018, <https://nullprogram.com/blog/2018/07/31/>).
#[inline(always)]
fn mix(number: u32) -> u32 {
    let number = (number ^ (number >> 16)).wrapping_mul(0x7feb_352d);
    let number = (number ^ (number >> 15)).wrapping_mul(0x846c_a68b);
    number ^ (number >> 16)
}

/// The numbers from `first` on.
struct Drop<'a> {
    drops: Drops,
    first: usize,
    /// How many neighbours share a draw; `first` is a multiple of it.
    shared: usize,
    values: &'a mut [f32],
}

impl Work for Drop<'_> {
    type Output = ();

    /// Plain integers, which the compiler turns into vectors of the set of instructions: the same bits on each.
    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { drops, first, shared, values } = self;
        let mut place = first / shared;
        // A block's places share their upper half.
        for block in values.chunks_mut(PART * shared) {
            let (key, low) = (drops.key_of(place), place as u32);
            if shared == 1 {
                for (at, value) in (0u32..).zip(block.iter_mut()) {
                    *value *= drops.factor(low.wrapping_add(at), key);
                }
            } else {
                for (at, values) in (0u32..).zip(block.chunks_mut(shared)) {
                    let factor = drops.factor(low.wrapping_add(at), key);
                    values.iter_mut().for_each(|value| *value *= factor);
                }
            }
            place += PART;
        }
    }
}
