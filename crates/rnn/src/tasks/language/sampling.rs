//! How the next symbol is drawn.
//!
//! ```text
//! p_k ∝ exp(l_k / τ)      l the logits, τ the temperature; 0 takes the most probable symbol
//! top-k                   of those only the k most probable                            (Fan et al., 2018)
//! top-p                   of those only the fewest whose probabilities reach p         (Holtzman et al., 2020)
//! ```
//!
//! in this order, as in Hugging Face's `generate`. Draw n depends on (seed, n) alone.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::super::TaskError;

/// Names the stream of random numbers that symbols are drawn from.
const STREAM: u64 = 0x7361_6D70_6C65;

/// How the next symbol is drawn from what the model says. Top-k: <https://arxiv.org/abs/1805.04833>; top-p:
/// <https://arxiv.org/abs/1904.09751>.
///
/// ```
/// use firebrick_rnn::tasks::Sampling;
///
/// let sampling = Sampling::new().with_temperature(0.8).with_top_k(2).with_seed(7);
/// let probabilities = sampling.probabilities(&[1.0, 3.0, 2.0])?;
/// assert_eq!(probabilities[0], 0.0);
/// assert!((probabilities[1] / probabilities[2] - (1f64 / 0.8).exp()).abs() < 1e-9);
/// # Ok::<(), firebrick_rnn::tasks::TaskError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sampling {
    /// Above 1 evens the probabilities out, below 1 sharpens them, 0 takes the most probable symbol; default 1.
    pub temperature: f64,
    /// Draws from the so many most probable symbols only; at least 1, default all.
    pub top_k: Option<usize>,
    /// Draws from the fewest symbols only whose probabilities add up to this; above 0 and at most 1, default all.
    pub top_p: Option<f64>,
    /// What the draws depend on; default 0.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 1.0, top_k: None, top_p: None, seed: 0 }
    }
}

impl Sampling {
    /// From the model's own probabilities.
    pub fn new() -> Self {
        Self::default()
    }

    /// The most probable symbol each time.
    pub fn greedy() -> Self {
        Self::new().with_temperature(0.0)
    }

    /// Sets the temperature.
    #[must_use]
    pub fn with_temperature(self, temperature: f64) -> Self {
        Self { temperature, ..self }
    }

    /// Draws from the so many most probable only.
    #[must_use]
    pub fn with_top_k(self, top_k: usize) -> Self {
        Self { top_k: Some(top_k), ..self }
    }

    /// Draws from the fewest only whose probabilities add up to this.
    #[must_use]
    pub fn with_top_p(self, top_p: f64) -> Self {
        Self { top_p: Some(top_p), ..self }
    }

    /// Sets the seed.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Whether every setting is in its range.
    ///
    /// # Errors
    /// With the first that is not.
    pub fn check(&self) -> Result<(), TaskError> {
        let refuse = |setting, value: String, rule| Err(TaskError::Sampling { setting, value, rule });
        if !(self.temperature >= 0.0 && self.temperature.is_finite()) {
            return refuse("temperature", self.temperature.to_string(), "finite and at least 0");
        }
        if self.top_k == Some(0) {
            return refuse("top_k", 0.to_string(), "at least 1");
        }
        match self.top_p {
            Some(p) if !(p > 0.0 && p <= 1.0) => refuse("top_p", p.to_string(), "above 0 and at most 1"),
            _ => Ok(()),
        }
    }

    /// The probabilities that a symbol is drawn with, from the model's logits.
    ///
    /// # Errors
    /// When a setting is out of its range.
    pub fn probabilities(&self, logits: &[f32]) -> Result<Vec<f64>, TaskError> {
        self.check()?;
        Ok(self.distribution(logits))
    }

    /// The same for settings that were checked.
    fn distribution(&self, logits: &[f32]) -> Vec<f64> {
        let mut order: Vec<usize> = (0..logits.len()).collect();
        order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
        let kept = if self.temperature == 0.0 { 1 } else { self.top_k.unwrap_or(logits.len()) };
        order.truncate(kept);
        let largest = order.first().map_or(0.0, |&first| f64::from(logits[first]));
        let temperature = if self.temperature == 0.0 { 1.0 } else { self.temperature };
        let weights: Vec<f64> =
            order.iter().map(|&symbol| ((f64::from(logits[symbol]) - largest) / temperature).exp()).collect();
        let kept = self.nucleus(&weights);
        let total: f64 = weights[..kept].iter().sum();
        let mut probabilities = vec![0.0; logits.len()];
        order.iter().zip(&weights[..kept]).for_each(|(&symbol, weight)| probabilities[symbol] = weight / total);
        probabilities
    }

    /// How many of the weights, which fall, reach top-p of their sum.
    fn nucleus(&self, weights: &[f64]) -> usize {
        let Some(top_p) = self.top_p else { return weights.len() };
        let enough = top_p * weights.iter().sum::<f64>();
        let mut reached = 0.0;
        let last = weights.iter().position(|weight| {
            reached += weight;
            reached >= enough
        });
        last.map_or(weights.len(), |last| last + 1)
    }

    /// Draws a symbol from the model's logits; `n` counts the draws. The same (seed, n) draws the same.
    ///
    /// # Errors
    /// When a setting is out of its range.
    pub fn draw(&self, logits: &[f32], n: u64) -> Result<u32, TaskError> {
        self.check()?;
        Ok(self.drawn(logits, n))
    }

    /// The same for settings that were checked.
    pub(super) fn drawn(&self, logits: &[f32], n: u64) -> u32 {
        let probabilities = self.distribution(logits);
        let point = Draws::new(&[STREAM, self.seed, n]).unit();
        let mut reached = 0.0;
        let drawn = probabilities.iter().position(|probability| {
            reached += probability;
            reached > point
        });
        // Rounding may leave the sum a little below 1.
        let last = || probabilities.iter().rposition(|&probability| probability > 0.0);
        drawn.or_else(last).unwrap_or(0) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGITS: [f32; 4] = [0.0, 2.0, 1.0, 2.0];

    fn kept(sampling: Sampling) -> Vec<usize> {
        let probabilities = sampling.probabilities(&LOGITS).unwrap();
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        (0..4).filter(|&symbol| probabilities[symbol] > 0.0).collect()
    }

    #[test]
    fn what_is_kept_follows_from_the_settings() {
        // The probabilities are 0.054, 0.399, 0.147 and 0.399.
        for (sampling, expected) in [
            (Sampling::new(), vec![0, 1, 2, 3]),
            (Sampling::greedy(), vec![1]),
            (Sampling::new().with_top_k(3), vec![1, 2, 3]),
            (Sampling::new().with_top_k(9), vec![0, 1, 2, 3]),
            (Sampling::new().with_top_p(0.39), vec![1]),
            (Sampling::new().with_top_p(0.8), vec![1, 2, 3]),
            (Sampling::new().with_top_p(0.7), vec![1, 3]),
            (Sampling::new().with_top_p(1.0), vec![0, 1, 2, 3]),
            // Among the three most probable, the two first have 0.84.
            (Sampling::new().with_top_k(3).with_top_p(0.8), vec![1, 3]),
            // Evened out, three symbols are needed to reach 0.7.
            (Sampling::new().with_temperature(100.0).with_top_p(0.7), vec![1, 2, 3]),
        ] {
            assert_eq!(kept(sampling.clone()), expected, "{sampling:?}");
        }
    }

    #[test]
    fn draws_are_as_frequent_as_their_probabilities_and_repeat_with_the_seed() {
        let sampling = Sampling::new().with_top_k(3).with_seed(3);
        let draws: Vec<u32> = (0..20_000).map(|n| sampling.drawn(&LOGITS, n)).collect();
        for (symbol, probability) in sampling.probabilities(&LOGITS).unwrap().into_iter().enumerate() {
            let share = draws.iter().filter(|&&drawn| drawn as usize == symbol).count() as f64 / 20_000.0;
            // Four deviations of a share of 20,000 draws are at most 0.0142.
            assert!((share - probability).abs() < 0.0142, "{symbol}: {share} and not {probability}");
        }
        let again: Vec<u32> = (0..20_000).map(|n| sampling.drawn(&LOGITS, n)).collect();
        assert_eq!(again, draws);
        assert_ne!((0..20).map(|n| sampling.clone().with_seed(4).drawn(&LOGITS, n)).collect::<Vec<_>>(), draws[..20]);
    }

    #[test]
    fn large_logits_do_not_overflow() {
        let probabilities = Sampling::new().with_temperature(1e-3).probabilities(&[1e30, -1e30, 1e30]).unwrap();
        assert_eq!(probabilities, [0.5, 0.0, 0.5]);
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let message = |sampling: Sampling| sampling.check().unwrap_err().to_string();
        assert!(message(Sampling::new().with_temperature(-1.0)).contains("temperature = -1"));
        assert!(message(Sampling::new().with_temperature(f64::NAN)).contains("temperature = NaN"));
        assert!(message(Sampling::new().with_top_k(0)).contains("top_k = 0"));
        for p in [0.0, 1.5, f64::NAN] {
            assert!(message(Sampling::new().with_top_p(p)).contains(&format!("top_p = {p}")));
        }
    }
}
