//! The lines, and that none is lost or doubled by a resumption.

use std::fs;
use std::path::Path;

use super::*;
use crate::Split;
use crate::testing::{FakeLearner, context, context_of};

fn table(loss: f64) -> MetricTable {
    let mut table = MetricTable::default();
    table.push(Split::Train, "Loss", None, loss);
    table
}

fn begin(logger: &mut JsonLinesLogger) {
    context(1, &mut MetricTable::default(), |context| logger.on_train_begin(context)).unwrap();
}

fn epoch(logger: &mut JsonLinesLogger, epoch: usize, mut metrics: MetricTable) {
    context(epoch, &mut metrics, |context| {
        logger.on_epoch_begin(context).unwrap();
        logger.on_epoch_end(context).unwrap();
    });
}

fn lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_epoch_is_an_object_and_what_is_not_finite_has_a_name() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deep/log.jsonl");
    let mut logger = JsonLinesLogger::new(&path);
    begin(&mut logger);
    let losses = [0.1 + 0.2, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    losses.into_iter().zip(1..).for_each(|(loss, number)| epoch(&mut logger, number, table(loss)));
    let text = fs::read_to_string(&path).unwrap();
    let first = r#"{"kind":"epoch","epoch":1,"step":10,"global_step":10,"train_loss":0.30000000000000004}"#;
    assert_eq!(text.lines().next(), Some(first));
    let losses: Vec<Value> = lines(&path).iter().map(|line| line["train_loss"].clone()).collect();
    assert_eq!(losses[1..], [Value::from("NaN"), "Infinity".into(), "-Infinity".into()]);
}

#[test]
fn a_metric_does_not_take_the_place_of_the_epoch() {
    let mut metrics = MetricTable::default();
    metrics.add("epoch", 7.5);
    let mut object = Map::new();
    object.insert("epoch".to_owned(), 1.into());
    insert_metrics(&mut object, &metrics);
    assert_eq!(object["epoch"], 1);
}

#[test]
fn batch_metrics_are_wanted_for_the_batches_with_a_line_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log.jsonl");
    let mut logger = JsonLinesLogger::new(&path).every_steps(3);
    begin(&mut logger);
    let mut wanted = Vec::new();
    for done in 0..7 {
        context(1, &mut table(0.5), |context| {
            context.position.global_step = done;
            logger.on_train_batch_begin(context).unwrap();
            wanted.push(logger.wants_batch_metrics());
            context.position.global_step = done + 1;
            logger.on_train_batch_end(context).unwrap();
        });
    }
    assert_eq!(wanted, [false, false, true, false, false, true, false]);
    let steps: Vec<Value> = lines(&path).iter().map(|line| line["global_step"].clone()).collect();
    assert_eq!(steps, [Value::from(3), 6.into()]);
    let error = context(1, &mut table(0.5), |context| {
        JsonLinesLogger::new(&path).every_steps(0).on_train_begin(context).unwrap_err().to_string()
    });
    assert_eq!(error, "every_steps = 0: it is at least 1");
}

#[test]
fn a_resumed_run_goes_on_after_the_last_line_of_its_checkpoint() {
    let directory = tempfile::tempdir().unwrap();
    for append in [false, true] {
        let path = directory.path().join(format!("{append}.jsonl"));
        fs::write(&path, "{\"of\":\"another run\"}").unwrap();
        let first = || JsonLinesLogger::new(&path).append(append);
        let mut logger = first();
        begin(&mut logger);
        assert_eq!(logger.state(), Value::Null);
        epoch(&mut logger, 1, table(1.0));
        let state = logger.state();
        epoch(&mut logger, 2, table(2.0));
        let whole = fs::read_to_string(&path).unwrap();
        assert_eq!(whole.lines().count(), if append { 3 } else { 2 });
        fs::write(&path, format!("{whole}{{\"kind\":\"ep")).unwrap();
        let mut second = first();
        begin(&mut second);
        second.load_state(&state).unwrap();
        assert_eq!(second.state(), state);
        epoch(&mut second, 2, table(2.0));
        assert_eq!(fs::read_to_string(&path).unwrap(), whole);
        assert!(second.load_state(&"much".into()).is_err());
    }
}

#[test]
fn a_file_that_lost_lines_is_noticed_and_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log.jsonl");
    fs::write(&path, "{}\n{\"cut").unwrap();
    let mut logger = JsonLinesLogger::new(&path);
    begin(&mut logger);
    logger.load_state(&500.into()).unwrap();
    let mut learner = FakeLearner::default();
    context_of(3, &mut table(3.0), &mut learner, |context| logger.on_epoch_end(context)).unwrap();
    assert!(learner.notices[0].ends_with("log.jsonl has 8 of the 500 bytes that it had at the checkpoint"));
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("{}\n{\"cut\n{\"kind\":\"epoch\",\"epoch\":3,"), "{text}");
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let mut logger = JsonLinesLogger::new(file.join("log.jsonl"));
    let error = context(1, &mut table(1.0), |context| logger.on_epoch_begin(context).unwrap_err());
    assert!(error.to_string().contains("file/log.jsonl"), "{error}");
}
