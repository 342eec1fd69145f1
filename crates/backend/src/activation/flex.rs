//! The CPU kernel, for 32-bit floats: one pass of vectors over the tensor; for the gradient, over the output's gradient
//! and what was kept.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;

use super::curves::{Curve, WithCurve, with_curve};
use super::{Activation, reference};
use crate::cpu::{Function, Simd, is_f32, map, map_in_place};

/// As [`Backend::activation_forward`](crate::Backend::activation_forward); other floats than 32-bit ones take the reference.
pub(crate) fn forward(x: FlexTensor, activation: Activation) -> FlexTensor {
    if !is_f32(&x) {
        return reference::forward::<Flex>(x, activation);
    }
    with_curve(activation, Forward(x))
}

/// As [`Backend::activation_backward`](crate::Backend::activation_backward); other floats than 32-bit ones take the reference.
pub(crate) fn backward(kept: FlexTensor, output_grad: FlexTensor, activation: Activation) -> FlexTensor {
    if ![&kept, &output_grad].into_iter().all(is_f32) {
        return reference::backward::<Flex>(kept, output_grad, activation);
    }
    with_curve(activation, Backward([kept, output_grad]))
}

/// The activation of a slice, written over it, on the calling thread: for kernels that have it in cache.
pub(crate) fn apply(values: &mut [f32], activation: Activation) {
    with_curve(activation, Apply(values));
}

/// Turns a slice of the output's gradient into the input's, on the calling thread; `kept` is the output or, where
/// [`Activation::needs_input`], the input.
pub(crate) fn apply_gradient(kept: &[f32], gradient: &mut [f32], activation: Activation) {
    with_curve(activation, ApplyGradient { kept, gradient });
}

#[derive(Clone, Copy)]
struct Value<C>(C);

impl<C: Curve> Function<1> for Value<C> {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [x]: [S::Vector; 1]) -> S::Vector {
        self.0.value(simd, x)
    }
}

#[derive(Clone, Copy)]
struct Gradient<C>(C);

impl<C: Curve> Function<2> for Gradient<C> {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, [kept, dy]: [S::Vector; 2]) -> S::Vector {
        self.0.gradient(simd, kept, dy)
    }
}

struct Forward(FlexTensor);

impl WithCurve for Forward {
    type Output = FlexTensor;
    fn run<C: Curve>(self, curve: C) -> FlexTensor {
        map(Value(curve), [self.0])
    }
}

/// What was kept, and the output's gradient.
struct Backward([FlexTensor; 2]);

impl WithCurve for Backward {
    type Output = FlexTensor;
    fn run<C: Curve>(self, curve: C) -> FlexTensor {
        map(Gradient(curve), self.0)
    }
}

struct Apply<'a>(&'a mut [f32]);

impl WithCurve for Apply<'_> {
    type Output = ();
    fn run<C: Curve>(self, curve: C) {
        map_in_place(Value(curve), 0, [&[]], self.0);
    }
}

struct ApplyGradient<'a> {
    kept: &'a [f32],
    gradient: &'a mut [f32],
}

impl WithCurve for ApplyGradient<'_> {
    type Output = ();
    fn run<C: Curve>(self, curve: C) {
        map_in_place(Gradient(curve), 1, [self.kept, &[]], self.gradient);
    }
}
