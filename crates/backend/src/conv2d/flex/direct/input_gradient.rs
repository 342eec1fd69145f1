//! The gradient of the input, phase by phase of the stride, and so the forward pass of a transposed convolution.
//!
//! ```text
//! along one axis, with u·d = e·s + a, 0 ≤ a < s:   dx̂[m·s + a] = Σ_{u of phase a} dy[m − e] · weight[u]
//! ```
//!
//! For each phase this is a convolution of stride 1 with some of the filter's weights. The gradients of the outputs lie
//! channels last in memory, with zeros around them.

use std::ops::Range;

use super::super::super::shape::Conv2dShape;
use super::field::{Field, Pitch};
use super::last::{ChannelsLast, Window};
use super::packed::{Filters, Packed, pack_bias};
use super::split::Axis;
use super::tasks::{Sizes, Task};
use crate::cpu::{Simd, Transpose, Work, with_scratch};

/// How many sums are made before they are passed on (32 KiB), to stay in the first-level cache.
const SUMS: usize = 8 * 1024;
/// How many gradients are laid out at a time (512 KiB), to stay in the second-level cache.
const BAND: usize = 128 * 1024;

/// An input gradient, plus a value for each input channel where there is a bias.
#[derive(Clone)]
pub(crate) struct InputGradient<'a> {
    pub(crate) shape: &'a Conv2dShape,
    pub(crate) weight: &'a [f32],
    /// `[B, O, H', W']`.
    pub(crate) dy: &'a [f32],
    /// `[C]`.
    pub(crate) bias: Option<&'a [f32]>,
}

/// The input positions of one phase along an axis: `first`, then `stride` apart.
#[derive(Clone, Debug)]
struct Places {
    phase: usize,
    /// The m of these positions.
    range: Range<usize>,
    /// The first pixel.
    first: usize,
}

/// The places of each phase, also of those that no weight reads.
fn places(shape: &Conv2dShape, axis: usize) -> Vec<Places> {
    let (stride, before) = (shape.options.stride[axis], shape.options.padding[axis][0]);
    let places = |phase: usize| {
        let start = before.saturating_sub(phase).div_ceil(stride);
        let end = (before + shape.input[axis]).saturating_sub(phase).div_ceil(stride).max(start);
        Places { phase, range: start..end, first: (start * stride + phase).saturating_sub(before) }
    };
    (0..stride).map(places).filter(|places| !places.range.is_empty()).collect()
}

/// One phase of rows and of columns.
struct Phase {
    rows: Places,
    cols: Places,
    reads: Vec<usize>,
    packed: Packed,
}

struct Plan<'a> {
    phases: Vec<Phase>,
    bias: &'a [f32],
    /// All m of the rows, and how many of them make a band.
    rows: Range<usize>,
    band: usize,
    /// The columns of dy in memory: the first, counted from `reach` ahead of the picture, and their number.
    cols: Range<usize>,
    reach: [usize; 2],
    sizes: Sizes,
}

impl<'a> Plan<'a> {
    fn new(gradient: &InputGradient<'_>, bias: &'a [f32], width: usize) -> Self {
        let shape = gradient.shape;
        let axes = [Axis::new(shape, 0), Axis::new(shape, 1)];
        let [rows, cols] = [places(shape, 0), places(shape, 1)];
        let reach = [axes[0].reach, axes[1].reach];
        let all = |places: &[Places]| {
            let start = places.iter().map(|places| places.range.start).min().unwrap_or(0);
            start..places.iter().map(|places| places.range.end).max().unwrap_or(0)
        };
        let (all_rows, all_cols) = (all(&rows), all(&cols));
        let columns = all_cols.len() + reach[1];
        let [channels, outputs] = shape.channels_per_group();
        let band = BAND / (outputs.next_multiple_of(width) * columns).max(1);
        let band = band.saturating_sub(reach[0]).clamp(1, all_rows.len().max(1));
        let layout = Layout { axes: &axes, size: [band + reach[0], columns], width };
        let phases = rows.iter().flat_map(|rows| cols.iter().map(move |cols| (rows, cols)));
        let phases = phases.map(|(rows, cols)| layout.phase(gradient, rows, cols)).collect();
        let sizes =
            Sizes { samples: shape.batch, groups: shape.options.groups, channels, positions: shape.input_len(), width };
        Self { phases, bias, rows: all_rows, band, cols: all_cols.start..all_cols.start + columns, reach, sizes }
    }
}

/// How the gradients of the outputs lie in memory.
struct Layout<'a> {
    axes: &'a [Axis; 2],
    /// Rows and columns of a panel.
    size: [usize; 2],
    width: usize,
}

impl Layout<'_> {
    fn phase(&self, gradient: &InputGradient<'_>, rows: &Places, cols: &Places) -> Phase {
        let shape = gradient.shape;
        let [channels, outputs] = shape.channels_per_group();
        let (filter_len, kernel_len) = (shape.filter_len(), shape.kernel[0] * shape.kernel[1]);
        let (mut reads, mut values) = (vec![], vec![]);
        for output in 0..outputs {
            for (u, row) in self.axes[0].taps.iter().enumerate().filter(|(_, tap)| tap.phase == rows.phase) {
                for (v, col) in self.axes[1].taps.iter().enumerate().filter(|(_, tap)| tap.phase == cols.phase) {
                    let panel = output / self.width * self.size[0];
                    let line = panel + self.axes[0].reach - row.shift;
                    let place = line * self.size[1] + self.axes[1].reach - col.shift;
                    reads.push(place * self.width + output % self.width);
                    values.push(output * filter_len + u * shape.kernel[1] + v);
                }
            }
        }
        let filters = Filters {
            weight: gradient.weight,
            groups: [shape.options.groups, outputs * filter_len],
            channels: [channels, kernel_len],
            values: &values,
        };
        Phase { rows: rows.clone(), cols: cols.clone(), reads, packed: Packed::new(&filters, self.width) }
    }
}

impl Work for InputGradient<'_> {
    /// `[B, C, H, W]`.
    type Output = Vec<f32>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Vec<f32> {
        let shape = self.shape;
        let width = 2 * S::LANES;
        let bias = pack_bias(self.bias, shape.options.groups, shape.channels_per_group()[0], width);
        let plan = Plan::new(&self, &bias, width);
        let gradient = &self;
        plan.sizes.make(false, |task| simd.compiled(OneTask { gradient, plan: &plan, task })).0
    }
}

struct OneTask<'a> {
    gradient: &'a InputGradient<'a>,
    plan: &'a Plan<'a>,
    task: Task<'a>,
}

impl Work for OneTask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let InputGradient { shape, dy, .. } = *self.gradient;
        let plan = self.plan;
        let outputs = shape.channels_per_group()[1];
        let dy = &dy[shape.output_range(self.task.sample, self.task.group * outputs, outputs)];
        let columns = plan.cols.len();
        let source_len = outputs.next_multiple_of(plan.sizes.width) * (plan.band + plan.reach[0]) * columns;
        let sums_len = SUMS.max(columns * plan.sizes.width);
        with_scratch(source_len + 2 * sums_len, |memory| {
            let (source, sums) = memory.split_at_mut(source_len);
            for start in plan.rows.clone().step_by(plan.band) {
                let window = Window {
                    first: [start, plan.cols.start],
                    before: plan.reach,
                    size: [plan.band + plan.reach[0], columns],
                };
                simd.compiled(ChannelsLast { planes: dy, size: shape.output, window: &window, out: source });
                let band = start..(start + plan.band).min(plan.rows.end);
                let phases = |panel: usize| plan.phases.iter().map(move |phase| (phase, panel));
                for phase in self.task.panels.clone().flat_map(phases) {
                    self.phase(simd, phase, &band, (source, sums));
                }
            }
        });
    }
}

impl OneTask<'_> {
    /// One phase of one panel, for the m of `band`, some rows at a time.
    #[inline(always)]
    fn phase<S: Simd>(
        &mut self,
        simd: S,
        (phase, panel): (&Phase, usize),
        band: &Range<usize>,
        (source, memory): (&[f32], &mut [f32]),
    ) {
        let plan = self.plan;
        let width = plan.sizes.width;
        let rows = band.start.max(phase.rows.range.start)..band.end.min(phase.rows.range.end);
        let columns = phase.cols.range.len();
        let row_pitch = plan.cols.len() * width;
        let at_once = (SUMS / (columns * width)).max(1);
        let bias = &plan.bias[(self.task.group * phase.packed.panels() + panel) * width..][..width];
        let channels = plan.sizes.channels_of(&(panel..panel + 1));
        for first in rows.clone().step_by(at_once) {
            let part = first..(first + at_once).min(rows.end);
            let (sums, lines) = memory.split_at_mut(part.len() * columns * width);
            let from = (first - band.start) * row_pitch + (phase.cols.range.start - plan.cols.start) * width;
            simd.compiled(Field {
                source: &source[from..],
                pitch: Pitch::Panel,
                row_pitch,
                reads: &phase.reads,
                panel: phase.packed.panel(self.task.group, panel),
                bias,
                channels,
                width: columns,
                out: sums,
            });
            self.write(simd, (phase, panel), &part, (sums, lines));
        }
    }

    /// Writes the sums of some rows of a phase to the pixels that they belong to; `lines` is memory for as many.
    #[inline(always)]
    fn write<S: Simd>(
        &mut self,
        simd: S,
        (phase, panel): (&Phase, usize),
        rows: &Range<usize>,
        (sums, lines): (&[f32], &mut [f32]),
    ) {
        let shape = self.gradient.shape;
        let Sizes { positions, width, .. } = self.plan.sizes;
        let [row_stride, col_stride] = shape.options.stride;
        let channels = self.plan.sizes.channels_of(&(panel..panel + 1));
        let out = &mut self.task.out[(panel - self.task.panels.start) * width * positions..][..channels * positions];
        let (columns, count) = (phase.cols.range.len(), sums.len() / width);
        let pixel = |row: usize| {
            (phase.rows.first + (row - phase.rows.range.start) * row_stride) * shape.input[1] + phase.cols.first
        };
        if [row_stride, col_stride] == [1, 1] {
            let into = &mut out[pixel(rows.start)..];
            let size = [count, channels];
            return simd.compiled(Transpose { from: sums, from_pitch: width, into, into_pitch: positions, size });
        }
        let size = [count, channels];
        simd.compiled(Transpose { from: sums, from_pitch: width, into: lines, into_pitch: count, size });
        for (lines, plane) in lines.chunks_exact(count).zip(out.chunks_exact_mut(positions)) {
            for (line, row) in lines.chunks_exact(columns).zip(rows.clone()) {
                let pixels = plane[pixel(row)..].iter_mut().step_by(col_stride);
                pixels.zip(line).for_each(|(pixel, value)| *pixel = *value);
            }
        }
    }
}
