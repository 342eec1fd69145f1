//! Traces of early stopping: what Keras does, the thresholds, and where a NaN makes the difference.

use super::*;
use crate::Split;
use crate::metrics::MetricTable;
use crate::testing::{FakeLearner, context_of};

const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

type Options = fn(EarlyStopping) -> EarlyStopping;

/// Values, options, the epoch that ends the training, the epoch whose weights the model has then, and what this shows.
type Trace = (&'static [f64], Options, Option<usize>, usize, &'static str);

/// The epoch (from 1) that ends the training, its reason, and the epoch whose weights the model has then.
fn trained(early_stopping: EarlyStopping, values: &[f64]) -> (Option<usize>, Option<String>, usize) {
    let mut early_stopping = early_stopping;
    let mut learner = FakeLearner::default();
    let mut table = MetricTable::default();
    context_of(0, &mut table, &mut learner, |context| early_stopping.on_train_begin(context)).unwrap();
    let mut end = (None, None);
    for (index, value) in values.iter().enumerate() {
        learner.weights = index + 1;
        let mut table = MetricTable::default();
        table.push(Split::Valid, "Loss", None, *value);
        let flow =
            context_of(index + 1, &mut table, &mut learner, |context| early_stopping.on_epoch_end(context)).unwrap();
        if let Flow::Stop { reason } = flow {
            end = (Some(index + 1), Some(reason));
            break;
        }
    }
    context_of(0, &mut table, &mut learner, |context| early_stopping.on_train_end(context)).unwrap();
    (end.0, end.1, learner.weights)
}

fn loss(options: Options) -> EarlyStopping {
    options(EarlyStopping::new(Monitor::valid("Loss")).restore_best_weights(true))
}

const PLAIN: Options = |stopping| stopping;
const TWO: Options = |stopping| stopping.patience(2);

const TRACES: [Trace; 19] = [
    (&[1.0, 0.5, 0.25], PLAIN, None, 3, "an improving run goes on"),
    (&[1.0, 1.0], PLAIN, Some(2), 1, "no patience: the first epoch without improvement, a tie, is the last"),
    (&[1.0], PLAIN, None, 1, "never at the first epoch"),
    (&[1.0, 0.5, 0.6, 0.7, 0.4], TWO, Some(4), 2, "patience counts epochs without improvement"),
    (&[1.0, 0.5, 0.6, 0.4, 0.6, 0.3], TWO, None, 6, "an improvement resets the wait"),
    (&[1.0, 0.5, 0.6], TWO, None, 2, "the best weights come back also when nothing stopped the training"),
    (&[1.0, 0.9, 0.8, 0.7], |s| s.patience(3).min_delta(0.25), None, 4, "small steps add up to an improvement"),
    (&[1.0, 0.9, 0.8, 0.8], |s| s.patience(2).min_delta(-0.25), Some(3), 1, "the sign of min_delta does not matter"),
    (&[1.0, 0.75, 0.75], |s| s.patience(2).min_delta(0.25), Some(3), 1, "exactly min_delta is no improvement"),
    (
        &[1.0, 0.9, 0.8, 0.8],
        |s| s.patience(2).baseline(0.5),
        Some(4),
        3,
        "improvements above the baseline do not reset the wait",
    ),
    (&[1.0, 0.4, 0.6, 0.6], |s| s.patience(2).baseline(0.5), Some(4), 2, "a value below the baseline resets it"),
    (&[1.0, 0.9, 0.8, 0.7, 0.6], |s| s.baseline(0.5), None, 5, "an improving epoch never stops, whatever the baseline"),
    (&[0.1, 0.2, 0.3, 0.2, 0.2], |s| s.patience(1).start_from_epoch(2), Some(5), 4, "the first epochs are ignored"),
    (&[0.1, 0.2], |s| s.start_from_epoch(2), None, 2, "and keep no weights"),
    (&[NAN, 1.0, 0.5], TWO, None, 3, "a NaN at the beginning does not become the best for ever"),
    (&[NAN, NAN, NAN], TWO, Some(2), 1, "only NaN: no improvement, from the first epoch on"),
    (&[1.0, NAN, NAN, 0.5], TWO, Some(3), 1, "a NaN is an epoch without improvement"),
    (&[1.0, -INF, 0.5, 0.6], |s| s.patience(3), None, 3, "an infinity is no improvement either"),
    (&[INF, 1.0, 2.0], PLAIN, Some(3), 2, "nor is it the best"),
];

#[test]
fn training_stops_at_kerass_epoch_with_kerass_weights() {
    for (values, options, stop_at, weights_of, what) in TRACES {
        let (end, _, weights) = trained(loss(options), values);
        assert_eq!((end, weights), (stop_at, weights_of), "{what}: {values:?}");
    }
}

/// The last column is the reason.
const ENDINGS: [Trace; 7] = [
    (
        &[1.0, 9.0],
        |s| s.divergence_threshold(5.0),
        Some(2),
        1,
        "valid Loss is 9, worse than the divergence threshold 5",
    ),
    (
        &[9.0, 1.0],
        |s| s.divergence_threshold(5.0),
        Some(1),
        1,
        "valid Loss is 9, worse than the divergence threshold 5",
    ),
    (
        &[1.0, INF],
        |s| s.divergence_threshold(5.0),
        Some(2),
        1,
        "valid Loss is inf, worse than the divergence threshold 5",
    ),
    (
        &[1.0, 0.1, 0.2],
        |s| s.stopping_threshold(0.25),
        Some(2),
        2,
        "valid Loss is 0.1, better than the stopping threshold 0.25",
    ),
    (&[1.0, NAN], |s| s.patience(9).check_finite(true), Some(2), 1, "valid Loss is NaN"),
    (&[-INF], |s| s.check_finite(true), Some(1), 1, "valid Loss is -inf"),
    (&[2.0, 2.0], |s| s, Some(2), 1, "valid Loss did not improve for 1 epoch (best 2 in epoch 1)"),
];

#[test]
fn thresholds_and_the_finite_check_end_the_training_with_their_reason() {
    for (values, options, stop_at, weights_of, reason) in ENDINGS {
        let (end, given, weights) = trained(loss(options), values);
        assert_eq!((end, weights), (stop_at, weights_of), "{values:?}");
        assert_eq!(given.as_deref(), Some(reason));
    }
    let within: [(&[f64], Options); 2] =
        [(&[5.0, 4.0], |s| s.divergence_threshold(5.0)), (&[1.0, 0.25], |s| s.stopping_threshold(0.25))];
    for (values, options) in within {
        assert_eq!(trained(loss(options), values).0, None, "exactly a threshold is neither better nor worse");
    }
}

#[test]
fn every_trace_mirrors_for_a_metric_that_should_rise() {
    let values = [1.0, 0.5, 0.6, NAN, 0.4, 0.45, 0.45];
    let mirrored: Vec<f64> = values.iter().map(|value: &f64| -value).collect();
    let falling = trained(EarlyStopping::new(Monitor::valid("Loss")).patience(2).min_delta(0.05), &values);
    let rising = trained(EarlyStopping::new(Monitor::valid("Loss").max()).patience(2).min_delta(0.05), &mirrored);
    assert_eq!((falling.0, falling.2), (rising.0, rising.2));
    assert_eq!(falling.0, Some(4));
}

#[test]
fn without_restoring_the_model_keeps_its_last_weights() {
    assert_eq!(
        trained(EarlyStopping::new(Monitor::valid("Loss")), &[1.0, 2.0]),
        (Some(2), trained(loss(|s| s), &[1.0, 2.0]).1, 2)
    );
}

#[test]
fn its_state_goes_through_json_to_the_last_bit() {
    let mut stopping = loss(|s| s.patience(5));
    for (epoch, value) in [(1, 0.1 + 0.2), (2, 0.7)] {
        stopping.judge(epoch, value);
    }
    let text = serde_json::to_string(&stopping.state()).unwrap();
    let mut resumed = loss(|s| s.patience(5));
    resumed.load_state(&serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(resumed.progress, stopping.progress);
    assert_eq!(resumed.progress.best.map(f64::to_bits), Some((0.1_f64 + 0.2).to_bits()));
    assert!(resumed.load_state(&Value::from("nonsense")).is_err());
}

#[test]
fn a_setting_that_is_not_a_number_is_refused() {
    let mut stopping = loss(|s| s.baseline(NAN));
    let error = crate::testing::context(1, &mut MetricTable::default(), |context| stopping.on_train_begin(context))
        .unwrap_err();
    assert_eq!(error.to_string(), "baseline = NaN: a number is needed");
}

#[test]
fn a_direction_that_nobody_defines_is_an_error_and_never_a_guess() {
    let mut stopping = EarlyStopping::new(Monitor::valid("my accuracy"));
    let error = crate::testing::context(1, &mut MetricTable::default(), |context| stopping.on_train_begin(context))
        .unwrap_err();
    assert!(error.to_string().contains("add .min() or .max()"), "{error}");
}
