//! How much the samples of each class count in a loss.
//!
//! ```text
//! balanced: w_c = n / (k·n_c)      n samples, k classes that occur, n_c samples of class c
//! ```
//!
//! so that every class weighs as much as any other, and the weights' mean over the samples is 1 (King & Zeng, 2001; the rule of
//! scikit-learn's `class_weight="balanced"`).

use serde::{Deserialize, Serialize};

use super::FitError;

/// Weights of the classes: their samples' losses are multiplied by them in training, as Keras does with `class_weight`.
///
/// In a file or on the command line it is `"balanced"` or a list of numbers.
///
/// ```
/// use firebrick_callbacks::fit::ClassWeights;
///
/// // Six samples of class 0, two of class 1.
/// assert_eq!(ClassWeights::balanced(&[0, 0, 1, 0, 0, 0, 1, 0], 2), [8.0 / (2.0 * 6.0), 8.0 / (2.0 * 2.0)]);
/// assert_eq!(serde_json::from_str::<ClassWeights>("[1, 2.5]").unwrap(), ClassWeights::PerClass(vec![1.0, 2.5]));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum ClassWeights {
    /// In inverse proportion to the number of training samples, [`balanced`](Self::balanced).
    Balanced,
    /// One for each class, in the order of the labels; finite, at least 0, not all 0.
    PerClass(Vec<f32>),
}

/// As it is written down.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Name(String),
    Weights(Vec<f32>),
}

const BALANCED: &str = "balanced";

impl TryFrom<Written> for ClassWeights {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Weights(weights) => Ok(Self::PerClass(weights)),
            Written::Name(name) if name == BALANCED => Ok(Self::Balanced),
            Written::Name(name) => {
                Err(format!("class weights are `{BALANCED}` or a list such as [1, 2.5], not `{name}`"))
            }
        }
    }
}

impl From<ClassWeights> for Written {
    fn from(weights: ClassWeights) -> Self {
        match weights {
            ClassWeights::Balanced => Self::Name(BALANCED.into()),
            ClassWeights::PerClass(weights) => Self::Weights(weights),
        }
    }
}

impl ClassWeights {
    /// The weights that make all classes count the same, for samples with these labels; a class without a sample gets 1.
    ///
    /// # Panics
    /// When a label is not below the number of classes.
    pub fn balanced(labels: &[u32], classes: usize) -> Vec<f32> {
        let mut counts = vec![0usize; classes];
        for &label in labels {
            assert!((label as usize) < classes, "label {label} of {classes} classes");
            counts[label as usize] += 1;
        }
        let occurring = counts.iter().filter(|&&count| count > 0).count();
        let weight = |count: usize| labels.len() as f64 / (occurring * count) as f64;
        counts.into_iter().map(|count| if count == 0 { 1.0 } else { weight(count) as f32 }).collect()
    }

    /// One weight for each class.
    ///
    /// # Errors
    /// When there are not as many as classes, when one is negative or not finite, or when all are 0.
    pub fn per_class(&self, labels: &[u32], classes: &[String]) -> Result<Vec<f32>, FitError> {
        let weights = match self {
            Self::Balanced => return Ok(Self::balanced(labels, classes.len())),
            Self::PerClass(weights) => weights,
        };
        if weights.len() != classes.len() {
            return Err(FitError::ClassWeightCount { weights: weights.len(), classes: classes.len() });
        }
        if let Some(class) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
            return Err(FitError::ClassWeight { class: classes[class].clone(), weight: weights[class] });
        }
        if weights.iter().all(|&weight| weight == 0.0) {
            return Err(FitError::NoClassWeight { classes: classes.len() });
        }
        Ok(weights.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balanced_weights_are_those_of_scikit_learn() {
        // compute_class_weight("balanced", classes=[0, 1, 2], y=[0, 0, 0, 1, 0, 2, 0, 1, 0, 0])
        let weights = ClassWeights::balanced(&[0, 0, 0, 1, 0, 2, 0, 1, 0, 0], 3);
        let expected = [10.0 / 21.0, 10.0 / 6.0, 10.0 / 3.0];
        assert!(weights.iter().zip(expected).all(|(weight, expected)| (weight - expected).abs() < 1e-6), "{weights:?}");
    }

    #[test]
    fn a_class_that_does_not_occur_takes_no_part() {
        assert_eq!(ClassWeights::balanced(&[0, 2, 2, 2], 4), [2.0, 1.0, 4.0 / 6.0, 1.0]);
        assert_eq!(ClassWeights::balanced(&[], 2), [1.0, 1.0]);
    }

    #[test]
    fn they_are_written_as_a_name_or_a_list() {
        for (weights, text) in
            [(ClassWeights::Balanced, "\"balanced\""), (ClassWeights::PerClass(vec![1.0, 0.5]), "[1.0,0.5]")]
        {
            assert_eq!(serde_json::to_string(&weights).unwrap(), text);
            assert_eq!(serde_json::from_str::<ClassWeights>(text).unwrap(), weights);
        }
        let message = serde_json::from_str::<ClassWeights>("\"balance\"").unwrap_err().to_string();
        assert!(message.contains("`balanced` or a list") && message.contains("`balance`"), "{message}");
    }

    #[test]
    fn weights_that_no_loss_can_take_are_refused_with_the_class() {
        let classes = ["cat".to_string(), "dog".to_string()];
        let message =
            |weights: Vec<f32>| ClassWeights::PerClass(weights).per_class(&[0, 1], &classes).unwrap_err().to_string();
        assert!(message(vec![1.0]).contains("1 class weights for 2 classes"));
        for bad in [-0.5, f32::NAN, f32::INFINITY] {
            assert!(message(vec![1.0, bad]).contains(&format!("class \"dog\" has weight {bad}")), "{bad}");
        }
        assert!(message(vec![0.0, 0.0]).contains("all 2 classes have weight 0"));
    }
}
