//! `check`: everything that must hold besides the tests, one line each, the faults at the end.

mod code;
mod imports;
mod licences;
mod modules;
mod peers;
mod sizes;
mod tidy;
mod words;

use std::io::Write;
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{docs, launch};

/// A name, and what must hold.
type Check = (&'static str, fn(&Workspace) -> Result<()>);

/// The quick ones first.
const CHECKS: [Check; 7] = [
    ("format", format),
    ("tidy", tidy::check),
    ("imports", imports::check),
    ("licences", licences::check),
    ("figures", |workspace| docs::check(&workspace.root)),
    ("lints", lints),
    ("api-docs", api_docs),
];

/// Needs Python and a network for its first run, hence not among those that always run.
const PEERS: Check = ("peers", peers::check);

/// Which checks to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Selection {
    /// Only these; all unless named.
    #[arg(value_name = "CHECK")]
    names: Vec<String>,
    /// Also let other systems read what ours write: TensorBoard, pandas; set up in a virtual environment on first use.
    #[arg(long)]
    peers: bool,
}

/// Runs the checks, also when one fails; the exit status says whether all hold.
pub(crate) fn run(workspace: &Workspace, selection: &Selection) -> Result<ExitCode> {
    let mut faults = Vec::new();
    for (name, check) in selected(&selection.names, selection.peers)? {
        print!("{name:.<12} ");
        std::io::stdout().flush()?;
        let start = Instant::now();
        let result = check(workspace);
        let verdict = if result.is_ok() { "ok" } else { "FAILED" };
        println!("{verdict} ({:.1} s)", start.elapsed().as_secs_f64());
        faults.extend(result.err().map(|error| (name, error)));
    }
    for (name, error) in &faults {
        println!("\n{name}:\n{error:#}");
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn selected(names: &[String], peers: bool) -> Result<Vec<Check>> {
    let all = [&CHECKS[..], &[PEERS]].concat();
    if let Some(unknown) = names.iter().find(|name| all.iter().all(|check| check.0 != name.as_str())) {
        let known: Vec<&str> = all.iter().map(|check| check.0).collect();
        bail!("there is no check `{unknown}`; there are: {}", known.join(", "));
    }
    let is_peers = |check: &Check| check.0 == PEERS.0;
    let is_named = |check: &Check| names.iter().any(|name| name == check.0);
    let wanted = |check: &Check| is_named(check) || if is_peers(check) { peers } else { names.is_empty() };
    Ok(all.into_iter().filter(wanted).collect())
}

fn format(workspace: &Workspace) -> Result<()> {
    silent(launch::cargo(workspace, "fmt").args(["--all", "--check"]))
}

fn lints(workspace: &Workspace) -> Result<()> {
    let mut command = launch::cargo(workspace, "clippy");
    silent(command.args(["--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]))
}

/// With the CPU backend only: a documentation of GPU crates is not ours to build.
fn api_docs(workspace: &Workspace) -> Result<()> {
    let mut command = launch::cargo(workspace, "doc");
    silent(command.args(["--workspace", "--no-deps", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"))
}

/// Runs a command without a word unless it fails; then all that it said is the error.
fn silent(command: &mut Command) -> Result<()> {
    let line = launch::line(command);
    let output = command.output().with_context(|| format!("cannot start `{line}`"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    bail!("`{line}` failed ({})\n{}", output.status, String::from_utf8_lossy(&said));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_means_all_checks_and_an_unknown_one_is_refused() {
        assert_eq!(selected(&[], false).unwrap().len(), CHECKS.len());
        assert_eq!(selected(&["tidy".into()], false).unwrap()[0].0, "tidy");
        assert!(selected(&["tidi".into()], false).unwrap_err().to_string().contains("imports"));
    }

    #[test]
    fn the_peers_are_asked_only_when_they_are_named() {
        let names = |names: &[&str], peers| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            selected(&names, peers).unwrap().iter().map(|check| check.0).collect::<Vec<_>>()
        };
        assert_eq!(names(&["peers"], false), ["peers"]);
        assert_eq!(names(&["tidy"], true), ["tidy", "peers"]);
        assert_eq!(names(&[], true).last(), Some(&"peers"));
    }

    #[test]
    fn a_silent_command_speaks_when_it_fails() {
        silent(Command::new("sh").args(["-c", "echo fine"])).unwrap();
        let error = silent(Command::new("sh").args(["-c", "echo cracked >&2; exit 1"])).unwrap_err();
        assert!(error.to_string().contains("cracked"), "{error}");
    }
}
