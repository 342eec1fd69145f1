//! Cutting a text into tokens.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use tokenizers::normalizers::NFC;
use tokenizers::{NormalizedString, Normalizer};
use unicode_segmentation::UnicodeSegmentation;

use super::TextError;

/// What happens to a text before it is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Normalisation {
    /// Composed form: one letter with its accent instead of two signs (Unicode Annex 15).
    pub(super) nfc: bool,
    pub(super) lowercase: bool,
}

impl Normalisation {
    pub(super) fn apply<'a>(&self, text: &'a str) -> Result<Cow<'a, str>, TextError> {
        let text = match self.nfc && !text.is_ascii() {
            true => Cow::Owned(composed(text)?),
            false => Cow::Borrowed(text),
        };
        Ok(if self.lowercase { Cow::Owned(text.to_lowercase()) } else { text })
    }
}

fn composed(text: &str) -> Result<String, TextError> {
    let mut normalized = NormalizedString::from(text);
    NFC.normalize(&mut normalized).map_err(|error| TextError::Uncut { reason: error.to_string() })?;
    Ok(normalized.get().to_string())
}

/// The words of a text (Unicode Annex 29: `don't` and `3.14` are one each, a sign of Han is one by itself), and its
/// punctuation and symbols, one by one, where they are wanted. Blanks are nothing.
pub(super) fn words(text: &str, punctuation: bool) -> impl Iterator<Item = &str> {
    let is_token = move |word: &&str| match punctuation {
        true => !word.trim().is_empty(),
        false => word.contains(char::is_alphanumeric),
    };
    text.split_word_bounds().filter(is_token)
}

/// The characters of a text, blanks included.
pub(super) fn characters(text: &str) -> impl Iterator<Item = &str> {
    text.char_indices().map(|(start, letter)| &text[start..start + letter.len_utf8()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, punctuation: bool) -> Vec<&str> {
        words(text, punctuation).collect()
    }

    #[test]
    fn words_and_punctuation_are_tokens_in_every_script() {
        assert_eq!(cut("It's good , really!!", true), ["It's", "good", ",", "really", "!", "!"]);
        assert_eq!(cut("It's good , really!!", false), ["It's", "good", "really"]);
        assert_eq!(cut("재밌다... 최고👍🏽", true), ["재밌다", ".", ".", ".", "최고", "👍🏽"]);
        assert_eq!(cut("Größe: 3.14 m\n\t", true), ["Größe", ":", "3.14", "m"]);
        assert_eq!(cut("\u{a0} \u{3000}", true), [""; 0]);
        assert_eq!(characters("ab ü").collect::<Vec<_>>(), ["a", "b", " ", "ü"]);
    }

    #[test]
    fn normalisation_composes_and_lowers() {
        let apply = |nfc, lowercase, text: &str| Normalisation { nfc, lowercase }.apply(text).unwrap().into_owned();
        assert_eq!(apply(true, false, "Cafe\u{301} 각"), "Café 각");
        assert_eq!(apply(false, false, "Cafe\u{301}"), "Cafe\u{301}");
        assert_eq!(apply(true, true, "ÀB"), "àb");
        assert_eq!(apply(true, false, "\u{1112}\u{1161}\u{11ab}"), "한");
    }
}
