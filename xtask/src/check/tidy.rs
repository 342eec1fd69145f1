//! The tidy rules on every file that git knows, and their documented exceptions (`xtask/tidy.toml`).

use std::fmt::{self, Display};
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::{code, modules, sizes, words};
use crate::launch;
use crate::workspace::Workspace;

/// One broken rule at one place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) rule: &'static str,
    pub(crate) path: String,
    /// 1-based; none when the file as a whole is at fault.
    pub(crate) line: Option<usize>,
    pub(crate) message: String,
}

/// A text file of the workspace; `path` is relative to its root.
#[derive(Debug)]
pub(crate) struct SourceFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// What is exempt from which rule, and why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    #[serde(default)]
    exception: Vec<Exception>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    rule: String,
    path: String,
    reason: String,
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, path, line, message } = self;
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        write!(f, "{path}{line}: {message} [{rule}]")
    }
}

impl SourceFile {
    pub(crate) fn is_rust(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|extension| extension == "rs")
    }
}

/// All rules on all files; the error names every fault.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let files = tracked(workspace)?;
    let mut faults = Vec::new();
    for file in &files {
        faults.extend(words::faults(file));
        if file.is_rust() {
            faults.extend(rust_faults(file));
        }
    }
    faults.extend(modules::orphans(workspace, &files)?);
    let list = fs::read_to_string(workspace.root.join("xtask/tidy.toml"))?;
    let faults = without_exceptions(&faults, &list)?;
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    Ok(())
}

fn rust_faults(file: &SourceFile) -> Vec<Fault> {
    match syn::parse_file(&file.text) {
        Ok(syntax) => sizes::faults(file, &syntax).into_iter().chain(code::faults(file)).collect(),
        Err(error) => vec![Fault {
            rule: "syntax",
            path: file.path.clone(),
            line: Some(error.span().start().line),
            message: error.to_string(),
        }],
    }
}

/// Text files that git tracks or would track.
fn tracked(workspace: &Workspace) -> Result<Vec<SourceFile>> {
    let mut command = Command::new("git");
    command.arg("-C").arg(&workspace.root);
    command.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let listing = launch::capture(&mut command)?;
    let mut files = Vec::new();
    for path in listing.lines() {
        let Ok(bytes) = fs::read(workspace.root.join(path)) else { continue };
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(SourceFile { path: path.to_owned(), text });
        }
    }
    Ok(files)
}

/// The faults that no exception covers, and the exceptions that cover none.
fn without_exceptions(faults: &[Fault], list: &str) -> Result<Vec<String>> {
    let list: Exceptions = toml::from_str(list).context("xtask/tidy.toml")?;
    let covers = |exception: &Exception, fault: &Fault| exception.rule == fault.rule && exception.path == fault.path;
    let mut lines = Vec::new();
    for exception in &list.exception {
        let Exception { rule, path, reason } = exception;
        if reason.trim().is_empty() {
            lines.push(format!("xtask/tidy.toml: the exception of {path} has no reason"));
        }
        if !faults.iter().any(|fault| covers(exception, fault)) {
            lines.push(format!("xtask/tidy.toml: {path} keeps `{rule}`; drop its exception"));
        }
    }
    let open = faults.iter().filter(|fault| !list.exception.iter().any(|e| covers(e, fault)));
    lines.extend(open.map(ToString::to_string));
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(rule: &'static str, path: &str) -> Fault {
        Fault { rule, path: path.into(), line: Some(3), message: "too long".into() }
    }

    const LIST: &str = "[[exception]]\nrule = 'file-size'\npath = 'a.rs'\nreason = 'one table'\n";

    #[test]
    fn an_exception_covers_its_rule_in_its_file_only() {
        let faults = vec![fault("file-size", "a.rs"), fault("file-size", "b.rs")];
        let open = without_exceptions(&faults, LIST).unwrap();
        assert_eq!(open, ["b.rs:3: too long [file-size]"]);
    }

    #[test]
    fn an_exception_that_nothing_needs_is_a_fault() {
        let open = without_exceptions(&[fault("unsafe", "a.rs")], LIST).unwrap();
        assert_eq!(open.len(), 2, "{open:?}");
        assert!(open[0].contains("drop its exception"), "{open:?}");
    }

    #[test]
    fn a_file_that_does_not_parse_is_a_fault_with_its_line() {
        let file = SourceFile { path: "a.rs".into(), text: "//! Doc.\nfn f( {}\n".into() };
        let faults = rust_faults(&file);
        assert_eq!((faults[0].rule, faults[0].line), ("syntax", Some(2)));
    }
}
