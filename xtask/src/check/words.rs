//! What may not stand in any text: notes to come back, and places of one machine.

use super::tidy::{Fault, SourceFile};

/// Notes to come back; split so that this file does not hold them.
const LEFT_BEHIND: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Top folders of absolute paths that differ from machine to machine.
const MACHINE_FOLDERS: [&str; 7] = ["home", "root", "Users", "work", "tmp", "mnt", "opt"];

/// Generated, so judged by what generates it.
const GENERATED: [&str; 2] = ["Cargo.lock", "docs/src/figures/"];

/// The faults of one text file, comments and documents included.
pub(crate) fn faults(file: &SourceFile) -> Vec<Fault> {
    if GENERATED.iter().any(|start| file.path.starts_with(start)) {
        return Vec::new();
    }
    let mut faults = Vec::new();
    for (line, number) in file.text.lines().zip(1..) {
        faults.extend(judge(line).map(|(rule, message)| Fault {
            rule,
            path: file.path.clone(),
            line: Some(number),
            message,
        }));
    }
    faults
}

fn judge(line: &str) -> Option<(&'static str, String)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let note = line.split(|c| !is_word(c)).find(|word| LEFT_BEHIND.contains(word));
    if let Some(word) = note {
        return Some(("left-behind", format!("`{word}`: do it, or open an issue")));
    }
    let path = machine_path(line)?;
    Some(("machine-path", format!("`{path}` is a place of one machine")))
}

/// An absolute path such as a home folder; not a part of an address or of a longer path.
fn machine_path(line: &str) -> Option<&str> {
    let starts = line.match_indices('/').map(|(at, _)| at);
    starts.into_iter().find_map(|at| {
        let before = line[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || "/._-}$~)*".contains(c)) {
            return None;
        }
        let rest = &line[at + 1..];
        let top =
            MACHINE_FOLDERS.iter().find(|top| rest.strip_prefix(**top).is_some_and(|rest| rest.starts_with('/')))?;
        Some(&line[at..at + 1 + top.len() + 1])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_one_machine_are_found() {
        for top in MACHINE_FOLDERS {
            let line = format!("data = \"/{top}/data\"");
            assert_eq!(machine_path(&line), Some(format!("/{top}/").as_str()), "{line}");
        }
    }

    #[test]
    fn addresses_and_relative_paths_are_none() {
        for line in ["https://example.org/home/a", "../tmp/a", "a/work/b", "\"$HOME\"/opt", "/work"] {
            assert_eq!(machine_path(line), None, "{line}");
        }
    }

    #[test]
    fn notes_to_come_back_are_found_as_words_only() {
        for word in LEFT_BEHIND {
            assert_eq!(judge(&format!("// {word}: later")).unwrap().0, "left-behind");
            assert_eq!(judge(&format!("let a{word} = 1;")), None);
        }
    }

    #[test]
    fn a_fault_has_its_line_and_generated_files_are_passed_over() {
        let text = format!("fine\n{}\n", LEFT_BEHIND[0]);
        let of = |path: &str| faults(&SourceFile { path: path.into(), text: text.clone() });
        assert_eq!(of("docs/src/a.md")[0].line, Some(2));
        assert_eq!(of("Cargo.lock"), []);
    }
}
