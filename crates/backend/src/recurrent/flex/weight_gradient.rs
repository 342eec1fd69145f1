//! The gradients of the weights and the bias: one product over all steps of all sequences,
//! `dW = xᵀ·dgates` and `dU = hᵀ·dgates`, split among the threads by columns.

use std::ops::Range;

use rayon::prelude::*;

use super::super::RecurrentGradients;
use super::Sizes;
use super::backward::{GateGradients, Record};
use super::layout::GradBlock;
use super::plan::Plan;
use crate::cpu::{Panels, Rows, RowsMut, add_transposed_product};

/// Steps whose gradients are packed together: x and h of so many stay in the cache nearest to the processor.
const STEPS: usize = 64;
/// Columns that are computed together come in multiples of this: the width of a panel.
const COLUMNS: usize = 32;

/// What the products read.
pub(super) struct WeightGradient<'a> {
    pub(super) sizes: Sizes,
    pub(super) plan: &'a Plan,
    /// `[B·T, I]`
    pub(super) x: &'a [f32],
    pub(super) record: Record<'a>,
    /// The gradients of the gates, as `Cell::grad_blocks` says.
    pub(super) gate_grads: GateGradients<'a>,
    pub(super) wanted: RecurrentGradients,
}

/// The gradients; empty where none was wanted.
pub(super) struct Gradients {
    /// `[I, G·H]`
    pub(super) input: Vec<f32>,
    /// `[H, G·H]`
    pub(super) recurrent: Vec<f32>,
    /// `[G·H]`, and where the cell has a bias of the state, that of it.
    pub(super) bias: Vec<f32>,
}

/// Some columns of a block of gradients.
struct Columns {
    block: GradBlock,
    /// The first in the gradients of a step.
    first: usize,
    /// The first in its block.
    in_block: usize,
    count: usize,
}

/// What is computed together: the columns of dW `[I, count]`, of dU `[H, count]`, and their sums.
struct Part {
    input: Vec<f32>,
    recurrent: Vec<f32>,
    sums: Vec<f32>,
}

impl WeightGradient<'_> {
    pub(super) fn run(&self) -> Gradients {
        let Sizes { features, hidden, cell, .. } = self.sizes;
        let RecurrentGradients { weight_ih, weight_hh, bias, .. } = self.wanted;
        let len = |wanted: bool, len: usize| if wanted { len } else { 0 };
        let width = self.sizes.width();
        let mut gradients = Gradients {
            input: vec![0.0; len(weight_ih, features * width)],
            recurrent: vec![0.0; len(weight_hh, hidden * width)],
            bias: vec![0.0; len(bias, cell.biases() * hidden)],
        };
        if weight_ih || weight_hh || bias {
            let columns = self.columns();
            let per_thread = columns.len().div_ceil(rayon::current_num_threads());
            let parts = columns.par_chunks(per_thread).flat_map_iter(|columns| self.parts(columns));
            for (columns, part) in columns.iter().zip(parts.collect::<Vec<_>>()) {
                self.put(columns, &part, &mut gradients);
            }
        }
        gradients
    }

    /// All columns, as wide as the blocks may be cut for as many threads: what lies side by side is read together.
    fn columns(&self) -> Vec<Columns> {
        let hidden = self.sizes.hidden;
        let blocks = self.sizes.cell.grad_blocks();
        let cuts = rayon::current_num_threads().div_ceil(blocks.len());
        let width = hidden.div_ceil(cuts).next_multiple_of(COLUMNS);
        let blocks = blocks.into_iter().enumerate();
        blocks
            .flat_map(|(index, block)| {
                (0..hidden).step_by(width).map(move |in_block| Columns {
                    block,
                    first: index * hidden + in_block,
                    in_block,
                    count: width.min(hidden - in_block),
                })
            })
            .collect()
    }

    /// The gradients in some columns. All of them are computed for some steps before the next steps are
    /// looked at, so that x and h come once from memory; which columns go together changes no value.
    fn parts(&self, columns: &[Columns]) -> Vec<Part> {
        let mut parts: Vec<Part> = columns.iter().map(|columns| self.zeros(columns)).collect();
        let mut panels = Panels::default();
        for first in (0..self.plan.total()).step_by(STEPS) {
            let steps = first..self.plan.total().min(first + STEPS);
            for (columns, part) in columns.iter().zip(&mut parts) {
                self.add(columns, steps.clone(), &mut panels, part);
            }
        }
        parts
    }

    fn zeros(&self, columns: &Columns) -> Part {
        let (Sizes { features, hidden, .. }, count) = (self.sizes, columns.count);
        let input = columns.block.input.filter(|_| self.wanted.weight_ih).map_or(0, |_| features * count);
        let recurrent = columns.block.recurrent.filter(|_| self.wanted.weight_hh).map_or(0, |_| hidden * count);
        Part { input: vec![0.0; input], recurrent: vec![0.0; recurrent], sums: vec![0.0; count] }
    }

    /// Adds what some steps contribute.
    fn add(&self, columns: &Columns, steps: Range<usize>, panels: &mut Panels, part: &mut Part) {
        let (features, count) = (self.sizes.features, columns.count);
        let grads = Rows::new(&self.gate_grads.values[columns.first..], count, self.sizes.grad_width());
        let grads = grads.picked(&self.gate_grads.places[steps.clone()]);
        panels.pack_rows(grads, steps.len());
        if !part.input.is_empty() {
            let x = Rows::new(self.x, features, features).picked(&self.plan.positions()[steps.clone()]);
            add_transposed_product(x, panels, RowsMut::new(&mut part.input, count, count));
        }
        if !part.recurrent.is_empty() {
            let state = self.state(steps.start, columns.block.reset);
            add_transposed_product(state, panels, RowsMut::new(&mut part.recurrent, count, count));
        }
        for row in 0..steps.len() {
            part.sums.iter_mut().zip(grads.row(row)).for_each(|(sum, grad)| *sum += grad);
        }
    }

    /// h before the steps from `first` on, or r⊙h.
    fn state(&self, first: usize, reset: bool) -> Rows<'_> {
        let hidden = self.sizes.hidden;
        if reset {
            let gates = self.sizes.saved_lens()[0];
            return Rows::new(&self.record.gates[first * gates + 3 * hidden..], hidden, gates);
        }
        Rows::new(&self.record.before[first * hidden..], hidden, hidden)
    }

    /// Copies what was computed to its place.
    fn put(&self, columns: &Columns, part: &Part, gradients: &mut Gradients) {
        let Sizes { hidden, cell, .. } = self.sizes;
        let width = self.sizes.width();
        let copy = |block: usize, values: &[f32], out: &mut [f32]| {
            let rows = out.chunks_exact_mut(width).zip(values.chunks_exact(columns.count));
            for (out, values) in rows {
                out[block * hidden + columns.in_block..][..columns.count].copy_from_slice(values);
            }
        };
        if let Some(block) = columns.block.input {
            copy(block, &part.input, &mut gradients.input);
            let bias = width.min(gradients.bias.len());
            copy(block, &part.sums, &mut gradients.bias[..bias]);
        }
        if let (Some(block), true, true) = (columns.block.recurrent, cell.has_recurrent_bias(), self.wanted.bias) {
            copy(block, &part.sums, &mut gradients.bias[width..]);
        }
        if let Some(block) = columns.block.recurrent {
            copy(block, &part.recurrent, &mut gradients.recurrent);
        }
    }
}
