//! From text to ids and back (feature `text`).
//!
//! ```text
//! text -> normalise (NFC, lower case) -> tokens (words, characters, byte pairs) -> ids of a vocabulary
//! ids     0 padding   1 unknown   [start]   [end]   then the tokens
//! ```
//!
//! A [`TextPipeline`] does all of it, and is one file with everything in it, so that a saved classifier needs nothing else. Padding and
//! truncation belong to a batch: `firebrick_data::Padding`.

mod byte_pairs;
mod error;
mod pipeline;
mod tokenizer;
mod vocabulary;

pub use error::TextError;
pub use pipeline::{TextConfig, TextPipeline, Unit};
pub use vocabulary::{PADDING, UNKNOWN, Vocabulary, VocabularyConfig};
