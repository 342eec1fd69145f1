//! The peers: a Python process that measures what it is told to and answers with a line of JSON.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};

use super::transforms::Size;

/// The process.
#[derive(Debug)]
pub(crate) struct Peers {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peers {
    pub(crate) fn start(python: &Path, script: &Path) -> Result<Self> {
        let mut command = Command::new(python);
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().with_context(|| format!("cannot start {}", python.display()))?;
        let questions = process.stdin.take().context("a pipe to the peers")?;
        let answers = BufReader::new(process.stdout.take().context("a pipe from the peers")?);
        Ok(Self { process, questions, answers })
    }

    /// Pictures per second of each peer that has the transform.
    pub(crate) fn rates(&mut self, transform: &str, size: Size, seconds: f64) -> Result<BTreeMap<String, f64>> {
        let [height, width, channels] = size.shape();
        writeln!(self.questions, "{transform} {height} {width} {channels} {seconds}")?;
        self.questions.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        serde_json::from_str(&line).with_context(|| format!("the peers answered `{}`", line.trim_end()))
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        // It ends by itself when its questions end; whether it had to be ended makes no difference.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
