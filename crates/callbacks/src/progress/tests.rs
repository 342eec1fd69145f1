//! What is shown where there is no terminal.

use std::sync::{Arc, Mutex};

use super::*;
use crate::testing::context;

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn table() -> MetricTable {
    let mut table = MetricTable::default();
    for (split, loss, accuracy) in [(Split::Train, 0.123_44, 96.4), (Split::Valid, 0.000_012_3, 96.8)] {
        table.push(split, "Accuracy", Some("%".to_owned()), accuracy);
        table.push(split, "Loss", None, loss);
    }
    table
}

#[test]
fn an_epochs_line_has_the_figures_of_both_splits() {
    let line = epoch_line(3, 20, &table(), 1.25);
    assert_eq!(line, "epoch 3/20  train loss 0.1234 accuracy 96.40 %  valid loss 1.230e-5 accuracy 96.80 %  1.2 s");
    let mut alone = MetricTable::default();
    alone.add("valid_fid", 12.5);
    assert_eq!(epoch_line(1, 1, &alone, 0.0), "epoch 1/1  valid_fid 12.5000  0.0 s");
}

#[test]
fn the_time_left_is_told_at_the_average_speed_also_in_a_resumed_epoch() {
    let progress = |done| SplitProgress { done, total: 100 };
    let from = |done| Pace::from(done);
    let seconds = Duration::from_secs;
    assert_eq!(from(0).left(seconds(10), progress(25)), Some(seconds(30)));
    assert_eq!(from(50).left(seconds(10), progress(75)), Some(seconds(10)));
    assert_eq!(from(50).left(seconds(10), progress(50)), None);
    assert_eq!(from(0).left(seconds(10), progress(100)), Some(seconds(0)));
    assert_eq!(from(60).left(seconds(10), SplitProgress { done: 50, total: 0 }), None);
}

#[test]
fn the_bar_fills_up_and_never_over() {
    let line = |done, total, left| bar_line(SplitProgress { done, total }, left);
    assert_eq!(line(512, 1257, Some(Duration::from_secs(75))), "████████░░░░░░░░░░░░ 512/1257  1:15 left");
    assert_eq!(line(0, 9, None), "░░░░░░░░░░░░░░░░░░░░ 0/9");
    assert_eq!(line(12, 9, None), "████████████████████ 12/9");
    assert_eq!(line(0, 0, None), "░░░░░░░░░░░░░░░░░░░░ 0/0");
}

#[test]
fn the_seconds_before_a_kill_count_in_the_epoch_that_is_resumed_alone() {
    let paper = Paper::default();
    let mut progress = Progress::to(paper.clone());
    context(2, &mut table(), |context| {
        progress.on_train_begin(context).unwrap();
        progress.load_state(&60.0.into()).unwrap();
        progress.on_epoch_end(context).unwrap();
        assert!(progress.state().as_f64().unwrap() < 1.0);
        progress.on_epoch_begin(context).unwrap();
        progress.on_epoch_end(context).unwrap();
    });
    let text = paper.text();
    let seconds: Vec<&str> = text.lines().map(|line| line.rsplit("  ").next().unwrap()).collect();
    assert_eq!(seconds, ["60.0 s", "0.0 s"]);
    assert!(progress.load_state(&(-1.0).into()).is_err());
}

#[test]
fn without_a_terminal_there_is_one_line_per_epoch_and_no_control_code() {
    let paper = Paper::default();
    let mut progress = Progress::to(paper.clone());
    for epoch in 1..=2 {
        context(epoch, &mut table(), |context| {
            progress.on_epoch_begin(context).unwrap();
            progress.on_train_batch_end(context).unwrap();
            progress.on_valid_begin(context).unwrap();
            progress.on_valid_batch_end(context).unwrap();
            progress.on_epoch_end(context).unwrap();
        });
    }
    progress.on_notice("a checkpoint is damaged");
    let text = paper.text();
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.lines().all(|line| !line.chars().any(char::is_control)), "{text}");
    assert!(text.starts_with("epoch 1/20  train loss"), "{text}");
    assert!(text.ends_with("a checkpoint is damaged\n"), "{text}");
}

/// A pipe that nobody reads any more.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _bytes: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }
}

#[test]
fn a_closed_pipe_does_not_end_a_training() {
    let mut progress = Progress::to(Closed);
    assert_eq!(context(1, &mut table(), |context| progress.on_epoch_end(context)).unwrap(), Flow::Continue);
}
