//! The log's sums against Burn's own, also across processes.

use burn::train::metric::store::NumericMetricUpdate;
use burn::train::metric::{MetricEntry, NumericAttributes, SerializedEntry};

use super::*;

fn registered() -> MetricLog {
    let mut log = MetricLog::new();
    let attributes = [("Accuracy", true, Some("%")), ("Loss", false, None), ("FScore", true, None)];
    for (name, higher_is_better, unit) in attributes {
        let attributes = NumericAttributes { unit: unit.map(str::to_owned), higher_is_better }.into();
        log.log_metric_definition(MetricDefinition {
            metric_id: id(name),
            name: name.to_owned().into(),
            description: None,
            attributes,
        });
    }
    log
}

fn id(name: &str) -> MetricId {
    MetricId::new(name.to_owned().into())
}

/// A batch or the end of a split other than the training's.
fn validation(log: &mut MetricLog, epoch: usize, values: &[(f64, usize)]) {
    let (mut sum, mut samples) = (0.0, 0);
    for (value, count) in values {
        (sum, samples) = (sum + value * *count as f64, samples + count);
        let entry = NumericEntry::Aggregated { aggregated_value: *value, count: *count };
        log.log(update("Loss", entry, Some(sum / samples as f64)), epoch, &store::Split::Valid);
    }
    let mean = NumericEntry::Final(sum / samples as f64);
    log.log(update("Loss", mean, None), epoch, &store::Split::Valid);
    log.log_epoch_summary(EpochSummary::new(epoch, store::Split::Valid));
}

fn update(name: &str, entry: NumericEntry, running: Option<f64>) -> MetricsUpdate {
    let running = running.map(|value| NumericEntry::Aggregated { aggregated_value: value, count: 1 });
    let entry_text = MetricEntry::new(id(name), SerializedEntry::new(String::new(), String::new()));
    MetricsUpdate::new(vec![], vec![NumericMetricUpdate::new(entry_text, Some(entry), running)])
}

/// Batches of a mean, as Burn computes it.
fn batches(log: &mut MetricLog, epoch: usize, sum: &mut (f64, usize), values: &[(f64, usize)]) {
    for (value, count) in values {
        (sum.0, sum.1) = (sum.0 + value * *count as f64, sum.1 + count);
        let entry = NumericEntry::Aggregated { aggregated_value: *value, count: *count };
        log.log(update("Loss", entry, Some(sum.0 / sum.1 as f64)), epoch, &store::Split::Train);
    }
}

fn end(log: &mut MetricLog, name: &str, epoch: usize, value: f64) {
    log.log(update(name, NumericEntry::Final(value), None), epoch, &store::Split::Train);
    log.log_epoch_summary(EpochSummary::new(epoch, store::Split::Train));
}

const VALUES: [(f64, usize); 5] = [(0.1, 3), (0.7, 3), (1e-3, 3), (0.3, 3), (0.25, 1)];

#[test]
fn an_epoch_resumed_in_its_middle_ends_with_the_same_bits() {
    let mut whole = registered();
    let mut sum = (0.0, 0);
    batches(&mut whole, 1, &mut sum, &VALUES);
    end(&mut whole, "Loss", 1, sum.0 / sum.1 as f64);
    for cut in 0..=VALUES.len() {
        let mut first = registered();
        batches(&mut first, 1, &mut (0.0, 0), &VALUES[..cut]);
        let saved = serde_json::to_string(&first.save(true).unwrap()).unwrap();
        let mut second = registered();
        second.load(&serde_json::from_str(&saved).unwrap()).unwrap();
        let mut burns = (0.0, 0);
        batches(&mut second, 1, &mut burns, &VALUES[cut..]);
        end(&mut second, "Loss", 1, burns.0 / burns.1 as f64);
        assert_eq!(whole.epoch(1), second.epoch(1), "cut after {cut} batches");
        assert!(second.is_resumable());
    }
}

#[test]
fn a_metric_that_is_no_mean_keeps_burns_value_and_forbids_resuming_within_the_epoch() {
    let mut log = registered();
    for (value, running) in [(0.5, 0.5), (1.0, 0.9)] {
        log.log(update("FScore", NumericEntry::Value(value), Some(running)), 1, &store::Split::Train);
    }
    assert!(!log.is_resumable());
    end(&mut log, "FScore", 1, 0.9);
    assert_eq!(log.epoch(1).column("train_fscore"), Some(0.9));
}

#[test]
fn a_metric_without_batch_values_appears_when_the_epoch_ends() {
    let mut log = registered();
    let text = MetricEntry::new(id("FScore"), SerializedEntry::new(String::new(), String::new()));
    log.log(MetricsUpdate::new(vec![], vec![NumericMetricUpdate::new(text, None, None)]), 1, &store::Split::Train);
    assert_eq!(log.running().iter().count(), 0);
    assert!(!log.is_resumable());
    end(&mut log, "FScore", 1, 0.75);
    assert_eq!(log.epoch(1).column("train_fscore"), Some(0.75));
    log.log(update("FScore", NumericEntry::Value(0.5), None), 2, &store::Split::Train);
    log.log_epoch_summary(EpochSummary::new(2, store::Split::Train));
    assert_eq!(log.epoch(2).column("train_fscore"), Some(0.5), "as Burn's AUROC ends an epoch");
}

#[test]
fn burns_strategies_can_read_every_epoch_from_it() {
    let mut log = registered();
    for epoch in 1..=2 {
        let mut sum = (0.0, 0);
        batches(&mut log, epoch, &mut sum, &VALUES[epoch..]);
        end(&mut log, "Loss", epoch, sum.0 / sum.1 as f64);
    }
    let saved = log.save(false).unwrap();
    let mut resumed = registered();
    resumed.load(&saved).unwrap();
    for epoch in 1..=2 {
        let [NumericEntry::Final(value)] = resumed.read_numeric("Loss", epoch, &store::Split::Train).unwrap()[..]
        else {
            panic!("one final value")
        };
        assert_eq!(Some(value), log.epoch(epoch).column("train_loss"));
    }
    assert!(resumed.read_numeric("Loss", 3, &store::Split::Train).unwrap().is_empty());
    assert!(resumed.read_numeric("Loss", 1, &store::Split::Valid).unwrap().is_empty());
}

#[test]
fn definitions_give_units_and_directions_and_unknown_names_are_refused() {
    let log = registered();
    assert_eq!(log.direction("FScore"), Some(Direction::Max));
    assert_eq!(log.direction("Loss"), Some(Direction::Min));
    assert_eq!(log.direction("Perplexity"), None);
    assert!(log.check(&Monitor::valid("Loss")).is_ok());
    let error = log.check(&Monitor::valid("val_loss")).unwrap_err().to_string();
    assert_eq!(error, "there is no valid metric \"val_loss\"; the valid metrics are: Accuracy, Loss, FScore");
}

#[test]
fn a_mean_that_becomes_nan_is_still_a_mean() {
    let mut log = registered();
    batches(&mut log, 1, &mut (0.0, 0), &[(0.5, 2), (f64::NAN, 2), (0.5, 2)]);
    assert!(log.is_resumable());
    assert!(log.running().column("train_loss").is_some_and(f64::is_nan));
}

#[test]
fn of_several_validations_in_an_epoch_the_last_one_counts_and_counts_once() {
    let mut log = registered();
    let mut sum = (0.0, 0);
    batches(&mut log, 2, &mut sum, &VALUES[..2]);
    validation(&mut log, 2, &[(8.0, 4), (6.0, 4)]);
    assert_eq!(log.so_far(2).column("valid_loss"), Some(7.0));
    batches(&mut log, 2, &mut sum, &VALUES[2..]);
    let entry = NumericEntry::Aggregated { aggregated_value: 2.0, count: 4 };
    log.log(update("Loss", entry, Some(2.0)), 2, &store::Split::Valid);
    assert_eq!(log.running().column("valid_loss"), Some(2.0), "nothing is left of the first");
    log.log(
        update("Loss", NumericEntry::Aggregated { aggregated_value: 1.0, count: 4 }, Some(1.5)),
        2,
        &store::Split::Valid,
    );
    log.log(update("Loss", NumericEntry::Final(1.5), None), 2, &store::Split::Valid);
    log.log_epoch_summary(EpochSummary::new(2, store::Split::Valid));
    let so_far = log.so_far(2);
    assert_eq!((so_far.column("valid_loss"), so_far.column("train_loss")), (Some(1.5), Some(sum.0 / sum.1 as f64)));
    end(&mut log, "Loss", 2, sum.0 / sum.1 as f64);
    assert_eq!(log.epoch(2), so_far);
    assert_eq!(log.so_far(3).iter().count(), 0, "another epoch has had none yet");
}

#[test]
fn a_checkpoint_within_an_epoch_holds_the_validation_that_came_before() {
    let mut log = registered();
    let mut sum = (0.0, 0);
    batches(&mut log, 1, &mut sum, &VALUES);
    end(&mut log, "Loss", 1, 0.25);
    batches(&mut log, 2, &mut (0.0, 0), &VALUES[..2]);
    validation(&mut log, 2, &[(2.0, 4)]);
    let mut resumed = registered();
    resumed.load(&log.save(true).unwrap()).unwrap();
    assert_eq!(resumed.so_far(2), log.so_far(2));
    batches(&mut resumed, 2, &mut (0.0, 0), &VALUES[2..]);
    validation(&mut resumed, 2, &[(5.0, 4)]);
    assert_eq!(resumed.so_far(2).column("valid_loss"), Some(5.0));
}
