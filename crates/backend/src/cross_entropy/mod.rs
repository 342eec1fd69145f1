//! The cross-entropy between the softmax of scores and classes, with label smoothing (Szegedy et al., 2016,
//! <https://arxiv.org/abs/1512.00567>).
//!
//! ```text
//! ln p_c   = x_c − max x − ln Σ exp(x − max x)
//! loss     = −(1 − s)·ln p_label − s/C·Σ_c ln p_c
//! dx_c     = (p_c − (1 − s)·[c = label] − s/C)·dloss
//!
//! x       [N, C]        scores, the logits
//! label   [N]           whole numbers from 0 to C − 1
//! loss    [N]
//! ```

pub(crate) mod autodiff;
#[cfg(feature = "flex")]
pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::{Int, Tensor};

use crate::{Backend, route};

/// The cross-entropy of each sample, `[N]`, between the softmax of `logits` `[N, C]` and `labels` `[N]`, smoothed by the share
/// `smoothing`.
///
/// The formula is that of [this module](self). Runs on any device, and differentiates with respect to `logits` on an autodiff
/// device, in one pass. Equal input gives equal bytes, whatever the number of threads.
///
/// ```
/// use burn::tensor::{Device, Int, Tensor};
/// use firebrick_backend::cross_entropy;
///
/// let device = Device::flex();
/// let logits = Tensor::<2>::zeros([1, 4], &device);
/// let loss = cross_entropy(logits, Tensor::<1, Int>::from_ints([2], &device), 0.0);
/// assert!((loss.into_scalar::<f32>() - 4f32.ln()).abs() < 1e-6);
/// ```
///
/// # Panics
///
/// When there are not as many labels as rows of logits, there is no class, or the smoothing is not from 0 to 1. On Flex also when
/// a label is not a class, with the label and its place; other devices do not look, because it would mean waiting for them: check
/// labels that come from outside before.
pub fn cross_entropy(logits: Tensor<2>, labels: Tensor<1, Int>, smoothing: f64) -> Tensor<1> {
    let [samples, classes] = logits.dims();
    let [count] = labels.dims();
    assert!(
        count == samples && classes > 0,
        "cross entropy of logits [{samples}, {classes}] with labels [{count}]: there must be a class, and a label for each row"
    );
    assert!((0.0..=1.0).contains(&smoothing), "cross entropy: the smoothing {smoothing} must be from 0 to 1");
    let logits = route::into_float(logits);
    let labels = labels.into_dispatch();
    let losses = if route::is_listed(&logits) {
        <Dispatch as Backend>::cross_entropy_forward(logits, labels, smoothing)
    } else {
        reference::forward::<Dispatch>(logits, labels, smoothing)
    };
    Tensor::from_dispatch(losses)
}
