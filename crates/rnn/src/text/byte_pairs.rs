//! Byte-pair encoding (R. Sennrich, B. Haddow and A. Birch, 2016, <https://arxiv.org/abs/1508.07909>) on the bytes of a
//! text, as in GPT-2, through the `tokenizers` crate.
//!
//! Every byte is a token, so no text holds anything unknown; the most frequent pairs of neighbours inside a word become tokens, until
//! there are enough.

use std::collections::HashMap;

use tokenizers::models::bpe::{BPE, BpeTrainer, Vocab};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{Decoder, Model, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer, Trainer};

use super::TextError;

/// The tokens that every byte-pair encoding has: one for each byte.
pub(super) const BYTES: usize = 256;

/// A trained encoding. Its ids begin with 0; the vocabulary puts the special tokens before them.
#[derive(Clone, Debug)]
pub(super) struct BytePairs {
    model: BPE,
    merges: Vec<(String, String)>,
}

/// What [`BytePairs`] are learnt from and cut by: words with the blank before them, as signs that stand for bytes.
fn level() -> ByteLevel {
    ByteLevel::new(false, false, true)
}

fn uncut(error: &dyn std::fmt::Display) -> TextError {
    TextError::Uncut { reason: error.to_string() }
}

/// The words of a text, spelt in signs that stand for bytes.
fn spelt(text: &str) -> Result<Vec<String>, TextError> {
    let mut text = PreTokenizedString::from(text);
    level().pre_tokenize(&mut text).map_err(|error| uncut(&error))?;
    let splits = text.get_splits(OffsetReferential::Original, OffsetType::Byte);
    Ok(splits.into_iter().map(|(word, _, _)| word.to_string()).collect())
}

impl BytePairs {
    /// Learns an encoding of at most `size` tokens, of pairs that occur `min_frequency` times; with the tokens, in the order of
    /// their ids.
    pub(super) fn train<S: AsRef<str> + Sync>(
        texts: &[S],
        size: usize,
        min_frequency: u64,
    ) -> Result<(Self, Vec<String>), TextError> {
        let mut trainer = BpeTrainer::builder()
            .vocab_size(size)
            .min_frequency(min_frequency)
            .show_progress(false)
            .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
            .build();
        let words = |text: &str| spelt(text).map_err(Into::into);
        trainer.feed(texts.iter(), words).map_err(|error| uncut(&error))?;
        let mut model = BPE::default();
        trainer.train(&mut model).map_err(|error| uncut(&error))?;
        let mut tokens: Vec<(String, u32)> = model.get_vocab().into_iter().collect();
        tokens.sort_by_key(|token| token.1);
        let tokens: Vec<String> = tokens.into_iter().map(|(token, _)| token).collect();
        let merges = merges(&model)?;
        Ok((Self::new(&tokens, merges)?, tokens))
    }

    /// The encoding of these tokens, with these merges in the order of their learning.
    pub(super) fn new(tokens: &[String], merges: Vec<(String, String)>) -> Result<Self, TextError> {
        let damaged = |reason: String| TextError::BytePairs { reason };
        let ids: HashMap<&str, u32> = tokens.iter().zip(0..).map(|(token, id)| (token.as_str(), id)).collect();
        let missing =
            ByteLevel::alphabet().into_iter().filter(|sign| !ids.contains_key(sign.to_string().as_str())).count();
        if missing > 0 {
            return Err(damaged(format!("{missing} of the 256 bytes are no tokens")));
        }
        for (i, (a, b)) in merges.iter().enumerate() {
            let whole = [a.as_str(), b, &format!("{a}{b}")].iter().all(|part| ids.contains_key(part));
            if !whole {
                return Err(damaged(format!("merge {i} is of tokens, or makes one, that the vocabulary has not")));
            }
        }
        let vocabulary: Vocab = ids.into_iter().map(|(token, id)| (token.to_string(), id)).collect();
        let builder = BPE::builder().vocab_and_merges(vocabulary, merges.clone());
        let model = builder.build().map_err(|error| damaged(error.to_string()))?;
        Ok(Self { model, merges })
    }

    pub(super) fn merges(&self) -> &[(String, String)] {
        &self.merges
    }

    /// The ids of a text, from 0.
    pub(super) fn encode(&self, text: &str) -> Result<Vec<u32>, TextError> {
        let mut ids = Vec::new();
        for word in spelt(text)? {
            let tokens = self.model.tokenize(&word).map_err(|error| uncut(&error))?;
            ids.extend(tokens.into_iter().map(|token| token.id));
        }
        Ok(ids)
    }
}

/// The text of tokens; bytes that make no letter, such as half of one, become U+FFFD.
pub(super) fn decode(tokens: Vec<String>) -> Result<String, TextError> {
    level().decode_chain(tokens).map(|parts| parts.concat()).map_err(|error| uncut(&error))
}

/// The merges of a model, which it shows only when it is written.
fn merges(model: &BPE) -> Result<Vec<(String, String)>, TextError> {
    let damaged = |reason: String| TextError::BytePairs { reason };
    let written = serde_json::to_value(model).map_err(|error| damaged(error.to_string()))?;
    serde_json::from_value(written["merges"].clone()).map_err(|error| damaged(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 3] = ["low lower lowest low", "new newer newest new", "낮다 낮은 낮게"];

    #[test]
    fn frequent_pairs_become_tokens_and_any_text_comes_back() {
        let (pairs, tokens) = BytePairs::train(&TEXTS, 280, 2).unwrap();
        assert!(
            tokens.len() <= 280 && tokens.contains(&"low".to_string()) && tokens.contains(&"Ġnew".to_string()),
            "{tokens:?}"
        );
        assert!(pairs.encode("low newest").unwrap().len() < "low newest".len() / 2);
        for text in ["low newest", "  a\tb\n\n", "never seen: 오늘 ü👍🏽 \u{0}", "", "<padding>"] {
            let ids = pairs.encode(text).unwrap();
            assert_eq!(decode(ids.iter().map(|&id| tokens[id as usize].clone()).collect()).unwrap(), text);
        }
    }

    #[test]
    fn the_same_texts_give_the_same_encoding() {
        let first = BytePairs::train(&TEXTS, 300, 1).unwrap();
        for _ in 0..5 {
            let (again, tokens) = BytePairs::train(&TEXTS, 300, 1).unwrap();
            assert_eq!((again.merges(), &tokens), (first.0.merges(), &first.1));
        }
        let read = BytePairs::new(&first.1, first.0.merges().to_vec()).unwrap();
        assert_eq!(read.encode("lowest 낮은 x").unwrap(), first.0.encode("lowest 낮은 x").unwrap());
    }

    #[test]
    fn damaged_pairs_are_refused() {
        let (pairs, tokens) = BytePairs::train(&TEXTS, 280, 2).unwrap();
        let message = |tokens: &[String], merges: &[(&str, &str)]| {
            let merges = merges.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
            BytePairs::new(tokens, merges).unwrap_err().to_string()
        };
        assert!(message(&tokens[1..], &[]).contains("1 of the 256 bytes"));
        assert!(message(&tokens, &[("x", "q")]).contains("merge 0"));
        assert!(message(&tokens, &[("low", "nothing")]).contains("merge 0"));
        assert!(!pairs.merges().is_empty());
    }
}
