//! A random number for each position, many at a time: Philox 4x32 with 7 rounds (Salmon et al., 2011,
//! <https://doi.org/10.1145/2063384.2063405>), normal by Box & Muller.

use firebrick_data::random::Draws;

use crate::value::Value;

/// Counters that go through the rounds side by side.
const LANES: usize = 16;
/// Numbers of one block.
pub(super) const BLOCK: usize = 4 * LANES;

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: u32 = 7;

/// Draws a seed of 63 bits, which every file format can hold.
pub(crate) fn seed(draws: &mut Draws) -> u64 {
    draws.u64() >> 1
}

/// The random numbers of a seed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    key: [u32; 2],
}

impl Field {
    pub(crate) fn new(seed: u64) -> Self {
        Self { key: [seed as u32, (seed >> 32) as u32] }
    }

    /// 32 random bits each.
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "lane by lane through several arrays: what becomes vector code")]
    pub(crate) fn bits(self, block: usize) -> [[u32; LANES]; 4] {
        let first = (block * LANES) as u32;
        let mut words = [[0u32; LANES]; 4];
        for lane in 0..LANES {
            words[0][lane] = first.wrapping_add(lane as u32);
        }
        for round in 0..ROUNDS {
            let key = [0, 1].map(|i| self.key[i].wrapping_add(WEYL[i].wrapping_mul(round)));
            for lane in 0..LANES {
                let a = u64::from(MULTIPLIERS[0]) * u64::from(words[0][lane]);
                let b = u64::from(MULTIPLIERS[1]) * u64::from(words[2][lane]);
                words[0][lane] = (b >> 32) as u32 ^ words[1][lane] ^ key[0];
                words[2][lane] = (a >> 32) as u32 ^ words[3][lane] ^ key[1];
                words[1][lane] = b as u32;
                words[3][lane] = a as u32;
            }
        }
        words
    }

    /// Uniform in (0, 1), of 24 bits.
    #[inline(always)]
    pub(super) fn units(self, block: usize) -> [[f32; LANES]; 4] {
        self.bits(block).map(|words| words.map(unit))
    }

    /// Normal with mean 0 and deviation 1.
    #[inline(always)]
    pub(super) fn normals(self, block: usize) -> [[f32; LANES]; 4] {
        let [a, b, c, d] = self.units(block);
        let mut normals = [[0.0; LANES]; 4];
        for lane in 0..LANES {
            let radius = (-2.0 * ln(a[lane])).sqrt();
            normals[0][lane] = radius * sine_of_turns(b[lane]);
            normals[1][lane] = radius * cosine_of_turns(b[lane]);
            let radius = (-2.0 * ln(c[lane])).sqrt();
            normals[2][lane] = radius * sine_of_turns(d[lane]);
            normals[3][lane] = radius * cosine_of_turns(d[lane]);
        }
        normals
    }

    /// Replaces each value by a function of it and of a normal number.
    #[inline(always)]
    pub(crate) fn with_normals<T: Value>(self, values: &mut [T], function: impl Fn(f32, f32) -> f32) {
        with_numbers(
            values,
            #[inline(always)]
            |block| self.normals(block),
            function,
        );
    }

    /// Replaces each value by a function of it and of a uniform number.
    #[inline(always)]
    pub(crate) fn with_units<T: Value>(self, values: &mut [T], function: impl Fn(f32, f32) -> f32) {
        with_numbers(
            values,
            #[inline(always)]
            |block| self.units(block),
            function,
        );
    }
}

#[inline(always)]
fn with_numbers<T: Value>(
    values: &mut [T],
    numbers: impl Fn(usize) -> [[f32; LANES]; 4],
    function: impl Fn(f32, f32) -> f32,
) {
    in_blocks::<T, BLOCK>(
        values,
        #[inline(always)]
        |values, block| {
            let numbers = numbers(block);
            let numbers = numbers.as_flattened();
            for i in 0..BLOCK {
                values[i] = T::of(function(values[i].float(), numbers[i]));
            }
        },
    );
}

/// Blocks of values with their positions; the last is filled up.
#[inline(always)]
pub(super) fn in_blocks<T: Copy, const N: usize>(values: &mut [T], mut apply: impl FnMut(&mut [T; N], usize)) {
    let (blocks, rest) = values.as_chunks_mut::<N>();
    let whole = blocks.len();
    for (block, values) in blocks.iter_mut().enumerate() {
        apply(values, block);
    }
    if !rest.is_empty() {
        let mut last = [rest[0]; N];
        last[..rest.len()].copy_from_slice(rest);
        apply(&mut last, whole);
        rest.copy_from_slice(&last[..rest.len()]);
    }
}

#[inline(always)]
fn unit(word: u32) -> f32 {
    ((word >> 8) as i32 as f32 + 0.5) * (1.0 / 16_777_216.0)
}

/// The natural logarithm of a number in (0, 1), to about 1e-6.
#[inline(always)]
fn ln(x: f32) -> f32 {
    // x = m·2^e with m within sqrt(1/2) to sqrt(2); ln m = 2·atanh(t), t = (m - 1) / (m + 1).
    let bits = x.to_bits().wrapping_sub(0x3F35_04F3);
    let exponent = (bits as i32 >> 23) as f32;
    let m = f32::from_bits((bits & 0x007F_FFFF).wrapping_add(0x3F35_04F3));
    let t = (m - 1.0) / (m + 1.0);
    let square = t * t;
    let series = 2.0 + square * (2.0 / 3.0 + square * (2.0 / 5.0 + square * (2.0 / 7.0 + square * (2.0 / 9.0))));
    exponent * std::f32::consts::LN_2 + t * series
}

/// sin(2π·turns) for turns in 0 to 1.
#[inline(always)]
fn sine_of_turns(turns: f32) -> f32 {
    // sin(2π·u) = -sin(2π·(u - 1/2)), and the outer quarters are folded onto the inner ones.
    let t = turns - 0.5;
    let t = if t > 0.25 { 0.5 - t } else { t };
    let t = if t < -0.25 { -0.5 - t } else { t };
    let angle = std::f32::consts::TAU * t;
    let square = angle * angle;
    let series = -1.0 / 5040.0 + square * (1.0 / 362_880.0 - square * (1.0 / 39_916_800.0));
    let series = 1.0 + square * (-1.0 / 6.0 + square * (1.0 / 120.0 + square * series));
    -angle * series
}

#[inline(always)]
fn cosine_of_turns(turns: f32) -> f32 {
    let quarter_on = turns + 0.25;
    sine_of_turns(if quarter_on >= 1.0 { quarter_on - 1.0 } else { quarter_on })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_those_of_the_standard_library() {
        for i in 1..10_000 {
            let x = (i as f32 - 0.5) / 10_000.0;
            assert!((ln(x) - x.ln()).abs() < 1e-5, "ln {x}");
            assert!((sine_of_turns(x) - (f64::from(x) * std::f64::consts::TAU).sin() as f32).abs() < 1e-6, "sin {x}");
            assert!((cosine_of_turns(x) - (f64::from(x) * std::f64::consts::TAU).cos() as f32).abs() < 1e-6, "cos {x}");
        }
        assert!((ln(1e-7) + 16.118_095).abs() < 1e-5);
    }

    #[test]
    fn numbers_have_their_moments_and_neighbours_are_unrelated() {
        let mut values = vec![0.0f32; 300_000];
        Field::new(12).with_normals(&mut values, |_, normal| normal);
        let moment = |power: i32| values.iter().map(|v| f64::from(*v).powi(power)).sum::<f64>() / values.len() as f64;
        let (mean, variance, skew, kurtosis) = (moment(1), moment(2), moment(3), moment(4));
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.01, "{mean} {variance}");
        assert!(skew.abs() < 0.03 && (kurtosis - 3.0).abs() < 0.06, "{skew} {kurtosis}");
        for lag in [1, 2, 3, 16, 32, 64] {
            let pairs = values.iter().zip(&values[lag..]).map(|(a, b)| f64::from(a * b));
            let correlation = pairs.sum::<f64>() / values.len() as f64;
            assert!(correlation.abs() < 0.008, "lag {lag}: {correlation}");
        }
    }

    #[test]
    fn a_seed_names_its_field() {
        let first = |seed| Field::new(seed).bits(3);
        assert_eq!(first(5), first(5));
        assert_ne!(first(5), first(6));
        assert_ne!(first(5), first(5 | 1 << 40));
        assert_ne!(Field::new(5).bits(3), Field::new(5).bits(4));
    }
}
