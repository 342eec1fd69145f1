//! The binary version of CIFAR-10 (Krizhevsky, 2009, <https://www.cs.toronto.edu/~kriz/cifar.html>), plain or gzip.
//!
//! ```text
//! record  1 byte label, then 1,024 red, 1,024 green and 1,024 blue bytes, each 32 x 32 row-major
//! ```

use std::path::{Path, PathBuf};

use super::source::{Source, check_memory};
use crate::error::DataError;
use crate::images::Images;

const SHAPE: [usize; 3] = [3, 32, 32];
const PIXELS: usize = 3 * 32 * 32;
const RECORD: u64 = 1 + PIXELS as u64;

/// Reads colour pictures `[3, 32, 32]` with their labels from all files, one after the other.
///
/// # Errors
/// When a file cannot be read, is no whole number of records, or holds a label without a class; when there is no
/// record at all.
pub fn read(paths: &[PathBuf], classes: &[String]) -> Result<Images, DataError> {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for path in paths {
        read_file(path, classes.len(), &mut pixels, &mut labels)?;
    }
    if labels.is_empty() {
        let path = paths.first().cloned().unwrap_or_default();
        return Err(DataError::Empty { path });
    }
    Images::new(pixels, SHAPE, labels, classes.to_vec())
}

/// The class names in `batches.meta.txt`: one for each line that is not blank.
///
/// # Errors
/// When the file cannot be read, is no text, or names no class.
pub fn read_class_names(path: &Path) -> Result<Vec<String>, DataError> {
    let mut file = Source::open(path)?;
    let mut names = Vec::new();
    for row in 1.. {
        let Some(line) = file.line(row, 1000)? else { break };
        if !line.trim().is_empty() {
            names.push(line.trim().to_string());
        }
        // A label is one byte.
        if names.len() > 256 {
            return Err(DataError::TooManyClasses { path: path.to_path_buf(), row, limit: 256 });
        }
    }
    if names.is_empty() { Err(DataError::Empty { path: path.to_path_buf() }) } else { Ok(names) }
}

fn read_file(path: &Path, classes: usize, pixels: &mut Vec<u8>, labels: &mut Vec<u32>) -> Result<(), DataError> {
    let mut file = Source::open(path)?;
    if let Some(size) = file.known_size() {
        let records = size.div_ceil(RECORD);
        if !size.is_multiple_of(RECORD) {
            let (what, needed) = (record(records), u128::from(records * RECORD));
            return Err(DataError::Truncated { path: path.to_path_buf(), what, found: size, needed });
        }
        check_memory(u128::from(size), path)?;
        pixels.reserve_exact(records as usize * PIXELS);
    }
    while !file.at_end()? {
        let byte = file.position();
        let what = record(byte / RECORD + 1);
        let [label] = file.array(&what)?;
        if usize::from(label) >= classes {
            return Err(DataError::Label { path: path.to_path_buf(), byte, label: label.into(), classes });
        }
        labels.push(label.into());
        pixels.extend(file.array::<PIXELS>(&what)?);
    }
    Ok(())
}

fn record(number: u64) -> String {
    format!("record {number} of {RECORD} bytes")
}

#[cfg(test)]
mod tests {
    use super::super::source::written::{file, gzip};
    use super::*;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|i| i.to_string()).collect()
    }

    fn record_of(label: u8) -> Vec<u8> {
        let pixels = (0..PIXELS).map(|i| (i / 1024) as u8 * 10 + label);
        std::iter::once(label).chain(pixels).collect()
    }

    #[test]
    fn records_of_several_files_follow_one_another() {
        let dir = tempfile::tempdir().unwrap();
        let first = file(&dir, "1.bin", &[record_of(2), record_of(0)].concat());
        let second = file(&dir, "2.bin.gz", &record_of(1));
        let images = read(&[first, second], &names(3)).unwrap();
        assert_eq!((images.shape(), images.labels()), ([3, 32, 32], &[2u32, 0, 1][..]));
        let picture = images.picture(2);
        assert_eq!([picture[0], picture[1024], picture[3071]], [1, 11, 21]);
    }

    #[test]
    fn each_rule_has_its_message() {
        let dir = tempfile::tempdir().unwrap();
        let message = |bytes: &[u8]| read(&[file(&dir, "it", bytes)], &names(3)).unwrap_err().to_string();
        let two = [record_of(0), record_of(3)].concat();
        assert!(message(&two).contains("label 3 at byte 3073, but there are 3 classes"));
        assert!(message(&two[..3100]).contains("ends at byte 3100, but record 2 of 3073 bytes needs 6146"));
        assert!(message(&gzip(&two[..3073 + 20])).contains("label 3 at byte 3073"));
        assert!(message(&gzip(&record_of(1)[..20])).contains("ends at byte 20, but record 1 of 3073 bytes needs 3073"));
        assert!(message(b"").contains("holds no sample"));
    }

    #[test]
    fn class_names_are_lines() {
        let dir = tempfile::tempdir().unwrap();
        let read = |text: &[u8]| read_class_names(&file(&dir, "batches.meta.txt", text));
        assert_eq!(read(b"airplane\r\nbird\n\n").unwrap(), ["airplane", "bird"]);
        assert!(matches!(read(b"\n \n"), Err(DataError::Empty { .. })));
        assert!(matches!(read(&b"x\n".repeat(257)), Err(DataError::TooManyClasses { row: 257, .. })));
    }
}
