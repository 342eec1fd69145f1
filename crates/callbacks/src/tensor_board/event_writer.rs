//! Event files, which TensorBoard reads.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use thiserror::Error;

use super::histogram::Histogram;
use super::message::{self, Message};
use super::record::record;

const PREFIX: &str = "events.out.tfevents.";

/// An event that cannot be written.
#[derive(Debug, Error)]
pub enum EventError {
    /// The file cannot be written.
    #[error("cannot write the events {}: {source}", path.display())]
    Write {
        /// The file, or the directory in which it cannot be made.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },

    /// A picture is no PNG.
    #[error("the picture \"{tag}\" is no PNG: TensorBoard is given PNG files' bytes")]
    NotPng {
        /// The picture's tag.
        tag: String,
    },
}

/// Writes an event file: what TensorBoard shows of one run, the directory's name being the run's.
///
/// The file's name is `events.out.tfevents.<seconds since 1970>.<host>`; each writer begins a file of its own, whose seconds are later
/// than those of all files in the directory, because TensorBoard reads them in the order of their names. Events are with the system
/// after [`flush`](Self::flush), or when the writer is dropped.
///
/// ```
/// use firebrick_callbacks::EventWriter;
///
/// # fn main() -> Result<(), firebrick_callbacks::EventError> {
/// # let directory = tempfile::tempdir().unwrap();
/// # let directory = directory.path();
/// let mut events = EventWriter::create(directory.join("train"))?;
/// for step in 1..=3 {
///     events.scalar("loss", step, 1.0 / step as f64)?;
///     events.histogram("weights", step, &[0.1, 0.2, 0.25])?;
/// }
/// events.text("notes", 0, "A *short* run.")?;
/// events.flush()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct EventWriter {
    path: PathBuf,
    file: BufWriter<File>,
}

impl EventWriter {
    /// Begins a file in this directory, which is made if it is missing.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create(directory: impl AsRef<Path>) -> Result<Self, EventError> {
        let directory = directory.as_ref();
        let (path, file) =
            new_file(directory).map_err(|source| EventError::Write { path: directory.to_owned(), source })?;
        let mut writer = Self { path, file: BufWriter::new(file) };
        writer.write(message::file_version(now()))?;
        writer.flush()?;
        Ok(writer)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Says that a run goes on, or begins anew, with this step: TensorBoard then drops what the directory's earlier files hold from
    /// this step on.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn start(&mut self, step: u64) -> Result<(), EventError> {
        self.write(message::session_start(now(), step))
    }

    /// A number, which becomes single precision.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn scalar(&mut self, tag: &str, step: u64, value: f64) -> Result<(), EventError> {
        self.summary(tag, step, message::scalar(value as f32))
    }

    /// How values are spread, in 30 buckets of equal width between the least and the greatest, as TensorBoard's own writer counts
    /// them. NaN and infinities are left out.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn histogram(&mut self, tag: &str, step: u64, values: &[f32]) -> Result<(), EventError> {
        self.summary(tag, step, message::histogram(&Histogram::of(values)))
    }

    /// A picture, as the bytes of a PNG file.
    ///
    /// # Errors
    /// When they are not those of a PNG file, or the event file cannot be written.
    pub fn image(&mut self, tag: &str, step: u64, png: &[u8]) -> Result<(), EventError> {
        let header = check_png(tag, png)?;
        self.summary(tag, step, message::image(header.height, header.width, header.channels, png))
    }

    /// A text, which TensorBoard renders as Markdown.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn text(&mut self, tag: &str, step: u64, text: &str) -> Result<(), EventError> {
        self.summary(tag, step, message::text(text))
    }

    /// Hands what was written to the system.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn flush(&mut self) -> Result<(), EventError> {
        self.file.flush().map_err(|source| self.failed(source))
    }

    fn summary(&mut self, tag: &str, step: u64, value: Message) -> Result<(), EventError> {
        self.write(message::summary(now(), step, tag, value))
    }

    fn write(&mut self, event: Message) -> Result<(), EventError> {
        self.file.write_all(&record(&event.into_bytes())).map_err(|source| self.failed(source))
    }

    fn failed(&self, source: io::Error) -> EventError {
        EventError::Write { path: self.path.clone(), source }
    }
}

/// The header of a picture.
pub(super) fn check_png(tag: &str, png: &[u8]) -> Result<PngHeader, EventError> {
    PngHeader::read(png).ok_or_else(|| EventError::NotPng { tag: tag.to_owned() })
}

/// What the first chunk of a PNG file says.
pub(super) struct PngHeader {
    width: u32,
    height: u32,
    channels: u64,
}

impl PngHeader {
    fn read(png: &[u8]) -> Option<Self> {
        let chunk = png.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")?;
        let (width, rest) = chunk.split_first_chunk()?;
        let (height, rest) = rest.split_first_chunk()?;
        let channels = match rest.get(1)? {
            0 => 1,
            4 => 2,
            // A palette's colours are RGB.
            2 | 3 => 3,
            6 => 4,
            _ => return None,
        };
        Some(Self { width: u32::from_be_bytes(*width), height: u32::from_be_bytes(*height), channels })
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// A file whose name comes after all in the directory, also if the clock was put back.
fn new_file(directory: &Path) -> io::Result<(PathBuf, File)> {
    fs::create_dir_all(directory)?;
    let mut seconds = now() as u64;
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        let taken = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('.').next()?.parse::<u64>().ok());
        seconds = seconds.max(taken.map_or(0, |taken| taken.saturating_add(1)));
    }
    let host = host();
    loop {
        let path = directory.join(format!("{PREFIX}{seconds:010}.{host}"));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            // Another writer was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && seconds < u64::MAX => seconds += 1,
            file => return Ok((path, file?)),
        }
    }
}

/// The machine's name, as far as it is known without asking the network; `localhost` otherwise.
fn host() -> String {
    let kernels = || fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let variable = |name| std::env::var(name).ok();
    let host = kernels().or_else(|| variable("HOSTNAME")).or_else(|| variable("COMPUTERNAME")).unwrap_or_default();
    let is_allowed = |c: &char| c.is_ascii_alphanumeric() || ['-', '_', '.'].contains(c);
    let host: String = host.trim().chars().filter(is_allowed).collect();
    if host.is_empty() { "localhost".to_owned() } else { host }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PNG's first chunk: 3 wide, 2 high.
    fn png(colour: u8) -> Vec<u8> {
        [&b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x03\0\0\0\x02\x08"[..], &[colour, 0, 0, 0]].concat()
    }

    #[test]
    fn every_writer_has_a_file_of_its_own_that_comes_after_the_others() {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("deep/er");
        let paths: Vec<PathBuf> = (0..3).map(|_| EventWriter::create(&folder).unwrap().path().to_owned()).collect();
        assert!(paths.is_sorted_by(|one, next| one < next), "{paths:?}");
        fs::write(folder.join("events.out.tfevents.9999999998.elsewhere"), "").unwrap();
        let last = EventWriter::create(&folder).unwrap();
        let name = last.path().file_name().unwrap().to_string_lossy().into_owned();
        assert!(name.starts_with("events.out.tfevents.9999999999.") && name.len() > 31, "{name}");
    }

    #[test]
    fn the_size_and_the_colours_of_a_picture_come_from_its_header() {
        for (colour, channels) in [(0, 1), (4, 2), (2, 3), (3, 3), (6, 4)] {
            let header = PngHeader::read(&png(colour)).unwrap();
            assert_eq!((header.width, header.height, header.channels), (3, 2, channels));
        }
    }

    #[test]
    fn what_is_no_png_is_refused_by_name() {
        let directory = tempfile::tempdir().unwrap();
        let mut events = EventWriter::create(directory.path()).unwrap();
        let whole = png(2);
        for bytes in [&b""[..], b"\xff\xd8\xff\xe0 a JPEG", &whole[..24], &png(9)] {
            let error = events.image("samples", 1, bytes).unwrap_err().to_string();
            assert_eq!(error, "the picture \"samples\" is no PNG: TensorBoard is given PNG files' bytes");
        }
        events.image("samples", 1, &whole).unwrap();
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_an_error_that_names_it() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        let error = EventWriter::create(file.join("train")).unwrap_err().to_string();
        assert!(error.contains("file/train"), "{error}");
    }
}
