//! The gradients of the filters and the bias.
//!
//! Tasks add up some samples each, and the sums are added in a fixed order in the end: which samples belong together depends
//! on the shapes only.

use std::ops::Range;

use rayon::prelude::*;

use super::super::super::shape::Conv2dShape;
use super::last::{ChannelsLast, Window};
use super::pool::{Expand, Unpool};
use super::split::Split;
use super::weights::Weights;
use crate::cpu::{Buffer, LINE, Simd, Transpose, Work, aligned, with_scratch};

/// How many tasks are made where the work can be cut into as many.
const TASKS: usize = 8;
/// The sums of all tasks together hold about this many values (4 MiB), when more than one per filter is wanted.
const SUMS: usize = 1024 * 1024;

/// A weight gradient.
#[derive(Clone)]
pub(crate) struct WeightGradient<'a> {
    pub(crate) shape: &'a Conv2dShape,
    pub(crate) x: &'a [f32],
    pub(crate) dy: OutputGradient<'a>,
}

/// The gradient of the output, `[B, O, H', W']`.
#[derive(Clone, Copy)]
pub(crate) enum OutputGradient<'a> {
    /// As it is.
    Dense(&'a [f32]),
    /// Given behind a max pooling.
    Pooled(&'a Unpool<'a>),
}

impl OutputGradient<'_> {
    /// The height of the windows that bands of rows are made of.
    fn step(&self) -> usize {
        match self {
            Self::Dense(_) => 1,
            Self::Pooled(pooled) => pooled.window[0],
        }
    }

    /// How long the memory must be for the windows of a picture of so many channels.
    fn windows_len(&self, channels: usize) -> usize {
        match self {
            Self::Dense(_) => 0,
            Self::Pooled(pooled) => channels * pooled.windows(),
        }
    }

    /// The gradients of the windows of a picture, if it is given behind a pooling, and their indices.
    fn windows(&self, picture: usize, values: &mut [f32]) -> &[u8] {
        match self {
            Self::Dense(_) => &[],
            Self::Pooled(pooled) => pooled.gradient(picture, values),
        }
    }

    /// Some rows and channels of a picture, channels last.
    #[inline(always)]
    fn channels_last<S: Simd>(&self, simd: S, shape: &Conv2dShape, part: Part<'_>) {
        let Part { picture, channels, rows, gradient, windows, out } = part;
        let positions = shape.output_len();
        match self {
            Self::Dense(dy) => {
                let first = picture * shape.channels_per_group()[1] + channels.start;
                let planes = &dy[first * positions..(first + channels.len()) * positions];
                let window = Window::rows(rows, shape.output[1]);
                simd.compiled(ChannelsLast { planes, size: shape.output, window: &window, out });
            }
            Self::Pooled(pooled) => simd.compiled(Expand { pooled, gradient, channels, rows, windows, out }),
        }
    }
}

/// A part of a picture's gradient, and memory for it; fields as those of [`Expand`].
struct Part<'a> {
    picture: usize,
    channels: Range<usize>,
    rows: &'a Range<usize>,
    gradient: (&'a [f32], &'a [u8]),
    windows: &'a mut [f32],
    out: &'a mut [f32],
}

/// What all tasks share: tasks of some samples and some panels of a group each. The sums of a panel are `[K + 1, 2·LANES]`, the
/// last row those of the bias.
struct Plan<'a> {
    split: &'a Split,
    reads: &'a [usize],
    /// Panels of a group, and how many of them a task has.
    panels: [usize; 2],
    /// Into how many parts the samples are cut.
    parts: usize,
    panel_len: usize,
}

impl Work for WeightGradient<'_> {
    /// `[O, C/G, kh, kw]` and `[O]`.
    type Output = (Vec<f32>, Vec<f32>);

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> (Vec<f32>, Vec<f32>) {
        let (shape, width) = (self.shape, 2 * S::LANES);
        let split = Split::new(shape, self.dy.step());
        let panels = shape.channels_per_group()[1].div_ceil(width);
        let panel_len = (shape.filter_len() + 1) * width;
        let all = shape.options.groups * panels * panel_len;
        let parts = (SUMS / all).clamp(1, TASKS).min(shape.batch.max(1));
        let per_task = (panels * shape.options.groups * parts / TASKS).clamp(1, panels);
        let plan = Plan { split: &split, reads: &split.reads(), panels: [panels, per_task], parts, panel_len };

        let mut buffer = Buffer::new(parts * all + LINE);
        let sums = &mut aligned(&mut buffer)[..parts * all];
        let mut tasks = Vec::new();
        let mut rest: &mut [f32] = sums;
        for group in
            (0..parts * shape.options.groups).map(|index| [index / shape.options.groups, index % shape.options.groups])
        {
            for first in (0..panels).step_by(per_task) {
                let panels = first..(first + per_task).min(panels);
                let (sums, after) = rest.split_at_mut(panels.len() * panel_len);
                rest = after;
                tasks.push((group, panels, sums));
            }
        }
        let gradient = &self;
        tasks.into_par_iter().for_each(|([part, group], panels, sums)| {
            simd.compiled(OneTask { gradient, plan: &plan, part, group, panels, sums });
        });
        add_up(simd, shape, &plan, sums)
    }
}

struct OneTask<'a> {
    gradient: &'a WeightGradient<'a>,
    plan: &'a Plan<'a>,
    part: usize,
    group: usize,
    panels: Range<usize>,
    sums: &'a mut [f32],
}

impl Work for OneTask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let WeightGradient { shape, x, dy } = *self.gradient;
        let Plan { split, parts, .. } = *self.plan;
        let width = 2 * S::LANES;
        let per_group = shape.channels_per_group()[1];
        let channels = self.panels.start * width..(self.panels.end * width).min(per_group);
        let row = self.panels.len() * shape.output[1] * width;
        self.sums.fill(0.0);
        let source_len = split.len().next_multiple_of(LINE);
        let lens = [source_len, split.band * row, split.band * shape.output[1] * width, dy.windows_len(per_group)];
        with_scratch(lens.iter().sum(), |memory| {
            let (source, rest) = memory.split_at_mut(lens[0]);
            let (last, rest) = rest.split_at_mut(lens[1]);
            let (windows, values) = rest.split_at_mut(lens[2]);
            for sample in part(shape.batch, self.part, parts) {
                let x = &x[shape.input_range(sample, self.group)];
                let picture = sample * shape.options.groups + self.group;
                let indices = dy.windows(picture, values);
                for rows in split.bands() {
                    let source = split.fill(x, &rows, source);
                    let (out, gradient) = (&mut last[..rows.len() * row], (&*values, indices));
                    let channels = channels.clone();
                    let part = Part { picture, channels, rows: &rows, gradient, windows: &mut *windows, out };
                    dy.channels_last(simd, shape, part);
                    let last = &last[..rows.len() * row];
                    add(
                        simd,
                        self.plan,
                        (source, last),
                        [shape.output[1], per_group - self.panels.start * width],
                        self.sums,
                    );
                }
            }
        });
    }
}

/// Adds what one band of one sample gives, for each panel.
#[inline(always)]
fn add<S: Simd>(
    simd: S,
    plan: &Plan<'_>,
    (source, last): (&[f32], &[f32]),
    [columns, channels]: [usize; 2],
    sums: &mut [f32],
) {
    let width = 2 * S::LANES;
    let panel = last.len() / (sums.len() / plan.panel_len);
    let panels = last.chunks_exact(panel).zip(sums.chunks_exact_mut(plan.panel_len));
    for (index, (dy, sums)) in panels.enumerate() {
        simd.compiled(Weights {
            source,
            row_pitch: plan.split.row_pitch,
            reads: plan.reads,
            dy,
            width: columns,
            channels: channels - index * width,
            sums,
        });
    }
}

/// The sums over the parts, in their order, one filter after the other; and those of the bias.
fn add_up<S: Simd>(simd: S, shape: &Conv2dShape, plan: &Plan<'_>, sums: &mut [f32]) -> (Vec<f32>, Vec<f32>) {
    let (width, filter_len) = (2 * S::LANES, shape.filter_len());
    let per_group = shape.channels_per_group()[1];
    let mut dweight = vec![0.0; shape.channels[1] * filter_len];
    let mut dbias = vec![0.0; shape.channels[1]];
    let (total, others) = sums.split_at_mut(sums.len() / plan.parts);
    for part in others.chunks_exact(total.len()) {
        total.iter_mut().zip(part).for_each(|(total, value)| *total += value);
    }
    for (index, sums) in total.chunks_exact(plan.panel_len).enumerate() {
        let (group, first) = (index / plan.panels[0], index % plan.panels[0] * width);
        let channels = width.min(per_group - first);
        let first = group * per_group + first;
        let (filters, bias) = sums.split_at(plan.panel_len - width);
        let into = &mut dweight[first * filter_len..];
        let size = [filter_len, channels];
        simd.compiled(Transpose { from: filters, from_pitch: width, into, into_pitch: filter_len, size });
        dbias[first..first + channels].copy_from_slice(&bias[..channels]);
    }
    (dweight, dbias)
}

/// The samples of part `index` when `samples` are cut into `parts` of nearly equal size.
fn part(samples: usize, index: usize, parts: usize) -> Range<usize> {
    samples * index / parts..samples * (index + 1) / parts
}
