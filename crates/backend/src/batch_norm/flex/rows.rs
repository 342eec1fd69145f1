//! Some channels of all samples: their statistics, the normalised numbers, the gradients.
//!
//! A channel's numbers in a sample lie side by side, and so do those of a vector of channels where each has a single number. In
//! the first case a sum over vectors is added up across the lanes in the end, in the second each lane is a channel.

use std::ops::Range;

use crate::activation::curves::Curve;
use crate::cpu::{Simd, Work, add_lanes, lanes_of};

/// Vectors that are added up before the sum is put aside: long sums of small numbers lose digits.
const SHORT_SUM: usize = 256;
/// More lanes than any vector has.
const LANES: usize = 16;

/// The columns from `start` on of rows `stride` apart.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    values: &'a [f32],
    stride: usize,
    start: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn new(values: &'a [f32], stride: usize, start: usize) -> Self {
        Self { values, stride, start }
    }

    #[inline(always)]
    fn part(&self, row: usize, columns: Range<usize>) -> &'a [f32] {
        &self.values[row * self.stride + self.start..][columns]
    }
}

/// A step from one channel, or vector of channels, to the next, and the columns of each.
#[inline(always)]
fn units<S: Simd>(channels: usize, numbers: usize) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
    let step = if numbers == 1 { S::LANES } else { 1 };
    (0..channels).step_by(step).map(move |first| {
        let channels = first..(first + step).min(channels);
        let columns = channels.start * numbers..channels.end * numbers;
        (channels, columns)
    })
}

/// What each lane stands for: the channel, or that of the lane.
#[inline(always)]
fn spread<S: Simd>(simd: S, of_channels: &[f32], numbers: usize) -> S::Vector {
    if numbers == 1 { simd.load(of_channels) } else { simd.splat(of_channels[0]) }
}

/// A sum of vectors in each lane that it is for.
#[inline(always)]
fn total<S: Simd>(simd: S, sum: S::Vector, numbers: usize) -> S::Vector {
    if numbers == 1 { sum } else { simd.splat(add_lanes(simd, sum)) }
}

#[inline(always)]
fn per_std<S: Simd>(simd: S, variance: S::Vector, epsilon: f32) -> S::Vector {
    let per_std = lanes_of(simd, variance).map(|variance| 1.0 / (variance + epsilon).sqrt());
    simd.load(&per_std)
}

/// The forward pass. Gives the mean and the variance of each channel.
pub(super) struct Normalise<'a, C> {
    pub(super) x: Rows<'a>,
    /// Of every sample.
    pub(super) y: Vec<&'a mut [f32]>,
    /// Numbers of a channel in a sample.
    pub(super) numbers: usize,
    /// γ and β.
    pub(super) affine: [&'a [f32]; 2],
    /// The mean and the variance, unless they are to be the batch's.
    pub(super) given: Option<[&'a [f32]; 2]>,
    pub(super) epsilon: f32,
    pub(super) curve: C,
}

impl<C: Curve> Work for Normalise<'_, C> {
    type Output = Vec<(f32, f32)>;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Self::Output {
        let numbers = self.numbers;
        let mut statistics = Vec::with_capacity(self.affine[0].len());
        for (channels, columns) in units::<S>(self.affine[0].len(), numbers) {
            let (mean, variance) = match self.given {
                Some(given) => {
                    let [mean, variance] = given.map(|values| spread(simd, &values[channels.clone()], numbers));
                    (mean, variance)
                }
                None => self.statistics(simd, &columns),
            };
            let [gamma, beta] = self.affine.map(|values| spread(simd, &values[channels.clone()], numbers));
            let scale = simd.mul(gamma, per_std(simd, variance, self.epsilon));
            for (row, y) in self.y.iter_mut().enumerate() {
                let x = self.x.part(row, columns.clone()).chunks(S::LANES);
                for (x, y) in x.zip(y[columns.clone()].chunks_mut(S::LANES)) {
                    let z = simd.mul_add(simd.sub(simd.load(x), mean), scale, beta);
                    simd.store(self.curve.value(simd, z), y);
                }
            }
            let pairs = lanes_of(simd, mean).into_iter().zip(lanes_of(simd, variance));
            statistics.extend(pairs.take(channels.len()));
        }
        statistics
    }
}

impl<C> Normalise<'_, C> {
    /// The mean and the variance of the numbers in these columns.
    #[inline(always)]
    fn statistics<S: Simd>(&self, simd: S, columns: &Range<usize>) -> (S::Vector, S::Vector) {
        let share = simd.splat(1.0 / (self.y.len() * self.numbers) as f32);
        let sum = self.sum::<S, false>(simd, columns, simd.splat(0.0));
        let mean = simd.mul(total(simd, sum, self.numbers), share);
        let squares = self.sum::<S, true>(simd, columns, mean);
        (mean, simd.mul(total(simd, squares, self.numbers), share))
    }

    /// The sum of the deviations from `mean`, or of their squares.
    #[inline(always)]
    fn sum<S: Simd, const SQUARES: bool>(&self, simd: S, columns: &Range<usize>, mean: S::Vector) -> S::Vector {
        let tail = simd.load(&[1.0; LANES][..columns.len() % S::LANES]);
        let (mut total, mut short, mut count) = (simd.splat(0.0), simd.splat(0.0), 0);
        for row in 0..self.y.len() {
            let mut blocks = self.x.part(row, columns.clone()).chunks_exact(S::LANES);
            for block in &mut blocks {
                let deviation = simd.sub(simd.load(block), mean);
                short = if SQUARES { simd.mul_add(deviation, deviation, short) } else { simd.add(short, deviation) };
            }
            if !blocks.remainder().is_empty() {
                let deviation = simd.mul(simd.sub(simd.load(blocks.remainder()), mean), tail);
                short = if SQUARES { simd.mul_add(deviation, deviation, short) } else { simd.add(short, deviation) };
            }
            count += columns.len().div_ceil(S::LANES);
            if count >= SHORT_SUM {
                (total, short, count) = (simd.add(total, short), simd.splat(0.0), 0);
            }
        }
        simd.add(total, short)
    }
}

/// What a channel was normalised by, and γ.
#[derive(Clone, Copy)]
pub(super) struct Channel {
    pub(super) gamma: f32,
    pub(super) mean: f32,
    pub(super) per_std: f32,
}

/// The backward pass. Gives dγ and dβ of each channel.
pub(super) struct PullBack<'a, C> {
    pub(super) x: Rows<'a>,
    pub(super) output: Rows<'a>,
    /// Of every sample: the gradient of y, and in the end that of x.
    pub(super) dx: Vec<&'a mut [f32]>,
    /// Numbers of a channel in a sample.
    pub(super) numbers: usize,
    pub(super) channels: Vec<Channel>,
    pub(super) through_statistics: bool,
    pub(super) curve: C,
}

impl<C: Curve> Work for PullBack<'_, C> {
    type Output = Vec<(f32, f32)>;

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) -> Self::Output {
        let numbers = self.numbers;
        let mut gradients = Vec::with_capacity(self.channels.len());
        for (channels, columns) in units::<S>(self.channels.len(), numbers) {
            let of = |what: fn(&Channel) -> f32| {
                let mut values = [0.0; LANES];
                let channels = &self.channels[channels.clone()];
                values.iter_mut().zip(channels).for_each(|(value, channel)| *value = what(channel));
                spread(simd, &values, numbers)
            };
            let (gamma, mean, per_std) =
                (of(|channel| channel.gamma), of(|channel| channel.mean), of(|channel| channel.per_std));
            let (dbeta, with_deviations) = self.sums(simd, &columns, mean);
            let dgamma = simd.mul(with_deviations, per_std);

            let scale = simd.mul(gamma, per_std);
            let share = 1.0 / (self.dx.len() * numbers) as f32;
            let share = simd.splat(if self.through_statistics { -share } else { 0.0 });
            let shift = simd.mul(simd.mul(scale, dbeta), share);
            let slope = simd.mul(simd.mul(scale, simd.mul(dgamma, per_std)), share);
            for (row, dx) in self.dx.iter_mut().enumerate() {
                let x = self.x.part(row, columns.clone()).chunks(S::LANES);
                for (x, dx) in x.zip(dx[columns.clone()].chunks_mut(S::LANES)) {
                    let along = simd.mul_add(simd.sub(simd.load(x), mean), slope, shift);
                    simd.store(simd.mul_add(simd.load(dx), scale, along), dx);
                }
            }
            let pairs = lanes_of(simd, dgamma).into_iter().zip(lanes_of(simd, dbeta));
            gradients.extend(pairs.take(channels.len()));
        }
        gradients
    }
}

impl<C: Curve> PullBack<'_, C> {
    /// Turns the gradient of y in these columns into that of z, and gives its sum and that of its products with the deviations.
    #[inline(always)]
    fn sums<S: Simd>(&mut self, simd: S, columns: &Range<usize>, mean: S::Vector) -> (S::Vector, S::Vector) {
        let zero = simd.splat(0.0);
        let (mut totals, mut short, mut count) = ((zero, zero), (zero, zero), 0);
        for (row, dx) in self.dx.iter_mut().enumerate() {
            let x = self.x.part(row, columns.clone()).chunks(S::LANES);
            let output = self.output.part(row, columns.clone()).chunks(S::LANES);
            for ((x, output), dx) in x.zip(output).zip(dx[columns.clone()].chunks_mut(S::LANES)) {
                let mut dz = simd.load(dx);
                if C::CHANGES {
                    dz = self.curve.gradient(simd, simd.load(output), dz);
                    simd.store(dz, dx);
                }
                short.0 = simd.add(short.0, dz);
                short.1 = simd.mul_add(dz, simd.sub(simd.load(x), mean), short.1);
            }
            count += columns.len().div_ceil(S::LANES);
            if count >= SHORT_SUM {
                totals = (simd.add(totals.0, short.0), simd.add(totals.1, short.1));
                (short, count) = ((zero, zero), 0);
            }
        }
        let sums = (simd.add(totals.0, short.0), simd.add(totals.1, short.1));
        (total(simd, sums.0, self.numbers), total(simd, sums.1, self.numbers))
    }
}
