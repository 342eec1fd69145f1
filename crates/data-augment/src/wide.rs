//! Loops over many values, compiled for every set of vector instructions and run with the widest that the processor has.

use macerator::AutoArch;

/// Runs `work`, compiled for the processor at hand. What it calls must be inlined, or it is compiled for the oldest one; so must
/// `work` itself, which the macro sees to. The numbers are the same whichever it is: products and sums are never fused.
#[inline(always)]
pub(crate) fn wide<R>(work: impl FnOnce() -> R) -> R {
    AutoArch::new().dispatch(work)
}

/// Evaluates an expression, compiled for the processor at hand. A closure that is compiled for five sets of instructions is more
/// than the compiler inlines unasked.
macro_rules! wide {
    ($work:expr) => {
        $crate::wide::wide(
            #[inline(always)]
            || $work,
        )
    };
}
