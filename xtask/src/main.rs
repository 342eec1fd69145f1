//! `cargo xtask`: trains, measures, documents and checks the workspace.
//!
//! Thin by intent: every part starts cargo (or Python, for the peers) and links none of the crates,
//! so that it builds in seconds and a change of a network never rebuilds it.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks on its streams")]

mod bench;
mod check;
mod data;
mod docs;
mod launch;
mod programs;
mod python;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use workspace::Workspace;

/// Trains, measures, documents and checks the workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
#[command(after_help = "Any other VERB CRATE [ARGS] goes to that crate's own binary, for instance:\n  \
                        cargo xtask explain cnn --run DIR PICTURE")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Train a recipe of a crate; without a crate: list crates, recipes and data sets.
    #[command(disable_help_flag = true)]
    Train(Forwarded),
    /// Evaluate a finished run on a data set.
    #[command(disable_help_flag = true)]
    Evaluate(Forwarded),
    /// Predict with a finished run: classes and probabilities of files.
    #[command(disable_help_flag = true)]
    Predict(Forwarded),
    /// List, fetch or verify data sets.
    #[command(subcommand)]
    Data(data::Data),
    /// Run the criterion benchmarks, the reference workloads beside their peers, or what callbacks cost.
    Bench(bench::Bench),
    /// Fill measured figures into the pages, build the book and the API docs.
    Docs(docs::Docs),
    /// Format, tidy rules, import rules, licences, figures, lints, API docs (not the tests).
    Check(check::Selection),
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

/// What is handed over to a crate's own binary, untouched.
#[derive(Debug, clap::Args)]
struct Forwarded {
    /// The crate and its arguments; `--help` after the crate shows the crate's own.
    #[arg(value_name = "CRATE [ARGS]", trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<OsString>,
}

fn main() -> ExitCode {
    run(Arguments::parse().task).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(task: Task) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    match task {
        Task::Train(rest) => programs::start(&workspace, "train", rest.args),
        Task::Evaluate(rest) => programs::start(&workspace, "evaluate", rest.args),
        Task::Predict(rest) => programs::start(&workspace, "predict", rest.args),
        Task::Other(mut words) => {
            let verb = words.remove(0);
            programs::start(&workspace, &verb.to_string_lossy(), words)
        }
        Task::Data(task) => data::start(&workspace, &task),
        Task::Bench(task) => bench::run(&workspace, &task),
        Task::Docs(task) => docs::run(&workspace, &task),
        Task::Check(selection) => check::run(&workspace, &selection),
    }
}
