//! The gradients behind a max pooling: of each window one value at most is not zero, so that nearly all products of the dense
//! gradients are left out.
//!
//! ```text
//! per sample, for each output channel o and each window, with d its gradient and p the position of its largest value:
//! dweight[o, u, v] += d · x̂[p·s + (u, v)·dilation]        vectors of input channels
//! dx̂[p·s + (u, v)·dilation] += d · weight[o, u, v]        vectors of input channels
//! ```
//!
//! Pictures, filters and their gradients lie channels last. The windows of an output channel whose gradient is not zero are
//! listed, and run while its filter, or the sums of its filter's gradient, are in registers.

use std::ops::Range;

use rayon::prelude::*;

use super::super::super::shape::Conv2dShape;
use super::gather::{Direction, Positions};
use super::last::{ChannelsFirst, ChannelsLast, Window};
use super::packed::{Filters, Packed};
use super::pool::Unpool;
use crate::WeightedGradients;
use crate::cpu::{Buffer, LINE, Simd, Transpose, Work, aligned, with_scratch};

/// Into how many parts the samples are cut.
const PARTS: usize = 8;
/// The padded pictures of a group and their gradients stay in the second-level cache up to this many values each (512 KiB).
const PICTURES: usize = 128 * 1024;
/// Filters of up to this many values (4 MiB): each part of the samples has sums of its own for them.
const WEIGHTS: usize = 1024 * 1024;
/// The most values of a window.
const SLOTS: usize = 16;

/// The gradients of a convolution that a max pooling follows.
pub(crate) struct Sparse<'a> {
    pub(crate) x: &'a [f32],
    pub(crate) weight: &'a [f32],
    pub(crate) pooled: &'a Unpool<'a>,
    pub(crate) wanted: WeightedGradients,
}

/// Whether this way is the one to take.
pub(crate) fn suits(shape: &Conv2dShape, window: [usize; 2]) -> bool {
    let [inputs, _] = shape.channels_per_group();
    let [height, width] = padded(shape);
    let slots = window[0] * window[1];
    let filters = shape.channels[1] * inputs.next_multiple_of(32) * shape.kernel[0] * shape.kernel[1];
    inputs >= 8 && (4..=SLOTS).contains(&slots) && inputs * height * width <= PICTURES && filters <= WEIGHTS
}

/// Height and width of the part of the padded pictures that is read.
fn padded(shape: &Conv2dShape) -> [usize; 2] {
    [0, 1].map(|axis| {
        let extent = (shape.kernel[axis] - 1) * shape.options.dilation[axis] + 1;
        (shape.output[axis] - 1) * shape.options.stride[axis] + extent
    })
}

/// What all tasks share.
struct Plan<'a> {
    sparse: &'a Sparse<'a>,
    packed: &'a Packed,
    /// The padded pictures.
    window: Window,
    /// Channels of a group in panels of `width`.
    panels: usize,
    width: usize,
    /// Where the values under a filter lie in the padded pictures.
    steps: Vec<usize>,
    /// Where the windows lie in the padded pictures, and the values of a window from there.
    places: [Vec<usize>; 2],
}

struct OneTask<'a> {
    plan: &'a Plan<'a>,
    group: usize,
    samples: Range<usize>,
    /// `[samples, C, H, W]` of one group, each sample's own slice.
    dx: Vec<&'a mut [f32]>,
    /// `[O/G, panels, kh·kw, width]`, and at the end `[O/G]`.
    sums: &'a mut [f32],
}

impl Work for Sparse<'_> {
    /// The gradients of the input, the filters and the bias; those that are not wanted have no values.
    type Output = (Vec<f32>, Vec<f32>, Vec<f32>);

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let shape = self.pooled.shape;
        let width = 2 * S::LANES;
        let ([channels, outputs], groups) = (shape.channels_per_group(), shape.options.groups);
        let (filter_len, kernel_len) = (shape.filter_len(), shape.kernel[0] * shape.kernel[1]);
        let values: Vec<usize> =
            (0..outputs).flat_map(|output| (0..kernel_len).map(move |tap| output * filter_len + tap)).collect();
        let filters = Filters {
            weight: self.weight,
            groups: [groups, outputs * filter_len],
            channels: [channels, kernel_len],
            values: &values,
        };
        let packed = Packed::new(&filters, width);
        let plan = Plan::new(&self, &packed, width);
        let sums_len = (outputs * (plan.panels * kernel_len * width + 1)).next_multiple_of(LINE);
        let parts = PARTS.min(shape.batch);
        let mut buffer = Buffer::new(parts * groups * sums_len + LINE);
        let sums = &mut aligned(&mut buffer)[..parts * groups * sums_len];
        let mut dx = vec![0.0; if self.wanted.x { shape.batch * shape.channels[0] * shape.input_len() } else { 0 }];
        let tasks = plan.tasks(parts, &mut dx, sums.chunks_exact_mut(sums_len));
        tasks.into_par_iter().for_each(|task| simd.compiled(task));
        let (dweight, dbias) = plan.add_up(simd, parts, sums);
        (dx, dweight, dbias)
    }
}

impl<'a> Plan<'a> {
    fn new(sparse: &'a Sparse<'a>, packed: &'a Packed, width: usize) -> Self {
        let shape = sparse.pooled.shape;
        let Conv2dShape { kernel: [height, columns], options, .. } = shape;
        let size = padded(shape);
        let window = Window { first: [0, 0], before: options.padding.map(|[before, _]| before), size };
        let taps =
            (0..*height).flat_map(|u| (0..*columns).map(move |v| [u * options.dilation[0], v * options.dilation[1]]));
        let steps: Vec<usize> = taps.map(|[u, v]| (u * size[1] + v) * width).collect();
        let places = places(shape, sparse.pooled.window, [size[1] * width, width]);
        Self { sparse, packed, window, panels: packed.panels(), width, steps, places }
    }

    fn tasks<'b>(
        &'b self,
        parts: usize,
        dx: &'b mut [f32],
        mut sums: impl Iterator<Item = &'b mut [f32]>,
    ) -> Vec<OneTask<'b>>
    where
        'a: 'b,
    {
        let shape = self.sparse.pooled.shape;
        let groups = shape.options.groups;
        let mut pictures = dx.chunks_exact_mut(shape.channels_per_group()[0] * shape.input_len());
        let mut tasks = Vec::with_capacity(parts * groups);
        for index in 0..parts {
            let samples = shape.batch * index / parts..shape.batch * (index + 1) / parts;
            let mut of_groups: Vec<Vec<&mut [f32]>> = (0..groups).map(|_| Vec::new()).collect();
            for _ in samples.clone() {
                for (of_group, picture) in of_groups.iter_mut().zip(&mut pictures) {
                    of_group.push(picture);
                }
            }
            for (group, (dx, sums)) in of_groups.into_iter().zip(&mut sums).enumerate() {
                tasks.push(OneTask { plan: self, group, samples: samples.clone(), dx, sums });
            }
        }
        tasks
    }

    /// The sums over the parts, in their order, one filter after the other; and those of the bias.
    #[inline(always)]
    fn add_up<S: Simd>(&self, simd: S, parts: usize, sums: &mut [f32]) -> (Vec<f32>, Vec<f32>) {
        let shape = self.sparse.pooled.shape;
        let ([channels, outputs], kernel_len) = (shape.channels_per_group(), self.steps.len());
        let (mut dweight, mut dbias) = (vec![0.0; shape.channels[1] * shape.filter_len()], vec![]);
        let (total, others) = sums.split_at_mut(sums.len() / parts.max(1));
        if parts == 0 {
            return (dweight, vec![0.0; shape.channels[1]]);
        }
        for part in others.chunks_exact(total.len()) {
            total.iter_mut().zip(part).for_each(|(total, value)| *total += value);
        }
        let mut filters = dweight.chunks_exact_mut(shape.filter_len());
        for total in total.chunks_exact(total.len() / shape.options.groups) {
            let (weights, bias) = total.split_at(total.len() - outputs);
            dbias.extend_from_slice(bias);
            let of_output = weights.chunks_exact(self.panels * kernel_len * self.width);
            for (weights, filter) in of_output.zip(&mut filters) {
                for (panel, from) in weights.chunks_exact(kernel_len * self.width).enumerate() {
                    let first = panel * self.width;
                    simd.compiled(Transpose {
                        from,
                        from_pitch: self.width,
                        into: &mut filter[first * kernel_len..],
                        into_pitch: kernel_len,
                        size: [kernel_len, self.width.min(channels - first)],
                    });
                }
            }
        }
        (dweight, dbias)
    }
}

/// Where the positions of each window's values lie in the padded pictures: the first of each window, and how far each of a
/// window's lies from it.
fn places(shape: &Conv2dShape, [height, width]: [usize; 2], [row_pitch, col_pitch]: [usize; 2]) -> [Vec<usize>; 2] {
    let [row_stride, col_stride] = shape.options.stride;
    let place = move |row: usize, column: usize| row * row_stride * row_pitch + column * col_stride * col_pitch;
    let [rows, columns] = [shape.output[0] / height, shape.output[1] / width];
    let windows = (0..rows).flat_map(|row| (0..columns).map(move |column| place(row * height, column * width)));
    let slots = (0..height).flat_map(|row| (0..width).map(move |column| place(row, column)));
    [windows.collect(), slots.collect()]
}

/// The memory of a task.
struct Memory<'a> {
    /// The gradients after the pooling, `[O/G, windows]`.
    values: &'a mut [f32],
    /// The padded pictures and their gradients.
    pictures: &'a mut [f32],
    gradients: &'a mut [f32],
    /// The gradients of a channel that are not zero, and where their positions lie in the padded pictures.
    listed: &'a mut [f32],
    offsets: Vec<usize>,
}

impl Work for OneTask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let Plan { sparse, ref window, width, .. } = *self.plan;
        let pooled = sparse.pooled;
        let shape = pooled.shape;
        let [channels, outputs] = shape.channels_per_group();
        let windows = pooled.windows();
        let pictures = window.len(channels, width);
        self.sums.fill(0.0);
        with_scratch(2 * pictures + (outputs + 1) * windows, |memory| {
            let (pictures, rest) = memory.split_at_mut(pictures);
            let (gradients, rest) = rest.split_at_mut(pictures.len());
            let (values, listed) = rest.split_at_mut(outputs * windows);
            let mut memory = Memory { values, pictures, gradients, listed, offsets: vec![0; windows] };
            for index in 0..self.samples.len() {
                let sample = self.samples.start + index;
                let indices = pooled.gradient(sample * shape.options.groups + self.group, memory.values);
                if sparse.wanted.weight {
                    let planes = &sparse.x[shape.input_range(sample, self.group)];
                    simd.compiled(ChannelsLast { planes, size: shape.input, window, out: &mut *memory.pictures });
                }
                memory.gradients.fill(0.0);
                self.sample(simd, indices, &mut memory);
                if sparse.wanted.x {
                    self.write(simd, index, memory.gradients);
                }
            }
        });
    }
}

impl OneTask<'_> {
    /// What one sample gives to the filters, the bias and the padded pictures.
    #[inline(always)]
    fn sample<S: Simd>(&mut self, simd: S, indices: &[u8], memory: &mut Memory<'_>) {
        let plan = self.plan;
        let windows = memory.listed.len();
        let outputs = memory.values.len() / windows;
        let [windows_at, slots_at] = &plan.places;
        for output in 0..outputs {
            let values = &memory.values[output * windows..(output + 1) * windows];
            let indices = &indices[output / plan.width * windows * plan.width + output % plan.width..];
            let (mut count, mut total) = (0, 0.0);
            let slots = indices.iter().step_by(plan.width);
            for ((value, slot), at) in values.iter().zip(slots).zip(windows_at) {
                (memory.offsets[count], memory.listed[count]) = (at + slots_at[usize::from(*slot)], *value);
                total += value;
                count += usize::from(*value != 0.0);
            }
            let bias = self.sums.len() - outputs + output;
            self.sums[bias] += total;
            if count > 0 {
                self.filter(simd, output, count, memory);
            }
        }
    }

    /// The listed gradients of one output channel meet its filter.
    #[inline(always)]
    fn filter<S: Simd>(&mut self, simd: S, output: usize, count: usize, memory: &mut Memory<'_>) {
        let plan = self.plan;
        let wanted = plan.sparse.wanted;
        let channels = plan.sparse.pooled.shape.channels_per_group()[0];
        let (filter_len, panel) = (plan.steps.len() * plan.width, memory.pictures.len() / plan.panels);
        for index in 0..plan.panels {
            let pixels = index * panel..(index + 1) * panel;
            let positions = |direction| Positions {
                offsets: &memory.offsets[..count],
                values: &memory.listed[..count],
                steps: &plan.steps,
                channels: channels - index * plan.width,
                direction,
            };
            if wanted.weight {
                let sums = &mut self.sums[(output * plan.panels + index) * filter_len..][..filter_len];
                simd.compiled(positions(Direction::Gather { pictures: &memory.pictures[pixels.clone()], sums }));
            }
            if wanted.x {
                let filter = &plan.packed.panel(self.group, index)[output * filter_len..][..filter_len];
                let gradients = &mut memory.gradients[pixels];
                simd.compiled(positions(Direction::Scatter { filter, gradients }));
            }
        }
    }

    /// The inside of the padded pictures' gradients to the input gradient of the sample at `index`.
    #[inline(always)]
    fn write<S: Simd>(&mut self, simd: S, index: usize, gradients: &[f32]) {
        let Plan { ref window, width, panels, sparse, .. } = *self.plan;
        let shape = sparse.pooled.shape;
        let planes = self.dx[index].chunks_mut(width * shape.input_len());
        for (from, into) in gradients.chunks_exact(gradients.len() / panels).zip(planes) {
            simd.compiled(ChannelsFirst { from, window, into, size: shape.input });
        }
    }
}
