//! Which files are written for which values.

use super::*;
use crate::Split;
use crate::metrics::MetricTable;
use crate::testing::{FakeLearner, context_of, log_after_batch};

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
    let files = learner.take_files();
    (files.iter().map(|path| path.to_string_lossy().into_owned()).collect(), checkpoint.best().saved())
}

#[test]
fn the_files_are_kerass() {
    let best: Options = |checkpoint| checkpoint.save_best_only(true);
    let cases: [Trace; 7] = [
        ("{epoch}", |c| c, &[1.0, 2.0, 0.5], &["1", "2", "3"], Some(3)),
        ("{epoch:02}-{valid_loss:.1}", |c| c, &[1.0, f64::NAN], &["01-1.0", "02-NaN"], Some(1)),
        ("best", best, &[1.0, 2.0, 0.5, 0.5], &["best", "best"], Some(3)),
        ("{epoch}", best, &[f64::NAN, 2.0, f64::NEG_INFINITY, 1.0], &["2", "4"], Some(4)),
        ("{epoch}", |c| c.save_best_only(true).initial_value_threshold(0.75), &[1.0, 0.75, 0.5], &["3"], Some(3)),
        ("{epoch}", best, &[f64::NAN], &[], None),
        ("{step}", |c| c.every_steps(20), &[3.0, 2.0, 1.0, 0.5], &["20", "40"], Some(4)),
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
    assert_eq!(learner.take_files().len(), 1);
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
    assert!(learner.take_files().is_empty());
}

#[test]
fn batch_metrics_are_asked_for_only_where_they_are_needed() {
    let wants = |template: &str, options: Options| {
        let mut checkpoint = options(ModelCheckpoint::new(template, Monitor::train("Loss")));
        begin(&mut checkpoint, &mut FakeLearner { log: log_after_batch(1.0), ..FakeLearner::default() }).unwrap();
        checkpoint.wants_batch_metrics()
    };
    assert!(!wants("{epoch}-{train_loss}", |c| c));
    assert!(!wants("{step}", |c| c.every_steps(5)));
    assert!(wants("{train_loss}", |c| c.every_steps(5)));
    assert!(wants("best", |c| c.every_steps(5).save_best_only(true)));
    assert!(wants("best", |c| c.every(Duration::ZERO).save_top_k(1)));
}

fn begin(checkpoint: &mut ModelCheckpoint, learner: &mut FakeLearner) -> HookResult {
    context_of(1, &mut table(0.0), learner, |context| checkpoint.on_train_begin(context))
}

/// One epoch with this validation loss; none: it went without validation.
fn epoch(checkpoint: &mut ModelCheckpoint, learner: &mut FakeLearner, epoch: usize, loss: Option<f64>) {
    let mut metrics = loss.map_or_else(MetricTable::default, table);
    learner.weights = epoch;
    context_of(epoch, &mut metrics, learner, |context| {
        context.validated = loss.is_some();
        checkpoint.on_epoch_end(context).unwrap();
    });
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Values, options, and the epochs whose files are there in the end, the best first.
type TopTrace = (&'static [f64], Options, &'static [usize], &'static str);

const TOP: [TopTrace; 5] = [
    (&[3.0, 1.0, 4.0, 2.0], |c| c.save_top_k(3), &[2, 4, 1], "the three best, by value"),
    (&[1.0, 2.0, 1.0, 0.5], |c| c.save_top_k(3), &[4, 1, 3], "of equals the oldest comes first"),
    (&[3.0, 2.0, 2.5, 1.0], |c| c.save_top_k(0), &[4], "at least one is kept"),
    (&[3.0, 1.5, 2.0, 1.0], |c| c.save_top_k(3).initial_value_threshold(1.75), &[4, 2], "none above the threshold"),
    (&[3.0, 2.0], |c| c.save_top_k(2).save_best_only(true), &[2, 1], "save_best_only adds nothing"),
];

#[test]
fn the_k_best_files_stay() {
    for (losses, options, epochs, what) in TOP {
        let directory = tempfile::tempdir().unwrap();
        let mut checkpoint = options(ModelCheckpoint::new(directory.path().join("{epoch}"), Monitor::valid("Loss")));
        let mut learner = FakeLearner::default();
        begin(&mut checkpoint, &mut learner).unwrap();
        for (index, loss) in losses.iter().enumerate() {
            epoch(&mut checkpoint, &mut learner, index + 1, Some(*loss));
        }
        let kept: Vec<usize> = checkpoint.best().top().iter().map(|saved| saved.epoch).collect();
        assert_eq!(kept, epochs, "{what}");
        let mut files: Vec<String> = epochs.iter().map(usize::to_string).collect();
        files.sort();
        assert_eq!(names(directory.path()), files, "{what}");
        assert_eq!(checkpoint.best().saved().map(|best| best.epoch), epochs.first().copied(), "{what}");
    }
}

#[test]
fn one_file_for_the_best_is_written_over_and_not_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let mut checkpoint = ModelCheckpoint::new(directory.path().join("best"), Monitor::valid("Loss")).save_top_k(1);
    let mut learner = FakeLearner::default();
    begin(&mut checkpoint, &mut learner).unwrap();
    for (index, loss) in [3.0, 4.0, 2.0].into_iter().enumerate() {
        epoch(&mut checkpoint, &mut learner, index + 1, Some(loss));
    }
    assert_eq!(fs::read_to_string(directory.path().join("best")).unwrap(), "3");
}

#[test]
fn a_resumed_one_keeps_the_same_files() {
    let losses = [3.0, 1.0, 2.0, 1.5, 0.5, 4.0, 1.25];
    let run = |cut: Option<usize>| {
        let directory = tempfile::tempdir().unwrap();
        let fresh = || ModelCheckpoint::new(directory.path().join("{epoch}"), Monitor::valid("Loss")).save_top_k(2);
        let (mut checkpoint, mut learner) = (fresh(), FakeLearner::default());
        begin(&mut checkpoint, &mut learner).unwrap();
        for (index, loss) in losses.iter().enumerate() {
            if cut == Some(index) {
                let state = checkpoint.state().to_string();
                // What the killed run did after its last checkpoint is done again.
                epoch(&mut checkpoint, &mut learner, index + 1, Some(*loss));
                checkpoint = fresh();
                begin(&mut checkpoint, &mut learner).unwrap();
                checkpoint.load_state(&serde_json::from_str(&state).unwrap()).unwrap();
            }
            epoch(&mut checkpoint, &mut learner, index + 1, Some(*loss));
        }
        let top: Vec<usize> = checkpoint.best().top().iter().map(|saved| saved.epoch).collect();
        (names(directory.path()), top)
    };
    let whole = run(None);
    for cut in 0..losses.len() {
        assert_eq!(run(Some(cut)), whole, "cut after {cut} epochs");
    }
}

#[test]
fn the_last_weights_have_a_file_of_their_own() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name);
    let checkpoint = ModelCheckpoint::new(file("best"), Monitor::valid("Loss")).save_best_only(true);
    let (mut checkpoint, mut learner) = (checkpoint.save_last(file("deep/last")), FakeLearner::default());
    begin(&mut checkpoint, &mut learner).unwrap();
    for (index, loss) in [Some(1.0), Some(2.0), None].into_iter().enumerate() {
        epoch(&mut checkpoint, &mut learner, index + 1, loss);
    }
    assert_eq!(fs::read_to_string(file("best")).unwrap(), "1");
    assert_eq!(fs::read_to_string(file("deep/last")).unwrap(), "3");
}

#[test]
fn an_epoch_without_validation_writes_no_file_that_is_named_by_it() {
    let directory = tempfile::tempdir().unwrap();
    let template = directory.path().join("{epoch}-{valid_loss:.1}");
    let (mut checkpoint, mut learner) =
        (ModelCheckpoint::new(template, Monitor::valid("Loss")), FakeLearner::default());
    begin(&mut checkpoint, &mut learner).unwrap();
    for (index, loss) in [None, Some(1.0), None].into_iter().enumerate() {
        epoch(&mut checkpoint, &mut learner, index + 1, loss);
    }
    assert_eq!(names(directory.path()), ["2-1.0"]);
}

#[test]
fn files_come_whenever_the_time_has_passed() {
    let count = |time: Duration| {
        let mut checkpoint = ModelCheckpoint::new("{step}", Monitor::valid("Loss")).every(time);
        let mut learner = FakeLearner::default();
        begin(&mut checkpoint, &mut learner).unwrap();
        for epoch in 1..=3 {
            context_of(epoch, &mut MetricTable::default(), &mut learner, |context| {
                checkpoint.on_train_batch_end(context).unwrap();
                checkpoint.on_epoch_end(context).unwrap();
            });
        }
        learner.take_files().len()
    };
    assert_eq!(count(Duration::ZERO), 3);
    assert_eq!(count(Duration::from_secs(3600)), 0);
}

#[test]
fn what_cannot_work_is_refused_before_the_training() {
    let cases: [(&str, Options, &str); 7] = [
        ("{epoch", |c| c, "the file name \"{epoch\" cannot be filled in: a { has no }"),
        ("best", |c| c.initial_value_threshold(f64::NAN), "initial_value_threshold = NaN: a number is needed"),
        ("best", |c| c.every_steps(5).save_best_only(true), "monitor = valid Loss: inside of an epoch only training"),
        (
            "{valid_loss}",
            |c| c.every_steps(5),
            "the file name \"{valid_loss}\" cannot be filled in: inside of an epoch",
        ),
        ("best", |c| c.save_top_k(2), "the file name \"best\" cannot be filled in: several files are kept"),
        (
            "{epoch}",
            |c| ModelCheckpoint { monitor: Monitor::train("Loss"), ..c }.every_steps(5).save_top_k(2),
            "the file name \"{epoch}\" cannot be filled in: several files are kept",
        ),
        (
            "best",
            |c| ModelCheckpoint { monitor: Monitor::train("Loss"), ..c }.every_steps(5).save_best_only(true),
            "it needs metrics after every batch",
        ),
    ];
    for (template, options, message) in cases {
        let mut checkpoint = options(ModelCheckpoint::new(template, Monitor::valid("Loss")));
        let error = begin(&mut checkpoint, &mut FakeLearner::default()).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn a_directory_that_cannot_be_written_is_refused_before_the_training() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let inside = [file.join("best"), file.join("{epoch}/best")];
    for template in inside {
        let mut checkpoint = ModelCheckpoint::new(template, Monitor::valid("Loss"));
        let error = begin(&mut checkpoint, &mut FakeLearner::default()).unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot write {}: ", file.display())), "{error}");
    }
    let mut checkpoint = ModelCheckpoint::new("best", Monitor::valid("Loss")).save_last(file.join("last"));
    assert!(begin(&mut checkpoint, &mut FakeLearner::default()).is_err());
}
