//! Runs that are killed with SIGKILL again and again, at random moments, or whose disk runs full, end with the bytes of the run that
//! never was.
//!
//! The training runs in a child process: this test binary itself, asked for the one test that trains. By default each task passes
//! three times, killed once or more in each; `FIREBRICK_KILL_PASSES=50` makes it fifty, and standard error tells of each:
//!
//! ```text
//! FIREBRICK_KILL_PASSES=50 cargo test -p firebrick-callbacks --lib killed -- --nocapture
//! ```

use std::ffi::OsString;
use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use burn::train::LearnerModel;

use super::*;
use crate::{
    BackboneFreezing, Checkpoints, CsvLogger, ExponentialMovingAverage, GradientAccumulationScheduler,
    GradientClipping, JsonLinesLogger, Position, StochasticWeightAveraging,
};

const DIRECTORY: &str = "FIREBRICK_KILLED_RUN";
const TASK: &str = "FIREBRICK_KILLED_TASK";
const PASSES: &str = "FIREBRICK_KILL_PASSES";
const EPOCHS: usize = 4;

/// A classifier with dropout and batch normalisation, one optimiser, checkpoints now and then.
const CLASSIFIER: &str = "classifier";
/// A GAN: two phases in a step, two groups of parameters, a checkpoint after every step and every epoch.
const PLAYERS: &str = "players";

#[test]
#[ignore = "the child process of the tests below"]
fn trains_in_a_process_of_its_own() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let directory = Path::new(&directory);
    let checkpoints = Checkpoints::new(directory.join("checkpoints")).resume(true);
    if std::env::var(TASK).unwrap() == PLAYERS {
        let strategy =
            CallbackStrategy::new(Device::flex()).with_seed(5).with_callbacks(callbacks(directory, "generator"));
        let strategy = strategy.validate_every_steps(5).with_checkpoints(checkpoints.every_steps(1));
        finish(players::fit(directory, strategy, EPOCHS), directory);
    } else {
        let mut callbacks = callbacks(directory, "body");
        // Where the optimiser's steps are the batch step's own, its gradients do not accumulate.
        callbacks.insert(0, Box::new(GradientAccumulationScheduler::new([(1, 2), (3, 1)])));
        let strategy = strategy(callbacks).with_checkpoints(checkpoints.every_steps(3));
        finish(fit(directory, strategy, EPOCHS), directory);
    }
}

/// `frozen` does not learn in the first epoch.
fn callbacks(directory: &Path, frozen: &str) -> Vec<Box<dyn Callback>> {
    let slowly = At("train batch end", |_: &mut Context<'_>| {
        sleep(Duration::from_millis(4));
        Ok(Flow::Continue)
    });
    let cool = At("epoch end", |context: &mut Context<'_>| {
        let rate = context.learning_rate() * 0.5;
        context.set_learning_rate(rate).map(|()| Flow::Continue)
    });
    // A large model's files take their time, while the training goes on.
    let slow_disk = At("epoch end", |context: &mut Context<'_>| {
        context.in_background("disk", || {
            sleep(Duration::from_millis(30));
            Ok(())
        });
        Ok(Flow::Continue)
    });
    callbacks![
        slowly,
        slow_disk,
        cool,
        BackboneFreezing::new(frozen).unfreeze_at_epoch(2),
        GradientClipping::by_norm(0.5),
        ExponentialMovingAverage::new(0.9).swap_on_epoch(true),
        StochasticWeightAveraging::new(0.01).start_from_epoch(3),
        EarlyStopping::new(Monitor::valid("Loss")).patience(50).restore_best_weights(true),
        ModelCheckpoint::new(directory.join("best.bpk"), Monitor::valid("Loss")).save_best_only(true),
        History::new().csv(directory.join("history.csv")),
        CsvLogger::new(directory.join("log.csv")),
        JsonLinesLogger::new(directory.join("log.jsonl")).every_steps(2),
    ]
}

fn finish<M: LearnerModel>(result: burn::train::LearningResult<M>, directory: &Path) {
    assert!(result.error.is_none(), "{}", result.error.unwrap());
    save_weights(&result.model, directory.join("model.bpk")).unwrap();
}

/// This very program, also when a build has put another one in its place.
fn this_program() -> PathBuf {
    let running = PathBuf::from(format!("/proc/{}/exe", std::process::id()));
    if running.exists() { running } else { std::env::current_exe().unwrap() }
}

/// Lets a program train in this directory.
fn training_by(mut program: Command, task: &str, directory: &Path) -> Command {
    program
        .args(["--exact", "strategy::tests::killed::trains_in_a_process_of_its_own", "--ignored", "--nocapture"])
        .envs([(DIRECTORY, directory.as_os_str().to_owned()), (TASK, OsString::from(task))])
        .stdout(Stdio::null());
    program
}

fn started(task: &str, directory: &Path) -> Child {
    training_by(Command::new(this_program()), task, directory).spawn().unwrap()
}

/// A run that is left alone, and how long it took.
fn whole(task: &str) -> (tempfile::TempDir, Duration) {
    let (directory, begin) = (tempfile::tempdir().unwrap(), Instant::now());
    assert!(!killed_after(started(task, directory.path()), Duration::from_secs(300)));
    (directory, begin.elapsed())
}

/// Kills the child after this time, unless it ends before; whether it was killed.
fn killed_after(mut child: Child, time: Duration) -> bool {
    let deadline = Instant::now() + time;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return false;
        }
        sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    !child.wait().unwrap().success()
}

fn assert_same(directory: &Path, whole: &Path, what: &str) {
    let read = |directory: &Path, name: &str| fs::read(directory.join(name)).unwrap();
    let history = String::from_utf8(read(directory, "history.csv")).unwrap();
    assert_eq!(history.lines().count(), EPOCHS + 1, "{what}: {history}");
    for name in ["history.csv", "best.bpk", "model.bpk", "log.csv", "log.jsonl"] {
        assert!(read(directory, name) == read(whole, name), "{what}: {name} differs\n{history}");
    }
}

/// Runs a task until it ends, killed at random moments of the whole run, its start included; the number of kills.
fn killed_until_it_ends(task: &str, directory: &Path, duration: Duration) -> usize {
    let random = RandomState::new();
    let mut kills = 0;
    loop {
        let share = (random.hash_one((kills, Instant::now())) % 1000) as f64 / 1000.0;
        if !killed_after(started(task, directory), duration.mul_f64(share)) {
            return kills;
        }
        kills += 1;
    }
}

/// One run that is killed once at the least; the number of kills.
fn pass(task: &str, whole: &Path, duration: Duration) -> usize {
    loop {
        let directory = tempfile::tempdir().unwrap();
        let kills = killed_until_it_ends(task, directory.path(), duration);
        assert_same(directory.path(), whole, &format!("{task} after {kills} kills"));
        if kills > 0 {
            return kills;
        }
    }
}

fn passes_of(task: &str) {
    let passes = std::env::var(PASSES).map_or(3, |passes| passes.parse().unwrap());
    let (whole, duration) = whole(task);
    for number in 1..=passes {
        let kills = pass(task, whole.path(), duration);
        writeln!(std::io::stderr(), "{task}: pass {number} of {passes}, kills: {kills}, same bytes").unwrap();
    }
}

#[test]
fn a_classifier_killed_at_random_moments_ends_with_the_same_bytes() {
    let _alone = alone();
    passes_of(CLASSIFIER);
}

#[test]
fn two_players_killed_at_random_moments_end_with_the_same_bytes() {
    let _alone = alone();
    passes_of(PLAYERS);
}

/// The training on a disk where no file may grow beyond this.
#[cfg(unix)]
fn with_room_for(bytes: u64, task: &str, directory: &Path) -> Command {
    let mut shell = Command::new("sh");
    let limit = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", bytes / 512);
    shell.args(["-c", &limit]).arg(this_program());
    training_by(shell, task, directory)
}

/// A run that is killed after its first checkpoint.
#[cfg(unix)]
fn begun(task: &str) -> (tempfile::TempDir, Checkpoints) {
    let directory = tempfile::tempdir().unwrap();
    let checkpoints = Checkpoints::new(directory.path().join("checkpoints"));
    let mut child = started(task, directory.path());
    while checkpoints.latest().unwrap().is_none() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before its first checkpoint");
        sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    (directory, checkpoints)
}

#[cfg(unix)]
#[test]
fn a_disk_without_room_ends_the_run_with_a_clear_error_and_the_last_checkpoint_serves_later() {
    let _alone = alone();
    let (whole, _) = whole(CLASSIFIER);
    let (directory, checkpoints) = begun(CLASSIFIER);
    let latest = checkpoints.latest().unwrap();
    let full = with_room_for(1024, CLASSIFIER, directory.path()).output().unwrap();
    let message = String::from_utf8_lossy(&full.stderr).into_owned();
    assert!(!full.status.success() && message.contains("cannot write"), "{message}");
    assert_eq!(checkpoints.latest().unwrap(), latest);
    assert!(!killed_after(started(CLASSIFIER, directory.path()), Duration::from_secs(300)));
    assert_same(directory.path(), whole.path(), "full disk");
}

/// The best weights that are kept after an epoch make a checkpoint larger: with room for the first epoch's only, the disk runs full
/// in the middle of the run.
#[cfg(unix)]
#[test]
fn a_disk_that_runs_full_in_the_middle_costs_nothing_but_the_time() {
    let _alone = alone();
    for task in [CLASSIFIER, PLAYERS] {
        let (whole, _) = whole(task);
        let size = |checkpoints: &Checkpoints| fs::metadata(checkpoints.latest().unwrap().unwrap().path).unwrap().len();
        let (small, large) = (size(&begun(task).1), size(&Checkpoints::new(whole.path().join("checkpoints"))));
        assert!(small + 1024 < large, "{small} {large}");
        let directory = tempfile::tempdir().unwrap();
        let full = with_room_for((small + large) / 2, task, directory.path()).output().unwrap();
        let message = String::from_utf8_lossy(&full.stderr).into_owned();
        assert!(!full.status.success() && message.contains("cannot write the checkpoint"), "{message}");
        let latest = Checkpoints::new(directory.path().join("checkpoints")).latest().unwrap().unwrap();
        assert!(latest.position > Position { epoch: 1, step: 1, global_step: 1 }, "{latest:?}");
        assert!(!killed_after(started(task, directory.path()), Duration::from_secs(300)));
        assert_same(directory.path(), whole.path(), task);
    }
}
