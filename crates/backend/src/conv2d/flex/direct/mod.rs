//! The direct kernel: no columns; filters are packed, pictures padded, and the sums of some positions by one or two vectors of
//! channels stay in registers while the loop runs over the filter.
//!
//! ```text
//! forward           per position: Σ over the filter of a value of x, spread, times vectors of output channels
//! input gradient    per position: Σ over the filter of a value of dy, spread, times vectors of input channels
//! weight gradient   per weight: Σ over the positions of a value of x, spread, times vectors of dy's channels
//! ```
//!
//! Samples are shared out among the threads, or panels of channels when there are few. How the work is cut depends on the
//! shapes alone, never on the number of threads: each value is summed in the same order always.

mod field;
mod forward;
mod gather;
mod input_gradient;
mod last;
mod packed;
mod pool;
mod sparse;
mod split;
mod tasks;
mod weight_gradient;
mod weights;

use super::super::shape::Conv2dShape;
use crate::WeightedGradients;
use crate::cpu::vectorised;
pub(crate) use forward::Epilogue;
use forward::Forward;
use input_gradient::InputGradient;
pub(crate) use pool::Unpool;
use weight_gradient::{OutputGradient, WeightGradient};

/// Whether this kernel is the one to take for the forward pass and the weight gradient.
pub(crate) fn suits(shape: &Conv2dShape) -> bool {
    shape.channels_per_group()[1] >= 8
}

/// Whether this kernel is the one to take for the input gradient.
pub(crate) fn suits_input_gradient(shape: &Conv2dShape) -> bool {
    shape.channels_per_group()[0] >= 8
}

/// The output `[B, O, H', W']`, given the weight and the bias, and after the epilogue; and what is recorded of the pooling.
pub(crate) fn block(
    shape: &Conv2dShape,
    x: &[f32],
    (weight, bias): (&[f32], Option<&[f32]>),
    epilogue: Epilogue,
) -> (Vec<f32>, Vec<u8>) {
    vectorised(Forward { shape, x, weight, bias, epilogue })
}

/// The output `[B, O, H', W']`.
pub(crate) fn forward(shape: &Conv2dShape, x: &[f32], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
    block(shape, x, (weight, bias), Epilogue::default()).0
}

/// The gradient of the input, `[B, C, H, W]`, plus a value for each of its channels where there is a bias.
pub(crate) fn input_gradient(shape: &Conv2dShape, weight: &[f32], dy: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
    vectorised(InputGradient { shape, weight, dy, bias })
}

/// The gradients of the filters, `[O, C/G, kh, kw]`, and of the bias, `[O]`.
pub(crate) fn weight_gradient(shape: &Conv2dShape, x: &[f32], dy: &[f32]) -> (Vec<f32>, Vec<f32>) {
    vectorised(WeightGradient { shape, x, dy: OutputGradient::Dense(dy) })
}

/// The gradients of a convolution behind which `pooled` stands: of the input, the filters and the bias; those that are not
/// wanted have no values. `None` where going over the dense gradients is the better way.
pub(crate) fn pooled_gradients(
    x: &[f32],
    weight: &[f32],
    pooled: &Unpool<'_>,
    wanted: WeightedGradients,
) -> Option<(Vec<f32>, Vec<f32>, Vec<f32>)> {
    if sparse::suits(pooled.shape, pooled.window) {
        return Some(vectorised(sparse::Sparse { x, weight, pooled, wanted }));
    }
    let gradient = || WeightGradient { shape: pooled.shape, x, dy: OutputGradient::Pooled(pooled) };
    (!wanted.x).then(|| vectorised(gradient())).map(|(dweight, dbias)| (vec![], dweight, dbias))
}
