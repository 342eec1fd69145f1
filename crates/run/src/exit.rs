//! How a binary ends: its errors told in full, and the exit status.

use std::io::Write;
use std::process::ExitCode;

use crate::interrupt::{EXIT_STATUS, Interrupted};

/// Runs a binary's work and turns its end into an exit status: 0 when it finished, 130 when it was [`Interrupted`], else 1.
///
/// An error goes to standard error as `error: ...`, with its causes below.
///
/// ```
/// fn work() -> anyhow::Result<()> {
///     Ok(())
/// }
///
/// fn main() -> std::process::ExitCode {
///     firebrick_run::main(work)
/// }
/// ```
pub fn main(work: impl FnOnce() -> anyhow::Result<()>) -> ExitCode {
    let Err(error) = work() else { return ExitCode::SUCCESS };
    let (text, code) = match error.downcast_ref::<Interrupted>() {
        Some(interrupted) => (interrupted.to_string(), ExitCode::from(EXIT_STATUS)),
        None => (describe(&error), ExitCode::FAILURE),
    };
    let _ = writeln!(std::io::stderr(), "{text}"); // nowhere is left to complain if this fails
    code
}

/// The message and its causes, one a line; a cause that the message above already contains is not repeated.
fn describe(error: &anyhow::Error) -> String {
    let mut text = format!("error: {error}");
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str("\n  because: ");
            text.push_str(&cause);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    fn code(work: impl FnOnce() -> anyhow::Result<()>) -> String {
        format!("{:?}", main(work))
    }

    #[test]
    fn the_exit_status_tells_success_failure_and_interruption_apart() {
        let interrupted = Interrupted { directory: "runs/cnn-digits-1".into(), resume: "resume".into() };
        assert_eq!(code(|| Ok(())), format!("{:?}", ExitCode::SUCCESS));
        assert_eq!(code(|| anyhow::bail!("no data")), format!("{:?}", ExitCode::FAILURE));
        assert_eq!(code(|| Err(interrupted).context("seed 3")), format!("{:?}", ExitCode::from(130)));
    }

    #[test]
    fn causes_are_told_once_each() {
        let error =
            anyhow::anyhow!("permission denied").context("cannot write a.txt: permission denied").context("saving");
        assert_eq!(describe(&error), "error: saving\n  because: cannot write a.txt: permission denied");
    }

    #[test]
    fn an_interruption_says_how_to_go_on() {
        let interrupted =
            Interrupted { directory: "runs/1".into(), resume: "cargo xtask train cnn --resume runs/1".into() };
        let text = interrupted.to_string();
        assert!(text.contains("saved in runs/1\ngo on with: cargo xtask train cnn --resume runs/1"), "{text}");
    }
}
