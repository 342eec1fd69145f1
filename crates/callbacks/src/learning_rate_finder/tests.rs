//! The rates of a sweep, its smoothed loss, its end and its suggestion.

use super::*;
use crate::metrics::MetricTable;
use crate::testing::{FakeLearner, context, context_of};

/// Takes in these losses; the reason of the end and the number of points then.
fn swept(finder: &mut LearningRateFinder, losses: impl IntoIterator<Item = f64>) -> Option<(String, usize)> {
    for loss in losses {
        let rate = finder.rate(finder.curve.len());
        if let Some(reason) = finder.take_in(rate, loss) {
            return Some((reason, finder.curve.len()));
        }
    }
    None
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * (1.0 + b.abs())
}

#[test]
fn rates_go_from_the_first_to_the_last_by_factors_or_by_steps() {
    let finder = LearningRateFinder::new().rates(1e-4, 1.0).steps(5);
    assert!((0..5).all(|index| close(finder.rate(index), 10f64.powi(index as i32 - 4))));
    let linear = LearningRateFinder::new().rates(1.0, 3.0).steps(5).spacing(Spacing::Linear);
    assert_eq!([0, 1, 2, 3, 4].map(|index| linear.rate(index)), [1.0, 1.5, 2.0, 2.5, 3.0]);
}

#[test]
fn the_smoothed_loss_is_corrected_for_the_number_of_batches() {
    let mut finder = LearningRateFinder::new();
    swept(&mut finder, [2.0, 2.0, 5.0]);
    let points = finder.curve().points();
    assert!(close(points[0].smoothed, 2.0) && close(points[1].smoothed, 2.0), "{points:?}");
    let weights = [0.98 * 0.98, 0.98, 1.0];
    let expected = (weights[0] * 2.0 + weights[1] * 2.0 + weights[2] * 5.0) / weights.iter().sum::<f64>();
    assert!(close(points[2].smoothed, expected), "{points:?}");
}

#[test]
fn a_sweep_ends_when_complete_when_the_loss_has_exploded_and_at_a_nan() {
    let (reason, points) = swept(&mut LearningRateFinder::new().steps(7), [1.0; 9]).unwrap();
    assert_eq!(points, 7);
    assert!(reason.contains("it is complete") && reason.contains("too few points"), "{reason}");
    let exploding = [1.0, 1.0, 9.0, 9.0];
    let (reason, points) = swept(&mut LearningRateFinder::new().steps(7), exploding).unwrap();
    assert_eq!(points, 4, "(0.9604 + 0.98 + 9) / 2.9404 is below four times the lowest value");
    assert!(reason.contains("has left its lowest value 1.0000 behind"), "{reason}");
    assert_eq!(swept(&mut LearningRateFinder::new().early_stop_threshold(None), exploding), None);
    let (reason, points) = swept(&mut LearningRateFinder::new().early_stop_threshold(None), [1.0, f64::NAN]).unwrap();
    assert_eq!(points, 2);
    assert!(reason.contains("the loss is NaN"), "{reason}");
}

#[test]
fn suggested_is_the_rate_where_the_smoothed_loss_falls_steepest() {
    let curve = LearningRateCurve::default();
    let smoothed = |index: usize| match index {
        5 => -100.0, // among the first ten
        0..=15 => 10.0,
        16 => 7.0,
        17 => 3.0,
        _ => 2.0,
    };
    let point = |index: usize| RatePoint { rate: index as f64, loss: 0.0, smoothed: smoothed(index) };
    curve.replace((0..24).map(point).collect());
    assert_eq!(curve.suggestion(), Some(16.0), "from 10 to 3 within two steps");
    curve.replace((0..24).map(|index| RatePoint { smoothed: f64::NAN, ..point(index) }).collect());
    assert_eq!(curve.suggestion(), None);
    curve.replace((0..12).map(point).collect());
    assert_eq!(curve.suggestion(), None, "one point between the skipped ones");
}

#[test]
fn its_state_goes_through_json_to_the_last_bit() {
    let mut finder = LearningRateFinder::new();
    swept(&mut finder, [0.1 + 0.2, 0.7, 1.0 / 3.0]);
    let mut resumed = LearningRateFinder::new();
    resumed.load_state(&serde_json::from_str(&finder.state().to_string()).unwrap()).unwrap();
    assert_eq!(resumed.curve().points(), finder.curve().points());
    assert_eq!(resumed.average.to_bits(), finder.average.to_bits());
}

#[test]
fn weights_and_rate_are_those_of_the_beginning_afterwards() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rates.csv");
    let mut finder = LearningRateFinder::new().csv(&path);
    let mut learner = FakeLearner { weights: 3, rate: 0.25, ..FakeLearner::default() };
    let mut table = MetricTable::default();
    context_of(1, &mut table, &mut learner, |context| finder.on_train_begin(context)).unwrap();
    context_of(1, &mut table, &mut learner, |context| finder.on_train_batch_begin(context)).unwrap();
    assert_eq!(learner.rate, 1e-8);
    learner.weights = 4;
    swept(&mut finder, [0.5]);
    context_of(1, &mut table, &mut learner, |context| finder.on_train_end(context)).unwrap();
    assert_eq!((learner.weights, learner.rate), (3, 0.25));
    assert_eq!(std::fs::read_to_string(path).unwrap(), "rate,loss,smoothed\n0.00000001,0.5,0.5\n");
}

#[test]
fn sweeps_that_are_none_are_refused() {
    let faulty = [
        (LearningRateFinder::new().steps(1), "steps = 1"),
        (LearningRateFinder::new().rates(0.0, 1.0), "rates = (0, 1)"),
        (LearningRateFinder::new().rates(1.0, 0.5), "rates = (1, 0.5)"),
        (LearningRateFinder::new().rates(1e-3, f64::INFINITY), "rates = (0.001, inf)"),
        (LearningRateFinder::new().early_stop_threshold(Some(1.0)), "early_stop_threshold = 1"),
    ];
    for (mut finder, begin) in faulty {
        let error = context(1, &mut MetricTable::default(), |context| finder.on_train_begin(context)).unwrap_err();
        assert!(error.to_string().starts_with(begin), "{error}");
    }
}
