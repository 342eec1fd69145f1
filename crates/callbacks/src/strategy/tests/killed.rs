//! A run that is killed with SIGKILL again and again, at random moments, ends with the bytes of the run that never was.
//!
//! The training runs in a child process: this test binary itself, asked for the one test that trains.

use std::hash::{BuildHasher, RandomState};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::*;
use crate::{
    BackboneFreezing, Checkpoints, ExponentialMovingAverage, GradientAccumulationScheduler, GradientClipping,
    StochasticWeightAveraging,
};

const DIRECTORY: &str = "FIREBRICK_KILLED_RUN";
const EPOCHS: usize = 4;

/// As many kills as the whole run is exposed to, at the least.
const KILLS: usize = 6;

#[test]
#[ignore = "the child process of the test below"]
fn trains_in_a_process_of_its_own() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let directory = Path::new(&directory);
    let slowly = At("train batch end", |_: &mut Context<'_>| {
        sleep(Duration::from_millis(4));
        Ok(Flow::Continue)
    });
    let cool = At("epoch end", |context: &mut Context<'_>| {
        let rate = context.learning_rate() * 0.5;
        context.set_learning_rate(rate).map(|()| Flow::Continue)
    });
    let callbacks = callbacks![
        slowly,
        cool,
        BackboneFreezing::new("body").unfreeze_at_epoch(2),
        GradientAccumulationScheduler::new([(1, 2), (3, 1)]),
        GradientClipping::by_norm(0.5),
        ExponentialMovingAverage::new(0.9).swap_on_epoch(true),
        StochasticWeightAveraging::new(0.01).start_from_epoch(3),
        EarlyStopping::new(Monitor::valid("Loss")).patience(50).restore_best_weights(true),
        ModelCheckpoint::new(directory.join("best.bpk"), Monitor::valid("Loss")).save_best_only(true),
        History::new().csv(directory.join("history.csv")),
    ];
    let checkpoints = Checkpoints::new(directory.join("checkpoints")).every_steps(3).resume(true);
    let result = fit(directory, strategy(callbacks).with_checkpoints(checkpoints), EPOCHS);
    assert!(result.error.is_none(), "{}", result.error.unwrap());
    save_weights(&result.model, directory.join("model.bpk")).unwrap();
}

/// Lets a program train in this directory.
fn training_by(mut program: Command, directory: &Path) -> Command {
    program
        .args(["--exact", "strategy::tests::killed::trains_in_a_process_of_its_own", "--ignored", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::null());
    program
}

fn started(directory: &Path) -> Child {
    training_by(Command::new(std::env::current_exe().unwrap()), directory).spawn().unwrap()
}

fn files(directory: &Path) -> [Vec<u8>; 3] {
    ["history.csv", "model.bpk", "best.bpk"].map(|name| fs::read(directory.join(name)).unwrap())
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

#[test]
fn a_run_killed_at_random_moments_ends_with_the_same_bytes() {
    let _alone = alone();
    let whole = tempfile::tempdir().unwrap();
    let begin = Instant::now();
    assert!(!killed_after(started(whole.path()), Duration::from_secs(300)));
    let duration = begin.elapsed();
    let random = RandomState::new();
    let mut kills = 0;
    while kills < KILLS {
        let directory = tempfile::tempdir().unwrap();
        loop {
            // Moments over the whole run, its start included.
            let share = (random.hash_one((kills, Instant::now())) % 1000) as f64 / 1000.0;
            if !killed_after(started(directory.path()), duration.mul_f64(share)) {
                break;
            }
            kills += 1;
        }
        assert_eq!(fs::read_to_string(directory.path().join("history.csv")).unwrap().lines().count(), EPOCHS + 1);
        let same = files(directory.path()) == files(whole.path());
        assert!(same, "{}", fs::read_to_string(directory.path().join("history.csv")).unwrap());
    }
}

/// The training on a disk without room: no file may grow beyond a kilobyte.
#[cfg(unix)]
fn without_room(directory: &Path) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 2; exec \"$0\" \"$@\""]).arg(std::env::current_exe().unwrap());
    training_by(shell, directory)
}

#[cfg(unix)]
#[test]
fn a_full_disk_ends_the_run_with_a_clear_error_and_the_last_checkpoint_serves_later() {
    let _alone = alone();
    let (whole, directory) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert!(!killed_after(started(whole.path()), Duration::from_secs(300)));
    let checkpoints = Checkpoints::new(directory.path().join("checkpoints"));
    let mut child = started(directory.path());
    while checkpoints.latest().unwrap().is_none() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before its first checkpoint");
        sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let latest = checkpoints.latest().unwrap();
    let full = without_room(directory.path()).output().unwrap();
    let message = String::from_utf8_lossy(&full.stderr).into_owned();
    assert!(!full.status.success() && message.contains("cannot write"), "{message}");
    assert_eq!(checkpoints.latest().unwrap(), latest);
    assert!(!killed_after(started(directory.path()), Duration::from_secs(300)));
    assert!(files(directory.path()) == files(whole.path()));
}
