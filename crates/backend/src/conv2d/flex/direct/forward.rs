//! The forward pass: `y = x ⋆ weight + bias`, and what follows it while it is in cache.

use std::ops::Range;

use super::super::super::shape::Conv2dShape;
use super::field::{Field, Pitch};
use super::packed::{Filters, Packed, pack_bias};
use super::pool::MaxPool;
use super::split::Split;
use super::tasks::{Sizes, Task};
use crate::activation::{self, Activation};
use crate::cpu::{LINE, Simd, Transpose, Work, with_scratch};

/// How many sums are made before they are passed on (32 KiB), to stay in the first-level cache.
const SUMS: usize = 8 * 1024;

/// What is done with the sums before they are written.
#[derive(Clone, Copy, Default)]
pub(crate) struct Epilogue {
    /// Applied to every value after the pooling; it never falls, so that the order makes no difference.
    pub(crate) activation: Option<Activation>,
    /// The window of a max pooling; windows lie side by side and cover the output of the shape.
    pub(crate) pool: Option<[usize; 2]>,
    /// Whether it is recorded which value of each window is the largest.
    pub(crate) record: bool,
}

/// A forward pass. `shape.output` may be smaller than what the pictures allow: only that much is computed.
#[derive(Clone)]
pub(crate) struct Forward<'a> {
    pub(crate) shape: &'a Conv2dShape,
    pub(crate) x: &'a [f32],
    pub(crate) weight: &'a [f32],
    pub(crate) bias: Option<&'a [f32]>,
    pub(crate) epilogue: Epilogue,
}

impl Work for Forward<'_> {
    /// `[B, O, H', W']`, pooled, and the indices of the pooling, which [`super::pool`] describes.
    type Output = (Vec<f32>, Vec<u8>);

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> (Vec<f32>, Vec<u8>) {
        let (shape, width) = (self.shape, 2 * S::LANES);
        let [_, channels] = shape.channels_per_group();
        let groups = shape.options.groups;
        let [window_height, window_width] = self.epilogue.pool.unwrap_or([1, 1]);

        let split = Split::new(shape, window_height);
        let filter_len = shape.filter_len();
        let values: Vec<usize> = (0..filter_len).collect();
        let filters = Filters {
            weight: self.weight,
            groups: [groups, channels * filter_len],
            channels: [channels, filter_len],
            values: &values,
        };
        let plan = Plan {
            packed: &Packed::new(&filters, width),
            bias: &pack_bias(self.bias, groups, channels, width),
            reads: &split.reads(),
            split: &split,
            sizes: Sizes {
                samples: shape.batch,
                groups,
                channels,
                positions: shape.output_len() / (window_height * window_width),
                width,
            },
        };
        let forward = &self;
        plan.sizes.make(self.epilogue.record, |task| simd.compiled(OneTask { forward, plan: &plan, task }))
    }
}

/// What all tasks share.
struct Plan<'a> {
    split: &'a Split,
    reads: &'a [usize],
    packed: &'a Packed,
    bias: &'a [f32],
    sizes: Sizes,
}

struct OneTask<'a> {
    forward: &'a Forward<'a>,
    plan: &'a Plan<'a>,
    task: Task<'a>,
}

impl Work for OneTask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let Forward { shape, x, epilogue, .. } = *self.forward;
        let split = self.plan.split;
        let x = &x[shape.input_range(self.task.sample, self.task.group)];
        let row_len = shape.output[1] * 2 * S::LANES;
        let [window_height, window_width] = epilogue.pool.unwrap_or([1, 1]);
        let rows = (SUMS / row_len / window_height).max(1) * window_height;
        let lens =
            [split.len().next_multiple_of(LINE), rows * row_len, rows * row_len / (window_height * window_width)];

        with_scratch(lens.iter().sum(), |memory| {
            let (source, sums) = memory.split_at_mut(lens[0]);
            for band in split.bands() {
                let source = split.fill(x, &band, source);
                let starts = |panel: usize| band.clone().step_by(rows).map(move |start| (panel, start));
                for (panel, start) in self.task.panels.clone().flat_map(starts) {
                    let part = start..(start + rows).min(band.end);
                    let source = &source[(start - band.start) * split.row_pitch..];
                    self.part(simd, source, panel, (part, sums));
                }
            }
        });
    }
}

impl OneTask<'_> {
    /// The output rows `rows` of one panel.
    #[inline(always)]
    fn part<S: Simd>(&mut self, simd: S, source: &[f32], panel: usize, (rows, sums): (Range<usize>, &mut [f32])) {
        let Plan { split, reads, packed, bias, sizes } = *self.plan;
        let Forward { shape, epilogue, .. } = *self.forward;
        let width = shape.output[1];
        let channels = sizes.channels_of(&(panel..panel + 1));
        let (sums, pooled) = sums.split_at_mut(rows.len() * width * sizes.width);
        simd.compiled(Field {
            source,
            pitch: Pitch::One,
            row_pitch: split.row_pitch,
            reads,
            panel: packed.panel(self.task.group, panel),
            bias: &bias[(self.task.group * packed.panels() + panel) * sizes.width..][..sizes.width],
            channels,
            width,
            out: sums,
        });

        let [window_height, window_width] = epilogue.pool.unwrap_or([1, 1]);
        let first = rows.start / window_height * (width / window_width);
        let place = panel - self.task.panels.start;
        let from: &mut [f32] = match epilogue.pool {
            None => sums,
            Some(window) => {
                let len = sums.len() / (window_height * window_width);
                let indices = match epilogue.record {
                    true => &mut self.task.indices[(place * sizes.positions + first) * sizes.width..][..len],
                    false => &mut [],
                };
                simd.compiled(MaxPool { sums, width, window, out: &mut pooled[..len], indices });
                &mut pooled[..len]
            }
        };
        if let Some(activation) = epilogue.activation {
            activation::flex::apply(from, activation);
        }
        let positions = from.len() / sizes.width;
        let out = &mut self.task.out[place * sizes.width * sizes.positions + first..];
        let size = [positions, channels];
        simd.compiled(Transpose { from, from_pitch: sizes.width, into: out, into_pitch: sizes.positions, size });
    }
}
