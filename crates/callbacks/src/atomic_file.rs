//! Files that are there completely or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Writes a file so that, whatever happens (a full disk, a kill, a power failure on a file system that keeps its promises), the
/// path holds either what it held before or all of `bytes`: a temporary file beside it, synced, renamed, directory synced.
///
/// Missing parent directories are made.
///
/// # Errors
/// The system's error; the path is then as it was and the temporary file is gone.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_parts_atomically(path, &[bytes])
}

/// The same of a file in parts, which need not be put together in memory.
pub(crate) fn write_parts_atomically(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let temporary = temporary_name(path)?;
    let written = write_synced(&temporary, parts).and_then(|()| fs::rename(&temporary, path));
    if let Err(error) = written {
        // The first error is the one to report.
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    sync_directory(directory)
}

/// Whether files can be written into a directory, which is made if it is missing: tries it, before hours of training are lost.
///
/// # Errors
/// The system's error.
pub(crate) fn check_writable(directory: &Path) -> io::Result<()> {
    static PROBES: AtomicUsize = AtomicUsize::new(0);
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    fs::create_dir_all(directory)?;
    let number = PROBES.fetch_add(1, Ordering::Relaxed);
    let probe = directory.join(format!(".writable.{}.{number}.tmp", std::process::id()));
    File::create_new(&probe)?;
    fs::remove_file(&probe)
}

fn temporary_name(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.tmp", std::process::id()));
    Ok(path.with_file_name(temporary))
}

fn write_synced(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut file = File::create(path)?;
    parts.iter().try_for_each(|part| file.write_all(part))?;
    file.sync_all()
}

/// Makes a rename outlive a power failure, where directories can be opened.
fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_no_temporary_file_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/er/file.txt");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_directory_is_tried_and_left_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new");
        check_writable(&path).unwrap();
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
        write_atomically(&path.join("file"), b"text").unwrap();
        assert!(check_writable(&path.join("file")).is_err());
        assert!(check_writable(&path.join("file/below")).is_err());
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_temporary_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("taken");
        fs::create_dir_all(path.join("inside")).unwrap();
        assert!(write_atomically(&path, b"new").is_err());
        assert!(path.join("inside").exists());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(write_atomically(Path::new("/"), b"new").is_err());
    }
}
