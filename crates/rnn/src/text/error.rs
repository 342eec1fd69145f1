//! What can be wrong with texts, vocabularies and their files.

use std::path::PathBuf;

/// A text or a vocabulary that cannot be used, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// Nothing to make a vocabulary from.
    #[error("the texts hold no token that occurs {min_frequency} time(s): a vocabulary needs at least one")]
    NoTokens {
        /// How often a token must occur.
        min_frequency: u64,
    },
    /// A vocabulary without room.
    #[error("a vocabulary of {max_size} entries has no room beside its {reserved} reserved ones: allow more")]
    NoRoom {
        /// Entries allowed.
        max_size: usize,
        /// Special tokens, and the 256 bytes where texts are cut into byte pairs.
        reserved: usize,
    },
    /// An id that is no token.
    #[error("position {position} has id {id}, but the vocabulary has {size} entries (0 to {size} - 1)")]
    Id {
        /// Position of the id.
        position: usize,
        /// The id.
        id: u32,
        /// Entries there are.
        size: usize,
    },
    /// Bytes that are no text.
    #[error("byte {byte} is not UTF-8: bring the text to UTF-8 first")]
    Utf8 {
        /// The first byte that does not fit.
        byte: usize,
    },
    /// A stored vocabulary with a token twice, or with an empty one.
    #[error("entry {id} of the vocabulary, {token:?}, is empty or occurs twice: the file is damaged")]
    Entry {
        /// Its id.
        id: usize,
        /// The token.
        token: String,
    },
    /// Stored byte pairs that do not fit the vocabulary.
    #[error("byte pairs: {reason}: the file is damaged")]
    BytePairs {
        /// What does not fit.
        reason: String,
    },
    /// A text that the tokeniser gives up.
    #[error("the text cannot be cut into byte pairs: {reason}")]
    Uncut {
        /// What the tokeniser said.
        reason: String,
    },
    /// A file that the system would not read or write.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that holds no text pipeline.
    #[error("{}: not a text pipeline: {source}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: serde_json::Error,
    },
}
