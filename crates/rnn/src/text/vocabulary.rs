//! Tokens and their ids.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::TextError;

/// The id of padding.
pub const PADDING: u32 = 0;
/// The id of every token that the vocabulary has not.
pub const UNKNOWN: u32 = 1;

const PADDING_NAME: &str = "<padding>";
const UNKNOWN_NAME: &str = "<unknown>";
const START_NAME: &str = "<start>";
const END_NAME: &str = "<end>";

/// Which tokens a vocabulary takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VocabularyConfig {
    /// How often a token must occur; default 1.
    pub min_frequency: u64,
    /// Entries at most, special ones included: the rows of an embedding. Default 20,000.
    pub max_size: usize,
    /// Whether there is a token for the start of a text; default false.
    pub start: bool,
    /// Whether there is a token for the end of a text; default false.
    pub end: bool,
}

impl Default for VocabularyConfig {
    fn default() -> Self {
        Self { min_frequency: 1, max_size: 20_000, start: false, end: false }
    }
}

/// Tokens and their ids: 0 for padding, 1 for unknown tokens, then start and end where they are wanted, then the tokens from the most
/// frequent on, those of one frequency by their letters. The same texts give the same ids, in whatever order they come.
///
/// ```
/// use firebrick_rnn::text::{UNKNOWN, Vocabulary, VocabularyConfig};
///
/// let words = "to be or not to be".split(' ');
/// let vocabulary = Vocabulary::build(words, &VocabularyConfig { min_frequency: 2, ..VocabularyConfig::default() })?;
/// assert_eq!((vocabulary.len(), vocabulary.id("be"), vocabulary.id("to")), (4, 2, 3));
/// assert_eq!((vocabulary.id("or"), vocabulary.token(3)), (UNKNOWN, Some("to")));
/// # Ok::<(), firebrick_rnn::text::TextError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Vocabulary {
    /// Special ones first.
    tokens: Vec<String>,
    /// Of the tokens that are not special: a text that holds the name of a special token does not get its id.
    ids: HashMap<String, u32>,
    start: Option<u32>,
    end: Option<u32>,
}

/// How a vocabulary is written.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    start: bool,
    end: bool,
    tokens: Vec<String>,
}

impl Vocabulary {
    /// The vocabulary of these tokens.
    ///
    /// # Errors
    /// When no token is frequent enough, or there is no room for one.
    pub fn build<T: AsRef<str>>(
        tokens: impl IntoIterator<Item = T>,
        config: &VocabularyConfig,
    ) -> Result<Self, TextError> {
        let mut counts: HashMap<String, u64> = HashMap::new();
        for token in tokens {
            match counts.get_mut(token.as_ref()) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(token.as_ref().to_string(), 1);
                }
            }
        }
        let room = config.room(0)?;
        counts.retain(|token, count| *count >= config.min_frequency && !token.is_empty());
        if counts.is_empty() {
            return Err(TextError::NoTokens { min_frequency: config.min_frequency });
        }
        let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
        counts.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
        counts.truncate(room);
        Self::of(counts.into_iter().map(|(token, _)| token).collect(), config.start, config.end)
    }

    /// The vocabulary of these tokens in their order, after the special ones.
    pub(super) fn of(own: Vec<String>, start: bool, end: bool) -> Result<Self, TextError> {
        let mut tokens = vec![PADDING_NAME.to_string(), UNKNOWN_NAME.to_string()];
        let mut special = |wanted: bool, name: &str| {
            wanted.then(|| {
                tokens.push(name.to_string());
                tokens.len() as u32 - 1
            })
        };
        let (start, end) = (special(start, START_NAME), special(end, END_NAME));
        let mut ids = HashMap::with_capacity(own.len());
        for token in own {
            let id = tokens.len();
            if token.is_empty() || ids.insert(token.clone(), id as u32).is_some() {
                return Err(TextError::Entry { id, token: token.chars().take(40).collect() });
            }
            tokens.push(token);
        }
        Ok(Self { tokens, ids, start, end })
    }

    /// How many entries, special ones included.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there is no entry. Never so: padding and unknown are always there.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The id of a token, [`UNKNOWN`] where the vocabulary has it not.
    pub fn id(&self, token: &str) -> u32 {
        self.ids.get(token).copied().unwrap_or(UNKNOWN)
    }

    /// The token of an id; the special ones have names in angle brackets.
    pub fn token(&self, id: u32) -> Option<&str> {
        self.tokens.get(id as usize).map(String::as_str)
    }

    /// The id of the start, where there is one.
    pub fn start(&self) -> Option<u32> {
        self.start
    }

    /// The id of the end, where there is one.
    pub fn end(&self) -> Option<u32> {
        self.end
    }

    /// How many entries are special: their ids come first.
    pub(super) fn special(&self) -> usize {
        self.tokens.len() - self.ids.len()
    }

    /// The tokens that are not special, in the order of their ids.
    pub(super) fn own(&self) -> &[String] {
        &self.tokens[self.special()..]
    }
}

impl VocabularyConfig {
    /// Entries left for tokens, beside special ones and `reserved` others.
    pub(super) fn room(&self, reserved: usize) -> Result<usize, TextError> {
        let reserved = 2 + usize::from(self.start) + usize::from(self.end) + reserved;
        match self.max_size.checked_sub(reserved) {
            Some(room) if room > 0 => Ok(room),
            _ => Err(TextError::NoRoom { max_size: self.max_size, reserved }),
        }
    }
}

impl From<Vocabulary> for Stored {
    fn from(vocabulary: Vocabulary) -> Self {
        let (start, end) = (vocabulary.start.is_some(), vocabulary.end.is_some());
        Self { start, end, tokens: vocabulary.own().to_vec() }
    }
}

impl TryFrom<Stored> for Vocabulary {
    type Error = TextError;

    fn try_from(stored: Stored) -> Result<Self, TextError> {
        Self::of(stored.tokens, stored.start, stored.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(words: &str, config: VocabularyConfig) -> Result<Vocabulary, TextError> {
        Vocabulary::build(words.split(' '), &config)
    }

    #[test]
    fn ids_go_by_frequency_then_by_letters_whatever_the_order_of_texts() {
        let vocabulary = build("b a c b d c b", VocabularyConfig::default()).unwrap();
        assert_eq!(vocabulary.own(), ["b", "c", "a", "d"]);
        assert_eq!(vocabulary, build("d c c b a b b", VocabularyConfig::default()).unwrap());
        let few = build("b a c b d c b", VocabularyConfig { max_size: 4, ..VocabularyConfig::default() }).unwrap();
        assert_eq!((few.len(), few.id("c"), few.id("a")), (4, 3, UNKNOWN));
    }

    #[test]
    fn start_and_end_come_before_the_tokens_and_no_text_reaches_special_ids() {
        let config = VocabularyConfig { start: true, end: true, ..VocabularyConfig::default() };
        let vocabulary = build("<padding> <start> x", config).unwrap();
        assert_eq!((vocabulary.start(), vocabulary.end(), vocabulary.len()), (Some(2), Some(3), 7));
        assert!(["<padding>", "<start>", "x"].iter().all(|token| vocabulary.id(token) >= 4));
        assert_eq!((vocabulary.id("<unknown>"), vocabulary.token(7)), (UNKNOWN, None));
        let end = build("x", VocabularyConfig { end: true, ..VocabularyConfig::default() }).unwrap();
        assert_eq!((end.start(), end.end()), (None, Some(2)));
    }

    #[test]
    fn it_is_written_and_read_and_a_damaged_one_is_refused() {
        let config = VocabularyConfig { start: true, ..VocabularyConfig::default() };
        let vocabulary = build("ü b b", config).unwrap();
        let text = serde_json::to_string(&vocabulary).unwrap();
        assert_eq!(text, r#"{"start":true,"end":false,"tokens":["b","ü"]}"#);
        assert_eq!(serde_json::from_str::<Vocabulary>(&text).unwrap(), vocabulary);
        let message = |tokens: &str| {
            let text = format!(r#"{{"start":false,"end":false,"tokens":{tokens}}}"#);
            serde_json::from_str::<Vocabulary>(&text).unwrap_err().to_string()
        };
        assert!(message(r#"["a","b","a"]"#).contains("entry 4 of the vocabulary, \"a\""));
        assert!(message(r#"["a",""]"#).contains("entry 3"));
    }

    #[test]
    fn a_vocabulary_of_nothing_or_without_room_is_refused() {
        let message = |config| build("a b", config).unwrap_err().to_string();
        assert!(
            message(VocabularyConfig { min_frequency: 2, ..VocabularyConfig::default() }).contains("occurs 2 time(s)")
        );
        assert!(
            message(VocabularyConfig { max_size: 2, ..VocabularyConfig::default() }).contains("2 entries has no room")
        );
        assert!(
            message(VocabularyConfig { max_size: 3, end: true, ..VocabularyConfig::default() })
                .contains("its 3 reserved")
        );
    }
}
