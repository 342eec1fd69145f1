//! Starting other programs: handing over to one, or running one and looking at how it ended.

use std::ffi::OsStr;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// `cargo VERB` on this workspace, with the cargo that started us.
pub(crate) fn cargo(workspace: &Workspace, verb: &str) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.arg(verb).arg("--manifest-path").arg(workspace.root.join("Cargo.toml"));
    command
}

/// `cargo run --release` of an example of one package; arguments for the example follow.
pub(crate) fn example(workspace: &Workspace, package: &str, name: &str, features: &[String]) -> Command {
    let mut command = cargo(workspace, "run");
    command.args(["--release", "--package", package, "--example", name]);
    if !features.is_empty() {
        command.arg("--features").arg(features.join(","));
    }
    command.arg("--");
    command
}

/// Becomes `command`: the same process, so signals and the exit status need no passing on.
#[cfg(unix)]
pub(crate) fn replace(mut command: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;

    let error = command.exec();
    Err(error).with_context(|| format!("cannot start `{}`", line(&command)))
}

/// Runs `command` and ends as it ends. The console sends Ctrl-C to it as well; we wait for it.
#[cfg(not(unix))]
pub(crate) fn replace(mut command: Command) -> Result<ExitCode> {
    ctrlc::set_handler(|| {}).context("cannot wait for Ctrl-C")?;
    let status = command.status().with_context(|| format!("cannot start `{}`", line(&command)))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Runs `command` with our own streams; fails with its command line when it fails.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", line(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", line(command));
    }
    Ok(())
}

/// Runs `command` and returns what it wrote to its standard output; its messages pass through.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output =
        command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start `{}`", line(command)))?;
    if !output.status.success() {
        bail!("`{}` failed ({})", line(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` wrote no text", line(command)))
}

/// The command as a person would type it.
pub(crate) fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_is_named_with_its_status() {
        let error = succeed(Command::new("sh").args(["-c", "exit 3"])).unwrap_err().to_string();
        assert!(error.contains("sh -c exit 3") && error.contains('3'), "{error}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = capture(&mut Command::new("no-such-program-here")).unwrap_err();
        assert!(error.to_string().contains("no-such-program-here"), "{error}");
    }

    #[test]
    fn the_output_of_a_command_is_returned() {
        assert_eq!(capture(Command::new("sh").args(["-c", "echo kiln"])).unwrap(), "kiln\n");
    }
}
