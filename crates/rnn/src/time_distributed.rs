//! A layer applied to every step of a sequence, Keras's TimeDistributed.
//!
//! ```text
//! y[b, t] = f(x[b, t])          x [B, T, ..]    y [B, T, ..]    f: [N, ..] to [N, ..], row by row
//! ```
//!
//! f sees all steps of all sequences at once, as B·T rows. Steps that do not count reach it as zeros: what stands in the
//! padding, NaN included, comes neither into an output nor into a gradient. The mask goes on to the layer that follows.

use burn::module::Module;
use burn::tensor::Tensor;
use firebrick_layers::{Conv2d, Linear, Mask, Sequential};

use crate::Sequence;
use crate::walk::without_padding;

/// A layer that takes a batch of rows with I axes, `[N, ..]`, and gives one with O axes: what [`TimeDistributed`] can
/// apply to the steps of a sequence.
pub trait StepLayer<const I: usize, const O: usize> {
    /// `[N, ..]` to `[N, ..]`.
    fn forward_steps(&self, x: Tensor<I>) -> Tensor<O>;
}

impl<const I: usize, const O: usize> StepLayer<I, O> for Sequential {
    fn forward_steps(&self, x: Tensor<I>) -> Tensor<O> {
        self.forward(x)
    }
}

impl StepLayer<2, 2> for Linear {
    fn forward_steps(&self, x: Tensor<2>) -> Tensor<2> {
        self.forward(x)
    }
}

impl StepLayer<4, 4> for Conv2d {
    fn forward_steps(&self, x: Tensor<4>) -> Tensor<4> {
        self.forward(x)
    }
}

/// A layer applied to every step of a sequence.
///
/// A network of pictures before a recurrent layer, and a dense layer after it:
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_layers::{Mask, build::*, sequential};
/// use firebrick_rnn::{LstmConfig, RecurrentConfig, RecurrentLayer, TimeDistributed};
///
/// let device = Device::flex();
/// let pictures = sequential![conv2d(4, 3).relu(), flatten(), dense(16).relu()].init(&[1, 8, 8], &device)?;
/// let scores = sequential![dense(3)].init(&[5], &device)?;
///
/// let films = Tensor::<5>::ones([2, 6, 1, 8, 8], &device);
/// let mask = Mask::from_lengths(&[6, 4], 6, &device)?;
/// let features = TimeDistributed::new(pictures).forward_pictures(films, Some(mask));
/// let hidden = LstmConfig::new(5).init(16, &device).forward(features).sequence;
/// let scores = TimeDistributed::new(scores).forward(hidden);
/// assert_eq!(scores.dims(), [2, 6, 3]);
/// assert_eq!(scores.mask.unwrap().lengths(), Some(vec![6, 4]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Module, Debug)]
pub struct TimeDistributed<M> {
    /// The layer.
    pub layer: M,
}

impl<M> TimeDistributed<M> {
    /// Applies a layer to every step.
    pub fn new(layer: M) -> Self {
        Self { layer }
    }

    /// Features of each step, `[B, T, F]` to `[B, T, F']`; the mask passes through.
    ///
    /// # Panics
    /// When the mask does not fit ([`Sequence::check`] says so before), or the layer does not take the features.
    pub fn forward(&self, x: impl Into<Sequence>) -> Sequence
    where
        M: StepLayer<2, 2>,
    {
        let Sequence { values, mask } = x.into();
        let values = time_distributed(values, mask.as_ref(), |rows| self.layer.forward_steps(rows));
        Sequence { values, mask }
    }

    /// A picture in each step, `[B, T, C, H, W]`, to features, `[B, T, F]`; the mask passes through.
    ///
    /// # Panics
    /// When the mask does not fit, or the layer does not take the pictures.
    pub fn forward_pictures(&self, x: Tensor<5>, mask: Option<Mask>) -> Sequence
    where
        M: StepLayer<4, 2>,
    {
        let values = time_distributed(x, mask.as_ref(), |rows| self.layer.forward_steps(rows));
        Sequence { values, mask }
    }

    /// A picture in each step to a picture, `[B, T, C, H, W]` to `[B, T, C', H', W']`.
    ///
    /// # Panics
    /// When the mask does not fit, or the layer does not take the pictures.
    pub fn forward_maps(&self, x: Tensor<5>, mask: Option<&Mask>) -> Tensor<5>
    where
        M: StepLayer<4, 4>,
    {
        time_distributed(x, mask, |rows| self.layer.forward_steps(rows))
    }
}

/// Applies a function of rows, `[N, ..]` to `[N, ..]`, to every step of `x`: `[B, T, ..]` to `[B, T, ..]`.
///
/// D and O are the axes of the sequences, I and P those of the rows, one fewer each.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_rnn::time_distributed;
///
/// let x = Tensor::<4>::ones([2, 5, 3, 4], &Device::flex());
/// let sums: Tensor<3> = time_distributed(x, None, |rows: Tensor<3>| -> Tensor<2> { rows.sum_dim(2).squeeze_dim(2) });
/// assert_eq!(sums.dims(), [2, 5, 3]);
/// ```
///
/// # Panics
/// When x holds nothing, the mask has other rows or steps than x, or the function gives another number of rows than it
/// took.
pub fn time_distributed<const D: usize, const I: usize, const P: usize, const O: usize>(
    x: Tensor<D>,
    mask: Option<&Mask>,
    f: impl FnOnce(Tensor<I>) -> Tensor<P>,
) -> Tensor<O> {
    const { assert!(D == I + 1 && O == P + 1, "the steps of a sequence have one axis fewer than the sequence") }
    let shape = x.dims();
    assert!(!shape.contains(&0), "time_distributed of x {shape:?}: each size must be at least 1, [B, T, ..]");
    let [batch, steps] = [shape[0], shape[1]];
    if let Some(Err(error)) = mask.map(|mask| mask.check("sequences", batch, steps)) {
        panic!("time_distributed of x {shape:?}: {error}");
    }
    let x = without_padding(x, mask);
    let mut rows = [batch * steps; I];
    rows[1..].copy_from_slice(&shape[2..]);
    let y = f(x.reshape(rows));

    let rows = y.dims();
    assert!(
        rows[0] == batch * steps,
        "time_distributed of x {shape:?}: the layer was given {} rows, one for each step, and gave {rows:?}: it must \
         keep the rows",
        batch * steps
    );
    let mut shape = [batch; O];
    shape[1] = steps;
    shape[2..].copy_from_slice(&rows[1..]);
    y.reshape(shape)
}

#[cfg(test)]
mod tests;
