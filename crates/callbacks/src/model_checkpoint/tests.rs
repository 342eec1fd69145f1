//! Which files are written for which values.

use super::*;
use crate::Split;
use crate::metrics::MetricTable;
use crate::testing::{FakeLearner, context_of};

type Options = fn(ModelCheckpoint) -> ModelCheckpoint;

/// Template, options, losses, the files written, and the epoch of the best.
type Trace = (&'static str, Options, &'static [f64], &'static [&'static str], Option<usize>);

fn table(loss: f64) -> MetricTable {
    let mut table = MetricTable::default();
    table.push(Split::Valid, "Loss", None, loss);
    table
}

/// The files written for these losses, and the best.
fn written(template: &str, options: Options, losses: &[f64]) -> (Vec<String>, Option<SavedModel>) {
    let mut checkpoint = options(ModelCheckpoint::new(template, Monitor::valid("Loss")));
    let mut learner = FakeLearner::default();
    context_of(0, &mut table(0.0), &mut learner, |context| checkpoint.on_train_begin(context)).unwrap();
    for (index, loss) in losses.iter().enumerate() {
        context_of(index + 1, &mut table(*loss), &mut learner, |context| {
            checkpoint.on_train_batch_end(context).unwrap();
            checkpoint.on_epoch_end(context).unwrap();
        });
    }
    let files = learner.files.into_inner();
    (files.iter().map(|path| path.to_string_lossy().into_owned()).collect(), checkpoint.best().saved())
}

#[test]
fn the_files_are_kerass() {
    let best: Options = |checkpoint| checkpoint.save_best_only(true);
    let cases: [Trace; 8] = [
        ("{epoch}", |c| c, &[1.0, 2.0, 0.5], &["1", "2", "3"], Some(3)),
        ("{epoch:02}-{valid_loss:.1}", |c| c, &[1.0, f64::NAN], &["01-1.0", "02-NaN"], Some(1)),
        ("best", best, &[1.0, 2.0, 0.5, 0.5], &["best", "best"], Some(3)),
        ("{epoch}", best, &[f64::NAN, 2.0, f64::NEG_INFINITY, 1.0], &["2", "4"], Some(4)),
        ("{epoch}", |c| c.save_best_only(true).initial_value_threshold(0.75), &[1.0, 0.75, 0.5], &["3"], Some(3)),
        ("{epoch}", best, &[f64::NAN], &[], None),
        ("{step}", |c| c.every_steps(20), &[3.0, 2.0, 1.0, 0.5], &["20", "40"], Some(4)),
        ("{step}", |c| c.every_steps(0).save_best_only(true), &[3.0, 4.0], &["10"], Some(1)),
    ];
    for (template, options, losses, files, best_epoch) in cases {
        let (written, best) = written(template, options, losses);
        assert_eq!(written, files, "{template} {losses:?}");
        assert_eq!(best.map(|best| best.epoch), best_epoch, "{template} {losses:?}");
    }
}

#[test]
fn a_resumed_one_does_not_take_a_worse_value_for_the_best() {
    let mut first = ModelCheckpoint::new("{epoch}", Monitor::valid("Loss")).save_best_only(true);
    let mut learner = FakeLearner::default();
    context_of(1, &mut table(0.5), &mut learner, |context| {
        first.on_train_begin(context).unwrap();
        first.on_epoch_end(context).unwrap();
    });
    let mut second = ModelCheckpoint::new("{epoch}", Monitor::valid("Loss")).save_best_only(true);
    context_of(2, &mut table(0.6), &mut learner, |context| {
        second.on_train_begin(context).unwrap();
        second.load_state(&first.state()).unwrap();
        second.on_epoch_end(context).unwrap();
    });
    assert_eq!(second.best().saved(), first.best().saved());
    assert_eq!(learner.files.into_inner().len(), 1);
}

#[test]
fn a_missing_metric_is_an_error_before_anything_is_written() {
    let mut checkpoint = ModelCheckpoint::new("best", Monitor::train("Loss"));
    let mut learner = FakeLearner::default();
    let error = context_of(1, &mut table(0.5), &mut learner, |context| {
        checkpoint.on_train_begin(context).unwrap();
        checkpoint.on_epoch_end(context).unwrap_err()
    });
    assert_eq!(error.to_string(), "there is no train metric \"Loss\"; the train metrics are: (none)");
    assert!(learner.files.into_inner().is_empty());
}

#[test]
fn batch_metrics_are_asked_for_only_where_they_are_needed() {
    let wants = |template: &str, options: Options| {
        let mut checkpoint = options(ModelCheckpoint::new(template, Monitor::train("Loss")));
        crate::testing::context(1, &mut MetricTable::default(), |context| checkpoint.on_train_begin(context)).unwrap();
        checkpoint.wants_batch_metrics()
    };
    assert!(!wants("{epoch}-{train_loss}", |c| c));
    assert!(!wants("{step}", |c| c.every_steps(5)));
    assert!(wants("{train_loss}", |c| c.every_steps(5)));
    assert!(wants("best", |c| c.every_steps(5).save_best_only(true)));
}
