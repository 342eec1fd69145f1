//! The rows and the files of a history.

use std::fs;

use super::*;
use crate::Split;
use crate::metrics::MetricTable;
use crate::testing::context;

fn epoch(history: &mut History, epoch: usize, metrics: &mut MetricTable) {
    context(epoch, metrics, |context| {
        history.on_epoch_begin(context).unwrap();
        history.on_valid_begin(context).unwrap();
        history.on_valid_end(context).unwrap();
        history.on_epoch_end(context).unwrap();
    });
}

fn table(train: f64, valid: f64) -> MetricTable {
    let mut table = MetricTable::default();
    table.push(Split::Train, "Loss", None, train);
    table.push(Split::Valid, "Loss", None, valid);
    table
}

#[test]
fn one_row_per_epoch_with_every_figure_to_the_last_bit_and_no_wall_clock() {
    let directory = tempfile::tempdir().unwrap();
    let (csv, timing) = (directory.path().join("history.csv"), directory.path().join("timing.csv"));
    let mut history = History::new().csv(&csv).timing(&timing);
    epoch(&mut history, 1, &mut table(0.1 + 0.2, 1e-9));
    epoch(&mut history, 2, &mut table(f64::NAN, f64::INFINITY));
    let text = fs::read_to_string(csv).unwrap();
    assert_eq!(
        text,
        "epoch,learning_rate,train_loss,valid_loss\n1,0.5,0.30000000000000004,0.000000001\n2,0.5,NaN,inf\n"
    );
    let timing = fs::read_to_string(timing).unwrap();
    let lines: Vec<&str> = timing.lines().collect();
    assert_eq!((lines[0], lines.len()), ("epoch,seconds,samples_per_second", 3));
    assert!(lines[1].starts_with("1,0.0"), "{}", lines[1]);
}

#[test]
fn a_column_that_comes_later_is_empty_before() {
    let mut history = History::new();
    let records = history.records();
    epoch(&mut history, 1, &mut table(1.0, 2.0));
    let mut with_fid = table(3.0, 4.0);
    with_fid.add("valid_fid", 5.0);
    epoch(&mut history, 2, &mut with_fid);
    let csv = history_csv(&records.rows());
    assert_eq!(csv, "epoch,learning_rate,train_loss,valid_loss,valid_fid\n1,0.5,1,2,\n2,0.5,3,4,5\n");
    assert_eq!(records.column("valid_fid"), [(2, 5.0)]);
}

#[test]
fn a_learning_rate_among_the_metrics_does_not_make_a_second_column() {
    let mut history = History::new();
    let mut metrics = table(1.0, 2.0);
    metrics.add("learning_rate", 0.5);
    epoch(&mut history, 1, &mut metrics);
    assert_eq!(history_csv(&history.records().rows()), "epoch,learning_rate,train_loss,valid_loss\n1,0.5,1,2\n");
}

#[test]
fn a_resumed_history_is_the_same_to_the_last_bit() {
    let mut history = History::new();
    epoch(&mut history, 1, &mut table(0.1 + 0.2, f64::NAN));
    let text = serde_json::to_string(&history.state()).unwrap();
    let mut resumed = History::new();
    resumed.load_state(&serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(history_csv(&resumed.records().rows()), history_csv(&history.records().rows()));
    assert!(resumed.load_state(&Value::Null).is_err());
}

#[test]
fn validations_take_time_but_not_of_the_training_also_across_a_resumption() {
    let pause = || std::thread::sleep(std::time::Duration::from_millis(20));
    let mut killed = History::new();
    context(1, &mut table(1.0, 1.0), |context| {
        killed.on_epoch_begin(context).unwrap();
        killed.on_valid_begin(context).unwrap();
        pause();
        killed.on_valid_end(context).unwrap();
    });
    let mut history = History::new();
    let records = history.records();
    history.load_state(&killed.state()).unwrap();
    context(1, &mut table(1.0, 1.0), |context| {
        history.on_valid_begin(context).unwrap();
        pause();
        history.on_valid_end(context).unwrap();
        history.on_epoch_end(context).unwrap();
    });
    let row = records.rows().remove(0);
    let train_seconds = 100.0 / row.samples_per_second;
    assert!(row.seconds >= 0.04 && train_seconds <= row.seconds - 0.04 + 1e-9, "{row:?}");
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let mut history = History::new().csv(file.join("history.csv"));
    let error = context(1, &mut table(1.0, 1.0), |context| history.on_epoch_end(context).unwrap_err());
    assert!(error.to_string().contains("file/history.csv"), "{error}");
}
