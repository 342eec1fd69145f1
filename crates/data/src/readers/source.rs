//! Opening a data file, plain or gzip, with a bound on what comes out of it.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use crate::error::DataError;

/// Compressed data may always grow to this size, and to [`MAX_RATIO`] times its own beyond it.
const ALWAYS_ALLOWED: u64 = 64 << 20;
/// Pictures and text shrink to a fifth or a tenth; deflate can shrink zeros to a thousandth.
const MAX_RATIO: u64 = 100;
/// Where the system does not say how much memory there is.
const DEFAULT_MEMORY: u64 = 16 << 30;

/// A data file that is being read. What it reads is decompressed.
pub(crate) struct Source {
    path: PathBuf,
    reader: Box<dyn BufRead>,
    /// Bytes on disk.
    size: u64,
    compressed: bool,
    /// Bytes read so far, decompressed.
    position: u64,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("path", &self.path).field("position", &self.position).finish_non_exhaustive()
    }
}

impl Source {
    /// Opens the file; whether it is gzip is seen from its first bytes, not from its name.
    pub(crate) fn open(path: &Path) -> Result<Self, DataError> {
        let failed = |source| DataError::Read { path: path.to_path_buf(), source };
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(failed(std::io::Error::other("not a file")));
        }
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let compressed = reader.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
        let reader: Box<dyn BufRead> = match compressed {
            true => Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(reader))),
            false => Box::new(reader),
        };
        Ok(Self { path: path.to_path_buf(), reader, size: metadata.len(), compressed, position: 0 })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes read so far, decompressed.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// The decompressed size, where it is known before reading.
    pub(crate) fn known_size(&self) -> Option<u64> {
        (!self.compressed).then_some(self.size)
    }

    /// The most bytes that may come out of this file.
    fn limit(&self) -> u64 {
        if self.compressed { ALWAYS_ALLOWED.max(self.size.saturating_mul(MAX_RATIO)) } else { self.size }
    }

    /// The next `len` bytes, which `what` asks for: checked against the file and the memory before they are allocated.
    pub(crate) fn section(&mut self, len: u128, what: &str) -> Result<Vec<u8>, DataError> {
        let needed = u128::from(self.position) + len;
        if needed > u128::from(self.limit()) {
            return Err(if self.compressed { self.expands() } else { self.truncated(what, self.size, needed) });
        }
        let mut bytes = reserve(len, &self.path)?;
        let end = (&mut self.reader).take(len as u64).read_to_end(&mut bytes);
        self.position += bytes.len() as u64;
        end.map_err(|error| self.failed(error))?;
        if (bytes.len() as u128) < len {
            return Err(self.truncated(what, self.position, needed));
        }
        Ok(bytes)
    }

    /// The next `N` bytes, which `what` asks for.
    pub(crate) fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], DataError> {
        let mut array = [0; N];
        let mut filled = 0;
        while filled < N {
            match self.read(&mut array[filled..]) {
                Ok(0) => {
                    return Err(self.truncated(what, self.position, u128::from(self.position) + (N - filled) as u128));
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(array)
    }

    /// Whether all has been read.
    pub(crate) fn at_end(&mut self) -> Result<bool, DataError> {
        match self.reader.fill_buf() {
            Ok(buffer) => Ok(buffer.is_empty()),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Refuses a file that goes on.
    pub(crate) fn expect_end(&mut self) -> Result<(), DataError> {
        match self.at_end()? {
            true => Ok(()),
            false => Err(DataError::Trailing { path: self.path.clone(), expected: self.position }),
        }
    }

    /// The next line without its end (`\n` or `\r\n`), or `None` at the end of the file. `row` is 1-based.
    pub(crate) fn line(&mut self, row: u64, limit: u64) -> Result<Option<String>, DataError> {
        let mut line = Vec::new();
        let end = (&mut self.reader).take(limit + 1).read_until(b'\n', &mut line);
        self.advance(line.len()).and(end.map_err(|error| self.failed(error)))?;
        if line.is_empty() {
            return Ok(None);
        }
        if line.last() == Some(&b'\n') {
            line.pop();
            line.pop_if(|byte| *byte == b'\r');
        } else if line.len() as u64 > limit {
            return Err(DataError::RowTooLong { path: self.path.clone(), row, limit });
        }
        String::from_utf8(line).map(Some).map_err(|_| DataError::Utf8 { path: self.path.clone(), row })
    }

    /// What went wrong below: damaged gzip data, or the system.
    pub(crate) fn failed(&self, error: std::io::Error) -> DataError {
        let path = self.path.clone();
        match error.downcast::<DataError>() {
            Ok(error) => error,
            Err(error) if self.compressed => DataError::Gzip { path, byte: self.position, reason: error.to_string() },
            Err(source) => DataError::Read { path, source },
        }
    }

    /// Counts bytes that were read.
    fn advance(&mut self, bytes: usize) -> Result<(), DataError> {
        self.position += bytes as u64;
        if self.compressed && self.position > self.limit() { Err(self.expands()) } else { Ok(()) }
    }

    fn expands(&self) -> DataError {
        DataError::Expands { path: self.path.clone(), compressed: self.size, limit: self.limit() }
    }

    fn truncated(&self, what: &str, found: u64, needed: u128) -> DataError {
        DataError::Truncated { path: self.path.clone(), what: what.to_string(), found, needed }
    }
}

/// Reading through it obeys the same bounds; the errors come back through [`Source::failed`].
impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.advance(count).map_err(std::io::Error::other)?;
        Ok(count)
    }
}

/// An empty vector with room for `len` bytes, or an error when memory has not so many.
pub(crate) fn reserve(len: u128, path: &Path) -> Result<Vec<u8>, DataError> {
    check_memory(len, path)?;
    let mut bytes = Vec::new();
    let room = usize::try_from(len).ok().and_then(|len| bytes.try_reserve_exact(len).ok());
    room.map(|()| bytes).ok_or_else(|| too_large(len, path, available_memory()))
}

/// Refuses what memory cannot hold.
pub(crate) fn check_memory(len: u128, path: &Path) -> Result<(), DataError> {
    // Small things are not worth asking the system.
    if len < 1 << 20 {
        return Ok(());
    }
    let limit = available_memory();
    if len > u128::from(limit) { Err(too_large(len, path, limit)) } else { Ok(()) }
}

fn too_large(bytes: u128, path: &Path, limit: u64) -> DataError {
    let advice = "use fewer or smaller samples, or a machine with more memory";
    DataError::TooLarge { path: path.to_path_buf(), bytes, limit, advice }
}

/// Memory that can be had without swapping, in bytes, where Linux says so.
fn available_memory() -> u64 {
    let kibibytes = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    });
    kibibytes.map_or(DEFAULT_MEMORY, |kibibytes| kibibytes << 10)
}

/// What tests of readers write.
#[cfg(test)]
pub(crate) mod written {
    use std::io::Write;

    use super::*;

    /// A file of these bytes; `.gz` at the end of its name compresses them.
    pub(crate) fn file(dir: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
        let path = dir.path().join(name);
        let bytes = if name.ends_with(".gz") { gzip(bytes) } else { bytes.to_vec() };
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_and_gzip_read_alike() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["plain", "packed.gz"] {
            let mut source = Source::open(&written::file(&dir, name, b"abcdef")).unwrap();
            assert_eq!(source.section(4, "it").unwrap(), b"abcd");
            assert!(matches!(source.expect_end(), Err(DataError::Trailing { expected: 4, .. })));
            assert!(matches!(source.section(3, "it"), Err(DataError::Truncated { found: 6, needed: 7, .. })));
        }
    }

    #[test]
    fn a_promise_beyond_the_file_is_refused_before_memory_is_taken() {
        let dir = tempfile::tempdir().unwrap();
        let plain = Source::open(&written::file(&dir, "plain", b"abc")).unwrap().section(u128::MAX / 2, "it");
        assert!(matches!(plain, Err(DataError::Truncated { found: 3, .. })), "{plain:?}");
        let packed = Source::open(&written::file(&dir, "a.gz", b"abc")).unwrap().section(1 << 40, "it");
        assert!(matches!(packed, Err(DataError::Expands { .. })), "{packed:?}");
        assert!(matches!(reserve(1 << 60, Path::new("x")), Err(DataError::TooLarge { .. })));
    }

    #[test]
    fn a_gzip_bomb_stops_at_the_limit() {
        let dir = tempfile::tempdir().unwrap();
        let bomb = written::file(&dir, "bomb.gz", &vec![b'\n'; 70 << 20]);
        let mut source = Source::open(&bomb).unwrap();
        let outcome = std::io::copy(&mut source, &mut std::io::sink());
        let error = source.failed(outcome.unwrap_err());
        assert!(matches!(error, DataError::Expands { limit, .. } if limit == 64 << 20), "{error}");
    }

    #[test]
    fn damaged_gzip_data_is_named_with_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let packed = written::gzip(&(0..=255).cycle().take(5000).collect::<Vec<u8>>());
        let cut = written::file(&dir, "cut", &packed[..packed.len() / 2]);
        let error = Source::open(&cut).unwrap().section(5000, "it").unwrap_err();
        assert!(matches!(error, DataError::Gzip { .. } | DataError::Truncated { .. }), "{error}");
        let mut flipped = packed.clone();
        let end = flipped.len() - 6;
        flipped[end] ^= 1;
        let mut source = Source::open(&written::file(&dir, "flipped", &flipped)).unwrap();
        source.section(5000, "it").unwrap();
        assert!(matches!(source.expect_end(), Err(DataError::Gzip { byte: 5000, .. })), "the checksum is looked at");
    }

    #[test]
    fn lines_end_with_or_without_carriage_return_and_are_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let mut source = Source::open(&written::file(&dir, "lines", b"one\r\n\ntwo")).unwrap();
        let mut next = |row| source.line(row, 10).unwrap();
        assert_eq!(
            [next(1), next(2), next(3), next(4)],
            [Some("one".into()), Some("".into()), Some("two".into()), None]
        );
        let mut long = Source::open(&written::file(&dir, "long", &[b'a'; 11])).unwrap();
        assert!(matches!(long.line(1, 10), Err(DataError::RowTooLong { row: 1, .. })));
        let mut latin = Source::open(&written::file(&dir, "latin", b"ok\ncaf\xe9\n")).unwrap();
        latin.line(1, 10).unwrap();
        assert!(matches!(latin.line(2, 10), Err(DataError::Utf8 { row: 2, .. })));
    }

    #[test]
    fn a_directory_is_no_file() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(Source::open(dir.path()), Err(DataError::Read { .. })));
        assert!(matches!(Source::open(&dir.path().join("none")), Err(DataError::Read { .. })));
    }
}
