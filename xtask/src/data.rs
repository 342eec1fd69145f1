//! `data list | fetch | verify`: the small binary of the data crate.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

use crate::launch;
use crate::workspace::Workspace;

/// What to do with data sets.
#[derive(Debug, Subcommand)]
pub(crate) enum Data {
    /// The known data sets: name, size, licence, and whether they are on this machine.
    List,
    /// Download a data set into the cache directory (or FIREBRICK_DATA), checked by sha256.
    Fetch {
        /// A name that `data list` shows.
        name: String,
    },
    /// Check the files of a directory against the known checksums.
    Verify {
        /// The directory that holds the files.
        dir: PathBuf,
    },
}

/// Hands over to the data crate's binary.
pub(crate) fn start(workspace: &Workspace, task: &Data) -> Result<ExitCode> {
    let mut command = launch::example(workspace, "firebrick-data", "data", &[]);
    match task {
        Data::List => command.arg("list"),
        Data::Fetch { name } => command.arg("fetch").arg(name),
        Data::Verify { dir } => command.arg("verify").arg(dir),
    };
    launch::replace(command)
}
