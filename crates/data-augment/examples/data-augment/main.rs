//! The binary of crate data-augment: `cargo xtask sheet data-augment FILE.png --policy P --grid 8x8`.

use std::process::ExitCode;

use clap::Parser;

mod sheet;

/// Random transforms of pictures: look at what a pipeline does.
#[derive(Parser)]
#[command(name = "data-augment", version)]
enum Verb {
    /// Draw a picture many times through a pipeline onto one sheet
    Sheet(sheet::Args),
}

#[expect(clippy::print_stderr, reason = "a command talks on its streams")]
fn main() -> ExitCode {
    let Verb::Sheet(args) = Verb::parse();
    match sheet::sheet(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
