//! Tasks that read and write texts themselves.

use super::*;
use firebrick_rnn::text::{TextConfig, TextPipeline};

const REVIEWS: [&str; 6] =
    ["a good film", "good good cast", "a bad film", "bad cast and bad film", "so good", "a cast so bad"];

#[test]
fn a_stored_classifier_reads_texts() {
    let _alone = alone();
    let pipeline = TextPipeline::fit(&REVIEWS, &TextConfig::words()).unwrap();
    let labels = REVIEWS.iter().map(|review| u32::from(review.contains("good"))).collect();
    let targets = Targets::classes(labels, names(&["bad", "good"]));
    let data = Sequences::of_ids(&pipeline.encode_all(&REVIEWS).unwrap(), targets).unwrap();
    let network = sequence![embedding(pipeline.vocabulary().len(), 8), gru(8), dense(2)];
    let classifier = SequenceClassifier::new(network).on(&Device::flex());
    let fitted = classifier.fit(&data, &data, config().with_epochs(60), callbacks![]).unwrap();
    assert!(matches!(fitted.predict_texts(&REVIEWS), Err(TaskError::NoPipeline)));

    let (fitted, folder) = (fitted.with_text(pipeline), tempfile::tempdir().unwrap());
    fitted.save(folder.path()).unwrap();
    let loaded: SequenceClassifier = SequenceClassifier::load(folder.path(), &Device::flex()).unwrap();
    let rows = loaded.predict_texts(&["A GOOD cast", "what a bad bad film"]).unwrap();
    assert!(rows[0][1] > 0.5 && rows[1][0] > 0.5, "{rows:?}");
    assert_eq!(loaded.predict_texts(&REVIEWS).unwrap(), fitted.predict(&data).unwrap());
}

#[test]
fn a_stored_language_model_writes_texts_and_ends_them() {
    let _alone = alone();
    let texts = ["abc", "abc", "abc", "abc"];
    let pipeline = TextPipeline::fit(&texts, &TextConfig::characters().with_start_and_end()).unwrap();
    let symbols = pipeline.vocabulary().len();
    let corpus = Corpus::of_texts(pipeline.encode_all(&texts).unwrap()).unwrap();
    let network = sequence![embedding(symbols, 8), gru(12).return_sequences(), dense(symbols)];
    let model = LanguageModel::of_texts(network, pipeline).on(&Device::flex());
    let fitted = model.fit(&corpus, &corpus, config().with_epochs(60), callbacks![]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fitted.save(folder.path()).unwrap();
    let loaded: LanguageModel = LanguageModel::load(folder.path(), &Device::flex()).unwrap();
    for (prompt, expected) in [("", "abc"), ("a", "bc"), ("ab", "c")] {
        assert_eq!(loaded.generate_text(prompt, 20, &Sampling::greedy()).unwrap(), expected, "{prompt:?}");
    }
    assert_eq!(loaded.text().unwrap().vocabulary(), fitted.text().unwrap().vocabulary());
}
