//! Transforms of pictures, ours alone or beside AlbumentationsX, torchvision and Pillow.

use std::process::ExitCode;

use anyhow::Result;

use super::Bench;
use crate::workspace::Workspace;
use crate::{launch, python};

/// Builds the binary, which has the peers answer it in turn, and becomes it.
pub(super) fn run(workspace: &Workspace, task: &Bench) -> Result<ExitCode> {
    let mut command = launch::cargo(workspace, "run");
    command.args(["--release", "--package", "firebrick-benches", "--bin", "augment", "--"]);
    command.args(&task.names);
    command.arg("--rounds").arg(task.rounds.to_string());
    if task.peers {
        let folder = workspace.root.join("benches/peers");
        let python = python::environment(workspace, "augment-peers", &folder.join("augment_requirements.txt"))?;
        command.arg("--peers").arg(python).arg(folder.join("augment.py"));
    }
    launch::replace(command)
}
