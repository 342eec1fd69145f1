//! The weights of [`ConvLstm2d`] from and for Keras.
//!
//! ```text
//! kernel [kh, kw, C, 4F]    recurrent kernel [kh, kw, F, 4F]    bias [4F]      gates i, f, c, o, as ours
//! ```

use burn::module::Param;
use burn::tensor::{Tensor, TensorData};

use super::ConvLstm2d;
use crate::WeightsError;
use crate::foreign::{replaced, tensor};

impl ConvLstm2d {
    /// The arrays as Keras's `get_weights` lists them: kernel, recurrent kernel, and bias where there is one.
    pub fn keras_weights(&self) -> Vec<TensorData> {
        let kernels = [&self.input.weight, &self.recurrent_kernel];
        let kernels = kernels.map(|kernel| kernel.val().permute([2, 3, 1, 0]).into_data());
        kernels.into_iter().chain(self.input.bias.as_ref().map(|bias| bias.val().into_data())).collect()
    }

    /// The layer with the arrays that Keras's `get_weights` lists.
    ///
    /// # Errors
    /// When an array has another shape, is missing, or is left over.
    pub fn load_keras(mut self, arrays: Vec<TensorData>) -> Result<Self, WeightsError> {
        let count = arrays.len();
        let mut arrays = arrays.into_iter();
        let mut next = |name: &str| {
            let missing = || WeightsError::Missing { name: name.to_owned(), found: format!("{count} in number") };
            arrays.next().ok_or_else(missing)
        };
        self.input.weight = kernel("the kernel", next("the kernel")?, self.input.weight)?;
        let name = "the recurrent kernel";
        self.recurrent_kernel = kernel(name, next(name)?, self.recurrent_kernel)?;
        if let Some(bias) = self.input.bias.take() {
            let value = tensor("the bias", next("the bias")?, bias.dims(), &bias.val())?;
            self.input.bias = Some(replaced(bias, value));
        }
        match arrays.len() {
            0 => Ok(self),
            left => Err(WeightsError::Left { names: format!("the last {left} of {count} arrays") }),
        }
    }
}

/// Filters with the values of Keras's array.
fn kernel(name: &str, array: TensorData, filters: Param<Tensor<4>>) -> Result<Param<Tensor<4>>, WeightsError> {
    let [outputs, inputs, rows, columns] = filters.dims();
    let value = tensor(name, array, [rows, columns, inputs, outputs], &filters.val())?;
    Ok(replaced(filters, value.permute([3, 2, 0, 1])))
}
