//! Runs from arguments to result: new, resumed, of several seeds, failed.

use serde::Deserialize;

use super::*;
use crate::dir::RunDirError;
use crate::files::read_json;
use crate::seeds::SeedsSummary;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Settings {
    batch_size: usize,
}

fn recipe() -> Recipe<Settings> {
    Recipe { name: "digits", dataset: "digits", epochs: 2, settings: Settings { batch_size: 64 } }
}

fn args(out: &Path) -> TrainArgs {
    TrainArgs { out: Some(out.into()), ..TrainArgs::default() }
}

/// A training that takes no time: one epoch after the other is "trained" and its time written down.
fn train(run: &Run<Settings>) -> anyhow::Result<RunResult> {
    std::fs::write(run.dir.timing(), "epoch,seconds,samples_per_second\n1,1.0,100\n2,3.0,33\n")?;
    Ok(run.result(10, 100, [("test_accuracy", run.config.seed as f64)])?)
}

fn start(args: &TrainArgs, train: impl FnMut(&Run<Settings>) -> anyhow::Result<RunResult>) -> anyhow::Result<()> {
    launch("cnn", args, &recipe(), train)
}

#[test]
fn a_run_leaves_its_configuration_and_its_result() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    start(&TrainArgs { seed: Some(3), ..args(&out) }, train).unwrap();
    let dir = RunDir::open(&out).unwrap();
    assert_eq!(dir.read_config::<Settings>().unwrap().seed, 3);
    let result = dir.read_result().unwrap();
    assert_eq!((result.epochs, result.seconds, result.samples_per_second), (2, 4.0, 50.0));
    assert_eq!(result.metrics["test_accuracy"], 3.0);
}

#[test]
fn a_second_run_in_the_same_directory_is_refused_and_the_first_stays() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    start(&args(&out), train).unwrap();
    let before = std::fs::read(out.join("result.json")).unwrap();
    let error = start(&args(&out), |_| panic!("must not train")).unwrap_err();
    let error = error.downcast_ref::<ArgumentError>().unwrap();
    assert!(matches!(error, ArgumentError::Directory(RunDirError::Exists { .. })), "{error}");
    assert_eq!(std::fs::read(out.join("result.json")).unwrap(), before);
}

#[test]
fn refused_arguments_make_no_directory_and_neither_does_a_run_that_never_began() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let wrong = TrainArgs { set: vec!["batch=1".into()], ..args(&out) };
    assert!(start(&wrong, |_| panic!("must not train")).is_err());
    assert!(!out.exists());
    let error = start(&args(&out), |_| anyhow::bail!("no such data set")).unwrap_err();
    assert_eq!(error.to_string(), "no such data set");
    assert!(!out.exists());
}

#[test]
fn a_failed_training_with_checkpoints_tells_how_to_go_on_and_does_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let error = start(&args(&out), |run| {
        std::fs::create_dir(run.dir.checkpoints())?;
        std::fs::write(run.dir.checkpoints().join("1"), "state")?;
        anyhow::bail!("the disk is full")
    })
    .unwrap_err();
    assert!(error.to_string().contains(&format!("cargo xtask train cnn --resume {}", out.display())), "{error}");
    assert_eq!(error.root_cause().to_string(), "the disk is full");

    let again = TrainArgs { resume: Some(out.clone()), ..TrainArgs::default() };
    let mut resumed = false;
    start(&again, |run| {
        resumed = run.resumed;
        train(run)
    })
    .unwrap();
    assert!(resumed);
    start(&again, |_| panic!("a finished run is not trained again")).unwrap();
}

#[test]
fn an_interrupted_run_is_an_error_that_names_the_command_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let dir = RunDir::create(Some(folder.path()), "cnn", "digits").unwrap();
    let config = RunConfig::new("cnn", &TrainArgs::default(), &recipe()).unwrap();
    let interrupted = Arc::new(AtomicBool::new(false));
    let device = config.device.device().unwrap();
    let run = Run { config, dir, device, resumed: false, resume_from: "runs/a".into(), interrupted };
    run.stop_if_interrupted().unwrap();
    run.interrupted().store(true, Ordering::SeqCst);
    let error = run.stop_if_interrupted().unwrap_err();
    assert_eq!(error.resume, "cargo xtask train cnn --resume runs/a");
}

#[test]
fn finished_seeds_are_skipped_begun_ones_go_on_and_more_can_be_added() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("seeds");
    let asked = |seeds| TrainArgs { seeds: Some(seeds), seed: Some(5), ..args(&out) };
    let trained = |args: &TrainArgs, fail_at: u64| {
        let mut seen = Vec::new();
        let outcome = start(args, |run| {
            seen.push((run.config.seed, run.resumed));
            std::fs::write(run.dir.history(), "epoch\n")?;
            anyhow::ensure!(run.config.seed != fail_at, "power cut");
            train(run)
        });
        (seen, outcome.is_ok())
    };
    assert_eq!(trained(&asked(3), 6), (vec![(5, false), (6, false)], false));
    let summary: SeedsSummary = read_json(&out.join("seeds.json")).unwrap();
    assert_eq!(summary.seeds, [5]);

    assert_eq!(trained(&asked(3), 0), (vec![(6, true), (7, false)], true));
    assert_eq!(trained(&asked(4), 0), (vec![(8, false)], true));
    let resumed = TrainArgs { resume: Some(out.clone()), ..TrainArgs::default() };
    assert_eq!(trained(&resumed, 0), (vec![], true));
    let summary: SeedsSummary = read_json(&out.join("seeds.json")).unwrap();
    assert_eq!(summary.seeds, [5, 6, 7, 8]);
    assert_eq!(summary.metrics["test_accuracy"].mean, 6.5);
}

#[test]
fn seeds_of_another_configuration_are_refused_with_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("seeds");
    start(&TrainArgs { seeds: Some(1), ..args(&out) }, train).unwrap();
    let other = TrainArgs { seeds: Some(1), set: vec!["batch_size=8".into()], ..args(&out) };
    let error = start(&other, |_| panic!("must not train")).unwrap_err().to_string();
    assert!(error.contains("batch_size is 64, not 8"), "{error}");

    let single = folder.path().join("single");
    start(&args(&single), train).unwrap();
    let error = start(&TrainArgs { seeds: Some(2), ..args(&single) }, train).unwrap_err().to_string();
    assert!(error.contains("it is a single run"), "{error}");
}
