//! Stores a run as `docs/results/NAME.json` and, summed up, `NAME-summary.json`, from which the book and the front page take their
//! figures.

use std::fs;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::table::Table;
use crate::launch;
use crate::workspace::Workspace;

/// Writes the table with the command that repeats it, the machine, the commit and the day.
pub(crate) fn store(workspace: &Workspace, name: &str, table: &Table) -> Result<()> {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    ensure!(plain, "a result is named with letters, digits and `-`, not `{name}`");
    let arguments = std::env::args().skip(1).filter(|argument| argument != "--json");
    let mut git = Command::new("git");
    git.args(["rev-parse", "--short", "HEAD"]).current_dir(&workspace.root);
    let mut origin = json!({
        "command": format!("cargo xtask {}", arguments.collect::<Vec<_>>().join(" ")),
        "machine": machine(),
        "commit": launch::capture(&mut git)?.trim(),
        "date": day(SystemTime::now().duration_since(UNIX_EPOCH)?),
    });
    if let Some(peak) = table.peak() {
        origin["values"] = json!({ "peak": peak });
    }
    for (name, table) in [(name.to_owned(), table.stored()), (format!("{name}-summary"), table.summary())] {
        let path = workspace.root.join("docs/results").join(name).with_extension("json");
        let mut result = origin.clone();
        result["table"] = table;
        fs::write(&path, serde_json::to_string_pretty(&result)? + "\n").with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// Processor, cores, memory, system, as far as the system tells.
fn machine() -> String {
    let line = |path, key| {
        let text = fs::read_to_string(path).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix(key)).map(str::to_owned)?;
        Some(line.trim_start_matches([':', ' ', '\t']).trim().to_owned())
    };
    let processor = line("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let vectors = line("/proc/cpuinfo", "flags").map(|flags| match flags.contains("avx512f") {
        true => " (AVX-512)",
        false => "",
    });
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kibibytes = line("/proc/meminfo", "MemTotal").and_then(|text| text.strip_suffix(" kB")?.parse::<u64>().ok());
    let memory = kibibytes.map(|kibibytes| format!(", {} GiB", kibibytes >> 20));
    let (vectors, memory) = (vectors.unwrap_or_default(), memory.unwrap_or_default());
    format!("{processor}{vectors}, {cores} cores{memory}, {}", std::env::consts::OS)
}

/// The day, `YYYY-MM-DD`, so long after the start of 1970 (H. Hinnant's days from civil, turned round,
/// <https://howardhinnant.github.io/date_algorithms.html>).
fn day(since_1970: Duration) -> String {
    let days = since_1970.as_secs() / 86_400 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    format!("{:04}-{month:02}-{day:02}", era * 400 + year + u64::from(month <= 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (days, expected) in
            [(0, "1970-01-01"), (58, "1970-02-28"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_782, "2026-11-25")]
        {
            assert_eq!(day(Duration::from_secs(days * 86_400 + 7)), expected);
        }
    }

    #[test]
    fn the_machine_has_a_processor_and_cores() {
        let machine = machine();
        assert!(machine.contains("cores") && machine.ends_with(std::env::consts::OS), "{machine}");
    }
}
