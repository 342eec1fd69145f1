//! The rows, and that none is lost or doubled by a resumption.

use super::*;
use crate::Split;
use crate::metrics::MetricTable;
use crate::testing::{FakeLearner, context, context_of};

fn table(train: f64, valid: Option<f64>) -> MetricTable {
    let mut table = MetricTable::default();
    table.push(Split::Train, "Loss", None, train);
    if let Some(valid) = valid {
        table.push(Split::Valid, "Loss", None, valid);
    }
    table
}

fn begin(logger: &mut CsvLogger) {
    context(1, &mut MetricTable::default(), |context| logger.on_train_begin(context)).unwrap();
}

fn epoch(logger: &mut CsvLogger, epoch: usize, mut metrics: MetricTable) {
    context(epoch, &mut metrics, |context| {
        logger.on_epoch_begin(context).unwrap();
        logger.on_epoch_end(context).unwrap();
    });
}

/// A new process that goes on from a checkpoint.
fn resumed(logger: &CsvLogger, state: &Value) -> CsvLogger {
    let mut resumed = CsvLogger::new(&logger.path).separator(logger.separator).append(logger.append);
    begin(&mut resumed);
    resumed.load_state(&serde_json::from_str(&state.to_string()).unwrap()).unwrap();
    resumed
}

#[test]
fn one_row_per_epoch_with_every_figure_to_the_last_bit() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deep/log.csv");
    let mut logger = CsvLogger::new(&path);
    begin(&mut logger);
    epoch(&mut logger, 1, table(0.1 + 0.2, Some(1e-300)));
    epoch(&mut logger, 2, table(f64::NAN, Some(f64::NEG_INFINITY)));
    let text = fs::read_to_string(path).unwrap();
    assert_eq!(text, "epoch,train_loss,valid_loss\n1,0.30000000000000004,1e-300\n2,NaN,-inf\n");
}

#[test]
fn a_column_that_comes_later_and_one_that_is_missing_are_not_available() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log.csv");
    let mut logger = CsvLogger::new(&path).separator(';');
    begin(&mut logger);
    epoch(&mut logger, 1, table(1.0, None));
    epoch(&mut logger, 2, table(2.0, Some(3.0)));
    let mut odd = table(4.0, None);
    odd.add("a \"strange\"; name", 5.0);
    epoch(&mut logger, 3, odd);
    let text = fs::read_to_string(path).unwrap();
    let header = "epoch;train_loss;valid_loss;\"a \"\"strange\"\"; name\"";
    assert_eq!(text, format!("{header}\n1;1.0;NA;NA\n2;2.0;3.0;NA\n3;4.0;NA;5.0\n"));
}

#[test]
fn a_resumed_run_ends_with_the_bytes_of_the_run_that_never_was_killed() {
    let directory = tempfile::tempdir().unwrap();
    // The third epoch is the first to have a validation.
    let metrics = |epoch: usize| table(epoch as f64, (epoch >= 3).then_some(0.5));
    let whole = CsvLogger::new(directory.path().join("whole.csv"));
    let run = |logger: &mut CsvLogger, epochs: std::ops::RangeInclusive<usize>| {
        epochs.for_each(|number| epoch(logger, number, metrics(number)));
    };
    let mut uninterrupted = whole.clone();
    begin(&mut uninterrupted);
    run(&mut uninterrupted, 1..=5);
    let expected = fs::read_to_string(&whole.path).unwrap();
    for saved_after in 0..=4 {
        for killed_after in saved_after..=5 {
            let path = directory.path().join(format!("{saved_after}-{killed_after}.csv"));
            fs::write(&path, "of another run\n").unwrap();
            let mut killed = CsvLogger::new(&path);
            begin(&mut killed);
            run(&mut killed, 1..=saved_after);
            let state = killed.state();
            run(&mut killed, saved_after + 1..=killed_after);
            // The kill may have come in the middle of a row.
            append(&path, b"6,0.").unwrap();
            let mut second = resumed(&killed, &state);
            assert_eq!(second.state(), state, "a checkpoint before the first row is the same one");
            run(&mut second, saved_after + 1..=5);
            assert_eq!(fs::read_to_string(&path).unwrap(), expected, "{saved_after} {killed_after}");
        }
    }
}

#[test]
fn rows_of_earlier_trainings_stay_if_they_are_appended_to() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log.csv");
    fs::write(&path, "epoch,valid_loss\n1,0.5\n").unwrap();
    let mut logger = CsvLogger::new(&path).append(true);
    begin(&mut logger);
    epoch(&mut logger, 1, table(2.0, Some(1.0)));
    let state = logger.state();
    epoch(&mut logger, 2, table(3.0, Some(1.5)));
    let expected = "epoch,valid_loss,train_loss\n1,0.5,NA\n1,1.0,2.0\n2,1.5,3.0\n";
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    epoch(&mut resumed(&logger, &state), 2, table(3.0, Some(1.5)));
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    let mut anew = CsvLogger::new(&path);
    begin(&mut anew);
    assert_eq!(fs::read_to_string(&path).unwrap(), expected, "a run that is refused changes nothing");
    epoch(&mut anew, 1, table(2.0, None));
    assert_eq!(fs::read_to_string(&path).unwrap(), "epoch,train_loss\n1,2.0\n");
}

#[test]
fn a_file_that_lost_rows_is_noticed_and_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log.csv");
    let mut logger = CsvLogger::new(&path);
    begin(&mut logger);
    epoch(&mut logger, 1, table(1.0, None));
    epoch(&mut logger, 2, table(2.0, None));
    fs::remove_file(&path).unwrap();
    let mut second = resumed(&logger, &logger.state());
    let mut learner = FakeLearner::default();
    context_of(3, &mut table(3.0, None), &mut learner, |context| second.on_epoch_end(context)).unwrap();
    assert_eq!(learner.notices.len(), 1);
    assert!(learner.notices[0].ends_with("log.csv has 0 of the 2 rows that it had at the checkpoint"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "epoch,train_loss\n3,3.0\n");
}

#[test]
fn what_cannot_be_a_log_is_refused_before_the_first_step() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log.csv");
    fs::write(&path, "epoch;valid_loss\n1;0.5\n").unwrap();
    let refused = |mut logger: CsvLogger| {
        context(1, &mut MetricTable::default(), |context| logger.on_train_begin(context)).unwrap_err().to_string()
    };
    let error = refused(CsvLogger::new(&path).append(true));
    assert!(error.contains("log.csv: the file's first column is not \"epoch\""), "{error}");
    for separator in ['\n', 'e', '"', '.', '7', '–'] {
        let error = refused(CsvLogger::new(&path).separator(separator));
        assert!(error.starts_with(&format!("separator = {separator:?}: the fields")), "{error}");
    }
    let mut blocked = CsvLogger::new(path.join("log.csv"));
    begin(&mut blocked);
    let error = context(1, &mut table(1.0, None), |context| blocked.on_epoch_begin(context)).unwrap_err().to_string();
    assert!(error.contains("log.csv/log.csv"), "{error}");
}
