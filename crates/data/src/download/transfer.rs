//! One attempt to get one file from one address.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::time::Duration;

use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body};

use super::checksum::sha256;
use super::{DownloadError, Downloader, Event, remove};
use crate::catalog::RemoteFile;

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// The server answered with something else than the file.
    #[error("the server answered {status}")]
    Status {
        /// HTTP status.
        status: u16,
    },
    /// No connection, or it broke.
    #[error("{reason}")]
    Connection {
        /// What the network said.
        reason: String,
    },
    /// Nothing came for too long.
    #[error("nothing came for {} seconds", stall.as_secs_f32())]
    Stalled {
        /// How long it waited.
        stall: Duration,
    },
    /// The transfer ended early.
    #[error("ended after {found} of {expected} bytes")]
    TooShort {
        /// Bytes that are here.
        found: u64,
        /// Size of the file.
        expected: u64,
    },
    /// The server sends more than the file has.
    #[error("sends more than the {expected} bytes of the file")]
    TooLong {
        /// Size of the file.
        expected: u64,
    },
    /// The bytes are others than those published.
    #[error("the file has SHA-256 {found} instead of {expected}")]
    Checksum {
        /// Of what came.
        found: String,
        /// As published.
        expected: String,
    },
}

impl TransferError {
    /// Whether trying again at the same address is no use.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Status { status } if *status < 500 && *status != 408 && *status != 429 && *status != 416)
    }
}

/// Brings `part` to the whole file. What it holds already is not asked for again, if the server can do that.
///
/// The outer error is of this machine and ends the download, the inner one is of the server.
pub(super) fn transfer(
    downloader: &Downloader,
    file: &RemoteFile,
    url: &str,
    part: &Path,
    progress: &mut dyn FnMut(Event<'_>),
) -> Result<Result<(), TransferError>, DownloadError> {
    let have = part.metadata().map_or(0, |metadata| metadata.len());
    if have > file.bytes {
        remove(part)?;
        return transfer(downloader, file, url, part, progress);
    }
    if have < file.bytes {
        let response = match request(downloader, url, have) {
            Ok(response) => response,
            Err(error) => {
                // The server's file ends before ours does: begin anew.
                if matches!(error, TransferError::Status { status: 416 }) {
                    remove(part)?;
                }
                return Ok(Err(error));
            }
        };
        let have = if continues_at(&response, have) { have } else { 0 };
        progress(Event::Begin { file: file.name, total: file.bytes, have });
        let mut writer = Writer { file: open(part, have)?, part, have, expected: file.bytes };
        if let Err(error) = writer.copy(response.into_body(), downloader.stall, progress)? {
            return Ok(Err(error));
        }
    }
    let found = sha256(part)?;
    if found == file.sha256 {
        return Ok(Ok(()));
    }
    remove(part)?;
    Ok(Err(TransferError::Checksum { found, expected: file.sha256.to_string() }))
}

fn request(downloader: &Downloader, url: &str, have: u64) -> Result<Response<Body>, TransferError> {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .accept_encoding("identity")
        .timeout_connect(Some(downloader.stall))
        .timeout_recv_response(Some(downloader.stall))
        .timeout_per_read(Some(downloader.stall))
        .build();
    let mut request = Agent::new_with_config(config).get(url);
    if have > 0 {
        request = request.header(header::RANGE, format!("bytes={have}-"));
    }
    let response = request.call().map_err(|error| broken(error.into_io(), downloader.stall))?;
    match response.status() {
        StatusCode::OK | StatusCode::PARTIAL_CONTENT => Ok(response),
        status => Err(TransferError::Status { status: status.as_u16() }),
    }
}

/// Whether the answer begins where the file on disk ends.
fn continues_at(response: &Response<Body>, have: u64) -> bool {
    let range = response.headers().get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok());
    let start = range.and_then(|range| range.strip_prefix("bytes ")?.split('-').next()?.parse().ok());
    response.status() == StatusCode::PARTIAL_CONTENT && start == Some(have)
}

fn open(part: &Path, have: u64) -> Result<File, DownloadError> {
    let file = OpenOptions::new().create(true).append(true).open(part).and_then(|file| {
        file.set_len(have)?;
        Ok(file)
    });
    file.map_err(|source| DownloadError::Write { path: part.to_path_buf(), source })
}

/// The file that grows.
struct Writer<'a> {
    file: File,
    part: &'a Path,
    have: u64,
    expected: u64,
}

impl Writer<'_> {
    fn copy(
        &mut self,
        body: Body,
        stall: Duration,
        progress: &mut dyn FnMut(Event<'_>),
    ) -> Result<Result<(), TransferError>, DownloadError> {
        let mut reader = body.into_reader();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Ok(Err(broken(error, stall))),
            };
            self.have += count as u64;
            if self.have > self.expected {
                remove(self.part)?;
                return Ok(Err(TransferError::TooLong { expected: self.expected }));
            }
            let failed = |source| DownloadError::Write { path: self.part.to_path_buf(), source };
            self.file.write_all(&buffer[..count]).map_err(failed)?;
            progress(Event::Bytes(count as u64));
        }
        Ok(match self.have == self.expected {
            true => Ok(()),
            false => Err(TransferError::TooShort { found: self.have, expected: self.expected }),
        })
    }
}

fn broken(error: std::io::Error, stall: Duration) -> TransferError {
    match ureq::Error::from(error) {
        ureq::Error::Timeout(_) => TransferError::Stalled { stall },
        error => TransferError::Connection { reason: error.to_string() },
    }
}
