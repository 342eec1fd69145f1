//! Which epochs are averaged, at which rates; the numbers are also in the strategy's parity tests.

use super::*;
use crate::metrics::MetricTable;
use crate::testing::{FakeLearner, context_of};

/// Trains epochs whose weights are 10 times their number, of the 20 that the test's context has; the rates, and the final weights.
fn trained(averaging: &mut StochasticWeightAveraging, epochs: usize) -> (Vec<f64>, usize) {
    let mut learner = FakeLearner { rate: 1.0, ..FakeLearner::default() };
    let mut table = MetricTable::default();
    let mut rates = Vec::new();
    context_of(1, &mut table, &mut learner, |context| averaging.on_train_begin(context)).unwrap();
    for epoch in 1..=epochs {
        context_of(epoch, &mut table, &mut learner, |context| averaging.on_epoch_begin(context)).unwrap();
        rates.push(learner.rate);
        learner.weights = 10 * epoch;
        context_of(epoch, &mut table, &mut learner, |context| averaging.on_epoch_end(context)).unwrap();
    }
    context_of(epochs, &mut table, &mut learner, |context| averaging.on_train_end(context)).unwrap();
    (rates, learner.weights)
}

#[test]
fn the_last_fifth_is_averaged_after_the_rate_has_changed() {
    let mut averaging = StochasticWeightAveraging::new(0.5).annealing(Annealing::Linear, 2);
    let (rates, weights) = trained(&mut averaging, 20);
    assert_eq!(rates[13..], [1.0, 1.0, 1.0, 0.75, 0.5, 0.5, 0.5]);
    assert_eq!(weights, 180, "epochs 16 to 20");
}

#[test]
fn a_training_that_ends_before_its_start_keeps_its_weights() {
    let (rates, weights) = trained(&mut StochasticWeightAveraging::new(0.5).start_from_epoch(5), 4);
    assert_eq!((rates, weights), (vec![1.0; 4], 40));
}

#[test]
fn a_cosine_is_half_way_in_the_middle() {
    let averaging = StochasticWeightAveraging::new(0.5).annealing(Annealing::Cosine, 4);
    let rates = [0, 1, 2, 4, 9].map(|epochs| averaging.annealed(1.5, epochs));
    assert_eq!((rates[0], rates[3], rates[4]), (1.5, 0.5, 0.5));
    assert!((rates[2] - 1.0).abs() < 1e-12 && rates[1] > 1.25, "{rates:?}");
}

#[test]
fn its_state_goes_through_json() {
    let mut averaging = StochasticWeightAveraging::new(0.5).start_from_epoch(2);
    trained(&mut averaging, 4);
    let mut other = StochasticWeightAveraging::new(0.5).start_from_epoch(2);
    other.load_state(&serde_json::from_str(&averaging.state().to_string()).unwrap()).unwrap();
    assert_eq!(other.progress, averaging.progress);
    assert_eq!(other.progress.averaged, 3);
}

#[test]
fn settings_out_of_range_are_refused() {
    let faulty = [
        (StochasticWeightAveraging::new(0.0), "rate = 0"),
        (StochasticWeightAveraging::new(0.1).start_from_epoch(0), "start_from_epoch = 0"),
        (StochasticWeightAveraging::new(0.1).start_from_share(1.5), "start_from_share = 1.5"),
    ];
    for (mut averaging, begin) in faulty {
        let mut table = MetricTable::default();
        let error = context_of(1, &mut table, &mut FakeLearner::default(), |context| averaging.on_train_begin(context));
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with(begin), "{error}");
    }
}
