//! The engines: our binary (ours, and Burn's own layers) and the peers' Python scripts.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::rows::Row;
use crate::workspace::Workspace;
use crate::{launch, python};

/// Something that runs a workload and prints rows of JSON.
#[derive(Debug)]
pub(crate) struct Engine {
    program: PathBuf,
    script: Option<PathBuf>,
    /// Arguments that pick the engine within its program.
    choice: Vec<&'static str>,
    /// How the workloads end that it does not have.
    lacks: &'static [&'static str],
}

/// The engines asked for, built and installed.
pub(crate) fn ready(workspace: &Workspace, burn: bool, peers: bool) -> Result<Vec<Engine>> {
    let program = built(workspace)?;
    let ours = |name, lacks| Engine { program: program.clone(), script: None, choice: vec!["--engine", name], lacks };
    let mut engines = vec![ours("firebrick", &[])];
    if burn {
        engines.push(ours("burn", &["-lengths", "-lazy"]));
    }
    if peers {
        let folder = workspace.root.join("benches/peers");
        let python = python::environment(workspace, "peers", &folder.join("requirements.txt"))?;
        let peer = |script, choice: &[&'static str], lacks| Engine {
            program: python.clone(),
            script: Some(folder.join(script)),
            choice: choice.to_vec(),
            lacks,
        };
        engines.push(peer("torch_workloads.py", &[], &[]));
        engines.push(peer("keras_workloads.py", &["--backend", "tensorflow"], &["-lazy", "-long"]));
        engines.push(peer("keras_workloads.py", &["--backend", "jax"], &["-lazy", "-long"]));
    }
    Ok(engines)
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
        !self.lacks.iter().any(|end| workload.ends_with(end))
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
mod tests {
    use std::fs;

    use super::*;

    fn shell(script: &str) -> (tempfile::TempDir, Engine) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("peer.sh");
        fs::write(&path, script).unwrap();
        let engine = Engine { program: "sh".into(), script: Some(path), choice: vec!["--fast"], lacks: &["-long"] };
        (folder, engine)
    }

    #[test]
    fn rows_are_read_and_other_lines_passed_over() {
        let (_folder, engine) = shell(
            "echo warming up\n\
             echo '{\"engine\":\"peer\",\"version\":\"1\",\"workload\":\"'$1'\",\"kind\":\"train\",\
             \"samples_per_second\":10,\"min\":9,\"max\":11,\"peak_rss_mib\":null}'\n",
        );
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
}
