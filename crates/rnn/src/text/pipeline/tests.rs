//! What a pipeline makes of texts it knows, texts it does not know, and files.

use super::*;

const TEXTS: [&str; 4] =
    ["A good film, a good cast", "A bad film!", "정말 재밌다 정말 좋다", "The worst café of the year"];

fn all() -> [TextPipeline; 3] {
    let configs = [TextConfig::words(), TextConfig::characters(), TextConfig::byte_pairs(300)];
    configs.map(|config| TextPipeline::fit(&TEXTS, &config).unwrap())
}

#[test]
fn characters_and_byte_pairs_come_back_as_they_were() {
    let [words, characters, pairs] = all();
    for text in TEXTS {
        assert_eq!(characters.decode(&characters.encode(text).unwrap()).unwrap(), text);
        assert_eq!(pairs.decode(&pairs.encode(text).unwrap()).unwrap(), text);
    }
    assert_eq!(words.decode(&words.encode("A  BAD film!").unwrap()).unwrap(), "a bad film !");
    assert_eq!(words.decode(&words.encode("an odd film").unwrap()).unwrap(), "\u{fffd} \u{fffd} film");
    assert_eq!(characters.decode(&characters.encode("fizz").unwrap()).unwrap(), "fi\u{fffd}\u{fffd}");
    assert_eq!(pairs.decode(&pairs.encode("ganz Neues 👍").unwrap()).unwrap(), "ganz Neues 👍");
}

#[test]
fn every_text_has_a_step_and_texts_can_have_a_start_and_an_end() {
    for pipeline in all() {
        assert_eq!(pipeline.encode("").unwrap(), [UNKNOWN]);
    }
    let [words, ..] = all();
    assert_eq!(words.encode(" \t\n").unwrap(), [UNKNOWN]);
    for config in [TextConfig::words(), TextConfig::characters(), TextConfig::byte_pairs(300)] {
        let pipeline = TextPipeline::fit(&TEXTS, &config.with_start_and_end()).unwrap();
        let ids = pipeline.encode("film").unwrap();
        assert_eq!((ids[0], ids[ids.len() - 1], pipeline.encode("").unwrap()), (2, 3, vec![2, 3]));
        assert!(ids.len() > 2 && ids[1..ids.len() - 1].iter().all(|&id| id > 3));
        assert_eq!(pipeline.decode(&[ids, vec![PADDING; 3]].concat()).unwrap(), "film");
    }
}

#[test]
fn decomposed_letters_are_the_composed_ones_unless_they_are_kept_apart() {
    let [words, ..] = all();
    assert_eq!(words.encode("cafe\u{301}").unwrap(), words.encode("CAFÉ").unwrap());
    let config = TextConfig { nfc: false, ..TextConfig::words() };
    let apart = TextPipeline::fit(&TEXTS, &config).unwrap();
    assert_eq!(apart.encode("cafe\u{301}").unwrap(), [UNKNOWN]);
}

#[test]
fn a_saved_pipeline_is_whole_and_the_same() {
    let dir = tempfile::tempdir().unwrap();
    for (i, pipeline) in all().into_iter().enumerate() {
        let path = dir.path().join(format!("{i}.json"));
        pipeline.save(&path).unwrap();
        pipeline.save(&path).unwrap();
        let read = TextPipeline::load(&path).unwrap();
        for text in ["A good year of 정말 재밌는 films", "", "café!"] {
            assert_eq!(read.encode(text).unwrap(), pipeline.encode(text).unwrap());
        }
        assert_eq!(read.vocabulary(), pipeline.vocabulary());
        let bytes = fs::read(&path).unwrap();
        read.save(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3, "no part is left");
}

#[test]
fn ids_bytes_and_files_that_do_not_fit_are_named() {
    let [words, _, pairs] = all();
    let size = words.vocabulary().len();
    let message = words.decode(&[2, size as u32]).unwrap_err().to_string();
    assert!(message.contains(&format!("position 1 has id {size}, but the vocabulary has {size} entries")), "{message}");
    assert_eq!(words.encode_bytes("good".as_bytes()).unwrap(), words.encode("good").unwrap());
    assert!(words.encode_bytes(b"caf\xe9 good").unwrap_err().to_string().contains("byte 3 is not UTF-8"));
    let bytes = pairs.encode("👍").unwrap();
    assert_eq!((bytes.len(), pairs.decode(&bytes[..2]).unwrap().as_str()), (4, "\u{fffd}"), "half a sign is none");

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("it.json");
    assert!(TextPipeline::load(&path).unwrap_err().to_string().contains("it.json"));
    let whole = serde_json::to_string(&pairs).unwrap();
    let message = |text: &str| {
        fs::write(&path, text).unwrap();
        TextPipeline::load(&path).unwrap_err().to_string()
    };
    assert!(message(&whole[..whole.len() / 2]).contains("it.json: not a text pipeline"));
    let merge = whole.find("\"merges\":[[").unwrap() + 11;
    let broken = format!("{}\"no\",\"thing\"],[{}", &whole[..merge], &whole[merge..]);
    assert!(message(&broken).contains("merge 0"));
    assert!(message("{}").contains("missing field"));
}

#[test]
fn a_vocabulary_without_room_for_bytes_is_refused() {
    let message = |config| TextPipeline::fit(&TEXTS, &config).unwrap_err().to_string();
    assert!(message(TextConfig::byte_pairs(258)).contains("258 entries has no room beside its 258 reserved"));
    assert!(message(TextConfig::words().with_min_frequency(99)).contains("99 time(s)"));
    assert_eq!(TextPipeline::fit(&TEXTS, &TextConfig::byte_pairs(259)).unwrap().vocabulary().len(), 259);
}

#[test]
fn a_config_is_read_with_defaults_and_without_unknown_fields() {
    let config: TextConfig =
        serde_json::from_str(r#"{"unit": "byte-pairs", "vocabulary": {"max_size": 500}}"#).unwrap();
    assert_eq!((config.unit, config.vocabulary.max_size, config.nfc), (Unit::BytePairs, 500, true));
    assert!(serde_json::from_str::<TextConfig>(r#"{"units": "words"}"#).is_err());
}
