//! The CPU kernel, for 32-bit floats.
//!
//! A thread takes some channels of the whole batch, which fit its cache: the mean, the deviations from it, and the normalised
//! numbers are three loops over them, but x goes through memory once. The backward pass does the same with two loops, and
//! writes over the gradient that comes in where no one else holds it.

mod rows;

use burn::backend::flex::FlexTensor;
use burn::backend::{Flex, TensorMetadata};

use super::{BatchNormGradients, BatchNormInputs, BatchNormOptions, Statistics, reference};
use crate::activation::curves::{Curve, Same, WithCurve, with_curve};
use crate::cpu::{columns, each_part, fresh_columns, is_f32, tensor, vectorised, whole};
use rows::{Channel, Normalise, PullBack, Rows};

/// As [`Backend::batch_norm_by_batch`](crate::Backend::batch_norm_by_batch); other floats than 32-bit ones take the reference.
pub(crate) fn by_batch(
    x: FlexTensor,
    gamma: FlexTensor,
    beta: FlexTensor,
    options: BatchNormOptions,
) -> (FlexTensor, FlexTensor, FlexTensor) {
    if ![&x, &gamma, &beta].into_iter().all(is_f32) {
        return reference::by_batch::<Flex>(x, gamma, beta, options);
    }
    let layout = Layout::of(&x);
    let (y, statistics) = run(&layout, x, [gamma, beta], None, options);
    let (mean, variance) = statistics.into_iter().flatten().unzip();
    (y, tensor(mean, [layout.channels]), tensor(variance, [layout.channels]))
}

/// As [`Backend::batch_norm_given`](crate::Backend::batch_norm_given); other floats than 32-bit ones take the reference.
pub(crate) fn given(
    x: FlexTensor,
    gamma: FlexTensor,
    beta: FlexTensor,
    statistics: Statistics<Flex>,
    options: BatchNormOptions,
) -> FlexTensor {
    if ![&x, &gamma, &beta, &statistics.mean, &statistics.variance].into_iter().all(is_f32) {
        return reference::given::<Flex>(x, gamma, beta, statistics, options);
    }
    let layout = Layout::of(&x);
    run(&layout, x, [gamma, beta], Some(statistics), options).0
}

/// y, and for each part the mean and the variance of its channels.
fn run(
    layout: &Layout,
    x: FlexTensor,
    affine: [FlexTensor; 2],
    given: Option<Statistics<Flex>>,
    options: BatchNormOptions,
) -> (FlexTensor, Vec<Vec<(f32, f32)>>) {
    let (x, [gamma, beta]) = (whole(x), affine.map(whole));
    let given = given.map(|given| [whole(given.mean), whole(given.variance)]);
    let forward = Forward {
        layout,
        x: x.storage(),
        gamma: gamma.storage(),
        beta: beta.storage(),
        given: given.as_ref().map(|given| given.each_ref().map(FlexTensor::storage)),
        epsilon: options.epsilon as f32,
    };
    let (y, statistics) = match options.activation {
        Some(activation) => with_curve(activation, forward),
        None => forward.run(Same),
    };
    (tensor(y, x.shape()), statistics)
}

/// How the numbers of the channels lie in memory: samples of channels of numbers.
struct Layout {
    samples: usize,
    channels: usize,
    /// Numbers of a channel in a sample.
    numbers: usize,
}

impl Layout {
    fn of(x: &FlexTensor) -> Self {
        let shape = x.shape();
        Self { samples: shape[0], channels: shape[1], numbers: shape.iter().skip(2).product() }
    }

    /// Numbers of a sample.
    fn sample(&self) -> usize {
        self.channels * self.numbers
    }

    /// Channels that a thread takes at a time: some 256 KiB, or one channel; of single numbers at least a vector.
    fn channels_per_part(&self) -> usize {
        const PART: usize = 64 * 1024;
        let channel = (self.samples * self.numbers).max(1);
        let least = if self.numbers == 1 { 16 } else { 1 };
        (PART / channel).clamp(least, self.channels.max(least))
    }
}

struct Forward<'a> {
    layout: &'a Layout,
    x: &'a [f32],
    gamma: &'a [f32],
    beta: &'a [f32],
    /// The mean and the variance, unless they are to be the batch's.
    given: Option<[&'a [f32]; 2]>,
    epsilon: f32,
}

impl WithCurve for Forward<'_> {
    type Output = (Vec<f32>, Vec<Vec<(f32, f32)>>);

    fn run<C: Curve>(self, curve: C) -> Self::Output {
        let Layout { samples, numbers, .. } = *self.layout;
        let part = self.layout.channels_per_part();
        fresh_columns([samples, self.layout.sample()], part * numbers, |index, y| {
            let first = index * part;
            let x = Rows::new(self.x, self.layout.sample(), first * numbers);
            let channels = y.first().map_or(0, |row| row.len()) / numbers.max(1);
            let range = first..first + channels;
            vectorised(Normalise {
                x,
                y,
                numbers,
                affine: [&self.gamma[range.clone()], &self.beta[range.clone()]],
                given: self.given.map(|given| given.map(|values| &values[range.clone()])),
                epsilon: self.epsilon,
                curve,
            })
        })
    }
}

/// As [`Backend::batch_norm_backward`](crate::Backend::batch_norm_backward); other floats than 32-bit ones take the reference.
pub(crate) fn backward(
    inputs: BatchNormInputs<Flex>,
    output_grad: FlexTensor,
    options: BatchNormOptions,
    wanted: BatchNormGradients,
) -> reference::Gradients<Flex> {
    let Statistics { mean, variance } = &inputs.statistics;
    if ![&inputs.x, &inputs.gamma, mean, variance, &output_grad].into_iter().all(is_f32) {
        return reference::backward::<Flex>(inputs, output_grad, options, wanted);
    }
    let layout = Layout::of(&inputs.x);
    let mut dy = whole(output_grad);
    let x = whole(inputs.x);
    let [gamma, mean, variance] = [inputs.gamma, inputs.statistics.mean, inputs.statistics.variance].map(whole);
    let output = inputs.output.into_option().map(whole);
    let pull_back = Backward {
        layout: &layout,
        x: x.storage(),
        // Without an activation no one reads it.
        output: output.as_ref().unwrap_or(&x).storage(),
        channel: [gamma.storage(), mean.storage(), variance.storage()],
        epsilon: options.epsilon as f32,
        through_statistics: wanted.through_statistics,
        dx: dy.storage_mut(),
    };
    let sums = match options.activation {
        Some(activation) => with_curve(activation, pull_back),
        None => pull_back.run(Same),
    };
    let (dgamma, dbeta): (Vec<f32>, Vec<f32>) = sums.into_iter().flatten().unzip();
    let of_channels = |values| tensor(values, [layout.channels]);
    (wanted.x.then_some(dy), wanted.gamma.then(|| of_channels(dgamma)), wanted.beta.then(|| of_channels(dbeta)))
}

struct Backward<'a> {
    layout: &'a Layout,
    x: &'a [f32],
    output: &'a [f32],
    /// γ, μ, σ².
    channel: [&'a [f32]; 3],
    epsilon: f32,
    through_statistics: bool,
    /// The gradient of y, and in the end that of x.
    dx: &'a mut [f32],
}

impl WithCurve for Backward<'_> {
    /// For each part, dγ and dβ of its channels.
    type Output = Vec<Vec<(f32, f32)>>;

    fn run<C: Curve>(self, curve: C) -> Self::Output {
        let Layout { samples, channels, numbers } = *self.layout;
        let (sample, part) = (self.layout.sample(), self.layout.channels_per_part());
        if samples * numbers == 0 {
            return vec![vec![(0.0, 0.0); channels]];
        }
        each_part(columns(self.dx, sample, part * numbers), |index, dx| {
            let first = index * part;
            let channels = dx.first().map_or(0, |row| row.len()) / numbers;
            let channel = |channel: usize| {
                let [gamma, mean, variance] = self.channel.map(|values| values[channel]);
                Channel { gamma, mean, per_std: 1.0 / (variance + self.epsilon).sqrt() }
            };
            vectorised(PullBack {
                x: Rows::new(self.x, sample, first * numbers),
                output: Rows::new(self.output, sample, first * numbers),
                dx,
                numbers,
                channels: (first..first + channels).map(channel).collect(),
                through_statistics: self.through_statistics,
                curve,
            })
        })
    }
}
