//! The shapes of one convolution, checked.

#[cfg(feature = "flex")]
use std::ops::Range;

use super::Conv2dOptions;

/// Everything about sizes that the kernels need.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "flex"), expect(dead_code, reason = "only the CPU kernel reads all of it"))]
pub(crate) struct Conv2dShape {
    /// B, samples.
    pub(crate) batch: usize,
    /// C and O, over all groups.
    pub(crate) channels: [usize; 2],
    /// H and W of the input.
    pub(crate) input: [usize; 2],
    /// kh and kw.
    pub(crate) kernel: [usize; 2],
    /// H' and W' of the output.
    pub(crate) output: [usize; 2],
    /// Stride, padding, dilation and groups.
    pub(crate) options: Conv2dOptions,
}

impl Conv2dShape {
    /// The shape for input `[B, C, H, W]` and filters `[O, C/groups, kh, kw]`.
    ///
    /// # Panics
    ///
    /// When they do not fit each other or the options.
    pub(crate) fn new(x: [usize; 4], weight: [usize; 4], options: &Conv2dOptions) -> Self {
        let Conv2dOptions { stride, padding, dilation, groups } = options;
        let shapes = || format!("conv2d of x {x:?} with weight {weight:?} and {options:?}");

        assert!(*groups > 0, "{}: groups must be at least 1", shapes());
        assert!(!stride.contains(&0), "{}: a stride must be at least 1", shapes());
        assert!(!dilation.contains(&0), "{}: a dilation must be at least 1", shapes());
        assert!(
            x[1] > 0 && x[1] == weight[1] * groups,
            "{}: weight dimension 1 must be the channels of x divided by groups, {} / {groups}",
            shapes(),
            x[1],
        );
        assert!(
            weight[0] > 0 && weight[0].is_multiple_of(*groups),
            "{}: the output channels {} must be a multiple of groups {groups}",
            shapes(),
            weight[0],
        );

        let output = [0, 1].map(|axis| {
            let (size, kernel) = (x[2 + axis], weight[2 + axis]);
            assert!(size > 0, "{}: the pictures must be at least 1 x 1", shapes());
            let padded = size + padding[axis][0] + padding[axis][1];
            assert!(kernel > 0, "{}: the kernel must be at least 1 x 1", shapes());
            let extent = dilation[axis] * (kernel - 1) + 1;
            assert!(
                extent <= padded,
                "{}: the kernel covers {extent} pixels of {}, but the padded input has {padded}",
                shapes(),
                ["height", "width"][axis],
            );
            (padded - extent) / stride[axis] + 1
        });
        Self {
            batch: x[0],
            channels: [x[1], weight[0]],
            input: [x[2], x[3]],
            kernel: [weight[2], weight[3]],
            output,
            options: options.clone(),
        }
    }
}

/// Checks the tensors of one call.
///
/// # Panics
///
/// When they do not fit.
pub(crate) fn check(x: [usize; 4], weight: [usize; 4], bias: Option<usize>, options: &Conv2dOptions) {
    let shape = Conv2dShape::new(x, weight, options);
    assert!(
        bias.is_none_or(|len| len == shape.channels[1]),
        "conv2d of x {x:?} with weight {weight:?}: bias [{}] must be [{}], one value per output channel",
        bias.unwrap_or_default(),
        shape.channels[1],
    );
}

/// What the CPU kernel derives from the sizes. Tensors are contiguous, in the order of the shapes.
#[cfg(feature = "flex")]
impl Conv2dShape {
    /// `[B, C, H, W]`.
    pub(crate) fn input_dims(&self) -> [usize; 4] {
        [self.batch, self.channels[0], self.input[0], self.input[1]]
    }

    /// `[B, O, H', W']`.
    pub(crate) fn output_dims(&self) -> [usize; 4] {
        [self.batch, self.channels[1], self.output[0], self.output[1]]
    }

    /// Pixels of one input channel, H·W.
    pub(crate) fn input_len(&self) -> usize {
        self.input[0] * self.input[1]
    }

    /// Positions of one output channel, H'·W'.
    pub(crate) fn output_len(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Input and output channels of one group, C/G and O/G.
    pub(crate) fn channels_per_group(&self) -> [usize; 2] {
        self.channels.map(|channels| channels / self.options.groups)
    }

    /// Weights of one filter, C/G·kh·kw.
    pub(crate) fn filter_len(&self) -> usize {
        self.channels_per_group()[0] * self.kernel[0] * self.kernel[1]
    }

    /// Whether an output pixel depends on one input pixel, the one at its own place.
    pub(crate) fn is_pointwise(&self) -> bool {
        self.kernel == [1, 1] && self.options.stride == [1, 1] && self.options.padding == [[0; 2]; 2]
    }

    /// Whether each group has one input channel and few filters.
    pub(crate) fn is_depthwise(&self) -> bool {
        let [per_group_in, per_group_out] = self.channels_per_group();
        per_group_in == 1 && per_group_out <= 4
    }

    /// The group of an output channel.
    pub(crate) fn group_of_output(&self, channel: usize) -> usize {
        channel / self.channels_per_group()[1]
    }

    /// Where the pixels of one sample and group lie in the input.
    pub(crate) fn input_range(&self, sample: usize, group: usize) -> Range<usize> {
        let channels = self.channels_per_group()[0];
        let first = sample * self.channels[0] + group * channels;
        first * self.input_len()..(first + channels) * self.input_len()
    }

    /// Where `channels` output channels of one sample, from `first` on, lie in the output.
    pub(crate) fn output_range(&self, sample: usize, first: usize, channels: usize) -> Range<usize> {
        let first = sample * self.channels[1] + first;
        first * self.output_len()..(first + channels) * self.output_len()
    }

    /// How many of `channels` channels (input or output channels, over all groups) of one sample
    /// make a task for one thread: a whole group, or a part of it when there are few samples. The
    /// part divides the group, and depends on the shape only.
    pub(crate) fn channels_per_task(&self, channels: usize) -> usize {
        const TASKS: usize = 8;
        const AT_LEAST: usize = 8;
        let per_group = channels / self.options.groups;
        let groups = self.batch * self.options.groups;
        if groups >= TASKS {
            return per_group;
        }
        largest_divisor(per_group, (per_group * groups / TASKS).max(AT_LEAST))
    }
}

/// The sample of a task, and its channels, when tasks have `per_task` of `channels` channels each.
#[cfg(feature = "flex")]
pub(crate) fn task(index: usize, per_task: usize, channels: usize) -> (usize, Range<usize>) {
    let first = index * per_task;
    let (sample, first) = (first / channels, first % channels);
    (sample, first..first + per_task)
}

/// The largest divisor of `n` that is at most `limit`, at least 1.
#[cfg(feature = "flex")]
pub(crate) fn largest_divisor(n: usize, limit: usize) -> usize {
    (1..=n.min(limit)).rev().find(|&divisor| n.is_multiple_of(divisor)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(batch: usize, channels: [usize; 2], groups: usize) -> Conv2dShape {
        let weight = [channels[1], channels[0] / groups, 3, 3];
        let options = Conv2dOptions::default().with_groups(groups);
        Conv2dShape::new([batch, channels[0], 8, 8], weight, &options)
    }

    #[test]
    fn few_samples_are_cut_into_parts_of_a_group_and_many_are_not() {
        assert_eq!(shape(1, [64, 128], 1).channels_per_task(128), 16);
        assert_eq!(shape(1, [64, 52], 1).channels_per_task(52), 4);
        assert_eq!(shape(1, [64, 128], 2).channels_per_task(128), 16);
        assert_eq!(shape(128, [64, 128], 1).channels_per_task(128), 128);
    }

    #[test]
    fn tasks_cover_each_channel_of_each_sample_once() {
        let covered: Vec<_> = (0..6).map(|index| task(index, 4, 12)).collect();
        let expected = [0, 1].into_iter().flat_map(|sample| [0, 4, 8].map(|c| (sample, c..c + 4)));
        assert_eq!(covered, expected.collect::<Vec<_>>());
    }

    #[test]
    fn the_output_size_follows_the_formula() {
        let options = Conv2dOptions::default().with_stride([2, 3]).with_padding([[1, 0], [2, 3]]).with_dilation([2, 1]);
        let shape = Conv2dShape::new([1, 1, 9, 10], [1, 1, 3, 4], &options);
        assert_eq!(shape.output, [(9 + 1 - 4 - 1) / 2 + 1, (10 + 5 - 3 - 1) / 3 + 1]);
    }
}
