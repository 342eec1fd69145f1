//! Ctrl-C: the first asks the training to save and stop, the second ends the process at once; both with exit status 130.

use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// The exit status of an interrupted run: 128 and the number of the signal, as shells count.
pub const EXIT_STATUS: u8 = 130;

/// The run was interrupted after everything was saved.
///
/// [`main`](crate::main()) prints it and ends the process with [`EXIT_STATUS`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interrupted; everything up to here is saved in {}\ngo on with: {resume}", directory.display())]
pub struct Interrupted {
    /// The run directory that holds what was saved.
    pub directory: PathBuf,
    /// The command that goes on from there.
    pub resume: String,
}

static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Listens for Ctrl-C (and a request to terminate) from now on, and hands out the flag that the first one sets.
///
/// Every call returns the same flag. Where the platform refuses to listen, the flag stays unset and Ctrl-C ends the process
/// as it always does; the checkpoints of the last epoch remain.
pub fn install() -> Arc<AtomicBool> {
    let flag = FLAG.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let seen = flag.clone();
        let _ = ctrlc::set_handler(move || on_signal(&seen, |status| std::process::exit(status)));
        flag
    });
    flag.clone()
}

/// The first signal sets the flag; one that finds it set ends the process.
fn on_signal(flag: &AtomicBool, exit: impl FnOnce(i32)) {
    if flag.swap(true, Ordering::SeqCst) {
        exit(i32::from(EXIT_STATUS));
        return;
    }
    let _ = writeln!(std::io::stderr(), "\ninterrupted: saving; press Ctrl-C again to end at once without saving");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_signal_sets_the_flag_and_the_second_ends_the_process() {
        let flag = AtomicBool::new(false);
        let mut status = None;
        on_signal(&flag, |code| status = Some(code));
        assert_eq!((flag.load(Ordering::SeqCst), status), (true, None));
        on_signal(&flag, |code| status = Some(code));
        assert_eq!(status, Some(130));
    }

    #[test]
    fn every_caller_gets_the_same_flag() {
        assert!(Arc::ptr_eq(&install(), &install()));
    }
}
