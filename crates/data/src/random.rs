//! Random numbers that depend on their key alone: Philox 4x32-10 (Salmon et al., 2011,
//! <https://doi.org/10.1145/2063384.2063405>).
//!
//! A draw is a function of its key and of how many draws came before it, not of what else ran in the program. Keyed by
//! (seed, epoch, index), shuffling and augmentation give the same result in any order of work, on any number of
//! threads, and after a restart in the middle.

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// A stream of random numbers named by a key.
///
/// ```
/// use firebrick_data::random::Draws;
///
/// let (seed, epoch, index) = (7, 1, 42);
/// let mut draws = Draws::new(&[seed, epoch, index]);
/// let angle = draws.unit() * 30.0 - 15.0;
/// assert_eq!(angle, Draws::new(&[seed, epoch, index]).unit() * 30.0 - 15.0);
/// ```
#[derive(Clone, Debug)]
pub struct Draws {
    key: [u32; 2],
    /// The last two words are part of the key, the first two count the blocks.
    counter: [u32; 4],
    block: [u64; 2],
    left: usize,
}

impl Draws {
    /// The stream of this key. Keys that differ in any word, or in length, give unrelated streams.
    pub fn new(key: &[u64]) -> Self {
        let mut state = split(key.len() as u64, 0);
        for &word in key {
            state = philox(state, [low(word), high(word)]);
        }
        let [a, b, c, d] = state;
        Self { key: [a, b], counter: [0, 0, c, d], block: [0; 2], left: 0 }
    }

    /// 64 random bits.
    pub fn u64(&mut self) -> u64 {
        if self.left == 0 {
            let [a, b, c, d] = philox(self.counter, self.key);
            self.block = [join(a, b), join(c, d)];
            self.left = 2;
            self.advance();
        }
        self.left -= 1;
        self.block[1 - self.left]
    }

    /// A whole number in 0..n, each equally likely (Lemire, 2019, <https://doi.org/10.1145/3230636>).
    ///
    /// # Panics
    /// When `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "Draws::below(0): there is no whole number below 0");
        let mut product = u128::from(self.u64()) * u128::from(n);
        let unfair = n.wrapping_neg() % n;
        while (product as u64) < unfair {
            product = u128::from(self.u64()) * u128::from(n);
        }
        (product >> 64) as u64
    }

    /// A number in [0, 1), uniform, with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        (self.u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number from the normal distribution with mean 0 and deviation 1 (Box & Muller, 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Puts the items into random order, each order equally likely (Fisher & Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }

    fn advance(&mut self) {
        let next = join(self.counter[0], self.counter[1]).wrapping_add(1);
        (self.counter[0], self.counter[1]) = (low(next), high(next));
    }
}

/// The numbers 0..len in the random order of this key.
pub fn permutation(len: usize, key: &[u64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    Draws::new(key).shuffle(&mut order);
    order
}

fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for round in 0..10 {
        if round > 0 {
            key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        }
        let a = u64::from(MULTIPLIERS[0]) * u64::from(counter[0]);
        let b = u64::from(MULTIPLIERS[1]) * u64::from(counter[2]);
        counter = [high(b) ^ counter[1] ^ key[0], low(b), high(a) ^ counter[3] ^ key[1], low(a)];
    }
    counter
}

fn low(word: u64) -> u32 {
    word as u32
}

fn high(word: u64) -> u32 {
    (word >> 32) as u32
}

fn join(low: u32, high: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

fn split(a: u64, b: u64) -> [u32; 4] {
    [low(a), high(a), low(b), high(b)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn philox_gives_the_published_answers() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        assert_eq!(philox(pi, [0xa409_3822, 0x299f_31d0]), [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }

    #[test]
    fn a_key_names_its_stream() {
        let first = |key: &[u64]| Draws::new(key).u64();
        assert_eq!(first(&[1, 2, 3]), first(&[1, 2, 3]));
        let keys: [&[u64]; 6] = [&[], &[0], &[0, 0], &[1, 2, 3], &[1, 3, 2], &[1, 2]];
        for (i, a) in keys.iter().enumerate() {
            for b in &keys[..i] {
                assert_ne!(first(a), first(b), "{a:?} and {b:?}");
            }
        }
    }

    #[test]
    fn draws_below_n_are_uniform() {
        let mut draws = Draws::new(&[5]);
        let mut counts = [0u32; 6];
        for _ in 0..60_000 {
            counts[draws.below(6) as usize] += 1;
        }
        // Chi-squared with 5 degrees of freedom: 20.5 is passed once in a thousand keys.
        let chi: f64 = counts.iter().map(|&c| (f64::from(c) - 10_000.0).powi(2) / 10_000.0).sum();
        assert!(chi < 20.5, "{counts:?}: {chi}");
    }

    #[test]
    fn units_and_normals_have_their_moments() {
        let mut draws = Draws::new(&[9, 9]);
        let moments = |values: &[f64]| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            (mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64)
        };
        let units: Vec<f64> = (0..100_000).map(|_| draws.unit()).collect();
        assert!(units.iter().all(|u| (0.0..1.0).contains(u)));
        let (mean, variance) = moments(&units);
        assert!((mean - 0.5).abs() < 0.005 && (variance - 1.0 / 12.0).abs() < 0.002, "{mean} {variance}");
        let normals: Vec<f64> = (0..100_000).map(|_| draws.normal()).collect();
        let (mean, variance) = moments(&normals);
        assert!(mean.abs() < 0.015 && (variance - 1.0).abs() < 0.025, "{mean} {variance}");
    }

    #[test]
    fn a_permutation_holds_every_number_once_and_every_order_occurs() {
        let mut sorted = permutation(1000, &[3, 1]);
        assert_ne!(sorted, (0..1000).collect::<Vec<_>>());
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1000).collect::<Vec<_>>());
        let orders: std::collections::BTreeSet<_> = (0..200).map(|seed| permutation(4, &[seed])).collect();
        assert_eq!(orders.len(), 24);
    }

    #[test]
    #[should_panic(expected = "no whole number below 0")]
    fn below_zero_is_refused() {
        Draws::new(&[1]).below(0);
    }
}
