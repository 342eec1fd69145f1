//! A text file that grows line by line, and that a resumed run goes on with where its checkpoint was.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::{CallbackError, Context};

/// Lines are with the system as soon as they are written, so a killed process leaves all but the one it was writing.
#[derive(Debug)]
pub(crate) struct LineFile {
    path: PathBuf,
    append: bool,
    /// Bytes at the checkpoint that the run is resumed from.
    resumed: Option<u64>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    length: u64,
}

impl LineFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, append: false, resumed: None, open: None }
    }

    /// Whether what the file holds stays.
    pub(crate) fn append(self, append: bool) -> Self {
        Self { append, ..self }
    }

    /// Before a training, and before [`resume`](Self::resume). The file is not touched yet.
    pub(crate) fn forget(&mut self) {
        (self.resumed, self.open) = (None, None);
    }

    /// Goes on after this many bytes, as [`length`](Self::length) gave them.
    pub(crate) fn resume(&mut self, length: Option<u64>) {
        self.resumed = length;
    }

    /// Bytes that belong to the checkpoint of this moment; none if the file is not begun.
    pub(crate) fn length(&self) -> Option<u64> {
        self.open.as_ref().map(|open| open.length).or(self.resumed)
    }

    /// Makes the file what it is before this run's next line; once.
    pub(crate) fn begin(&mut self, context: &mut Context<'_>) -> Result<(), CallbackError> {
        if self.open.is_some() {
            return Ok(());
        }
        let (open, there) = Open::at(&self.path, self.resumed, self.append).map_err(|source| self.failed(source))?;
        self.open = Some(open);
        if let Some(wanted) = self.resumed.filter(|wanted| *wanted > there) {
            let path = self.path.display();
            context.notice(format!("{path} has {there} of the {wanted} bytes that it had at the checkpoint"));
        }
        Ok(())
    }

    pub(crate) fn write(&mut self, line: &str) -> Result<(), CallbackError> {
        let Some(open) = &mut self.open else { return Ok(()) };
        open.write(line).map_err(|source| CallbackError::Write { path: self.path.clone(), source })
    }

    fn failed(&self, source: io::Error) -> CallbackError {
        CallbackError::Write { path: self.path.clone(), source }
    }
}

impl Open {
    /// Cut off where the run goes on, with the length before; after a whole line in any case.
    fn at(path: &Path, resumed: Option<u64>, append: bool) -> io::Result<(Self, u64)> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let there = file.metadata()?.len();
        let length = match resumed {
            Some(length) => length.min(there),
            None if append => there,
            None => 0,
        };
        file.set_len(length)?;
        let mut open = Self { file: file.try_clone()?, length };
        if length > 0 {
            file.seek(SeekFrom::Start(length - 1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                open.write("")?;
            }
        }
        Ok((open, there))
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        self.file.write_all(format!("{line}\n").as_bytes())?;
        self.length += line.len() as u64 + 1;
        Ok(())
    }
}
