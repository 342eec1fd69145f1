//! Which steps of a batch of sequences count.
//!
//! ```text
//! mask  [B, T]    true: the step is used; false: it is padding, whatever stands there
//! ```
//!
//! The meaning is Keras's: true is use. (PyTorch's `key_padding_mask` is the opposite.)

use burn::tensor::{Bool, Device, Int, Tensor, TensorData};

/// Which steps of a batch of sequences count: `[B, T]`, true where a step is used.
///
/// ```
/// use burn::tensor::{Device, Int, Tensor};
/// use firebrick_layers::Mask;
///
/// let device = Device::flex();
/// let ids = Tensor::<2, Int>::from_ints([[5, 2, 0], [7, 0, 0]], &device);
/// let mask = Mask::from_ids(&ids, 0);
/// assert_eq!(mask.lengths(), Some(vec![2, 1]));
///
/// let three = Mask::from_lengths(&[3, 1], 3, &device)?;
/// assert_eq!(mask.and(&three)?.used(), [2, 1]);
/// # Ok::<(), firebrick_layers::MaskError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mask {
    steps: Tensor<2, Bool>,
}

/// A mask that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MaskError {
    /// No row, or no step.
    #[error("a mask of {rows} rows and {steps} steps masks nothing: it needs at least one of each")]
    Empty {
        /// Rows.
        rows: usize,
        /// Steps.
        steps: usize,
    },
    /// A row is longer than the batch's sequences.
    #[error("row {row} has a length of {length}, but the sequences have {steps} steps")]
    TooLong {
        /// The row.
        row: usize,
        /// Its length.
        length: usize,
        /// Steps of the batch.
        steps: usize,
    },
    /// The rows of a mask written by hand differ in length.
    #[error("row {row} of the mask has {found} steps and row 0 has {expected}: all rows must have the same")]
    Ragged {
        /// The row.
        row: usize,
        /// Its steps.
        found: usize,
        /// Steps of row 0.
        expected: usize,
    },
    /// The mask belongs to sequences of another shape.
    #[error("a mask of shape {mask:?} does not fit {what} of {rows} rows and {steps} steps")]
    Shape {
        /// Shape of the mask, `[B, T]`.
        mask: [usize; 2],
        /// What it was laid over.
        what: &'static str,
        /// Rows of it.
        rows: usize,
        /// Steps of it.
        steps: usize,
    },
}

impl Mask {
    /// A mask from a tensor of its values.
    pub fn new(steps: Tensor<2, Bool>) -> Self {
        Self { steps }
    }

    /// Every step of `rows` sequences counts.
    ///
    /// # Errors
    /// When there is no row or no step.
    pub fn full(rows: usize, steps: usize, device: &Device) -> Result<Self, MaskError> {
        Self::from_lengths(&vec![steps; rows], steps, device)
    }

    /// A mask written by hand, a row for each sequence.
    ///
    /// # Errors
    /// When there is no row or no step, or the rows differ in length.
    pub fn from_rows<R: AsRef<[bool]>>(rows: &[R], device: &Device) -> Result<Self, MaskError> {
        let steps = rows.first().map_or(0, |row| row.as_ref().len());
        if let Some((row, other)) = rows.iter().enumerate().find(|(_, row)| row.as_ref().len() != steps) {
            return Err(MaskError::Ragged { row, found: other.as_ref().len(), expected: steps });
        }
        let values = rows.iter().flat_map(|row| row.as_ref().iter().copied()).collect();
        Self::from_values(values, rows.len(), steps, device)
    }

    /// The first `lengths[b]` of the `steps` of row b count: sequences padded on the right.
    ///
    /// # Errors
    /// When there is no row or no step, or a length exceeds the steps.
    pub fn from_lengths(lengths: &[usize], steps: usize, device: &Device) -> Result<Self, MaskError> {
        if let Some((row, &length)) = lengths.iter().enumerate().find(|&(_, &length)| length > steps) {
            return Err(MaskError::TooLong { row, length, steps });
        }
        let values = lengths.iter().flat_map(|&length| (0..steps).map(move |step| step < length)).collect();
        Self::from_values(values, lengths.len(), steps, device)
    }

    /// The steps whose id is not `padding` count; `ids` is `[B, T]`.
    pub fn from_ids(ids: &Tensor<2, Int>, padding: i64) -> Self {
        Self::new(ids.clone().not_equal_scalar(padding))
    }

    /// The steps count that have a feature other than `mask_value`; `x` is `[B, T, F]`. A NaN is other than any value.
    pub fn from_features(x: &Tensor<3>, mask_value: f64) -> Self {
        let differs = x.clone().detach().not_equal_scalar(mask_value);
        Self::new(differs.any_dim(2).squeeze_dim(2))
    }

    fn from_values(values: Vec<bool>, rows: usize, steps: usize, device: &Device) -> Result<Self, MaskError> {
        if rows == 0 || steps == 0 {
            return Err(MaskError::Empty { rows, steps });
        }
        Ok(Self::new(Tensor::from_data(TensorData::new(values, [rows, steps]), device)))
    }

    /// Rows and steps, `[B, T]`.
    pub fn dims(&self) -> [usize; 2] {
        self.steps.dims()
    }

    /// The values, `[B, T]`.
    pub fn steps(&self) -> Tensor<2, Bool> {
        self.steps.clone()
    }

    /// 1 where a step is used and 0 where not, `[B, T]`: weights of a loss or a metric.
    pub fn weights(&self) -> Tensor<2> {
        self.steps.clone().float()
    }

    /// The values on the host, a row for each sequence. Waits for the device.
    pub fn rows(&self) -> Vec<Vec<bool>> {
        let steps = self.dims()[1].max(1);
        let values: Vec<bool> = self.steps.to_data().iter::<bool>().collect();
        values.chunks(steps).map(<[bool]>::to_vec).collect()
    }

    /// How many steps of each row count. Waits for the device.
    pub fn used(&self) -> Vec<usize> {
        self.rows().iter().map(|row| row.iter().filter(|step| **step).count()).collect()
    }

    /// Whether in every row the used steps come first and the padding after them; rows without a used step and rows
    /// without padding fit. Waits for the device.
    pub fn is_right_padded(&self) -> bool {
        self.lengths().is_some()
    }

    /// The length of each row, where all are padded on the right alone. Waits for the device.
    pub fn lengths(&self) -> Option<Vec<usize>> {
        let length = |row: &Vec<bool>| {
            let length = row.iter().take_while(|step| **step).count();
            row[length..].iter().all(|step| !step).then_some(length)
        };
        self.rows().iter().map(length).collect()
    }

    /// The mask of the sequences read backwards: the last step comes first.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self::new(self.steps.clone().flip([1]))
    }

    /// The steps count that count in both.
    ///
    /// # Errors
    /// When the shapes differ.
    pub fn and(&self, other: &Self) -> Result<Self, MaskError> {
        let [rows, steps] = other.dims();
        self.check("another mask", rows, steps)?;
        Ok(Self::new(self.steps.clone().bool_and(other.steps.clone())))
    }

    /// Whether the mask fits `what`, of so many rows and steps.
    ///
    /// # Errors
    /// When it does not.
    pub fn check(&self, what: &'static str, rows: usize, steps: usize) -> Result<(), MaskError> {
        let mask = self.dims();
        match mask == [rows, steps] {
            true => Ok(()),
            false => Err(MaskError::Shape { mask, what, rows, steps }),
        }
    }

    /// The sequences `x` `[B, T, F]` with `value` in all features of the steps that do not count. What stood there, NaN
    /// included, reaches neither the result nor the gradient.
    ///
    /// # Errors
    /// When the mask does not fit.
    pub fn fill(&self, x: Tensor<3>, value: f64) -> Result<Tensor<3>, MaskError> {
        let shape = x.dims();
        self.check("sequences", shape[0], shape[1])?;
        let padding = self.steps.clone().bool_not().unsqueeze_dim::<3>(2).expand(shape);
        Ok(x.mask_fill(padding, value))
    }

    /// The mean of `values` `[B, T]` over the steps that count, `[1]`; 0 where none does. So a loss or a metric per step
    /// becomes one of the batch.
    ///
    /// # Errors
    /// When the mask does not fit.
    pub fn mean(&self, values: Tensor<2>) -> Result<Tensor<1>, MaskError> {
        let [rows, steps] = values.dims();
        self.check("values", rows, steps)?;
        let used = values.mask_fill(self.steps.clone().bool_not(), 0.0);
        Ok(used.sum() / self.weights().sum().clamp_min(1.0))
    }
}

#[cfg(test)]
mod tests;
