//! One checkpoint in one file.
//!
//! ```text
//! "FBRKCKPT"        8 bytes
//! header length     8 bytes, little endian
//! header            JSON: schema, position, callbacks' states, metrics, the names and lengths of the sections
//! sections          model, optimizer, scheduler, kept weights: burnpack bytes, one after the other
//! SHA-256           32 bytes, of everything before
//! ```

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::CheckpointError;
use crate::Position;
use crate::atomic_file::write_parts_atomically;

const MAGIC: &[u8; 8] = b"FBRKCKPT";
const SCHEMA: u32 = 2;
const DIGEST: usize = 32;
const PREFIX: usize = 16;

/// What one callback puts into a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CallbackState {
    pub(crate) name: String,
    pub(crate) state: Value,
}

/// Everything that a resumed run needs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TrainingState {
    pub(crate) position: Position,
    /// Where the last whole validation was.
    pub(crate) validated_at: Option<Position>,
    /// Whole validations up to here.
    pub(crate) validations: u64,
    /// Why the training is over, if it is.
    pub(crate) finished: Option<String>,
    /// Bits of the learning rate of the last step.
    pub(crate) last_rate_bits: u64,
    pub(crate) callbacks: Vec<CallbackState>,
    pub(crate) metrics: Value,
    /// Named burnpack records.
    pub(crate) sections: Vec<(String, Vec<u8>)>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    schema: u32,
    position: Position,
    validated_at: Option<Position>,
    validations: u64,
    finished: Option<String>,
    last_rate_bits: u64,
    callbacks: Vec<CallbackState>,
    metrics: Value,
    sections: Vec<(String, usize)>,
}

/// The part of a header that every version has.
#[derive(Deserialize)]
struct SchemaOnly {
    schema: u32,
}

impl TrainingState {
    pub(crate) fn section(&self, name: &str) -> Option<&[u8]> {
        self.sections.iter().find(|section| section.0 == name).map(|section| section.1.as_slice())
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), CheckpointError> {
        let header = self.header().map_err(|error| CheckpointError::Pack(error.to_string()))?;
        // Weights are large: the sections are hashed and written where they lie.
        let mut parts = vec![header.as_slice()];
        parts.extend(self.sections.iter().map(|(_, section)| section.as_slice()));
        let digest = parts.iter().fold(Sha256::new(), Digest::chain_update).finalize();
        parts.push(&digest);
        write_parts_atomically(path, &parts).map_err(|source| CheckpointError::Write { path: path.to_owned(), source })
    }

    /// Everything before the sections.
    fn header(&self) -> serde_json::Result<Vec<u8>> {
        let header = serde_json::to_vec(&Header {
            schema: SCHEMA,
            position: self.position,
            validated_at: self.validated_at,
            validations: self.validations,
            finished: self.finished.clone(),
            last_rate_bits: self.last_rate_bits,
            callbacks: self.callbacks.clone(),
            metrics: self.metrics.clone(),
            sections: self.sections.iter().map(|(name, bytes)| (name.clone(), bytes.len())).collect(),
        })?;
        let mut bytes = Vec::new();
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&(header.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&header);
        Ok(bytes)
    }

    pub(crate) fn read(path: &Path) -> Result<Self, CheckpointError> {
        let bytes = fs::read(path).map_err(|source| CheckpointError::Read { path: path.to_owned(), source })?;
        let damaged = |reason: &str| CheckpointError::Damaged { path: path.to_owned(), reason: reason.to_owned() };
        let body = checked(&bytes).map_err(damaged)?;
        let length = body[MAGIC.len()..PREFIX].iter().rev().fold(0, |length, byte| length << 8 | u64::from(*byte));
        let length = usize::try_from(length).ok().filter(|length| *length <= body.len() - PREFIX);
        let (header, sections) = body[PREFIX..].split_at(length.ok_or_else(|| damaged("its header is cut off"))?);
        let schema: SchemaOnly = serde_json::from_slice(header).map_err(|error| damaged(&error.to_string()))?;
        if schema.schema != SCHEMA {
            return Err(CheckpointError::Schema { path: path.to_owned(), found: schema.schema, known: SCHEMA });
        }
        let header: Header = serde_json::from_slice(header).map_err(|error| damaged(&error.to_string()))?;
        let sections = cut(sections, &header.sections).ok_or_else(|| damaged("its sections do not fill it"))?;
        let Header { position, validated_at, validations, finished, last_rate_bits, callbacks, metrics, .. } = header;
        Ok(Self { position, validated_at, validations, finished, last_rate_bits, callbacks, metrics, sections })
    }
}

/// The bytes before the checksum, if it is theirs.
fn checked(bytes: &[u8]) -> Result<&[u8], &'static str> {
    if bytes.len() < PREFIX + DIGEST {
        return Err("it is too short");
    }
    if !bytes.starts_with(MAGIC) {
        return Err("it does not begin like a checkpoint");
    }
    let (body, digest) = bytes.split_at(bytes.len() - DIGEST);
    if Sha256::digest(body).as_slice() == digest { Ok(body) } else { Err("its checksum does not match") }
}

fn cut(mut bytes: &[u8], sections: &[(String, usize)]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut parts = Vec::with_capacity(sections.len());
    for (name, length) in sections {
        let (section, rest) = bytes.split_at_checked(*length)?;
        parts.push((name.clone(), section.to_vec()));
        bytes = rest;
    }
    bytes.is_empty().then_some(parts)
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    pub(in crate::checkpoint) fn state(epoch: usize, step: usize) -> TrainingState {
        TrainingState {
            position: Position { epoch, step, global_step: (10 * epoch + step) as u64 },
            validated_at: Some(Position { epoch, step: 0, global_step: 10 * epoch as u64 }),
            validations: 3,
            finished: None,
            last_rate_bits: 0.001_f64.to_bits(),
            callbacks: vec![CallbackState { name: "EarlyStopping".into(), state: json!({"wait": 2, "best": 0.1}) }],
            metrics: json!({"closed": [], "open": null}),
            sections: vec![
                ("model".into(), vec![1, 2, 3]),
                ("optimizer".into(), vec![]),
                ("kept/best".into(), vec![9]),
            ],
        }
    }

    #[test]
    fn a_state_comes_back_as_it_was_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        state(3, 4).write(&path).unwrap();
        let read = TrainingState::read(&path).unwrap();
        assert_eq!(read, state(3, 4));
        assert_eq!(read.section("kept/best"), Some(&[9][..]));
        assert_eq!(read.section("scheduler"), None);
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        state(3, 4).write(&path).unwrap();
        let bytes = fs::read(&path).unwrap();
        for index in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[index] ^= 1 << (index % 8);
            fs::write(&path, flipped).unwrap();
            assert!(matches!(TrainingState::read(&path), Err(CheckpointError::Damaged { .. })), "bit in byte {index}");
            fs::write(&path, &bytes[..index]).unwrap();
            assert!(matches!(TrainingState::read(&path), Err(CheckpointError::Damaged { .. })), "cut at byte {index}");
        }
    }

    /// A whole file around any header and sections, with a right checksum.
    fn sealed(length: u64, rest: &[u8]) -> Vec<u8> {
        let mut bytes = [MAGIC, &length.to_le_bytes()[..], rest].concat();
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        bytes
    }

    #[test]
    fn a_right_checksum_around_nonsense_is_still_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        let whole = r#"{"schema":2,"position":{"epoch":1,"step":0,"global_step":0},"validated_at":null,"validations":0,"finished":null,"last_rate_bits":0,"callbacks":[],"metrics":null,"#;
        let promising = format!(r#"{whole}"sections":[["model",9]]}}"#);
        let cases = [(u64::MAX, "{}"), (3, "{}"), (2, "{}"), (promising.len() as u64, promising.as_str())];
        for (length, rest) in cases {
            fs::write(&path, sealed(length, rest.as_bytes())).unwrap();
            let error = TrainingState::read(&path).unwrap_err();
            assert!(matches!(error, CheckpointError::Damaged { .. }), "{length} {rest}: {error}");
        }
    }

    #[test]
    fn another_schema_is_refused_as_such() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state");
        fs::write(&path, sealed(13, br#"{"schema": 7}"#)).unwrap();
        let error = TrainingState::read(&path).unwrap_err();
        assert!(matches!(error, CheckpointError::Schema { found: 7, .. }), "{error}");
    }
}
