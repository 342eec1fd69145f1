//! The CPU kernel, for 32-bit floats: parts of both tensors are read once, and their sums added in their order.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;

use super::reference;
use crate::cpu::{Function, Simd, Work, add_lanes, each_part, is_f32, map, tensor, vectorised, whole};

/// Numbers of a part, which one thread adds up.
const PART: usize = 16 * 1024;
/// Vectors of sums that are taken side by side.
const WAYS: usize = 4;

/// As [`Backend::squared_error_forward`](crate::Backend::squared_error_forward); other floats than 32-bit ones take the
/// reference.
pub(crate) fn forward(x: FlexTensor, target: FlexTensor) -> FlexTensor {
    if ![&x, &target].into_iter().all(is_f32) {
        return reference::forward::<Flex>(x, target);
    }
    let (x, target) = (whole(x), whole(target));
    let (x, target) = (x.storage::<f32>(), target.storage::<f32>());
    let parts: Vec<_> = x.chunks(PART).zip(target.chunks(PART)).collect();
    let sums = each_part(parts, |_, (x, target)| vectorised(Sum { x, target }));
    let sum: f64 = sums.into_iter().map(f64::from).sum();
    tensor(vec![(sum / x.len() as f64) as f32], [1])
}

/// As [`Backend::squared_error_gradient`](crate::Backend::squared_error_gradient); other floats than 32-bit ones take the
/// reference.
pub(crate) fn gradient(x: FlexTensor, target: FlexTensor, loss_grad: FlexTensor) -> FlexTensor {
    if ![&x, &target, &loss_grad].into_iter().all(is_f32) {
        return reference::gradient::<Flex>(x, target, loss_grad);
    }
    let numbers = x.layout().num_elements();
    let dloss = whole(loss_grad).storage::<f32>()[0];
    map(Gradient((2.0 / numbers as f64) as f32 * dloss), [x, target])
}

/// (x − t)·factor.
#[derive(Clone, Copy)]
struct Gradient(f32);

impl Function<2> for Gradient {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [x, target]: [S::Vector; 2]) -> S::Vector {
        simd.mul(simd.sub(x, target), simd.splat(self.0))
    }
}

/// The sum of the squared differences of a part.
struct Sum<'a> {
    x: &'a [f32],
    target: &'a [f32],
}

impl Work for Sum<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f32 {
        let mut sums = [simd.splat(0.0); WAYS];
        let blocks = self.x.chunks(WAYS * S::LANES).zip(self.target.chunks(WAYS * S::LANES));
        for (x, target) in blocks {
            let vectors = x.chunks(S::LANES).zip(target.chunks(S::LANES));
            for (sum, (x, target)) in sums.iter_mut().zip(vectors) {
                let difference = simd.sub(simd.load(x), simd.load(target));
                *sum = simd.mul_add(difference, difference, *sum);
            }
        }
        let mut total = simd.splat(0.0);
        for sum in sums {
            total = simd.add(total, sum);
        }
        add_lanes(simd, total)
    }
}
