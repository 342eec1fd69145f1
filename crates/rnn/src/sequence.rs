//! A batch of sequences with the mask that travels with it.

use burn::tensor::Tensor;
use firebrick_layers::{Mask, MaskError};

/// A batch of sequences `[B, T, F]`, and which of their steps count.
///
/// Layers take anything that turns into it: the values alone, or with a mask as a pair.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_layers::{Mask, MaskingConfig};
/// use firebrick_rnn::Sequence;
///
/// let device = Device::flex();
/// let values = Tensor::<3>::from_floats([[[1.0, 2.0], [0.0, 0.0]]], &device);
/// let by_hand = Sequence::masked(values.clone(), Mask::from_lengths(&[1], 2, &device)?);
/// let by_value = Sequence::from(MaskingConfig::new(0.0).init().forward(values));
/// assert_eq!(by_hand.mask.unwrap().rows(), by_value.mask.unwrap().rows());
/// # Ok::<(), firebrick_layers::MaskError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sequence {
    /// `[B, T, F]`; what stands in steps that do not count is never looked at.
    pub values: Tensor<3>,
    /// `[B, T]`; without one, every step counts.
    pub mask: Option<Mask>,
}

impl Sequence {
    /// Sequences of which the steps of `mask` count.
    pub fn masked(values: Tensor<3>, mask: Mask) -> Self {
        Self { values, mask: Some(mask) }
    }

    /// Shape of the values, `[B, T, F]`.
    pub fn dims(&self) -> [usize; 3] {
        self.values.dims()
    }

    /// The sequences read backwards, the last step first, the mask with them.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { values: self.values.flip([1]), mask: self.mask.map(|mask| mask.reversed()) }
    }

    /// Whether the mask fits the values.
    ///
    /// # Errors
    /// When it has other rows or steps.
    pub fn check(&self) -> Result<(), MaskError> {
        let [rows, steps, _] = self.dims();
        self.mask.as_ref().map_or(Ok(()), |mask| mask.check("sequences", rows, steps))
    }

    /// `last` `[B, H]` with zeros for the sequences whose last step, or first if read backwards, does not count.
    pub(crate) fn zero_where_it_ends_masked(&self, last: Tensor<2>, backwards: bool) -> Tensor<2> {
        let Some(mask) = &self.mask else {
            return last;
        };
        let end = if backwards { 0 } else { mask.dims()[1] - 1 };
        let masked = mask.steps().narrow(1, end, 1).bool_not();
        let shape = last.dims();
        last.mask_fill(masked.expand(shape), 0.0)
    }
}

impl From<Tensor<3>> for Sequence {
    fn from(values: Tensor<3>) -> Self {
        Self { values, mask: None }
    }
}

impl From<(Tensor<3>, Mask)> for Sequence {
    fn from((values, mask): (Tensor<3>, Mask)) -> Self {
        Self::masked(values, mask)
    }
}

impl From<(Tensor<3>, Option<Mask>)> for Sequence {
    fn from((values, mask): (Tensor<3>, Option<Mask>)) -> Self {
        Self { values, mask }
    }
}
