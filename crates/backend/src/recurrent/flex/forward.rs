//! The forward pass over some of the sequences, on one thread.

use super::plan::Plan;
use super::step::ForwardStep;
use super::{Sizes, gru};
use crate::cpu::{Matrix, Panels, Rows, RowsMut, Store, product, vectorised, with_scratch};

/// The steps whose inputs are multiplied with W together: enough rows for the product, few enough to
/// stay in cache until the steps are taken.
const CHUNK: usize = 24;

/// What all parts of a forward pass read.
pub(super) struct Forward<'a> {
    pub(super) sizes: Sizes,
    pub(super) plan: &'a Plan,
    pub(super) x: &'a [f32],
    weights: Weights,
    bias: Vec<f32>,
}

/// The weights, packed once for all steps.
struct Weights {
    input: Panels,
    recurrent: Panels,
    /// The columns of U that are multiplied with r⊙h, if there are any.
    candidate: Option<Panels>,
}

/// A sequence, with what its forward pass writes.
pub(super) struct Sequence<'a> {
    pub(super) index: usize,
    /// `[T, H]`
    pub(super) outputs: &'a mut [f32],
    /// The states after the last step; before the first one the initial states.
    pub(super) hidden: &'a mut [f32],
    pub(super) cell: &'a mut [f32],
    pub(super) saved: Option<Saved<'a>>,
}

/// What is saved of the steps that count of a sequence.
pub(super) struct Saved<'a> {
    /// The gates, as `Cell::saved_blocks` says.
    pub(super) gates: &'a mut [f32],
    /// c after each step.
    pub(super) cells: &'a mut [f32],
    /// h before each step.
    pub(super) before: &'a mut [f32],
}

impl<'a> Forward<'a> {
    pub(super) fn new(sizes: Sizes, plan: &'a Plan, x: &'a [f32], [w, u]: [&[f32]; 2], bias: Option<&[f32]>) -> Self {
        let (hidden, width) = (sizes.hidden, sizes.width());
        let direct = sizes.cell.direct_blocks() * hidden;
        let columns = |first: usize, count: usize| Panels::new(Matrix::new(&u[first..], [hidden, count], width));
        let weights = Weights {
            input: Panels::new(Matrix::new(w, [sizes.features, width], width)),
            recurrent: columns(0, direct),
            candidate: (direct < width).then(|| columns(direct, width - direct)),
        };
        let bias = bias.map_or_else(|| vec![0.0; sizes.cell.biases() * hidden], <[f32]>::to_vec);
        Self { sizes, plan, x, weights, bias }
    }

    /// Whether a step writes what it saves to its place. A product that reads r⊙h needs it side by side
    /// for all sequences instead.
    fn saves_in_place(&self) -> bool {
        self.weights.candidate.is_none()
    }

    /// Runs these sequences, which begin with the longest.
    pub(super) fn run(&self, mut sequences: Vec<Sequence<'_>>) {
        let Sizes { hidden, cell, .. } = self.sizes;
        let (count, width) = (sequences.len(), self.sizes.width());
        let lens = [CHUNK * count * width, count * width, count * hidden, count * cell.saved_blocks() * hidden];
        with_scratch(lens.iter().sum(), |scratch| {
            let (projected, rest) = scratch.split_at_mut(lens[0]);
            let (recurrent, rest) = rest.split_at_mut(lens[1]);
            let (state, gates) = rest.split_at_mut(lens[2]);
            let mut part = Part { shared: self, projected, recurrent, state, gates };
            part.begin(&mut sequences);
            let longest = sequences.first().map_or(0, |sequence| self.plan.range(sequence.index).len());
            for step in 0..longest {
                let active = sequences.partition_point(|sequence| self.plan.range(sequence.index).len() > step);
                part.step(step, &mut sequences[..active]);
            }
        });
    }
}

/// A running part.
struct Part<'a> {
    shared: &'a Forward<'a>,
    /// x·W of a chunk of steps, sequence after sequence.
    projected: &'a mut [f32],
    /// h·U of a step.
    recurrent: &'a mut [f32],
    /// h of all sequences side by side; [`Sequence::hidden`] is brought up to date from it.
    state: &'a mut [f32],
    /// What is saved of a step, sequence after sequence, where it is not written to its place at once.
    gates: &'a mut [f32],
}

impl Part<'_> {
    fn begin(&mut self, sequences: &mut [Sequence<'_>]) {
        let hidden = self.shared.sizes.hidden;
        for (sequence, state) in sequences.iter_mut().zip(self.state.chunks_exact_mut(hidden)) {
            state.copy_from_slice(sequence.hidden);
            for time in self.shared.plan.initial_times(sequence.index) {
                sequence.outputs[time * hidden..][..hidden].copy_from_slice(state);
            }
        }
    }

    /// Takes one step in these sequences.
    fn step(&mut self, step: usize, sequences: &mut [Sequence<'_>]) {
        let Sizes { hidden, cell, .. } = self.shared.sizes;
        let (count, width) = (sequences.len(), self.shared.sizes.width());
        let weights = &self.shared.weights;
        if step.is_multiple_of(CHUNK) {
            self.project(step, sequences);
        }
        self.save_before(step, sequences);
        let direct = weights.recurrent.size()[1];
        let out = RowsMut::new(self.recurrent, direct, width);
        product(count, Rows::new(self.state, hidden, hidden), &weights.recurrent, out, Store::Replace);
        if let Some(candidate) = &weights.candidate {
            self.each(step, sequences, |step| vectorised(gru::Gates(step)));
            let reset = Rows::new(&self.gates[3 * hidden..], hidden, cell.saved_blocks() * hidden);
            let out = RowsMut::new(&mut self.recurrent[direct..], hidden, width);
            product(count, reset, candidate, out, Store::Replace);
        }
        self.each(step, sequences, |step| step.run(cell));
        self.put_out(step, sequences);
    }

    /// Multiplies the inputs of a chunk of steps, from `first` on, with W.
    fn project(&mut self, first: usize, sequences: &[Sequence<'_>]) {
        let (features, width) = (self.shared.sizes.features, self.shared.sizes.width());
        for (sequence, projected) in sequences.iter().zip(self.projected.chunks_exact_mut(CHUNK * width)) {
            let positions = &self.shared.plan.positions()[self.shared.plan.range(sequence.index)];
            let positions = &positions[first..positions.len().min(first + CHUNK)];
            let x = Rows::new(self.shared.x, features, features).picked(positions);
            let out = RowsMut::new(projected, width, width);
            product(positions.len(), x, &self.shared.weights.input, out, Store::Replace);
        }
    }

    /// Does `work` for the step of each sequence.
    fn each(&mut self, step: usize, sequences: &mut [Sequence<'_>], work: impl Fn(ForwardStep<'_>)) {
        let Sizes { hidden, cell, .. } = self.shared.sizes;
        let width = self.shared.sizes.width();
        let projected = self.projected[step % CHUNK * width..].chunks(CHUNK * width);
        let sums = projected.zip(self.recurrent.chunks_exact(width));
        let gates = self.gates.chunks_exact_mut(cell.saved_blocks() * hidden);
        let states = self.state.chunks_exact_mut(hidden).zip(gates);
        let in_place = self.shared.saves_in_place();
        for (sequence, ((projected, recurrent), (hidden, gates))) in sequences.iter_mut().zip(sums.zip(states)) {
            let bias = &self.shared.bias;
            let gates = match &mut sequence.saved {
                Some(saved) if in_place => &mut saved.gates[step * gates.len()..][..gates.len()],
                _ => gates,
            };
            work(ForwardStep { projected, recurrent, bias, gates, hidden, cell: sequence.cell });
        }
    }

    /// Saves the hidden states before a step.
    fn save_before(&self, step: usize, sequences: &mut [Sequence<'_>]) {
        let hidden = self.shared.sizes.hidden;
        for (sequence, state) in sequences.iter_mut().zip(self.state.chunks_exact(hidden)) {
            if let Some(saved) = &mut sequence.saved {
                saved.before[step * hidden..][..hidden].copy_from_slice(state);
            }
        }
    }

    /// Hands out the states after a step, and saves what the backward pass needs.
    fn put_out(&self, step: usize, sequences: &mut [Sequence<'_>]) {
        let Sizes { hidden, cell, .. } = self.shared.sizes;
        let gates = self.gates.chunks_exact(cell.saved_blocks() * hidden);
        for (sequence, (state, gates)) in sequences.iter_mut().zip(self.state.chunks_exact(hidden).zip(gates)) {
            for time in self.shared.plan.output_times(sequence.index, step) {
                sequence.outputs[time * hidden..][..hidden].copy_from_slice(state);
            }
            sequence.hidden.copy_from_slice(state);
            if let Some(saved) = &mut sequence.saved {
                let len = sequence.cell.len();
                saved.cells[step * len..][..len].copy_from_slice(sequence.cell);
                if !self.shared.saves_in_place() {
                    saved.gates[step * gates.len()..][..gates.len()].copy_from_slice(gates);
                }
            }
        }
    }
}
