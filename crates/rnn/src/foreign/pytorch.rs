//! PyTorch's layout: matrices transposed, gates in our order, two biases, names with the layer and the direction.

use std::collections::BTreeMap;

use burn::module::Param;
use burn::tensor::{Tensor, TensorData};
use firebrick_backend::recurrent::Cell;
use firebrick_backend::{GruReset, LstmGates};

use super::{CellPlace, WeightsError, tensor, with_values};
use crate::Weights;

fn check(cell: Cell) -> Result<(), WeightsError> {
    let cell = match cell {
        Cell::Lstm(LstmGates::Coupled) => "LSTM with coupled gates",
        Cell::Gru(GruReset::Before) => "GRU that resets the state before the product",
        _ => return Ok(()),
    };
    Err(WeightsError::Unavailable { system: "PyTorch", cell })
}

fn named(what: &str, place: CellPlace) -> String {
    let direction = if place.backward { "_reverse" } else { "" };
    format!("{what}_l{}{direction}", place.layer)
}

pub(super) fn write(
    place: CellPlace,
    cell: Cell,
    weights: &Weights,
) -> Result<BTreeMap<String, TensorData>, WeightsError> {
    check(cell)?;
    let mut arrays = BTreeMap::from([
        (named("weight_ih", place), weights.kernel.val().transpose().into_data()),
        (named("weight_hh", place), weights.recurrent_kernel.val().transpose().into_data()),
    ]);
    if let Some(bias) = &weights.bias {
        let recurrent = weights.recurrent_bias.as_ref().map_or_else(|| bias.val().zeros_like(), Param::val);
        arrays.insert(named("bias_ih", place), bias.val().into_data());
        arrays.insert(named("bias_hh", place), recurrent.into_data());
    }
    Ok(arrays)
}

pub(super) fn read(
    place: CellPlace,
    cell: Cell,
    weights: Weights,
    arrays: &mut BTreeMap<String, TensorData>,
) -> Result<Weights, WeightsError> {
    check(cell)?;
    let like = weights.kernel.val();
    let ([features, width], [hidden, _]) = (like.dims(), weights.recurrent_kernel.dims());
    let kernel: Tensor<2> = take(arrays, named("weight_ih", place), [width, features], &like)?;
    let recurrent: Tensor<2> = take(arrays, named("weight_hh", place), [width, hidden], &like)?;
    let biases = match weights.bias {
        Some(_) => {
            let bias = take(arrays, named("bias_ih", place), [width], &like)?;
            Some((bias, Some(take(arrays, named("bias_hh", place), [width], &like)?)))
        }
        None => None,
    };
    Ok(with_values(weights, kernel.transpose(), recurrent.transpose(), biases))
}

fn take<const D: usize>(
    arrays: &mut BTreeMap<String, TensorData>,
    name: String,
    expected: [usize; D],
    like: &Tensor<2>,
) -> Result<Tensor<D>, WeightsError> {
    match arrays.remove(&name) {
        Some(array) => tensor(&name, array, expected, like),
        None => {
            let found = arrays.keys().cloned().collect::<Vec<_>>().join(", ");
            Err(WeightsError::Missing { name, found })
        }
    }
}
