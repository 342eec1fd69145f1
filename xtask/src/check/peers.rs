//! What other systems' own code says of what we write: an example writes files, a Python script reads them.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use super::silent;
use crate::workspace::Workspace;
use crate::{launch, python};

/// An example, which is given a directory to write into, and the script that is given the same directory after it.
struct Peer {
    example: &'static str,
    script: &'static str,
}

const PEERS: [Peer; 1] = [Peer { example: "loggers", script: "crates/callbacks/examples/loggers.py" }];

/// The versions that the scripts run with.
const REQUIREMENTS: &str = "xtask/peers.txt";

/// Every script in turn; the first that fails ends it.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let python = python::environment(workspace, "check-peers", &workspace.root.join(REQUIREMENTS))?;
    for Peer { example, script } in PEERS {
        let directory = workspace.target.join("check-peers-files").join(example);
        if directory.exists() {
            fs::remove_dir_all(&directory).with_context(|| format!("cannot clear {}", directory.display()))?;
        }
        fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
        // Of all packages, so that Burn is the one of the tests.
        let mut run = launch::cargo(workspace, "run");
        silent(run.args(["--quiet", "--example", example, "--"]).arg(&directory))?;
        silent(Command::new(&python).arg(workspace.root.join(script)).arg(&directory))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_is_there_and_the_versions_are_pinned() {
        let workspace = Workspace::load().unwrap();
        for Peer { example, script } in PEERS {
            let script = workspace.root.join(script);
            assert!(script.is_file() && script.with_extension("rs").is_file(), "{example}: {}", script.display());
        }
        let requirements = fs::read_to_string(workspace.root.join(REQUIREMENTS)).unwrap();
        let lines = requirements.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        assert!(lines.clone().count() > 0);
        lines.for_each(|line| assert!(line.contains("=="), "{line}"));
    }
}
