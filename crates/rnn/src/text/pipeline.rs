//! The way from text to ids and back, in one piece and one file.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::byte_pairs::{self, BYTES, BytePairs};
use super::tokenizer::{Normalisation, characters, words};
use super::{PADDING, TextError, UNKNOWN, Vocabulary, VocabularyConfig};

/// What a token is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// A word, as Unicode Annex 29 cuts them. Default.
    #[default]
    Words,
    /// A character.
    Characters,
    /// A frequent piece of a word, down to single bytes: nothing is unknown, in any language.
    BytePairs,
}

/// How a [`TextPipeline`] is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TextConfig {
    /// What a token is; default words.
    pub unit: Unit,
    /// Whether capitals become small letters; default true, false from [`TextConfig::characters`] and [`TextConfig::byte_pairs`].
    pub lowercase: bool,
    /// Whether texts are brought to Unicode's composed form first; default true.
    pub nfc: bool,
    /// Whether punctuation and symbols are tokens beside words; default true.
    pub punctuation: bool,
    /// Which tokens the vocabulary takes, and whether texts have a start and an end.
    pub vocabulary: VocabularyConfig,
}

impl Default for TextConfig {
    fn default() -> Self {
        let vocabulary = VocabularyConfig::default();
        Self { unit: Unit::Words, lowercase: true, nfc: true, punctuation: true, vocabulary }
    }
}

impl TextConfig {
    /// Words in small letters and punctuation; a vocabulary of at most 20,000.
    pub fn words() -> Self {
        Self::default()
    }

    /// Characters as they are.
    pub fn characters() -> Self {
        Self { unit: Unit::Characters, lowercase: false, ..Self::default() }
    }

    /// Byte pairs of texts as they are, in a vocabulary of at most `max_size`: 256 bytes and the special tokens are in it.
    pub fn byte_pairs(max_size: usize) -> Self {
        Self { unit: Unit::BytePairs, lowercase: false, ..Self::default() }.with_max_size(max_size)
    }

    /// Takes at most this many entries into the vocabulary, special ones included.
    #[must_use]
    pub fn with_max_size(mut self, max_size: usize) -> Self {
        self.vocabulary.max_size = max_size;
        self
    }

    /// Takes only tokens that occur this often; of byte pairs, pairs that do.
    #[must_use]
    pub fn with_min_frequency(mut self, count: u64) -> Self {
        self.vocabulary.min_frequency = count;
        self
    }

    /// Puts a token before and a token after each text.
    #[must_use]
    pub fn with_start_and_end(mut self) -> Self {
        (self.vocabulary.start, self.vocabulary.end) = (true, true);
        self
    }
}

/// Turns texts into ids and ids into texts; made from texts, saved in one file.
///
/// ```
/// use firebrick_rnn::text::{TextConfig, TextPipeline};
///
/// let texts = ["A good film, a good cast", "A bad film"];
/// let pipeline = TextPipeline::fit(&texts, &TextConfig::words())?;
/// assert_eq!(pipeline.encode("A GOOD plan")?, [2, 4, 1]);
/// assert_eq!(pipeline.decode(&[2, 4, 3, 0, 0])?, "a good film");
/// # Ok::<(), firebrick_rnn::text::TextError>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct TextPipeline {
    normalisation: Normalisation,
    tokenizer: Tokenizer,
    vocabulary: Vocabulary,
}

#[derive(Clone, Debug)]
enum Tokenizer {
    Words { punctuation: bool },
    Characters,
    BytePairs(Box<BytePairs>),
}

/// How a pipeline is written.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    normalisation: Normalisation,
    tokenizer: StoredTokenizer,
    vocabulary: Vocabulary,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum StoredTokenizer {
    Words { punctuation: bool },
    Characters,
    BytePairs { merges: Vec<(String, String)> },
}

impl TextPipeline {
    /// Makes the vocabulary of these texts: of the training part alone, as a rule.
    ///
    /// # Errors
    /// When no token is frequent enough, or the vocabulary has no room for one.
    pub fn fit<S: AsRef<str>>(texts: &[S], config: &TextConfig) -> Result<Self, TextError> {
        let normalisation = Normalisation { nfc: config.nfc, lowercase: config.lowercase };
        let texts: Vec<_> = texts.iter().map(|text| normalisation.apply(text.as_ref())).collect::<Result<_, _>>()?;
        let settings = &config.vocabulary;
        let (tokenizer, vocabulary) = match config.unit {
            Unit::Words => {
                let punctuation = config.punctuation;
                let tokens = texts.iter().flat_map(|text| words(text, punctuation));
                (Tokenizer::Words { punctuation }, Vocabulary::build(tokens, settings)?)
            }
            Unit::Characters => {
                let tokens = texts.iter().flat_map(|text| characters(text));
                (Tokenizer::Characters, Vocabulary::build(tokens, settings)?)
            }
            Unit::BytePairs => {
                let size = BYTES + settings.room(BYTES)?;
                let (pairs, tokens) = BytePairs::train(&texts, size, settings.min_frequency)?;
                (Tokenizer::BytePairs(Box::new(pairs)), Vocabulary::of(tokens, settings.start, settings.end)?)
            }
        };
        Ok(Self { normalisation, tokenizer, vocabulary })
    }

    /// The ids of a text, at least one: a text without a token is one unknown token, for a sequence has at least one step.
    ///
    /// # Errors
    /// When byte pairs are asked for and the text is beyond what their pattern can match.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TextError> {
        let text = self.normalisation.apply(text)?;
        let mut ids: Vec<u32> = self.vocabulary.start().into_iter().collect();
        let id = |token: &str| self.vocabulary.id(token);
        match &self.tokenizer {
            &Tokenizer::Words { punctuation } => ids.extend(words(&text, punctuation).map(id)),
            Tokenizer::Characters => ids.extend(characters(&text).map(id)),
            Tokenizer::BytePairs(pairs) => {
                let special = self.vocabulary.special() as u32;
                ids.extend(pairs.encode(&text)?.into_iter().map(|id| id + special));
            }
        }
        ids.extend(self.vocabulary.end());
        if ids.is_empty() {
            ids.push(UNKNOWN);
        }
        Ok(ids)
    }

    /// The ids of bytes that should be text.
    ///
    /// # Errors
    /// When they are not UTF-8 (the message says from which byte on), or as [`TextPipeline::encode`].
    pub fn encode_bytes(&self, bytes: &[u8]) -> Result<Vec<u32>, TextError> {
        let text = std::str::from_utf8(bytes).map_err(|error| TextError::Utf8 { byte: error.valid_up_to() })?;
        self.encode(text)
    }

    /// The ids of each text.
    ///
    /// # Errors
    /// As [`TextPipeline::encode`].
    pub fn encode_all<S: AsRef<str>>(&self, texts: &[S]) -> Result<Vec<Vec<u32>>, TextError> {
        texts.iter().map(|text| self.encode(text.as_ref())).collect()
    }

    /// The text of ids: words with blanks between them, characters and byte pairs as they were. Padding, start and end leave no
    /// trace; an unknown token, and bytes that make no letter, become U+FFFD.
    ///
    /// # Errors
    /// When an id is beyond the vocabulary.
    pub fn decode(&self, ids: &[u32]) -> Result<String, TextError> {
        let (start, end) = (self.vocabulary.start(), self.vocabulary.end());
        let silent = |id: u32| id == PADDING || Some(id) == start || Some(id) == end;
        let mut tokens = Vec::with_capacity(ids.len());
        for (position, &id) in ids.iter().enumerate() {
            let unknown = || TextError::Id { position, id, size: self.vocabulary.len() };
            let token = self.vocabulary.token(id).ok_or_else(unknown)?;
            match id {
                id if silent(id) => {}
                UNKNOWN => tokens.push("\u{fffd}".to_string()),
                _ => tokens.push(token.to_string()),
            }
        }
        match &self.tokenizer {
            Tokenizer::Words { .. } => Ok(tokens.join(" ")),
            Tokenizer::Characters => Ok(tokens.concat()),
            Tokenizer::BytePairs(_) => byte_pairs::decode(tokens),
        }
    }

    /// Tokens and their ids. Its length is the number of rows of an embedding.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Writes it to a file, with everything in it, as JSON. A file of the name is replaced when the new one is whole.
    ///
    /// # Errors
    /// When the system does not let it be written.
    pub fn save(&self, path: &Path) -> Result<(), TextError> {
        let failed = |source| TextError::File { path: path.to_path_buf(), source };
        let text = serde_json::to_vec(self).map_err(|source| TextError::Format { path: path.to_path_buf(), source })?;
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(".part");
        let part = path.with_file_name(name);
        fs::write(&part, text).map_err(failed)?;
        fs::File::open(&part).and_then(|file| file.sync_all()).map_err(failed)?;
        fs::rename(&part, path).map_err(failed)
    }

    /// Reads it from a file.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no whole text pipeline.
    pub fn load(path: &Path) -> Result<Self, TextError> {
        let text = fs::read(path).map_err(|source| TextError::File { path: path.to_path_buf(), source })?;
        serde_json::from_slice(&text).map_err(|source| TextError::Format { path: path.to_path_buf(), source })
    }
}

impl From<TextPipeline> for Stored {
    fn from(pipeline: TextPipeline) -> Self {
        let tokenizer = match pipeline.tokenizer {
            Tokenizer::Words { punctuation } => StoredTokenizer::Words { punctuation },
            Tokenizer::Characters => StoredTokenizer::Characters,
            Tokenizer::BytePairs(pairs) => StoredTokenizer::BytePairs { merges: pairs.merges().to_vec() },
        };
        Self { normalisation: pipeline.normalisation, tokenizer, vocabulary: pipeline.vocabulary }
    }
}

impl TryFrom<Stored> for TextPipeline {
    type Error = TextError;

    fn try_from(stored: Stored) -> Result<Self, TextError> {
        let Stored { normalisation, tokenizer, vocabulary } = stored;
        let tokenizer = match tokenizer {
            StoredTokenizer::Words { punctuation } => Tokenizer::Words { punctuation },
            StoredTokenizer::Characters => Tokenizer::Characters,
            StoredTokenizer::BytePairs { merges } => {
                Tokenizer::BytePairs(Box::new(BytePairs::new(vocabulary.own(), merges)?))
            }
        };
        Ok(Self { normalisation, tokenizer, vocabulary })
    }
}

#[cfg(test)]
mod tests;
