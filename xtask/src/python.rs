//! Virtual environments of Python, in the target directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::launch;
use crate::workspace::Workspace;

/// The Python of a virtual environment with what `requirements` lists, installed anew when that changes.
pub(crate) fn environment(workspace: &Workspace, name: &str, requirements: &Path) -> Result<PathBuf> {
    let folder = workspace.target.join(name);
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let wanted = fs::read_to_string(requirements)
        .with_context(|| format!("cannot read the requirements {}", requirements.display()))?;
    let stamp = folder.join("installed.txt");
    if fs::read_to_string(&stamp).ok().as_ref() != Some(&wanted) {
        let system = if cfg!(windows) { "python" } else { "python3" };
        launch::succeed(Command::new(system).args(["-m", "venv"]).arg(&folder))?;
        install(&python, requirements)?;
        fs::write(&stamp, wanted)?;
    }
    Ok(python)
}

fn install(python: &Path, requirements: &Path) -> Result<()> {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(requirements);
    launch::succeed(&mut command)
}
