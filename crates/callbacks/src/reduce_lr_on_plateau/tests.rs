//! Resuming, settings, and a learner whose rate cannot be set. Which epochs reduce the rate is in the traces.

use super::*;
use crate::Split;
use crate::metrics::MetricTable;
use crate::testing::{FakeLearner, context_of};

const LOSSES: [f64; 14] = [1.0, 1.0, 1.0, 0.5, f64::NAN, 0.5, 0.5, 0.5, 0.5, 0.4, 0.4, 0.4, 0.4, 0.4];

fn fresh() -> ReduceLrOnPlateau {
    ReduceLrOnPlateau::new(Monitor::valid("Loss")).factor(0.5).patience(2).cooldown(2).min_lr(0.01)
}

fn begin(callback: &mut ReduceLrOnPlateau, learner: &mut FakeLearner) -> HookResult {
    context_of(1, &mut MetricTable::default(), learner, |context| callback.on_train_begin(context))
}

/// The rate after each of these epochs.
fn rates(callback: &mut ReduceLrOnPlateau, learner: &mut FakeLearner, losses: &[f64]) -> Vec<f64> {
    let mut rates = Vec::new();
    for (index, loss) in losses.iter().enumerate() {
        let mut table = MetricTable::default();
        table.push(Split::Valid, "Loss", None, *loss);
        context_of(index + 1, &mut table, learner, |context| callback.on_epoch_end(context)).unwrap();
        rates.push(learner.rate);
    }
    rates
}

#[test]
fn a_resumed_training_reduces_in_the_same_epochs() {
    let mut learner = FakeLearner { rate: 0.5, ..FakeLearner::default() };
    let mut whole = fresh();
    begin(&mut whole, &mut learner).unwrap();
    let expected = rates(&mut whole, &mut learner, &LOSSES);
    assert!(expected.last() < expected.first());
    for cut in 0..LOSSES.len() {
        let mut learner = FakeLearner { rate: 0.5, ..FakeLearner::default() };
        let mut first = fresh();
        begin(&mut first, &mut learner).unwrap();
        rates(&mut first, &mut learner, &LOSSES[..cut]);
        let text = serde_json::to_string(&first.state()).unwrap();
        let mut second = fresh();
        begin(&mut second, &mut learner).unwrap();
        second.load_state(&serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(rates(&mut second, &mut learner, &LOSSES[cut..]), expected[cut..], "cut after {cut} epochs");
    }
}

#[test]
fn settings_out_of_their_range_are_refused_by_name() {
    let cases: [(ReduceLrOnPlateau, &str); 7] = [
        (fresh().factor(1.0), "factor = 1: it must be above 0 and below 1"),
        (fresh().factor(0.0), "factor = 0: it must be above 0 and below 1"),
        (fresh().factor(f64::NAN), "factor = NaN: it must be above 0 and below 1"),
        (fresh().min_lr(-1e-3), "min_lr = -0.001: it must be finite and at least 0"),
        (fresh().min_lr(f64::INFINITY), "min_lr = inf: it must be finite and at least 0"),
        (fresh().min_lr(f64::NAN), "min_lr = NaN: it must be finite and at least 0"),
        (fresh().min_delta(f64::NAN), "min_delta = NaN: a number is needed"),
    ];
    for (mut callback, message) in cases {
        let error = begin(&mut callback, &mut FakeLearner::default()).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn another_callbacks_state_is_refused() {
    assert!(fresh().load_state(&Value::from("nonsense")).is_err());
}
