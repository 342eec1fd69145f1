//! Mixtures of sine waves: what comes next?
//!
//! ```text
//! x_t     = Σ_k a_k·sin(2π·t / p_k + φ_k) + noise·ε_t      a in [0.5, 1), φ in [0, 2π), ε normal
//! target  = x_{T+1} … x_{T+H}                              [H]
//! ```
//!
//! Periods p are drawn uniformly in their logarithm, between the shortest and the longest.

use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};

use super::refused;
use crate::random::Draws;
use crate::sequences::{SequenceError, Sequences, Targets};

const STREAM: u64 = 0x7369_6E65;

/// Settings of the sine mixtures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SinesConfig {
    /// Steps that are seen, T; at least 1, default 50.
    pub steps: usize,
    /// Steps that are asked for, H; at least 1, default 1.
    pub horizon: usize,
    /// Waves in a mixture; at least 1, default 2.
    pub components: usize,
    /// The shortest period, in steps; above 2 (a shorter one looks like a longer), default 8.
    pub min_period: f64,
    /// The longest; default 40.
    pub max_period: f64,
    /// Deviation of the noise, in what is seen and in what is asked for; at least 0, default 0.05.
    pub noise: f64,
}

impl Default for SinesConfig {
    fn default() -> Self {
        Self { steps: 50, horizon: 1, components: 2, min_period: 8.0, max_period: 40.0, noise: 0.05 }
    }
}

impl SinesConfig {
    fn check(&self) -> Result<(), SequenceError> {
        const PROBLEM: &str = "sine mixtures";
        let counts = [("steps", self.steps), ("horizon", self.horizon), ("components", self.components)];
        if let Some((setting, value)) = counts.into_iter().find(|&(_, count)| count == 0) {
            return refused(PROBLEM, setting, value, "it is at least 1");
        }
        let Self { min_period, max_period, noise, .. } = *self;
        match () {
            () if min_period.is_nan() || min_period <= 2.0 => {
                refused(PROBLEM, "min_period", min_period, "a wave has more than 2 steps")
            }
            () if !(max_period >= min_period && max_period.is_finite()) => {
                refused(PROBLEM, "max_period", max_period, "it is finite and at least min_period")
            }
            () if !(noise >= 0.0 && noise.is_finite()) => {
                refused(PROBLEM, "noise", noise, "it is finite and at least 0")
            }
            () => Ok(()),
        }
    }
}

/// `count` sine mixtures: one feature for each step, and the next values to answer.
///
/// ```
/// use firebrick_data::problems::{SinesConfig, sines};
///
/// let sequences = sines(10, &SinesConfig { steps: 30, ..SinesConfig::default() }, 7)?;
/// assert_eq!((sequences.lengths(), sequences.features()), (vec![30; 10], Some(1)));
/// # Ok::<(), firebrick_data::SequenceError>(())
/// ```
///
/// # Errors
/// When a setting is out of its range.
pub fn sines(count: usize, config: &SinesConfig, seed: u64) -> Result<Sequences, SequenceError> {
    config.check()?;
    let waves = (0..count as u64).map(|i| wave(config, &mut Draws::new(&[STREAM, seed, i])));
    let (seen, asked): (Vec<_>, Vec<_>) = waves
        .map(|mut wave| {
            let asked = wave.split_off(config.steps);
            (wave, asked)
        })
        .unzip();
    Sequences::of_values(&seen, 1, Targets::values(asked.concat(), config.horizon))
}

fn wave(config: &SinesConfig, draws: &mut Draws) -> Vec<f32> {
    let (shortest, longest) = (config.min_period.ln(), config.max_period.ln());
    let components: Vec<[f64; 3]> = (0..config.components)
        .map(|_| {
            let period = (shortest + (longest - shortest) * draws.unit()).exp();
            [0.5 + 0.5 * draws.unit(), TAU / period, TAU * draws.unit()]
        })
        .collect();
    let value = |t: usize| components.iter().map(|[a, rate, phase]| a * (rate * t as f64 + phase).sin()).sum::<f64>();
    (0..config.steps + config.horizon).map(|t| (value(t) + config.noise * draws.normal()) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequences::Target;

    #[test]
    fn a_wave_without_noise_obeys_its_recurrence() {
        // x_{t+1} = 2·cos(2π/p)·x_t - x_{t-1} for a single wave of period p.
        let config =
            SinesConfig { steps: 20, horizon: 3, components: 1, min_period: 10.0, max_period: 10.0, noise: 0.0 };
        let sequences = sines(5, &config, 3).unwrap();
        for i in 0..5 {
            let mut wave = sequences.values(i).unwrap().to_vec();
            let Target::Values(next) = sequences.target(i) else { panic!("numbers") };
            assert_eq!((wave.len(), next.len()), (20, 3));
            wave.extend(next);
            let factor = 2.0 * (TAU as f32 / 10.0).cos();
            assert!(wave.windows(3).all(|x| (x[2] - factor * x[1] + x[0]).abs() < 1e-5));
            assert!(wave.iter().any(|x| x.abs() > 0.4) && wave.iter().all(|x| x.abs() <= 1.0));
        }
    }

    #[test]
    fn noise_has_its_deviation_and_samples_differ() {
        let quiet = SinesConfig { noise: 0.0, steps: 1000, ..SinesConfig::default() };
        let loud = SinesConfig { noise: 0.2, ..quiet };
        let (a, b) = (sines(2, &quiet, 5).unwrap(), sines(2, &loud, 5).unwrap());
        let pairs = a.values(0).unwrap().iter().zip(b.values(0).unwrap());
        let variance = pairs.map(|(a, b)| (a - b).powi(2)).sum::<f32>() / 1000.0;
        assert!((variance.sqrt() - 0.2).abs() < 0.02, "{variance}");
        assert_ne!(a.values(0), a.values(1));
    }

    #[test]
    fn impossible_settings_are_named() {
        let default = SinesConfig::default;
        let message = |config: SinesConfig| sines(1, &config, 0).unwrap_err().to_string();
        assert!(message(SinesConfig { steps: 0, ..default() }).contains("steps is 0"));
        assert!(message(SinesConfig { horizon: 0, ..default() }).contains("horizon is 0"));
        assert!(message(SinesConfig { min_period: 2.0, ..default() }).contains("min_period is 2"));
        assert!(message(SinesConfig { max_period: f64::INFINITY, ..default() }).contains("max_period is inf"));
        assert!(message(SinesConfig { noise: f64::NAN, ..default() }).contains("noise is NaN"));
    }
}
