//! The cells' weights from and for Keras and PyTorch, in the places of the layers that compute the same.

use firebrick_backend::recurrent::Cell;
use firebrick_backend::{GruReset, LstmGates, RnnActivation};

use super::{GruCell, LstmCell, SimpleRnnCell, StackedRnnCells};
use crate::{CellPlace, ChangeWeights, ForeignWeights, RecurrentCell, WeightsError};

impl ForeignWeights for SimpleRnnCell {
    fn map_weights(mut self, change: &mut ChangeWeights<'_>) -> Result<Self, WeightsError> {
        self.weights = change(CellPlace::default(), Cell::Rnn(RnnActivation::Tanh), self.weights.clone())?;
        Ok(self)
    }
}

impl ForeignWeights for LstmCell {
    fn map_weights(mut self, change: &mut ChangeWeights<'_>) -> Result<Self, WeightsError> {
        self.weights = change(CellPlace::default(), Cell::Lstm(LstmGates::Separate), self.weights.clone())?;
        Ok(self)
    }
}

impl ForeignWeights for GruCell {
    fn map_weights(mut self, change: &mut ChangeWeights<'_>) -> Result<Self, WeightsError> {
        let reset = if self.reset_after { GruReset::After } else { GruReset::Before };
        self.weights = change(CellPlace::default(), Cell::Gru(reset), self.weights.clone())?;
        Ok(self)
    }
}

/// PyTorch has such a stack as the layers of one module.
impl<C: RecurrentCell + ForeignWeights> ForeignWeights for StackedRnnCells<C> {
    fn map_weights(mut self, change: &mut ChangeWeights<'_>) -> Result<Self, WeightsError> {
        let cells = self.cells.into_iter().enumerate().map(|(layer, inside)| {
            inside.map_weights(&mut |place, cell, weights| change(CellPlace { layer, ..place }, cell, weights))
        });
        self.cells = cells.collect::<Result<_, _>>()?;
        Ok(self)
    }
}
