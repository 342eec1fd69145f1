//! Sequences taken apart into their steps, with a gradient that costs no more than the steps do.
//!
//! The gradient of a slice is a tensor as large as what was sliced, zero outside the slice. Cut T steps from one tensor
//! of T steps, and the backward pass fills and adds T tensors of T steps: T². Cut it in halves, the halves in halves and
//! so on, and each of the log₂ T levels costs T: a few passes over memory beside what a step computes.

use burn::tensor::Tensor;

/// The T parts of `x` `[T, ..]`, each without the first axis, so `S` is `D − 1`.
pub(crate) fn unstack<const D: usize, const S: usize>(x: Tensor<D>) -> Vec<Tensor<S>> {
    let mut parts = Vec::with_capacity(x.dims()[0]);
    halve(x, &mut parts);
    parts.into_iter().map(|part| part.squeeze_dim(0)).collect()
}

fn halve<const D: usize>(x: Tensor<D>, parts: &mut Vec<Tensor<D>>) {
    let steps = x.dims()[0];
    if steps == 1 {
        parts.push(x);
        return;
    }
    let half = steps / 2;
    halve(x.clone().narrow(0, 0, half), parts);
    halve(x.narrow(0, half, steps - half), parts);
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use burn::tensor::Device;

    use super::*;

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn the_parts_are_the_steps_in_order_and_each_gets_its_own_gradient() {
        let device = Device::flex().autodiff();
        for steps in [1, 2, 3, 7, 8, 13] {
            let x = Tensor::<1, burn::tensor::Int>::arange(0..steps * 6, &device).float();
            let x = x.reshape([steps as usize, 2, 3]).require_grad();
            let parts: Vec<Tensor<2>> = unstack(x.clone());
            assert_eq!(parts.len(), steps as usize);
            let mut loss = Tensor::<1>::zeros([1], &device);
            for (step, part) in parts.into_iter().enumerate() {
                let first = 6.0 * step as f32;
                assert_eq!(values(part.clone()), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0].map(|value| first + value));
                loss = loss + (part * (step as f32 + 1.0)).sum();
            }
            let gradient = values(x.grad(&loss.backward()).unwrap());
            let expected: Vec<f32> = (0..steps * 6).map(|index| (index / 6 + 1) as f32).collect();
            assert_eq!(gradient, expected, "{steps} steps");
        }
    }

    /// The shortest of three backward passes through the parts of 1,024 steps of 256 numbers.
    fn backward_time(take_apart: impl Fn(Tensor<2>) -> Vec<Tensor<1>>) -> Duration {
        let device = Device::flex().autodiff();
        let once = || {
            let x = Tensor::<2>::ones([1024, 256], &device).require_grad();
            let loss = Tensor::stack::<2>(take_apart(x.clone()), 0).sum();
            let start = Instant::now();
            let gradients = loss.backward();
            assert_eq!(values(x.grad(&gradients).unwrap())[..3], [1.0; 3]);
            start.elapsed()
        };
        (0..3).map(|_| once()).min().unwrap()
    }

    #[test]
    fn halving_costs_a_small_part_of_what_a_slice_for_each_step_costs() {
        let halved = backward_time(unstack);
        let sliced = backward_time(|x| (0..1024).map(|step| x.clone().narrow(0, step, 1).squeeze_dim(0)).collect());
        println!("halved {halved:?}, sliced {sliced:?}");
        assert!(halved * 4 < sliced, "halved {halved:?}, sliced {sliced:?}");
    }
}
