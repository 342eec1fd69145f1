//! Keras's layout: matrices as ours, a `Gru`'s gates as z, r, h, and both its biases in one matrix.

use std::vec::IntoIter;

use burn::module::Param;
use burn::tensor::{Tensor, TensorData};
use firebrick_backend::recurrent::Cell;
use firebrick_backend::{GruReset, LstmGates};

use super::{WeightsError, tensor, with_values};
use crate::Weights;

/// Keras's arrays, taken one after the other.
pub(super) struct Arrays {
    left: IntoIter<TensorData>,
    count: usize,
}

impl Arrays {
    pub(super) fn new(arrays: Vec<TensorData>) -> Self {
        Self { count: arrays.len(), left: arrays.into_iter() }
    }

    fn next<const D: usize>(
        &mut self,
        what: &str,
        expected: [usize; D],
        like: &Tensor<2>,
    ) -> Result<Tensor<D>, WeightsError> {
        let name = format!("array {}, a {what},", self.count - self.left.len());
        match self.left.next() {
            Some(array) => tensor(&name, array, expected, like),
            None => Err(WeightsError::Missing { name, found: format!("{} in number", self.count) }),
        }
    }

    pub(super) fn finish(self) -> Result<(), WeightsError> {
        match self.left.len() {
            0 => Ok(()),
            left => Err(WeightsError::Left { names: format!("the last {left} of {} arrays", self.count) }),
        }
    }
}

fn check(cell: Cell) -> Result<(), WeightsError> {
    match cell {
        Cell::Lstm(LstmGates::Coupled) => {
            Err(WeightsError::Unavailable { system: "Keras", cell: "LSTM with coupled gates" })
        }
        _ => Ok(()),
    }
}

/// The gates along the last axis in Keras's order, or back.
fn reordered<const D: usize>(cell: Cell, tensor: Tensor<D>) -> Tensor<D> {
    let Cell::Gru(_) = cell else {
        return tensor;
    };
    let [first, second, third] = tensor.chunk(3, D - 1).try_into().expect("three gates");
    Tensor::cat(vec![second, first, third], D - 1)
}

pub(super) fn write(cell: Cell, weights: &Weights) -> Result<Vec<TensorData>, WeightsError> {
    check(cell)?;
    let matrix = |parameter: &Param<Tensor<2>>| reordered(cell, parameter.val()).into_data();
    let mut arrays = vec![matrix(&weights.kernel), matrix(&weights.recurrent_kernel)];
    let Some(bias) = weights.bias.as_ref().map(|bias| reordered(cell, bias.val())) else {
        return Ok(arrays);
    };
    let recurrent = weights.recurrent_bias.as_ref().map(|bias| reordered(cell, bias.val()));
    arrays.push(match (cell, recurrent) {
        (Cell::Gru(GruReset::After), recurrent) => {
            let recurrent = recurrent.unwrap_or_else(|| bias.zeros_like());
            Tensor::stack::<2>(vec![bias, recurrent], 0).into_data()
        }
        (_, Some(recurrent)) => (bias + recurrent).into_data(),
        (_, None) => bias.into_data(),
    });
    Ok(arrays)
}

pub(super) fn read(cell: Cell, weights: Weights, arrays: &mut Arrays) -> Result<Weights, WeightsError> {
    check(cell)?;
    let like = weights.kernel.val();
    let ([features, width], [hidden, _]) = (like.dims(), weights.recurrent_kernel.dims());
    let kernel = reordered(cell, arrays.next("kernel", [features, width], &like)?);
    let recurrent_kernel = reordered(cell, arrays.next("recurrent kernel", [hidden, width], &like)?);
    let biases = match (&weights.bias, cell) {
        (None, _) => None,
        (Some(_), Cell::Gru(GruReset::After)) => {
            let both = reordered(cell, arrays.next("bias", [2, width], &like)?);
            let row = |index| both.clone().narrow(0, index, 1).squeeze_dim(0);
            Some((row(0), Some(row(1))))
        }
        (Some(_), _) => Some((reordered(cell, arrays.next("bias", [width], &like)?), None)),
    };
    Ok(with_values(weights, kernel, recurrent_kernel, biases))
}
