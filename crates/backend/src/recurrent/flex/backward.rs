//! The backward pass through time over some of the sequences, on one thread.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use rayon::prelude::*;

use super::super::{RecurrentGradients, RecurrentInputs, RecurrentOptions, reference};
use super::plan::Plan;
use super::step::BackwardStep;
use super::weight_gradient::WeightGradient;
use super::{Sizes, gru, parts, plan, storage, take, tensor};
use crate::cpu::{Buffer, Matrix, Panels, Rows, RowsMut, Store, product, vectorised, with_scratch};

/// The gradients that `wanted` names; all tensors are contiguous.
pub(super) fn run(
    inputs: &RecurrentInputs<Flex>,
    saved: FlexTensor,
    output_grad: &FlexTensor,
    options: RecurrentOptions,
    wanted: RecurrentGradients,
) -> reference::Gradients<Flex> {
    let sizes = Sizes::new(inputs, options.cell);
    let plan = plan(inputs, &sizes, options);
    let record = Record::new(saved.storage(), plan.total(), &sizes);
    let weights = Weights::new(&sizes, inputs.weight_ih.storage(), inputs.weight_hh.storage());
    let backward = Backward { sizes, plan: &plan, record, output_grad: output_grad.storage(), weights };

    let state_width = sizes.cell.states() * sizes.hidden;
    let mut gate_grads = Buffer::new(plan.total() * sizes.grad_width());
    let mut dx = vec![0.0; if wanted.x { sizes.batch * sizes.steps * sizes.features } else { 0 }];
    let mut state_grads = vec![0.0; sizes.batch * state_width];
    let initial = storage(&inputs.state);
    let parts = parts(sequences(&backward, &mut dx, &mut state_grads, initial), &plan);
    let places = places(&plan, &parts);
    let mut rest = &mut gate_grads[..];
    let grads: Vec<_> = parts.iter().map(|part| take(&mut rest, part_len(&plan, part) * sizes.grad_width())).collect();
    parts.into_par_iter().zip(grads).for_each(|(sequences, grads)| backward.run(sequences, grads));

    let x = inputs.x.storage();
    let gate_grads = GateGradients { values: &gate_grads, places: &places };
    let weights = WeightGradient { sizes, plan: &plan, x, record, gate_grads, wanted }.run();
    // The memory serves the next forward pass, unless someone else still holds the record.
    if saved.is_unique() {
        drop(Buffer::from(saved.into_data().try_into_vec::<f32>().unwrap_or_default()));
    }
    let Sizes { batch, steps, features, hidden, .. } = sizes;
    (
        wanted.x.then(|| tensor(dx, [batch, steps, features])),
        wanted.weight_ih.then(|| tensor(weights.input, [features, sizes.width()])),
        wanted.weight_hh.then(|| tensor(weights.recurrent, [hidden, sizes.width()])),
        wanted.bias.then(|| tensor(weights.bias, [sizes.cell.biases() * hidden])),
        wanted.state.then(|| tensor(state_grads, [batch, state_width])),
    )
}

/// The rows of the gate gradients of a part, for each of its sequences: step after step, so that those
/// of a step lie side by side.
fn rows(plan: &Plan, part: &[Sequence<'_>]) -> Vec<Vec<usize>> {
    let mut rows = vec![vec![]; part.len()];
    let longest = part.first().map_or(0, |sequence| plan.range(sequence.index).len());
    let mut next = 0..;
    for step in 0..longest {
        let running = part.iter().take_while(|sequence| plan.range(sequence.index).len() > step);
        rows.iter_mut().zip(running).for_each(|(rows, _)| rows.extend(next.next()));
    }
    rows
}

/// The row of each step that counts, part after part. Only these places depend on the parts.
fn places(plan: &Plan, parts: &[Vec<Sequence<'_>>]) -> Vec<usize> {
    let mut places = vec![0; plan.total()];
    let mut first = 0;
    for part in parts {
        for (sequence, rows) in part.iter().zip(rows(plan, part)) {
            let steps = places[plan.range(sequence.index)].iter_mut();
            steps.zip(rows).for_each(|(place, row)| *place = first + row);
        }
        first += part_len(plan, part);
    }
    places
}

/// How many steps count in a part.
fn part_len(plan: &Plan, part: &[Sequence<'_>]) -> usize {
    part.iter().map(|sequence| plan.range(sequence.index).len()).sum()
}

/// The gradients of the gates at the steps that count.
#[derive(Clone, Copy)]
pub(super) struct GateGradients<'a> {
    pub(super) values: &'a [f32],
    /// The row of each step in `values`.
    pub(super) places: &'a [usize],
}

/// What the forward pass saved of all steps that count.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    pub(super) gates: &'a [f32],
    cells: &'a [f32],
    /// h before each step.
    pub(super) before: &'a [f32],
}

impl<'a> Record<'a> {
    fn new(saved: &'a [f32], steps: usize, sizes: &Sizes) -> Self {
        let lens = sizes.saved_lens();
        let (gates, rest) = saved.split_at(steps * lens[0]);
        let (cells, before) = rest.split_at(steps * lens[1]);
        Self { gates, cells, before }
    }
}

/// The transposed weights, packed once for all steps.
struct Weights {
    /// Uᵀ, of the columns that are multiplied with h.
    recurrent: Panels,
    /// Uᵀ of those that are multiplied with r⊙h, if there are any.
    candidate: Option<Panels>,
    /// Wᵀ in runs of gates: the first gradient block of each, and the weights.
    input: Vec<(usize, Panels)>,
}

impl Weights {
    fn new(sizes: &Sizes, w: &[f32], u: &[f32]) -> Self {
        let (hidden, width) = (sizes.hidden, sizes.width());
        let direct = sizes.cell.direct_blocks() * hidden;
        let transposed = |weights: &[f32], rows: usize, first: usize, cols: usize| {
            Panels::new(Matrix::new(&weights[first..], [rows, cols], width).transposed())
        };
        let input = sizes
            .cell
            .input_runs()
            .into_iter()
            .map(|[grad, block, count]| (grad, transposed(w, sizes.features, block * hidden, count * hidden)));
        Self {
            recurrent: transposed(u, hidden, 0, direct),
            candidate: (direct < width).then(|| transposed(u, hidden, direct, width - direct)),
            input: input.collect(),
        }
    }
}

/// What all parts of a backward pass read.
struct Backward<'a> {
    sizes: Sizes,
    plan: &'a Plan,
    record: Record<'a>,
    /// The gradient of the packed output.
    output_grad: &'a [f32],
    weights: Weights,
}

/// A sequence, with what its backward pass writes.
struct Sequence<'a> {
    index: usize,
    /// c before the first step, if it is not zero.
    initial_cell: Option<&'a [f32]>,
    /// `[T, I]`, or empty when it is not wanted.
    dx: &'a mut [f32],
    /// The gradients of the states.
    hidden_grad: &'a mut [f32],
    cell_grad: &'a mut [f32],
}

fn sequences<'a>(
    backward: &Backward<'_>,
    mut dx: &'a mut [f32],
    state_grads: &'a mut [f32],
    initial: Option<&'a [f32]>,
) -> Vec<Sequence<'a>> {
    let Sizes { batch, steps, features, hidden, cell } = backward.sizes;
    let finals = &backward.output_grad[batch * steps * hidden..];
    let dx_len = if dx.is_empty() { 0 } else { steps * features };
    let width = cell.states() * hidden;
    let states = state_grads.chunks_exact_mut(width);
    states
        .enumerate()
        .map(|(index, state)| {
            let (hidden_grad, cell_grad) = state.split_at_mut(hidden);
            hidden_grad.copy_from_slice(&finals[index * hidden..][..hidden]);
            if !cell_grad.is_empty() {
                cell_grad.copy_from_slice(&finals[(batch + index) * hidden..][..hidden]);
            }
            let initial_cell = initial.map(|initial| &initial[index * width + hidden..][..width - hidden]);
            Sequence { index, initial_cell, dx: take(&mut dx, dx_len), hidden_grad, cell_grad }
        })
        .collect()
}

impl Backward<'_> {
    /// Runs these sequences, which begin with the longest; `gate_grads` is theirs.
    fn run(&self, mut sequences: Vec<Sequence<'_>>, gate_grads: &mut [f32]) {
        let Sizes { hidden, .. } = self.sizes;
        let count = sequences.len();
        let lens = [hidden, count * hidden, count * hidden];
        with_scratch(lens.iter().sum(), |scratch| {
            let (zeros, rest) = scratch.split_at_mut(lens[0]);
            let (hidden_grads, rest) = rest.split_at_mut(lens[1]);
            let reset_grads = &mut rest[..lens[2]];
            zeros.fill(0.0);
            for (sequence, grad) in sequences.iter().zip(hidden_grads.chunks_exact_mut(hidden)) {
                grad.copy_from_slice(sequence.hidden_grad);
            }
            let mut end = gate_grads.len() / self.sizes.grad_width();
            let mut part = Part { shared: self, zeros, hidden_grads, reset_grads, gate_grads };
            let longest = sequences.first().map_or(0, |sequence| self.plan.range(sequence.index).len());
            for step in (0..longest).rev() {
                let active = sequences.partition_point(|sequence| self.plan.range(sequence.index).len() > step);
                end -= active;
                part.step(step, end, &mut sequences[..active]);
            }
            part.finish(&mut sequences);
        });
    }
}

/// A running part.
struct Part<'a> {
    shared: &'a Backward<'a>,
    /// One state of zeros.
    zeros: &'a [f32],
    /// The gradients of h and of r⊙h, sequence after sequence.
    hidden_grads: &'a mut [f32],
    reset_grads: &'a mut [f32],
    /// The gradients of the gates, step after step.
    gate_grads: &'a mut [f32],
}

impl Part<'_> {
    /// Takes one step back in these sequences; the gradients of its gates begin at row `first`.
    fn step(&mut self, step: usize, first: usize, sequences: &mut [Sequence<'_>]) {
        let Sizes { hidden, cell, .. } = self.shared.sizes;
        let (count, width) = (sequences.len(), self.shared.sizes.grad_width());
        let weights = &self.shared.weights;
        for (sequence, grad) in sequences.iter().zip(self.hidden_grads.chunks_exact_mut(hidden)) {
            self.shared.add_output_grads(sequence.index, self.shared.plan.output_times(sequence.index, step), grad);
        }
        self.each(step, first, sequences, |step, _| step.run(cell));
        if let Some(candidate) = &weights.candidate {
            let grads = &self.gate_grads[first * width + cell.direct_blocks() * hidden..];
            let grads = Rows::new(grads, hidden, width);
            product(count, grads, candidate, RowsMut::new(self.reset_grads, hidden, hidden), Store::Replace);
            self.each(step, first, sequences, |step, grad| vectorised(gru::ResetGradient { grad, step }));
        }
        let grads = &self.gate_grads[first * width + cell.first_recurrent_block() * hidden..];
        let grads = Rows::new(grads, weights.recurrent.size()[0], width);
        let out = RowsMut::new(self.hidden_grads, hidden, hidden);
        product(count, grads, &weights.recurrent, out, Store::Add);
    }

    /// Does `work` for the step of each sequence; it also gets the gradient of r⊙h.
    fn each(
        &mut self,
        step: usize,
        first: usize,
        sequences: &mut [Sequence<'_>],
        work: impl Fn(BackwardStep<'_>, &[f32]),
    ) {
        let Sizes { hidden, .. } = self.shared.sizes;
        let [gates_len, cell_len, _] = self.shared.sizes.saved_lens();
        let record = &self.shared.record;
        let grads = self.hidden_grads.chunks_exact_mut(hidden).zip(self.reset_grads.chunks_exact(hidden));
        let width = self.shared.sizes.grad_width();
        let grads = grads.zip(self.gate_grads[first * width..].chunks_exact_mut(width));
        for (sequence, ((hidden_grad, reset_grad), gate_grads)) in sequences.iter_mut().zip(grads) {
            let at = self.shared.plan.range(sequence.index).start + step;
            let cell_before = match step.checked_sub(1) {
                Some(_) => &record.cells[(at - 1) * cell_len..][..cell_len],
                None => sequence.initial_cell.unwrap_or(self.zeros),
            };
            let backward = BackwardStep {
                gates: &record.gates[at * gates_len..][..gates_len],
                cell: &record.cells[at * cell_len..][..cell_len],
                cell_before,
                hidden_before: &record.before[at * hidden..][..hidden],
                hidden_grad,
                cell_grad: sequence.cell_grad,
                gate_grads,
            };
            work(backward, reset_grad);
        }
    }

    /// Hands out the gradients of the initial states, and those of x.
    fn finish(&self, sequences: &mut [Sequence<'_>]) {
        let hidden = self.shared.sizes.hidden;
        let rows = rows(self.shared.plan, sequences);
        let sequences = sequences.iter_mut().zip(self.hidden_grads.chunks_exact(hidden));
        for ((sequence, grad), rows) in sequences.zip(rows) {
            sequence.hidden_grad.copy_from_slice(grad);
            let times = self.shared.plan.initial_times(sequence.index);
            self.shared.add_output_grads(sequence.index, times, sequence.hidden_grad);
            if !sequence.dx.is_empty() && !rows.is_empty() {
                self.input_gradient(sequence, &rows);
            }
        }
    }

    /// dx = dgates·Wᵀ of one sequence, whose gradients lie in these rows.
    fn input_gradient(&self, sequence: &mut Sequence<'_>, rows: &[usize]) {
        let Sizes { hidden, features, .. } = self.shared.sizes;
        let times = self.shared.times(sequence.index);
        for (run, (block, weights)) in self.shared.weights.input.iter().enumerate() {
            let store = if run == 0 { Store::Replace } else { Store::Add };
            let grads = &self.gate_grads[block * hidden..];
            let grads = Rows::new(grads, weights.size()[0], self.shared.sizes.grad_width()).picked(rows);
            let out = RowsMut::new(sequence.dx, features, features).picked(&times);
            product(times.len(), grads, weights, out, store);
        }
    }
}

impl Backward<'_> {
    /// The times of the steps that count of a sequence.
    fn times(&self, sequence: usize) -> Vec<usize> {
        let positions = &self.plan.positions()[self.plan.range(sequence)];
        positions.iter().map(|position| position - sequence * self.sizes.steps).collect()
    }

    /// Adds the gradients of the outputs of a sequence at these times.
    fn add_output_grads(&self, sequence: usize, times: impl Iterator<Item = usize>, grad: &mut [f32]) {
        for time in times {
            let outputs = &self.output_grad[(sequence * self.sizes.steps + time) * grad.len()..];
            for (grad, output) in grad.iter_mut().zip(outputs) {
                *grad += output;
            }
        }
    }
}
