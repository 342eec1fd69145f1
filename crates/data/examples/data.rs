//! `cargo xtask data list | fetch NAME | verify DIR`: the known data sets, checked downloads, checksums.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command talks on its streams")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use firebrick_data::catalog::{self, DATA_VARIABLE, Entry, Kind};
use firebrick_data::download::{self, State};

const USAGE: &str = "usage: data list | fetch NAME | verify DIR";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["list"] => Ok(list()),
        ["fetch", name] => fetch(name),
        ["verify", dir] => verify(Path::new(dir)),
        _ => Err(USAGE.into()),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

fn list() -> ExitCode {
    for entry in catalog::list() {
        println!("{:<17} {}", entry.name, entry.about);
        println!("{:<17} {}", "", entry.credit);
        println!("{:<17} {}\n", "", place(entry));
    }
    ExitCode::SUCCESS
}

/// Where a data set is, or how it comes here.
fn place(entry: &Entry) -> String {
    if entry.is_own() {
        return format!("your own: --dataset {} --data-dir DIR", entry.name);
    }
    if let Kind::PublicText { source } = entry.kind {
        return format!("--data-dir DIR; get {source}");
    }
    if entry.files.is_empty() {
        return "comes with the program".to_owned();
    }
    match directory(entry) {
        Some(dir) if is_whole(entry, &dir) => format!("in {}", dir.display()),
        _ => {
            let mib = entry.files.iter().map(|file| file.bytes).sum::<u64>() as f64 / f64::from(1 << 20);
            format!("not here: cargo xtask data fetch {} ({mib:.1} MiB), or --data-dir DIR", entry.name)
        }
    }
}

/// Whether a download put all its files there.
fn is_whole(entry: &Entry, dir: &Path) -> bool {
    let fetched = entry.files.iter().map(|file| file.name);
    let mut names: Vec<&str> = entry.unpacked.to_vec();
    names.extend(fetched.filter(|_| entry.unpacked.is_empty()));
    names.iter().all(|name| dir.join(name).is_file())
}

/// The data set's folder below the directory for all.
fn directory(entry: &Entry) -> Option<PathBuf> {
    catalog::home().map(|all| all.join(entry.name))
}

fn fetch(name: &str) -> Result<ExitCode, Box<dyn Error>> {
    let entry = catalog::entry(name)?;
    let dir = directory(entry).ok_or_else(|| {
        format!("this platform has no cache directory; name a directory in the variable {DATA_VARIABLE}")
    })?;
    download::fetch(entry, &dir, &mut download::bar())?;
    println!("{name} is in {}", dir.display());
    println!("{}", entry.credit);
    Ok(ExitCode::SUCCESS)
}

/// One line per file; fails when one is not what it should be.
fn verify(dir: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let checked = download::verify(dir)?;
    for file in &checked {
        let verdict = match &file.state {
            State::Good => "good".to_owned(),
            State::Missing => "MISSING".to_owned(),
            State::Bad { found, expected } => format!("BAD: sha256 {found}, expected {expected}"),
        };
        println!("{:<32} {verdict}", file.file);
    }
    let all_good = checked.iter().all(|file| file.state == State::Good);
    Ok(if all_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
