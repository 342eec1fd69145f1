//! The activations on vectors: values, and gradients from what was kept. Other kernels apply them to what they have at hand.

use std::f32::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use super::Activation;
use crate::cpu::{Simd, exp, exp_minus_one, sigmoid, tanh};

/// √(2/π).
const SQRT_2_OVER_PI: f32 = FRAC_2_SQRT_PI * FRAC_1_SQRT_2;
/// The factor of x³ in the tanh formula of gelu.
const CUBE: f32 = 0.044_715;

/// A function and its slope.
pub(crate) trait Curve: Copy + Sync {
    /// Whether it is not x itself.
    const CHANGES: bool = true;

    /// The function of x.
    fn value<S: Simd>(self, simd: S, x: S::Vector) -> S::Vector;
    /// The gradient of x, the slope times `dy`. `kept` is x where [`Activation::needs_input`] says
    /// so, otherwise the value.
    fn gradient<S: Simd>(self, simd: S, kept: S::Vector, dy: S::Vector) -> S::Vector;
}

/// Something to do with an activation, compiled for each, so that none is asked for number by number.
pub(crate) trait WithCurve {
    /// What comes out.
    type Output;
    /// Does it with this activation.
    fn run<C: Curve>(self, curve: C) -> Self::Output;
}

/// Does the work with `activation`.
pub(crate) fn with_curve<W: WithCurve>(activation: Activation, work: W) -> W::Output {
    match activation {
        Activation::Relu => work.run(Relu),
        Activation::LeakyRelu { slope } => work.run(LeakyRelu(slope as f32)),
        Activation::Elu { alpha } if activation.needs_input() => work.run(FallingElu(alpha as f32)),
        Activation::Elu { alpha } => work.run(Elu(alpha as f32)),
        Activation::Sigmoid => work.run(Sigmoid),
        Activation::Tanh => work.run(Tanh),
        Activation::Silu => work.run(Silu),
        Activation::Gelu => work.run(Gelu),
        Activation::GeluTanh => work.run(GeluTanh),
    }
}

/// x: no activation.
#[derive(Clone, Copy)]
pub(crate) struct Same;

impl Curve for Same {
    const CHANGES: bool = false;

    #[inline(always)]
    fn value<S: Simd>(self, _: S, x: S::Vector) -> S::Vector {
        x
    }

    #[inline(always)]
    fn gradient<S: Simd>(self, _: S, _: S::Vector, dy: S::Vector) -> S::Vector {
        dy
    }
}

#[derive(Clone, Copy)]
struct Relu;

impl Curve for Relu {
    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: S::Vector) -> S::Vector {
        simd.max(simd.splat(0.0), x)
    }

    #[inline(always)]
    fn gradient<S: Simd>(self, simd: S, kept: S::Vector, dy: S::Vector) -> S::Vector {
        simd.by_sign(kept, simd.splat(0.0), dy)
    }
}

#[derive(Clone, Copy)]
struct LeakyRelu(f32);

impl Curve for LeakyRelu {
    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: S::Vector) -> S::Vector {
        simd.by_sign(x, simd.mul(x, simd.splat(self.0)), x)
    }

    #[inline(always)]
    fn gradient<S: Simd>(self, simd: S, kept: S::Vector, dy: S::Vector) -> S::Vector {
        simd.by_sign(kept, simd.mul(dy, simd.splat(self.0)), dy)
    }
}

/// With α of at least 0.
#[derive(Clone, Copy)]
struct Elu(f32);

impl Curve for Elu {
    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: S::Vector) -> S::Vector {
        simd.by_sign(x, simd.mul(exp_minus_one(simd, x), simd.splat(self.0)), x)
    }

    #[inline(always)]
    fn gradient<S: Simd>(self, simd: S, kept: S::Vector, dy: S::Vector) -> S::Vector {
        simd.by_sign(kept, simd.mul(simd.add(kept, simd.splat(self.0)), dy), dy)
    }
}

/// With α below 0, where the sign of the value is not that of x.
#[derive(Clone, Copy)]
struct FallingElu(f32);

impl Curve for FallingElu {
    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: S::Vector) -> S::Vector {
        Elu(self.0).value(simd, x)
    }

    #[inline(always)]
    fn gradient<S: Simd>(self, simd: S, kept: S::Vector, dy: S::Vector) -> S::Vector {
        let slope = simd.mul(exp(simd, kept), simd.splat(self.0));
        simd.by_sign(kept, simd.mul(slope, dy), dy)
    }
}

#[derive(Clone, Copy)]
struct Sigmoid;

impl Curve for Sigmoid {
    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: S::Vector) -> S::Vector {
        sigmoid(simd, x)
    }

    #[inline(always)]
    fn gradient<S: Simd>(self, simd: S, kept: S::Vector, dy: S::Vector) -> S::Vector {
        let slope = simd.mul(kept, simd.sub(simd.splat(1.0), kept));
        simd.mul(slope, dy)
    }
}

#[derive(Clone, Copy)]
struct Tanh;

impl Curve for Tanh {
    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: S::Vector) -> S::Vector {
        tanh(simd, x)
    }

    #[inline(always)]
    fn gradient<S: Simd>(self, simd: S, kept: S::Vector, dy: S::Vector) -> S::Vector {
        let slope = simd.sub(simd.splat(1.0), simd.mul(kept, kept));
        simd.mul(slope, dy)
    }
}

#[derive(Clone, Copy)]
struct Silu;

impl Curve for Silu {
    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: S::Vector) -> S::Vector {
        simd.mul(x, sigmoid(simd, x))
    }

    #[inline(always)]
    fn gradient<S: Simd>(self, simd: S, kept: S::Vector, dy: S::Vector) -> S::Vector {
        let (one, share) = (simd.splat(1.0), sigmoid(simd, kept));
        let slope = simd.mul_add(kept, simd.sub(one, share), one);
        simd.mul(simd.mul(share, slope), dy)
    }
}

#[derive(Clone, Copy)]
struct Gelu;

impl Curve for Gelu {
    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: S::Vector) -> S::Vector {
        let (distribution, _) = normal(simd, x);
        simd.mul(x, distribution)
    }

    #[inline(always)]
    fn gradient<S: Simd>(self, simd: S, kept: S::Vector, dy: S::Vector) -> S::Vector {
        let (distribution, density) = normal(simd, kept);
        simd.mul(simd.mul_add(kept, density, distribution), dy)
    }
}

/// Φ(x) and φ(x). The error of Φ is below 2·10⁻⁷ (Abramowitz & Stegun, 1964, 7.1.26).
#[inline(always)]
fn normal<S: Simd>(simd: S, x: S::Vector) -> (S::Vector, S::Vector) {
    let (zero, one) = (simd.splat(0.0), simd.splat(1.0));
    // Beyond 13 the one is 0 or 1, the other 0.
    let size = simd.min(simd.splat(13.0), simd.max(simd.sub(zero, x), x));
    let bell = exp(simd, simd.mul(simd.mul(size, size), simd.splat(-0.5)));

    let t = simd.reciprocal(simd.mul_add(size, simd.splat(0.327_591_1 * FRAC_1_SQRT_2), one));
    let mut series = simd.splat(1.061_405_4);
    for factor in [-1.453_152, 1.421_413_8, -0.284_496_74, 0.254_829_6] {
        series = simd.mul_add(series, t, simd.splat(factor));
    }
    let tail = simd.mul(simd.mul(simd.mul(series, t), bell), simd.splat(0.5));
    let tail = simd.zero_below(simd.splat(1e-30), tail);
    let density = simd.mul(bell, simd.splat(0.5 * SQRT_2_OVER_PI));
    (simd.by_sign(x, tail, simd.sub(one, tail)), simd.zero_below(simd.splat(1e-30), density))
}

#[derive(Clone, Copy)]
struct GeluTanh;

impl Curve for GeluTanh {
    #[inline(always)]
    fn value<S: Simd>(self, simd: S, x: S::Vector) -> S::Vector {
        let half = simd.mul(x, simd.splat(0.5));
        simd.mul_add(half, tanh_of_gelu(simd, x), half)
    }

    #[inline(always)]
    fn gradient<S: Simd>(self, simd: S, kept: S::Vector, dy: S::Vector) -> S::Vector {
        let (one, half) = (simd.splat(1.0), simd.splat(0.5));
        let tanh = tanh_of_gelu(simd, kept);
        let inner =
            simd.mul_add(simd.mul(kept, kept), simd.splat(3.0 * CUBE * SQRT_2_OVER_PI), simd.splat(SQRT_2_OVER_PI));
        let curve = simd.sub(one, simd.mul(tanh, tanh));
        let slope = simd.mul_add(simd.mul(kept, curve), inner, simd.add(one, tanh));
        simd.mul(simd.mul(slope, half), dy)
    }
}

/// tanh(√(2/π)·(x + 0.044715·x³)).
#[inline(always)]
fn tanh_of_gelu<S: Simd>(simd: S, x: S::Vector) -> S::Vector {
    let factor = simd.mul_add(simd.mul(x, x), simd.splat(CUBE * SQRT_2_OVER_PI), simd.splat(SQRT_2_OVER_PI));
    tanh(simd, simd.mul(x, factor))
}
