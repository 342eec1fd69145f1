//! The adding problem: two numbers out of many are marked, and their sum is asked for.
//!
//! ```text
//! x_t     = (v_t, m_t)          [T, 2]    v uniform in [0, 1); m is 1 at two steps and 0 elsewhere
//! target  = v_i + v_j           [1]       i in the first half of the steps, j in the second
//! ```
//!
//! S. Hochreiter and J. Schmidhuber, Long Short-Term Memory, 1997, <https://doi.org/10.1162/neco.1997.9.8.1735>, in the form
//! of Le, Jaitly and Hinton, 2015, <https://arxiv.org/abs/1504.00941>. Whoever answers 1 whatever comes in has a mean squared
//! error of 1/6.

use serde::{Deserialize, Serialize};

use super::refused;
use crate::random::Draws;
use crate::sequences::{SequenceError, Sequences, Targets};

const STREAM: u64 = 0x6164_6469_6E67;

/// Settings of the adding problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AddingConfig {
    /// The shortest sequence; at least 2, default 100.
    pub min_steps: usize,
    /// The longest, each length as likely; default 100.
    pub max_steps: usize,
}

impl Default for AddingConfig {
    fn default() -> Self {
        Self::new(100)
    }
}

impl AddingConfig {
    /// Sequences of so many steps.
    pub fn new(steps: usize) -> Self {
        Self { min_steps: steps, max_steps: steps }
    }

    fn check(&self) -> Result<(), SequenceError> {
        let Self { min_steps, max_steps } = *self;
        match () {
            () if min_steps < 2 => refused("adding problem", "min_steps", min_steps, "two numbers need two steps"),
            () if max_steps < min_steps => {
                refused("adding problem", "max_steps", max_steps, "it is at least min_steps")
            }
            () => Ok(()),
        }
    }
}

/// `count` sequences of the adding problem: two features for each step, one number to answer.
///
/// ```
/// use firebrick_data::Target;
/// use firebrick_data::problems::{AddingConfig, adding};
///
/// let sequences = adding(2, &AddingConfig::new(50), 7)?;
/// let steps = sequences.values(0).expect("numbers");
/// let sum: f32 = steps.chunks_exact(2).map(|step| step[0] * step[1]).sum();
/// assert_eq!(sequences.target(0), Target::Values(vec![sum]));
/// # Ok::<(), firebrick_data::SequenceError>(())
/// ```
///
/// # Errors
/// When sequences of these lengths cannot hold two marks.
pub fn adding(count: usize, config: &AddingConfig, seed: u64) -> Result<Sequences, SequenceError> {
    config.check()?;
    let mut targets = Vec::with_capacity(count);
    let sequences: Vec<Vec<f32>> = (0..count as u64)
        .map(|i| {
            let (steps, sum) = sample(config, &mut Draws::new(&[STREAM, seed, i]));
            targets.push(sum);
            steps
        })
        .collect();
    Sequences::of_values(&sequences, 2, Targets::values(targets, 1))
}

fn sample(config: &AddingConfig, draws: &mut Draws) -> (Vec<f32>, f32) {
    let steps = config.min_steps + draws.below((config.max_steps - config.min_steps) as u64 + 1) as usize;
    let mut values: Vec<f32> = (0..steps).flat_map(|_| [draws.unit() as f32, 0.0]).collect();
    let half = steps / 2;
    let marked = [draws.below(half as u64) as usize, half + draws.below((steps - half) as u64) as usize];
    marked.iter().for_each(|step| values[2 * step + 1] = 1.0);
    let sum = marked.iter().map(|step| values[2 * step]).sum();
    (values, sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequences::Target;

    #[test]
    fn each_half_has_one_mark_and_the_target_is_their_sum() {
        let config = AddingConfig { min_steps: 2, max_steps: 9 };
        let sequences = adding(300, &config, 1).unwrap();
        for i in 0..300 {
            let steps: Vec<&[f32]> = sequences.values(i).unwrap().chunks_exact(2).collect();
            assert!(steps.iter().all(|step| (0.0..1.0).contains(&step[0])));
            let (first, second) = steps.split_at(steps.len() / 2);
            let marked = |half: &[&[f32]]| {
                assert_eq!(half.iter().map(|step| step[1]).sum::<f32>(), 1.0);
                half.iter().find(|step| step[1] == 1.0).unwrap()[0]
            };
            assert_eq!(sequences.target(i), Target::Values(vec![marked(first) + marked(second)]));
        }
        let lengths = sequences.lengths();
        assert!((2..=9).all(|length| lengths.contains(&length)) && lengths.iter().all(|l| (2..=9).contains(l)));
    }

    #[test]
    fn answering_one_has_an_error_of_a_sixth() {
        let sequences = adding(4000, &AddingConfig::new(10), 2).unwrap();
        let error = |i| match sequences.target(i) {
            Target::Values(sum) => (sum[0] - 1.0).powi(2),
            other => panic!("{other:?}"),
        };
        let mean = (0..4000).map(error).sum::<f32>() / 4000.0;
        assert!((mean - 1.0 / 6.0).abs() < 0.01, "{mean}");
    }

    #[test]
    fn a_larger_set_begins_with_the_smaller_and_another_seed_is_another_set() {
        let config = AddingConfig::new(5);
        let (few, many, other) =
            (adding(3, &config, 1).unwrap(), adding(9, &config, 1).unwrap(), adding(3, &config, 2).unwrap());
        assert!((0..3).all(|i| few.item(i) == many.item(i) && few.values(i) != other.values(i)));
    }

    #[test]
    fn impossible_lengths_are_named() {
        let message =
            |min_steps, max_steps| adding(1, &AddingConfig { min_steps, max_steps }, 0).unwrap_err().to_string();
        assert!(message(1, 5).contains("min_steps is 1"));
        assert!(message(5, 4).contains("max_steps is 4"));
    }
}
