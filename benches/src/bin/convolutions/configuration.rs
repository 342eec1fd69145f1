//! A random convolution, a function of its seed.

use std::fmt::{self, Display};

use burn::prelude::*;
use burn::tensor::Distribution;
use firebrick_backend::Conv2dOptions;
use firebrick_data::random::Draws;

/// The most multiplications with an addition of one forward pass: a few hundredths of a second for Burn.
const MOST_WORK: usize = 400_000_000;

/// Sizes and options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Configuration {
    /// `[B, C, H, W]`
    pub(crate) input: [usize; 4],
    /// `[O, C / groups, kh, kw]`
    pub(crate) weight: [usize; 4],
    pub(crate) options: Conv2dOptions,
    pub(crate) bias: bool,
}

impl Configuration {
    /// Kernels of 1 to 7, strides of 1 to 3, dilations of 1 to 3, up to 8 groups, depthwise ones, odd channels, batches of 1 to 256.
    pub(crate) fn of(seed: u64) -> Self {
        let mut draws = Draws::new(&[seed]);
        loop {
            let candidate = Self::drawn(&mut draws);
            if candidate.fits() {
                return candidate;
            }
        }
    }

    fn drawn(draws: &mut Draws) -> Self {
        let groups = if draws.unit() < 0.3 { within(draws, 2, 8) } else { 1 };
        // Many are small; a fifth are depthwise where there are groups.
        let channels = groups * if draws.unit() < 0.2 { 1 } else { spread(draws, 96 / groups) };
        let filters = groups * spread(draws, 128 / groups);
        let kernel = [within(draws, 1, 7), within(draws, 1, 7)];
        let kernel = if draws.unit() < 0.7 { [kernel[0]; 2] } else { kernel };
        let pair = |draws: &mut Draws, most| {
            let first = within(draws, 1, most);
            if draws.unit() < 0.8 { [first; 2] } else { [first, within(draws, 1, most)] }
        };
        let stride = pair(draws, 3);
        let dilation = if draws.unit() < 0.25 { pair(draws, 3) } else { [1, 1] };
        let padding = [(); 2].map(|()| [within(draws, 0, 3), within(draws, 0, 3)]);
        Self {
            input: [spread(draws, 256), channels, within(draws, 1, 40), within(draws, 1, 40)],
            weight: [filters, channels / groups, kernel[0], kernel[1]],
            options: Conv2dOptions { stride, padding, dilation, groups },
            bias: draws.unit() < 0.7,
        }
    }

    /// Whether the filters fit the padded pictures, and the work is not too much.
    fn fits(&self) -> bool {
        let output = [0, 1].map(|axis| self.output_size(axis));
        let [Some(height), Some(width)] = output else { return false };
        let work = self.input[0] * height * width * self.weight.iter().product::<usize>();
        (1..=MOST_WORK).contains(&work)
    }

    /// Positions of the filters along an axis, none where they do not fit.
    fn output_size(&self, axis: usize) -> Option<usize> {
        let span = self.options.dilation[axis] * (self.weight[2 + axis] - 1) + 1;
        let padded = self.input[2 + axis] + self.options.padding[axis].iter().sum::<usize>();
        Some(padded.checked_sub(span)? / self.options.stride[axis] + 1)
    }

    /// Input, weights and bias.
    pub(crate) fn tensors(&self, device: &Device) -> (Tensor<4>, Tensor<4>, Option<Tensor<1>>) {
        let normal = Distribution::Normal(0.0, 1.0);
        (
            Tensor::random(self.input, normal, device),
            Tensor::random(self.weight, normal, device),
            self.bias.then(|| Tensor::random([self.weight[0]], normal, device)),
        )
    }
}

impl Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Conv2dOptions { stride, padding, dilation, groups } = &self.options;
        write!(f, "x {:?}, weight {:?}, stride {stride:?}, padding {padding:?}, ", self.input, self.weight)?;
        write!(f, "dilation {dilation:?}, {groups} groups{}", if self.bias { ", bias" } else { "" })
    }
}

/// A whole number from `least` to `most`.
fn within(draws: &mut Draws, least: usize, most: usize) -> usize {
    least + draws.below((most - least + 1) as u64) as usize
}

/// A whole number from 1 to `most`, small ones as often as large ones: its logarithm is uniform.
fn spread(draws: &mut Draws, most: usize) -> usize {
    let number = ((most as f64 + 1.0).ln() * draws.unit()).exp() as usize;
    number.clamp(1, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_one_configuration_and_all_fit() {
        for seed in 0..500 {
            let configuration = Configuration::of(seed);
            assert_eq!(configuration, Configuration::of(seed));
            assert!(configuration.fits(), "{configuration}");
        }
    }

    #[test]
    fn two_hundred_seeds_have_every_kind() {
        let drawn: Vec<Configuration> = (0..200).map(Configuration::of).collect();
        let any = |holds: fn(&Configuration) -> bool| assert!(drawn.iter().filter(|c| holds(c)).count() >= 5);
        for kernel in 1..=7 {
            assert!(drawn.iter().any(|c| c.weight[2] == kernel), "no kernel of {kernel}");
        }
        any(|c| c.options.stride == [3, 3]);
        any(|c| c.options.dilation[0] > 1);
        any(|c| c.options.groups > 1 && c.weight[1] == 1);
        any(|c| c.options.groups > 1 && c.weight[1] > 1);
        any(|c| c.input[0] == 1);
        any(|c| c.input[0] > 128);
        any(|c| c.input[1] % 2 == 1 && c.weight[0] % 2 == 1 && c.input[1] > 8);
    }
}
