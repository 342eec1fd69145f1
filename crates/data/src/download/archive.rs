//! Files out of a tar archive (POSIX ustar), compressed with gzip.
//!
//! ```text
//! header  512 bytes: name at 0..100, size in octal at 124..136, kind at 156; then the contents, padded to 512
//! ```

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::{DownloadError, finish};
use crate::readers::Source;

const BLOCK: u64 = 512;

/// Takes the files of these names out of the archive, whatever folder they are in, and puts them into `dir`.
pub(super) fn unpack(archive: &Path, dir: &Path, names: &[&str]) -> Result<(), DownloadError> {
    let broken = |reason: String| DownloadError::Archive { path: archive.to_path_buf(), reason };
    let mut source = Source::open(archive).map_err(|error| broken(error.to_string()))?;
    let mut missing = names.to_vec();
    while !missing.is_empty() {
        let header: [u8; BLOCK as usize] = source.array("a header").map_err(|error| broken(error.to_string()))?;
        if header.iter().all(|&byte| byte == 0) {
            break;
        }
        let size = octal(&header[124..136]).ok_or_else(|| broken("a header without a size".to_string()))?;
        let is_file = matches!(header[156], b'0' | 0);
        let wanted = missing.iter().position(|name| is_file && base_name(&header[..100]) == name.as_bytes());
        let padding = size.next_multiple_of(BLOCK) - size;
        match wanted {
            Some(at) => extract(&mut source, size, dir, missing.swap_remove(at))?,
            None => skip(&mut source, size, archive)?,
        }
        skip(&mut source, padding, archive)?;
    }
    match missing.is_empty() {
        true => Ok(()),
        false => Err(broken(format!("{} not in the archive", missing.join(", ")))),
    }
}

fn extract(source: &mut Source, size: u64, dir: &Path, name: &str) -> Result<(), DownloadError> {
    let (target, part) = (dir.join(name), dir.join(format!(".{name}.part")));
    let failed = |source| DownloadError::Write { path: target.clone(), source };
    let mut file = File::create(&part).map_err(failed)?;
    let copied = std::io::copy(&mut source.take(size), &mut file).map_err(failed)?;
    drop(file);
    if copied < size {
        fs::remove_file(&part).map_err(failed)?;
        let reason = format!("ends within {name}");
        return Err(DownloadError::Archive { path: source.path().to_path_buf(), reason });
    }
    finish(&part, &target)
}

fn skip(source: &mut Source, size: u64, archive: &Path) -> Result<(), DownloadError> {
    let skipped = std::io::copy(&mut source.take(size), &mut std::io::sink());
    match skipped {
        Ok(skipped) if skipped == size => Ok(()),
        Ok(_) => Err(DownloadError::Archive { path: archive.to_path_buf(), reason: "ends early".to_string() }),
        Err(error) => Err(DownloadError::Archive { path: archive.to_path_buf(), reason: error.to_string() }),
    }
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    u64::from_str_radix(text, 8).ok()
}

fn base_name(field: &[u8]) -> &[u8] {
    let name = field.split(|&byte| byte == 0).next().unwrap_or_default();
    name.rsplit(|&byte| byte == b'/').next().unwrap_or_default()
}
