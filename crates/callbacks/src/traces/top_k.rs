//! Which files Lightning's `ModelCheckpoint` keeps with `save_top_k`, and which ours keeps: `tests/fixtures/lightning_checkpoint.py`
//! recorded them. Where a value is not finite the case also holds what Lightning keeps when such values are kept out, as ours does.

use std::fs;

use serde::Deserialize;
use serde_json::Value;

use super::replay::number;
use crate::metrics::MetricTable;
use crate::testing::{FakeLearner, context_of};
use crate::{Callback, ModelCheckpoint, Monitor, Split};

const LIGHTNING: &str = include_str!("../../tests/fixtures/lightning_checkpoint.json");

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    mode: String,
    k: usize,
    values: Vec<Value>,
    lightning: Kept,
    fixed: Option<Kept>,
}

/// The epochs, from 0, whose files are there in the end, and that of the best.
#[derive(Debug, PartialEq, Deserialize)]
struct Kept {
    kept: Vec<usize>,
    best: Option<usize>,
}

fn kept(case: &Case) -> Kept {
    let directory = tempfile::tempdir().unwrap();
    let monitor = Monitor::valid("Loss");
    let monitor = if case.mode == "min" { monitor.min() } else { monitor.max() };
    let mut checkpoint = ModelCheckpoint::new(directory.path().join("{epoch}"), monitor).save_top_k(case.k);
    let mut learner = FakeLearner::default();
    context_of(1, &mut MetricTable::default(), &mut learner, |context| checkpoint.on_train_begin(context)).unwrap();
    for (epoch, value) in case.values.iter().enumerate() {
        let mut table = MetricTable::default();
        table.push(Split::Valid, "Loss", None, number(value).unwrap());
        context_of(epoch + 1, &mut table, &mut learner, |context| checkpoint.on_epoch_end(context)).unwrap();
    }
    let names = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut kept: Vec<usize> = names.map(|name| name.to_str().unwrap().parse::<usize>().unwrap() - 1).collect();
    kept.sort_unstable();
    Kept { kept, best: checkpoint.best().top().first().map(|best| best.epoch - 1) }
}

#[test]
fn the_files_kept_are_lightnings_ties_as_well() {
    let fixture: Fixture = serde_json::from_str(LIGHTNING).unwrap();
    let (mut identical, mut differing) = (0, 0);
    for case in &fixture.cases {
        let ours = kept(case);
        let (mode, k, values) = (&case.mode, case.k, &case.values);
        let Some(fixed) = &case.fixed else {
            assert_eq!(ours, case.lightning, "{mode} {k} {values:?}");
            identical += 1;
            continue;
        };
        assert_eq!(ours, *fixed, "{mode} {k} {values:?}");
        assert_ne!(ours, case.lightning, "{mode} {k} {values:?}: Lightning does not differ");
        differing += 1;
    }
    assert_eq!((identical, differing), (44, 10));
}
