//! Cells on top of one another within a step, Keras's StackedRNNCells.
//!
//! ```text
//! y⁰_t, s⁰_t = step⁰(x_t, s⁰_{t-1})
//! yᵏ_t, sᵏ_t = stepᵏ(yᵏ⁻¹_t, sᵏ_{t-1})        k = 1 .. K − 1        the output is that of the last cell
//! ```
//!
//! The state is the list of the cells' states, from the bottom up.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use firebrick_layers::{MAX_PARAMETERS, Rule};
use serde::{Deserialize, Serialize};

use crate::{RecurrentCell, RecurrentCellConfig};

/// Configuration of [`StackedRnnCells`]: those of the cells, from the bottom up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackedRnnCellsConfig<C> {
    /// The cells; each takes what the one before puts out.
    pub cells: Vec<C>,
}

impl<C> StackedRnnCellsConfig<C> {
    /// Stacks the cells, the first at the bottom.
    pub fn new(cells: impl IntoIterator<Item = C>) -> Self {
        Self { cells: cells.into_iter().collect() }
    }
}

impl<C: RecurrentCellConfig> StackedRnnCellsConfig<C> {
    /// The cells, each with the features that it takes.
    fn with_inputs(&self, input_size: usize) -> impl Iterator<Item = (&C, usize)> {
        let below = self.cells.iter().map(C::output_size);
        self.cells.iter().zip(std::iter::once(input_size).chain(below))
    }
}

impl<C: RecurrentCellConfig> RecurrentCellConfig for StackedRnnCellsConfig<C> {
    type Cell = StackedRnnCells<C::Cell>;

    fn output_size(&self) -> usize {
        self.cells.last().map_or(0, C::output_size)
    }

    fn num_params(&self, input_size: usize) -> usize {
        self.with_inputs(input_size).fold(0, |sum, (cell, inputs)| sum.saturating_add(cell.num_params(inputs)))
    }

    /// # Errors
    /// When there is no cell, or a cell breaks a rule.
    fn check(&self, input_size: usize) -> Result<(), Rule> {
        if self.cells.is_empty() {
            return Err(Rule::Zero { what: "the number of cells" });
        }
        self.with_inputs(input_size).try_for_each(|(cell, inputs)| cell.check(inputs))?;
        match self.num_params(input_size) as u64 {
            count if count > MAX_PARAMETERS => Err(Rule::TooManyParameters { count }),
            _ => Ok(()),
        }
    }

    fn init(&self, input_size: usize, device: &Device) -> StackedRnnCells<C::Cell> {
        if let Err(rule) = self.check(input_size) {
            panic!("stacked cells: {rule}");
        }
        let cells = self.with_inputs(input_size).map(|(cell, inputs)| cell.init(inputs, device));
        StackedRnnCells::new(cells)
    }
}

/// Cells on top of one another, run one after the other within each step.
///
/// Cells of different kinds stack as [`AnyCell`](crate::AnyCell), cells of one's own as an enum over them. A stack of
/// layers computes the same numbers; a stack of cells can be used wherever one cell can.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_rnn::{
///     AnyCellConfig, GruCellConfig, LstmCellConfig, RecurrentConfig, RecurrentLayer, RnnConfig, StackedRnnCellsConfig,
/// };
///
/// let device = Device::flex();
/// let cells: [AnyCellConfig; 2] = [LstmCellConfig::new(8).into(), GruCellConfig::new(4).into()];
/// let layer = RnnConfig::new(StackedRnnCellsConfig::new(cells)).init(3, &device);
/// let output = layer.forward(Tensor::<3>::ones([2, 5, 3], &device));
/// assert_eq!(output.sequence.dims(), [2, 5, 4]);
/// assert_eq!(output.state[0].hidden.dims(), [2, 8]);
/// assert!(output.state[1].cell.is_none());
/// ```
#[derive(Module, Debug)]
pub struct StackedRnnCells<C: RecurrentCell> {
    /// The cells, from the bottom up.
    pub cells: Vec<C>,
}

impl<C: RecurrentCell> StackedRnnCells<C> {
    /// Stacks the cells, the first at the bottom.
    ///
    /// # Panics
    /// When there is none, or a cell takes another number of features than the one below puts out.
    pub fn new(cells: impl IntoIterator<Item = C>) -> Self {
        let cells: Vec<C> = cells.into_iter().collect();
        assert!(!cells.is_empty(), "stacked cells: there must be at least one");
        for (index, pair) in cells.windows(2).enumerate() {
            let (below, above) = (pair[0].output_size(), pair[1].input_size());
            assert!(
                below == above,
                "stacked cells: cell {index} puts out {below} features, but cell {} takes {above}: both must be equal",
                index + 1
            );
        }
        Self { cells }
    }

    fn bottom(&self) -> &C {
        &self.cells[0]
    }

    fn top(&self) -> &C {
        &self.cells[self.cells.len() - 1]
    }
}

impl<C: RecurrentCell> RecurrentCell for StackedRnnCells<C> {
    type State = Vec<C::State>;

    fn input_size(&self) -> usize {
        self.bottom().input_size()
    }

    fn state_sizes(&self) -> Vec<usize> {
        self.cells.iter().flat_map(C::state_sizes).collect()
    }

    fn initial_state(&self, batch: usize, device: &Device) -> Vec<C::State> {
        self.cells.iter().map(|cell| cell.initial_state(batch, device)).collect()
    }

    fn output_size(&self) -> usize {
        self.top().output_size()
    }

    fn project(&self, x: Tensor<2>) -> Tensor<2> {
        self.bottom().project(x)
    }

    fn step(&self, x: Tensor<2>, state: Vec<C::State>) -> (Tensor<2>, Vec<C::State>) {
        let mut next = Vec::with_capacity(self.cells.len());
        let mut signal = x;
        for (index, (cell, state)) in self.cells.iter().zip(state).enumerate() {
            let x = if index == 0 { signal } else { cell.project(signal) };
            let (output, state) = cell.step(x, state);
            signal = output;
            next.push(state);
        }
        (signal, next)
    }

    fn initial_output(&self, state: &Vec<C::State>) -> Tensor<2> {
        self.top().initial_output(&state[state.len() - 1])
    }
}
