//! The CPU kernel, for 32-bit floats.
//!
//! ```text
//! per sequence     x·W for a chunk of its steps that count, gates side by side
//! per step         h·U for the sequences still running, then the gates, value by value
//! backward         the same from the last step to the first, with dh = dgates·Uᵀ
//! in the end       dx = dgates·Wᵀ, dW = xᵀ·dgates, dU = hᵀ·dgates: one product over all steps each
//! ```
//!
//! Masked steps are left out ([`plan`]), so the sequences of a batch end one after the other. The batch
//! is split among the threads, and each product runs on one of them; the gradients of the weights are
//! split by columns. No value depends on the split: equal bytes for any number of threads.

mod backward;
mod forward;
mod gru;
mod layout;
mod lstm;
mod plan;
mod rnn;
mod step;
mod weight_gradient;

use burn::backend::flex::{FlexTensor, Layout};
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{Bytes, DType, Shape};
use rayon::prelude::*;

use super::{Cell, RecurrentGradients, RecurrentInputs, RecurrentOptions, reference};
use crate::OptionalTensor;
use crate::cpu::Buffer;
use forward::{Forward, Saved, Sequence};
use plan::Plan;

/// At least as many sequences go to a thread: fewer would read the weights for little work.
const SEQUENCES_PER_PART: usize = 4;

/// The sizes of a call.
#[derive(Clone, Copy)]
struct Sizes {
    batch: usize,
    steps: usize,
    features: usize,
    hidden: usize,
    cell: Cell,
}

impl Sizes {
    fn new(inputs: &RecurrentInputs<Flex>, cell: Cell) -> Self {
        let ([batch, steps, features], [hidden, _]) = (inputs.x.shape().dims(), inputs.weight_hh.shape().dims());
        Self { batch, steps, features, hidden, cell }
    }

    /// G·H
    fn width(&self) -> usize {
        self.cell.gates() * self.hidden
    }

    /// Values per step in the gradients of the gates.
    fn grad_width(&self) -> usize {
        self.cell.grad_blocks().len() * self.hidden
    }

    /// H, or 0 in a cell without a state of its own.
    fn cell_len(&self) -> usize {
        (self.cell.states() - 1) * self.hidden
    }

    /// How much is saved per step that counts: gates, c after it, h before it.
    fn saved_lens(&self) -> [usize; 3] {
        [self.cell.saved_blocks() * self.hidden, self.cell_len(), self.hidden]
    }
}

/// As [`Backend::recurrent_forward`](crate::Backend::recurrent_forward); other floats than 32-bit ones
/// take the reference.
pub(crate) fn forward(inputs: RecurrentInputs<Flex>, options: RecurrentOptions) -> FlexTensor {
    if !is_f32(&inputs) {
        return reference::forward(inputs, options);
    }
    run(&contiguous(inputs), options, false).0
}

/// As [`Backend::recurrent_record`](crate::Backend::recurrent_record); other floats than 32-bit ones
/// take the reference.
pub(crate) fn record(inputs: RecurrentInputs<Flex>, options: RecurrentOptions) -> (FlexTensor, FlexTensor) {
    if !is_f32(&inputs) {
        return reference::record(inputs, options);
    }
    run(&contiguous(inputs), options, true)
}

/// As [`Backend::recurrent_backward`](crate::Backend::recurrent_backward); other floats than 32-bit
/// ones take the reference.
pub(crate) fn backward(
    inputs: RecurrentInputs<Flex>,
    saved: FlexTensor,
    output_grad: FlexTensor,
    options: RecurrentOptions,
    wanted: RecurrentGradients,
) -> reference::Gradients<Flex> {
    if !is_f32(&inputs) {
        return reference::backward(inputs, saved, output_grad, options, wanted);
    }
    backward::run(&contiguous(inputs), saved, &output_grad.to_contiguous(), options, wanted)
}

/// Whether all floats have 32 bits.
fn is_f32(inputs: &RecurrentInputs<Flex>) -> bool {
    let optional = [&inputs.bias, &inputs.state].into_iter().filter_map(|tensor| match tensor {
        OptionalTensor::Given(tensor) => Some(tensor),
        OptionalTensor::Absent => None,
    });
    let required = [&inputs.x, &inputs.weight_ih, &inputs.weight_hh];
    required.into_iter().chain(optional).all(|tensor| tensor.dtype() == DType::F32)
}

/// The inputs in the order of their shapes.
fn contiguous(inputs: RecurrentInputs<Flex>) -> RecurrentInputs<Flex> {
    let optional = |tensor: OptionalTensor<Flex>| tensor.into_option().map(|tensor| tensor.to_contiguous()).into();
    RecurrentInputs {
        x: inputs.x.to_contiguous(),
        weight_ih: inputs.weight_ih.to_contiguous(),
        weight_hh: inputs.weight_hh.to_contiguous(),
        bias: optional(inputs.bias),
        state: optional(inputs.state),
        mask: inputs.mask.into_option().map(|mask| mask.to_contiguous()).into(),
    }
}

/// The plan for these inputs.
fn plan(inputs: &RecurrentInputs<Flex>, sizes: &Sizes, options: RecurrentOptions) -> Plan {
    let mask = inputs.mask.clone().into_option();
    let mask = mask.as_ref().map(FlexTensor::storage::<u8>);
    Plan::new(mask, [sizes.batch, sizes.steps], options.reverse, !options.zero_output_for_mask)
}

/// The values of a tensor that may be absent.
fn storage(tensor: &OptionalTensor<Flex>) -> Option<&[f32]> {
    match tensor {
        OptionalTensor::Given(tensor) => Some(tensor.storage()),
        OptionalTensor::Absent => None,
    }
}

/// The packed output, and the record, which is empty unless asked for.
fn run(inputs: &RecurrentInputs<Flex>, options: RecurrentOptions, records: bool) -> (FlexTensor, FlexTensor) {
    let sizes = Sizes::new(inputs, options.cell);
    let plan = plan(inputs, &sizes, options);
    let weights = [inputs.weight_ih.storage(), inputs.weight_hh.storage()];
    let forward = Forward::new(sizes, &plan, inputs.x.storage(), weights, storage(&inputs.bias));

    let rows = sizes.batch * (sizes.steps + sizes.cell.states());
    let mut packed = vec![0.0; rows * sizes.hidden];
    let saved_lens = if records { sizes.saved_lens() } else { [0; 3] };
    let mut saved = Buffer::new(plan.total() * saved_lens.iter().sum::<usize>());
    let mut sequences = sequences(&sizes, &mut packed, storage(&inputs.state));
    if records {
        save_in(&mut sequences, &plan, &mut saved, saved_lens);
    }
    parts(sequences, &plan).into_par_iter().for_each(|sequences| forward.run(sequences));
    let len = saved.len();
    (tensor(packed, [rows, sizes.hidden]), tensor(saved.into_vec(), [len]))
}

/// The items of the sequences in as many parts as there are threads.
fn parts<Item>(items: Vec<Item>, plan: &Plan) -> Vec<Vec<Item>> {
    let parts = rayon::current_num_threads().min(items.len() / SEQUENCES_PER_PART);
    let mut items: Vec<Option<Item>> = items.into_iter().map(Some).collect();
    let parts = plan.parts(parts).into_iter();
    parts.map(|part| part.into_iter().filter_map(|index| items[index].take()).collect()).collect()
}

/// The sequences with their parts of the packed output, which holds the initial states at first.
fn sequences<'a>(sizes: &Sizes, packed: &'a mut [f32], state: Option<&[f32]>) -> Vec<Sequence<'a>> {
    let Sizes { batch, steps, hidden, .. } = *sizes;
    let (outputs, states) = packed.split_at_mut(batch * steps * hidden);
    let (hiddens, cells) = states.split_at_mut(batch * hidden);
    let mut cells = cells.chunks_exact_mut(hidden);
    let outputs = outputs.chunks_exact_mut(steps * hidden).zip(hiddens.chunks_exact_mut(hidden));
    let width = sizes.cell.states() * hidden;
    outputs
        .enumerate()
        .map(|(index, (outputs, hidden))| {
            let cell = cells.next().unwrap_or_default();
            if let Some(state) = state {
                let (initial_hidden, initial_cell) = state[index * width..][..width].split_at(hidden.len());
                hidden.copy_from_slice(initial_hidden);
                cell.copy_from_slice(initial_cell);
            }
            Sequence { index, outputs, hidden, cell, saved: None }
        })
        .collect()
}

/// Gives each sequence its parts of the record.
fn save_in<'a>(sequences: &mut [Sequence<'a>], plan: &Plan, saved: &'a mut [f32], lens: [usize; 3]) {
    let total = plan.total();
    let (mut gates, rest) = saved.split_at_mut(total * lens[0]);
    let (mut cells, mut before) = rest.split_at_mut(total * lens[1]);
    for (sequence, steps) in sequences.iter_mut().zip(plan.lengths()) {
        sequence.saved = Some(Saved {
            gates: take(&mut gates, steps * lens[0]),
            cells: take(&mut cells, steps * lens[1]),
            before: take(&mut before, steps * lens[2]),
        });
    }
}

/// Takes the first values off a slice.
fn take<'a>(slice: &mut &'a mut [f32], len: usize) -> &'a mut [f32] {
    slice.split_off_mut(..len).expect("the parts of a buffer fit it")
}

fn tensor<const D: usize>(values: Vec<f32>, dims: [usize; D]) -> FlexTensor {
    let layout = Layout::contiguous(Shape::from(dims));
    FlexTensor::new(Bytes::from_elems(values), layout, DType::F32)
}
