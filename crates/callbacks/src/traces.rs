//! Keras's decisions on recorded sequences of metrics, and ours: `tests/fixtures/keras_callbacks.py` recorded them with Keras's own
//! callbacks. Where Keras has a defect that we do not copy, the case also holds what Keras decides with its defects mended, and which
//! of them makes the difference.
//!
//! Keras's epochs and batches count from 0, and so do the decisions here; ours count from 1.

mod replay;
mod top_k;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::CallbackError;

const KERAS: &str = include_str!("../tests/fixtures/keras_callbacks.json");

const NON_FINITE: &str = "a value that is not finite becomes the best";
const MISSING: &str = "a missing metric only warns";
const NO_DIRECTION: &str = "the direction is unknown before the first epoch ends";
const SEVERAL: &str = "several defects";

#[derive(Deserialize)]
struct Fixture {
    early_stopping: Vec<Case>,
    reduce_lr_on_plateau: Vec<Case>,
    model_checkpoint: Vec<Case>,
    learning_rate_scheduler: Vec<Case>,
    terminate_on_nan: Vec<Case>,
}

/// One sequence, the callback's settings, and what became of it.
#[derive(Deserialize)]
struct Case {
    name: String,
    #[serde(default)]
    mode: String,
    #[serde(default)]
    monitor: String,
    /// The metric that is there.
    #[serde(default)]
    logged: String,
    #[serde(default)]
    rate: f64,
    #[serde(default)]
    path: String,
    /// Batches per epoch, if the values are those of batches.
    batches: Option<usize>,
    #[serde(default)]
    options: Map<String, Value>,
    #[serde(default)]
    numbers: BTreeMap<String, f64>,
    #[serde(default)]
    values: Vec<Value>,
    keras: Decision,
    fixed: Option<Fixed>,
}

/// What a callback decided; of the fields those that the callback has to do with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Decision {
    /// The epoch or batch that ended the training.
    stop: Option<usize>,
    /// The epoch whose weights the model has in the end.
    weights: Option<usize>,
    /// The learning rate after each epoch.
    rates: Vec<f64>,
    /// Epoch, batch and name of each file written.
    files: Vec<(usize, Option<usize>, String)>,
    /// Keras's name for the error.
    error: Option<String>,
}

#[derive(Deserialize)]
struct Fixed {
    defect: String,
    #[serde(flatten)]
    decision: Decision,
}

impl Decision {
    fn failed(error: &CallbackError) -> Self {
        let name = match error {
            CallbackError::UnknownMetric { .. } => "KeyError",
            CallbackError::UnknownDirection { .. } => "ValueError",
            CallbackError::NotFinite { .. } => "RuntimeError",
            other => panic!("an error that Keras does not have: {other}"),
        };
        Self { error: Some(name.to_owned()), ..Self::default() }
    }

    /// Whether it is the same decision. Keras keeps the learning rate as a 32-bit float.
    fn is(&self, other: &Self) -> bool {
        let is_close = |(ours, theirs): (&f64, &f64)| (ours - theirs).abs() <= 1e-7 + 1e-6 * theirs.abs();
        let rates_agree = self.rates.len() == other.rates.len() && self.rates.iter().zip(&other.rates).all(is_close);
        rates_agree
            && (self.stop, self.weights, &self.files, &self.error)
                == (other.stop, other.weights, &other.files, &other.error)
    }
}

/// How often Keras and we decide the same, and for which defects of Keras's we do not.
#[derive(Debug, Default, PartialEq)]
struct Summary {
    identical: usize,
    differing: BTreeMap<String, usize>,
}

impl Summary {
    fn new<const N: usize>(identical: usize, differing: [(&str, usize); N]) -> Self {
        Self { identical, differing: differing.map(|(defect, count)| (defect.to_owned(), count)).into() }
    }
}

/// Replays every case, and asserts that the decision is Keras's, or the one that Keras takes with its defects mended.
fn summary(cases: &[Case], replay: impl Fn(&Case) -> Result<Decision, CallbackError>) -> Summary {
    let mut summary = Summary::default();
    for case in cases {
        let ours = replay(case).unwrap_or_else(|error| Decision::failed(&error));
        let Case { name, keras, .. } = case;
        let Some(Fixed { defect, decision }) = &case.fixed else {
            assert!(ours.is(keras), "{name}: {ours:?}\nKeras: {keras:?}");
            summary.identical += 1;
            continue;
        };
        assert!(ours.is(decision), "{name}: {ours:?}\nKeras without its defect: {decision:?}");
        assert!(!ours.is(keras), "{name}: Keras does not differ");
        *summary.differing.entry(defect.clone()).or_default() += 1;
    }
    summary
}

fn fixture() -> Fixture {
    serde_json::from_str(KERAS).expect("the fixture is what its script writes")
}

#[test]
fn early_stopping_stops_at_kerass_epoch_with_kerass_weights() {
    let found = summary(&fixture().early_stopping, replay::early_stopping);
    assert_eq!(found, Summary::new(82, [(NON_FINITE, 12), (MISSING, 1)]));
}

#[test]
fn the_learning_rate_on_a_plateau_is_kerass() {
    let found = summary(&fixture().reduce_lr_on_plateau, replay::reduce_lr_on_plateau);
    assert_eq!(found, Summary::new(61, [(NON_FINITE, 15), (MISSING, 1)]));
}

#[test]
fn the_files_are_kerass() {
    let found = summary(&fixture().model_checkpoint, replay::model_checkpoint);
    assert_eq!(found, Summary::new(36, [(NON_FINITE, 6), (MISSING, 7), (NO_DIRECTION, 1), (SEVERAL, 1)]));
}

#[test]
fn the_scheduled_rates_are_kerass() {
    let found = summary(&fixture().learning_rate_scheduler, replay::learning_rate_scheduler);
    assert_eq!(found, Summary::new(14, []));
}

#[test]
fn a_loss_that_is_no_number_ends_the_training_at_kerass_batch() {
    let found = summary(&fixture().terminate_on_nan, replay::terminate_on_nan);
    assert_eq!(found, Summary::new(11, []));
}
