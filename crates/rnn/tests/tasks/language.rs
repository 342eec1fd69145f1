//! What a language model promises.

use burn::tensor::Device;
use firebrick_callbacks::callbacks;

use firebrick_rnn::build::*;
use firebrick_rnn::tasks::*;
use firebrick_rnn::{SequenceNetworkConfig, sequence};

use super::{alone, assert_resumes, weights_of};

/// "abcdabcd...", as ids.
fn alphabet(symbols: usize) -> Corpus {
    Corpus::new((0..symbols as u32).map(|i| i % 4).collect()).unwrap().with_window(10).unwrap()
}

/// Words of their own: a, ab, abc, ...
fn words() -> Corpus {
    Corpus::of_texts((2..9).map(|length| (0..length).map(|i| i % 4).collect()).collect()).unwrap()
}

fn names() -> Vec<String> {
    ["a", "b", "c", "d"].map(String::from).to_vec()
}

fn network() -> SequenceNetworkConfig {
    sequence![embedding(4, 4), lstm(12).return_sequences(), gru(8).return_sequences(), dense(4)]
}

fn model() -> LanguageModel {
    LanguageModel::new(network(), names()).on(&Device::flex())
}

fn config() -> FitConfig {
    FitConfig::new().with_epochs(3).with_batch_size(4).with_learning_rate(2e-2).with_seed(1)
}

fn fitted() -> LanguageModel {
    model().fit(&alphabet(200), &alphabet(60), config(), callbacks![]).unwrap()
}

#[test]
fn it_learns_the_alphabet_by_heart_and_recites_it() {
    let _alone = alone();
    let fitted = model().fit(&alphabet(40), &words(), config().with_epochs(60), callbacks![]).unwrap();
    let scores = fitted.evaluate(&words()).unwrap();
    assert!(scores.accuracy == 1.0 && scores.perplexity() < 1.2, "{scores}");
    assert_eq!(fitted.generate(&[2, 3], 6, &Sampling::greedy()).unwrap(), [0, 1, 2, 3, 0, 1]);
    assert!(fitted.predict(&[0]).unwrap()[1] > 0.8);
}

#[test]
fn symbols_that_are_written_one_by_one_are_those_of_reading_all_again() {
    let _alone = alone();
    let fitted = fitted();
    let sampling = Sampling::new().with_temperature(1.5).with_seed(9);
    let written = fitted.generate(&[0, 1], 30, &sampling).unwrap();
    let mut text = vec![0, 1];
    for n in 0..30 {
        // Draws depend on their number and on the probabilities after all that was written.
        let logits: Vec<f32> = fitted.predict(&text).unwrap().iter().map(|p| p.ln() as f32).collect();
        text.push(sampling.draw(&logits, n).unwrap());
    }
    assert_eq!(text[2..], written);
    assert_ne!(written, fitted.generate(&[0, 1], 30, &sampling.with_seed(10)).unwrap());
}

#[test]
fn a_resumed_model_ends_with_the_bytes_and_the_history_of_a_whole_one() {
    assert_resumes(&["train_loss", "train_accuracy", "valid_loss"], |session| {
        let fitted = model().fit_in(&alphabet(200), &alphabet(60), &config(), session).unwrap();
        weights_of(|directory| fitted.save(directory))
    });
    assert_resumes(&["train_loss", "valid_loss"], |session| {
        let config = config().with_batch_size(2);
        let fitted = model().fit_in(&words(), &words(), &config, session).unwrap();
        weights_of(|directory| fitted.save(directory))
    });
}

#[test]
fn a_stored_model_writes_the_same_text() {
    let _alone = alone();
    let (fitted, folder) = (fitted(), tempfile::tempdir().unwrap());
    fitted.save(folder.path()).unwrap();
    let loaded: LanguageModel = LanguageModel::load(folder.path(), &Device::flex()).unwrap();
    let sampling = Sampling::new().with_top_k(3).with_top_p(0.9).with_seed(2);
    assert_eq!(loaded.generate(&[3], 40, &sampling).unwrap(), fitted.generate(&[3], 40, &sampling).unwrap());
    assert_eq!(
        (loaded.symbols(), loaded.evaluate(&words()).unwrap()),
        (&names()[..], fitted.evaluate(&words()).unwrap())
    );
}

#[test]
fn padding_between_texts_counts_nowhere() {
    let _alone = alone();
    let (fitted, texts) = (fitted(), [vec![0, 1, 2, 3, 0], vec![2, 2], vec![1, 3, 1]]);
    let (mut loss, mut symbols) = (0.0, 0);
    for text in &texts {
        let scores = fitted.evaluate(&Corpus::of_texts(vec![text.clone()]).unwrap()).unwrap();
        loss += scores.loss * scores.symbols as f64;
        symbols += scores.symbols;
    }
    let together = fitted.evaluate(&Corpus::of_texts(texts.to_vec()).unwrap()).unwrap();
    assert_eq!((together.symbols, symbols), (7, 7));
    assert!((together.loss - loss / 7.0).abs() < 1e-6, "{} and not {}", together.loss, loss / 7.0);
    assert!((together.bits_per_symbol() - together.perplexity().log2()).abs() < 1e-12);
}

#[test]
fn what_does_not_fit_together_is_said() {
    let refused = |network: SequenceNetworkConfig, train: &Corpus| {
        let model = LanguageModel::new(network, names()).on(&Device::flex());
        model.fit(train, &words(), config(), callbacks![]).unwrap_err().to_string()
    };
    let other = Corpus::new(vec![0, 1, 7]).unwrap();
    assert!(refused(network(), &other).contains("training sequence 0 has the id 7 at step 2"));
    let few = sequence![embedding(3, 4), gru(4).return_sequences(), dense(4)];
    assert!(refused(few, &words()).contains("the network knows 3 symbols"));
    let whole = sequence![embedding(4, 4), gru(4), dense(4)];
    assert!(refused(whole, &words()).contains("[T, 4]"));
    for backwards in [
        sequence![embedding(4, 4), bidirectional(gru(4)).return_sequences(), dense(4)],
        sequence![embedding(4, 4), gru(4).return_sequences().with_go_backwards(true), dense(4)],
    ] {
        assert!(refused(backwards, &words()).contains("reads backwards"));
    }
    assert!(matches!(model().generate(&[0], 3, &Sampling::new()), Err(TaskError::NotTrained)));
    let _alone = alone();
    let fitted = fitted();
    let message = |prompt: &[u32], sampling: Sampling| fitted.generate(prompt, 3, &sampling).unwrap_err().to_string();
    assert!(message(&[], Sampling::new()).contains("no prompt symbols"));
    assert!(message(&[1, 4], Sampling::new()).contains("the id 4 at step 1"));
    assert!(message(&[1], Sampling::new().with_top_k(0)).contains("top_k = 0"));
}
