//! The data sets that have names: what there is, downloads, and checks.
//!
//! ```text
//! cargo xtask data list | fetch NAME | verify DIR
//! ```

#![expect(clippy::print_stdout, reason = "a command talks to who typed it")]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use firebrick_data::catalog::{self, Entry, Kind};
use firebrick_data::download::{self, State};

const USAGE: &str = "usage: data list | data fetch NAME | data verify DIR";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["list"] => {
            list();
            Ok(true)
        }
        ["fetch", name] => fetch(name),
        ["verify", dir] => verify(Path::new(dir)),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprint(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn list() {
    for entry in catalog::list() {
        let mebibytes = entry.files.iter().map(|file| file.bytes).sum::<u64>() as f64 / f64::from(1 << 20);
        let place = match entry.kind {
            Kind::Embedded => "embedded".to_string(),
            _ if entry.is_own() => "--data-dir DIR".to_string(),
            _ if is_here(entry) => "here".to_string(),
            _ => format!("to fetch, {mebibytes:.0} MiB"),
        };
        println!("{:14} {:18} {}", entry.name, place, entry.about);
        if !entry.is_own() {
            println!("{:33} {}", "", entry.credit);
        }
    }
    if let Some(dir) = catalog::home() {
        println!("\nData sets are kept in {}; FIREBRICK_DATA names another directory.", dir.display());
    }
}

fn is_here(entry: &Entry) -> bool {
    let fetched = entry.files.iter().map(|file| file.name);
    let names: Vec<&str> = if entry.unpacked.is_empty() { fetched.collect() } else { entry.unpacked.to_vec() };
    let holds_all = |dir: &Path| names.iter().all(|name| dir.join(name).is_file());
    catalog::home().is_some_and(|dir| holds_all(&dir.join(entry.name)) || holds_all(&dir))
}

fn fetch(name: &str) -> Result<bool, Box<dyn Error>> {
    let entry = catalog::entry(name)?;
    let home = catalog::home().ok_or("this platform has no cache directory: set FIREBRICK_DATA to one")?;
    let dir = home.join(entry.name);
    download::fetch(entry, &dir, &mut download::bar())?;
    println!("{name} is in {}", dir.display());
    Ok(true)
}

/// Whether all files are as they should be.
fn verify(dir: &Path) -> Result<bool, Box<dyn Error>> {
    let checked = download::verify(dir)?;
    for file in &checked {
        match &file.state {
            State::Good => println!("{}: good", file.file),
            State::Missing => println!("{}: listed in SHA256SUMS, and not there", file.file),
            State::Bad { found, expected } => println!("{}: SHA-256 is {found}, not {expected}", file.file),
        }
    }
    Ok(checked.iter().all(|file| file.state == State::Good))
}

#[expect(clippy::print_stderr, reason = "an error of a command")]
fn eprint(message: &str) {
    eprintln!("error: {message}");
}
