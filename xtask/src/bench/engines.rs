//! The engines: our binary (ours, and Burn's own layers) and the peers' Python scripts.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::rows::Row;
use crate::workspace::Workspace;
use crate::{launch, python};

/// The workload that measures matrix products instead of a network.
pub(crate) const PEAK: &str = "peak";

/// Something that runs a workload and prints rows of JSON.
#[derive(Debug)]
pub(crate) struct Engine {
    program: PathBuf,
    script: Option<PathBuf>,
    /// Arguments that pick the engine within its program.
    choice: Vec<&'static str>,
    /// Which workloads it has.
    has: fn(&str) -> bool,
}

/// How a peer is started: requirements of its environment, script, what picks it there, and which workloads it has.
type Peer = (&'static str, &'static str, &'static [&'static str], fn(&str) -> bool);

const PEERS: [Peer; 7] = [
    ("torch", "torch_workloads.py", &[], |_| true),
    ("torch", "torch_workloads.py", &["--mode", "compile"], is_reference),
    ("torch", "torch_workloads.py", &["--mode", "channels-last"], has_pictures),
    ("keras", "keras_workloads.py", &["--backend", "tensorflow"], has_keras),
    ("keras", "keras_workloads.py", &["--backend", "tensorflow", "--loop", "fit"], is_supervised),
    ("keras", "keras_workloads.py", &["--backend", "jax"], has_keras),
    ("keras", "keras_workloads.py", &["--backend", "jax", "--loop", "fit"], is_supervised),
];

fn has_pictures(workload: &str) -> bool {
    matches!(workload, "cnn" | "ae" | "dcgan")
}

fn is_reference(workload: &str) -> bool {
    has_pictures(workload) || matches!(workload, "lstm" | "gru")
}

/// Whether `fit` trains it.
fn is_supervised(workload: &str) -> bool {
    is_reference(workload) && workload != "dcgan"
}

fn has_keras(workload: &str) -> bool {
    is_reference(workload) || workload.ends_with("-lengths")
}

/// The engines asked for, built and installed. A peer that cannot be set up is reported and left out.
pub(crate) fn ready(workspace: &Workspace, burn: bool, peers: bool) -> Result<Vec<Engine>> {
    let program = built(workspace)?;
    let ours = |name, has| Engine { program: program.clone(), script: None, choice: vec!["--engine", name], has };
    let mut engines = vec![ours("firebrick", |_| true)];
    if burn {
        engines.push(ours("burn", |name| name != PEAK && !name.ends_with("-lengths") && !name.ends_with("-lazy")));
    }
    if peers {
        for environment in ["torch", "keras"] {
            match installed(workspace, environment) {
                Ok(found) => engines.extend(found),
                Err(error) => eprintln!("{environment} is left out: {error:#}"),
            }
        }
    }
    Ok(engines)
}

/// The peers that run in one environment.
fn installed(workspace: &Workspace, environment: &str) -> Result<Vec<Engine>> {
    let folder = workspace.root.join("benches/peers");
    let python = python::environment(
        workspace,
        &format!("peers-{environment}"),
        &folder.join(environment).with_extension("txt"),
    )?;
    Ok(of_environment(environment, &python, &folder))
}

fn of_environment(environment: &str, python: &Path, folder: &Path) -> Vec<Engine> {
    let here = PEERS.into_iter().filter(|(needed, ..)| *needed == environment);
    here.map(|(_, script, choice, has)| Engine {
        program: python.to_owned(),
        script: Some(folder.join(script)),
        choice: choice.to_vec(),
        has,
    })
    .collect()
}

impl Engine {
    /// The script or program, with what picks the engine.
    pub(crate) fn name(&self) -> String {
        let file = self.script.as_ref().unwrap_or(&self.program);
        let file = file.file_stem().unwrap_or_default().to_string_lossy();
        [&[&*file], self.choice.as_slice()].concat().join(" ")
    }

    /// Whether it has a workload.
    pub(crate) fn has(&self, workload: &str) -> bool {
        (self.has)(workload)
    }

    /// Whether it is a peer: a run goes on without one that fails.
    pub(crate) fn is_peer(&self) -> bool {
        self.script.is_some()
    }

    /// One turn: the rows of one workload.
    pub(crate) fn measure(&self, workload: &str, seconds: f64) -> Result<Vec<Row>> {
        let mut command = Command::new(&self.program);
        command.args(&self.script).arg(workload).args(&self.choice);
        command.args(["--json", "--seconds"]).arg(seconds.to_string());
        let output = launch::capture(&mut command)?;
        let rows: Vec<Row> = output
            .lines()
            .filter(|line| line.starts_with('{'))
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()
            .with_context(|| format!("{} wrote a row that cannot be read", self.name()))?;
        ensure!(!rows.is_empty(), "{} measured nothing of {workload}", self.name());
        Ok(rows)
    }
}

fn built(workspace: &Workspace) -> Result<PathBuf> {
    let mut command = launch::cargo(workspace, "build");
    command.args(["--release", "--package", "firebrick-benches", "--bin", "workloads"]);
    launch::succeed(&mut command)?;
    let name = format!("workloads{}", std::env::consts::EXE_SUFFIX);
    Ok(workspace.target.join("release").join(name))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fs;

    use super::*;

    /// A peer that is a shell script and has no long workloads.
    pub(crate) fn shell(script: &str) -> (tempfile::TempDir, Engine) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("peer.sh");
        fs::write(&path, script).unwrap();
        let has = |name: &str| !name.ends_with("-long");
        (folder, Engine { program: "sh".into(), script: Some(path), choice: vec!["--fast"], has })
    }

    /// Prints one row of the workload that is asked for.
    pub(crate) const ONE_ROW: &str = "echo warming up\n\
         echo '{\"engine\":\"peer\",\"version\":\"1\",\"workload\":\"'$1'\",\"kind\":\"train\",\
         \"samples_per_second\":10,\"min\":9,\"max\":11,\"peak_rss_mib\":null}'\n";

    #[test]
    fn rows_are_read_and_other_lines_passed_over() {
        let (_folder, engine) = shell(ONE_ROW);
        let rows = engine.measure("cnn", 0.5).unwrap();
        assert_eq!((rows.len(), rows[0].workload.as_str()), (1, "cnn"));
        assert_eq!(engine.name(), "peer --fast");
        assert!(engine.has("lstm") && !engine.has("lstm-long"));
    }

    #[test]
    fn an_engine_that_measures_nothing_is_an_error() {
        let (_folder, engine) = shell("echo nothing to say\n");
        let error = engine.measure("cnn", 0.5).unwrap_err().to_string();
        assert!(error.contains("measured nothing of cnn"), "{error}");
    }

    #[test]
    fn every_peer_has_an_environment_and_a_script_and_every_convolutional_workload_all_of_them() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/peers");
        let engines = ["torch", "keras"].map(|name| of_environment(name, Path::new("python"), &folder)).into_iter();
        let engines: Vec<Engine> = engines.flatten().collect();
        assert_eq!(engines.len(), PEERS.len());
        assert!(engines.iter().all(|engine| engine.script.as_ref().unwrap().exists()));
        for workload in ["cnn", "ae"] {
            assert!(engines.iter().all(|engine| engine.has(workload)), "{workload}");
        }
        assert_eq!(engines.iter().filter(|engine| engine.has("dcgan")).count(), 5);
        assert_eq!(engines.iter().filter(|engine| engine.has("lstm-long")).count(), 1);
    }
}
