//! A whole text in memory, plain or gzip, UTF-8.

use std::io::Read;
use std::path::Path;

use super::source::{Source, check_memory};
use crate::error::DataError;

/// Reads a text; a byte order mark at its beginning is left out.
///
/// # Errors
/// When the file cannot be read, is larger than memory, is empty, or is not UTF-8 (the message names the line).
pub fn read(path: &Path) -> Result<String, DataError> {
    let mut file = Source::open(path)?;
    check_memory(u128::from(file.known_size().unwrap_or(0)), path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|error| file.failed(error))?;
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let row = error.as_bytes()[..valid].iter().filter(|&&byte| byte == b'\n').count() as u64 + 1;
        DataError::Utf8 { path: path.to_path_buf(), row }
    })?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    if text.is_empty() {
        return Err(DataError::Empty { path: path.to_path_buf() });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::super::source::written::file;
    use super::*;

    #[test]
    fn a_text_is_read_whole_or_refused_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let text = "\u{feff}To be,\r\nor not\n";
        for name in ["it.txt", "it.txt.gz"] {
            assert_eq!(read(&file(&dir, name, text.as_bytes())).unwrap(), "To be,\r\nor not\n");
        }
        let message = |bytes: &[u8]| read(&file(&dir, "bad.txt", bytes)).unwrap_err().to_string();
        assert!(message(b"one\ntwo\ncaf\xe9\n").contains("row 3: not UTF-8"));
        assert!(message(b"").contains("holds no sample"));
    }
}
