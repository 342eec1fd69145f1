//! What classifiers and taggers promise, on small sequences.

use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use burn::train::{InferenceStep, TrainStep};
use firebrick_callbacks::{History, ModelCheckpoint, Monitor, callbacks};
use firebrick_data::random::Draws;
use firebrick_data::{Length, Padding, Sequences, Side, Targets, UNTAGGED};
use firebrick_layers::Mask;
use firebrick_rnn::build::*;
use firebrick_rnn::tasks::*;
use firebrick_rnn::{SequenceNetwork, SequenceNetworkConfig, SequenceShape, Signal, sequence};

use super::{alone, assert_resumes, weights_of};

mod texts;
mod weights;

/// Sequences of 1 to 6 symbols below 6, from 1 on.
fn symbols(count: usize, seed: u64) -> Vec<Vec<u32>> {
    let sequence = |index: usize| {
        let mut draws = Draws::new(&[seed, index as u64]);
        let length = 1 + draws.below(6);
        (0..length).map(|_| 1 + draws.below(5) as u32).collect()
    };
    (0..count).map(sequence).collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Class 1 where a 5 occurs.
fn classes(count: usize, seed: u64) -> Sequences {
    let sequences = symbols(count, seed);
    let labels = sequences.iter().map(|sequence| u32::from(sequence.contains(&5))).collect();
    Sequences::of_ids(&sequences, Targets::classes(labels, names(&["without", "with"]))).unwrap()
}

/// Tag 1 where a symbol is larger than the one before; the first has no tag, unless it is alone.
fn tags(count: usize, seed: u64) -> Sequences {
    let sequences = symbols(count, seed);
    let tag = |s: &[u32], t: usize| match t {
        0 if s.len() > 1 => UNTAGGED,
        0 => 0,
        _ => u32::from(s[t] > s[t - 1]),
    };
    let tags = sequences.iter().map(|s| (0..s.len()).map(|t| tag(s, t)).collect()).collect();
    Sequences::of_ids(&sequences, Targets::tags(tags, names(&["not", "up"]))).unwrap()
}

fn reader() -> SequenceNetworkConfig {
    sequence![embedding(6, 6), dropout(0.1), gru(12), dense(2)]
}

fn stepper() -> SequenceNetworkConfig {
    sequence![embedding(6, 6), lstm(12).return_sequences(), dropout(0.1), dense(2)]
}

/// On the CPU, also in a build that has a GPU.
fn classifier() -> SequenceClassifier {
    SequenceClassifier::new(reader()).on(&Device::flex())
}

fn tagger() -> SequenceTagger {
    SequenceTagger::new(stepper()).on(&Device::flex())
}

fn config() -> FitConfig {
    FitConfig::new().with_epochs(3).with_batch_size(16).with_learning_rate(1e-2).with_seed(3)
}

#[test]
fn a_classifier_learns_one_batch_by_heart() {
    let _alone = alone();
    let data = classes(16, 1);
    let fitted = classifier().fit(&data, &data, config().with_epochs(80), callbacks![]).unwrap();
    let evaluation = fitted.evaluate(&data).unwrap();
    assert!(evaluation.accuracy == 1.0 && evaluation.loss < 0.1, "{evaluation}");
}

#[test]
fn a_tagger_learns_one_batch_by_heart() {
    let _alone = alone();
    let data = tags(16, 1);
    let fitted = tagger().fit(&data, &data, config().with_epochs(150), callbacks![]).unwrap();
    let evaluation = fitted.evaluate(&data).unwrap();
    assert!(evaluation.sequence_accuracy() == 1.0 && evaluation.steps.loss < 0.1, "{evaluation}");
    assert!(evaluation.steps.samples < data.lengths().iter().sum(), "untagged steps do not count");
}

/// A network of numbers, and its task.
fn labelling(device: &Device) -> Labelling<SequenceNetwork> {
    device.seed(5);
    let network = sequence![lstm(5).return_sequences(), bidirectional(gru(4)).return_sequences(), dense(3)];
    Labelling::new(network.init(&SequenceShape::features(2), device).unwrap(), 0.0)
}

/// Sequences of these lengths padded to 5 steps with `padding`, each step with a label.
fn padded(lengths: &[usize], padding: f32, device: &Device) -> LabelledBatch {
    let value = |row: usize, t: usize, f: usize| ((row * 10 + t * 2 + f) as f32).sin();
    let (mut values, mut places, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    for (row, &length) in lengths.iter().enumerate() {
        for t in 0..5 {
            values.extend([0, 1].map(|f| if t < length { value(row, t, f) } else { padding }));
        }
        places.extend((0..length).map(|t| (row * 5 + t) as i64));
        labels.extend((0..length).map(|t| ((row + t) % 3) as i64));
    }
    let column = |values: Vec<i64>| {
        let count = values.len();
        Tensor::<1, Int>::from_data(TensorData::new(values, [count]), device)
    };
    let values = Tensor::<3>::from_data(TensorData::new(values, [lengths.len(), 5, 2]), device);
    let mask = Mask::from_lengths(lengths, 5, device).unwrap();
    LabelledBatch { input: (values, mask).into(), counted: Some(column(places)), labels: column(labels), weights: None }
}

/// Row `row` of the sequences above on its own, without padding.
fn unpadded(row: usize, length: usize, device: &Device) -> LabelledBatch {
    let lengths: Vec<usize> = (0..=row).map(|i| if i == row { length } else { 0 }).collect();
    let batch = padded(&lengths, 0.0, device);
    let Signal::Sequence(sequence) = batch.input else { panic!("numbers") };
    let values = sequence.values.slice([row..row + 1, 0..length, 0..2]);
    LabelledBatch { input: values.into(), counted: None, ..batch }
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

#[test]
fn a_padded_batch_has_the_loss_and_answers_of_its_rows_alone() {
    let _alone = alone();
    let device = Device::flex();
    let (task, lengths) = (labelling(&device), [5, 2, 1, 4]);
    let together = InferenceStep::step(&task, padded(&lengths, 0.0, &device));
    let alone: Vec<_> = lengths
        .iter()
        .enumerate()
        .map(|(row, &length)| InferenceStep::step(&task, unpadded(row, length, &device)))
        .collect();
    let sum: f32 = alone.iter().flat_map(|row| numbers(row.losses.clone())).sum();
    let loss = numbers(together.loss())[0];
    assert!((loss - sum / 12.0).abs() < 1e-6, "{loss} and not {}", sum / 12.0);
    let rows: Vec<f32> = alone.into_iter().flat_map(|row| numbers(row.logits)).collect();
    assert!(numbers(together.logits).iter().zip(&rows).all(|(a, b)| (a - b).abs() < 1e-6));
}

/// The loss, and the bits of the gradient of every parameter.
fn trained_on(padding: f32) -> (f32, Vec<Vec<u32>>) {
    let device = Device::flex().autodiff();
    let task = labelling(&device);
    let output = TrainStep::step(&task, padded(&[5, 2, 1, 4], padding, &device));
    let mut gradients = Vec::new();
    let mut collect = Collect { gradients: &output.grads, bits: &mut gradients };
    task.visit(&mut collect);
    (numbers(output.item.loss().inner())[0], gradients)
}

struct Collect<'a> {
    gradients: &'a burn::optim::GradientsParams,
    bits: &'a mut Vec<Vec<u32>>,
}

impl burn::module::ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, param: &burn::module::Param<Tensor<D>>) {
        let gradient: Tensor<D> = self.gradients.get(param.id).expect("every parameter has a gradient");
        self.bits.push(numbers(gradient).into_iter().map(f32::to_bits).collect());
    }
}

#[test]
fn what_stands_in_padding_changes_no_bit_of_loss_and_gradients() {
    let _alone = alone();
    let (loss, gradients) = trained_on(0.0);
    assert!(loss.is_finite() && gradients.len() > 6);
    for padding in [f32::NAN, 1e30, f32::NEG_INFINITY] {
        let (other, others) = trained_on(padding);
        assert_eq!(other.to_bits(), loss.to_bits(), "{padding}");
        assert!(others == gradients, "{padding}");
    }
}

/// The last epoch's columns of a training that changes no weight.
fn figures(data: &Sequences, batch_size: usize, buckets: bool) -> Vec<f64> {
    let history = History::new();
    let records = history.records();
    let network = sequence![embedding(6, 6), lstm(12).return_sequences(), dense(2)];
    let config = config().with_epochs(1).with_batch_size(batch_size).with_learning_rate(1e-30);
    let tagger = SequenceTagger::new(network).on(&Device::flex()).with_buckets(buckets);
    let tagger = tagger.fit(data, data, config, callbacks![history]).unwrap();
    let columns = ["train_loss", "train_accuracy", "valid_loss", "valid_accuracy"];
    let evaluation = tagger.evaluate(data).unwrap().steps;
    let figures = columns.map(|column| records.column(column)[0].1).to_vec();
    [figures, vec![evaluation.loss, 100.0 * evaluation.accuracy]].concat()
}

#[test]
fn figures_do_not_depend_on_how_sequences_are_put_together_in_batches() {
    let _alone = alone();
    let data = tags(50, 4);
    let expected = figures(&data, 1, false);
    assert!((expected[0] - expected[4]).abs() < 1e-6 && (expected[3] - expected[5]).abs() < 1e-6, "{expected:?}");
    for (batch_size, buckets) in [(7, false), (16, true), (50, true)] {
        let found = figures(&data, batch_size, buckets);
        let near =
            found.iter().zip(&expected).all(|(found, expected)| (found - expected).abs() < 1e-5 * expected.abs());
        assert!(near, "{batch_size} {buckets}: {found:?} and not {expected:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_whatever_the_number_of_loader_threads() {
    let _alone = alone();
    let fitted = |config: FitConfig| {
        let tagger = tagger().fit(&tags(60, 1), &tags(20, 2), config, callbacks![]).unwrap();
        weights_of(|directory| tagger.save(directory))
    };
    let bytes = fitted(config().with_workers(0));
    for workers in [1, 3] {
        assert!(fitted(config().with_workers(workers)) == bytes, "{workers} threads");
    }
    assert!(fitted(config().with_seed(4)) != bytes, "another seed");
}

#[test]
fn a_resumed_classifier_ends_with_the_bytes_and_the_history_of_a_whole_one() {
    assert_resumes(&["train_loss", "train_accuracy", "valid_loss", "valid_accuracy"], |session| {
        let fitted = classifier().fit_in(&classes(70, 1), &classes(20, 2), &config(), session).unwrap();
        weights_of(|directory| fitted.save(directory))
    });
}

#[test]
fn a_resumed_tagger_ends_with_the_bytes_and_the_history_of_a_whole_one() {
    assert_resumes(&["train_loss", "train_accuracy", "valid_loss", "valid_accuracy"], |session| {
        let fitted = tagger().fit_in(&tags(70, 1), &tags(20, 2), &config(), session).unwrap();
        weights_of(|directory| fitted.save(directory))
    });
}

#[test]
fn what_was_stored_gives_the_same_probabilities() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let cut = Padding::new().with_length(Length::AtMost(4)).with_truncation(Side::Pre);
    let fitted = classifier().with_padding(cut).fit(&classes(60, 1), &classes(20, 2), config(), callbacks![]).unwrap();
    fitted.save(folder.path()).unwrap();
    let loaded: SequenceClassifier = SequenceClassifier::load(folder.path(), &Device::flex()).unwrap();
    assert_eq!(loaded.predict(&classes(30, 5)).unwrap(), fitted.predict(&classes(30, 5)).unwrap());
    assert_eq!((loaded.classes(), loaded.config()), (fitted.classes(), fitted.config()));

    let fitted = tagger().fit(&tags(60, 1), &tags(20, 2), config(), callbacks![]).unwrap();
    fitted.save(folder.path()).unwrap();
    let loaded: SequenceTagger = SequenceTagger::load(folder.path(), &Device::flex()).unwrap();
    assert_eq!(loaded.predict(&tags(30, 5)).unwrap(), fitted.predict(&tags(30, 5)).unwrap());
    assert_eq!(loaded.tags(), fitted.tags());
}

#[test]
fn predictions_do_not_depend_on_neighbours_or_on_the_side_of_the_padding() {
    let _alone = alone();
    let data = tags(20, 6);
    let fitted = tagger().fit(&tags(60, 1), &data, config(), callbacks![]).unwrap();
    let rows = fitted.predict(&data).unwrap();
    assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), data.lengths());
    let near = |a: &[Vec<f32>], b: &[Vec<f32>]| {
        a.len() == b.len() && a.concat().iter().zip(b.concat()).all(|(a, b)| (a - b).abs() < 1e-6)
    };
    for i in [0, 7, 19] {
        assert!(near(&fitted.predict(&data.subset(&[i])).unwrap()[0], &rows[i]), "{i}");
    }
    let pre = fitted.with_padding(Padding::new().with_padding(Side::Pre));
    assert!(pre.predict(&data).unwrap().iter().zip(&rows).all(|(pre, post)| near(pre, post)));
}

#[test]
fn the_weights_that_a_model_checkpoint_kept_can_be_put_back() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("first.bpk");
    let (train, valid) = (tags(60, 1), tags(20, 2));
    let checkpoint = ModelCheckpoint::new(&path, Monitor::valid("Loss")).save_best_only(true);
    let best = checkpoint.best();
    let last = tagger().fit(&train, &valid, config().with_learning_rate(0.3), callbacks![checkpoint]).unwrap();
    let kept = last.with_kept_weights(&path).unwrap();
    assert!((kept.evaluate(&valid).unwrap().steps.loss - best.saved().unwrap().value).abs() < 1e-5);
}

#[test]
fn what_does_not_fit_together_is_said_before_training() {
    let _alone = alone();
    let (data, valid) = (classes(20, 1), classes(10, 2));
    let refused = |network: SequenceNetworkConfig, train: &Sequences, valid: &Sequences| {
        let classifier = SequenceClassifier::new(network).on(&Device::flex());
        classifier.fit(train, valid, config(), callbacks![]).unwrap_err().to_string()
    };
    let three = sequence![embedding(6, 4), gru(4), dense(3)];
    assert!(refused(three, &data, &valid).contains("end it with `dense(2)`"));
    let steps = sequence![embedding(6, 4), gru(4).return_sequences(), dense(2)];
    assert!(refused(steps, &data, &valid).contains("one output for the whole sequence"));
    let few = sequence![embedding(4, 4), gru(4), dense(2)];
    let message = refused(few, &data, &valid);
    assert!(message.contains("the network knows 4 symbols (0 to 4 - 1)"), "{message}");
    let stateful = sequence![embedding(6, 4), gru(4).with_stateful(true), dense(2)];
    assert!(refused(stateful, &data, &valid).contains("is stateful"));
    assert!(refused(reader(), &tags(20, 1), &valid).contains("training sequences have a tag for each step"));
    assert!(refused(reader(), &data, &valid.subset(&[])).contains("no validation sequences"));
    let signals = Sequences::of_values(&[[1.0]], 1, Targets::classes(vec![0], names(&["without", "with"]))).unwrap();
    assert!(refused(reader(), &data, &signals).contains("validation sequences have 1 number at each step"));
    let other = Sequences::of_ids(&[[1]], Targets::classes(vec![0], names(&["a", "b"]))).unwrap();
    assert!(refused(reader(), &data, &other).contains(r#"validation sequences have the classes ["a", "b"]"#));
    let message = classifier().fit(&data, &valid, config().with_batch_size(0), callbacks![]).unwrap_err().to_string();
    assert!(message.contains("batch_size = 0"), "{message}");
    assert!(matches!(classifier().predict(&data), Err(TaskError::NotTrained)));
}

#[test]
fn a_sequence_that_loses_all_its_tags_when_it_is_cut_is_refused() {
    let sequences = [vec![1, 2, 3], vec![4, 5]];
    let tagged = Targets::tags(vec![vec![0, 1, 1], vec![UNTAGGED, 1]], names(&["a", "b"]));
    let data = Sequences::of_ids(&sequences, tagged).unwrap();
    let padding = Padding::new().with_length(Length::AtMost(1));
    let fit = |padding| tagger().with_padding(padding).fit(&data, &data, config(), callbacks![]);
    let message = fit(padding).unwrap_err().to_string();
    assert!(message.contains("training sequence 1 has no tag at any of the 1 steps that are kept"), "{message}");
    let _alone = alone();
    let fitted = fit(padding.with_truncation(Side::Pre)).unwrap();
    assert_eq!(fitted.predict(&data).unwrap().iter().map(Vec::len).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(fitted.evaluate(&data).unwrap().steps.samples, 2);
}

#[test]
fn damaged_files_are_refused_with_their_path() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let load =
        || SequenceTagger::<SequenceNetworkConfig>::load(folder.path(), &Device::flex()).unwrap_err().to_string();
    assert!(load().contains("tagger.json"));
    tagger().fit(&tags(20, 1), &tags(10, 2), config(), callbacks![]).unwrap().save(folder.path()).unwrap();
    let (weights, description) = (folder.path().join("model.bpk"), folder.path().join("tagger.json"));
    let whole = std::fs::read(&weights).unwrap();
    std::fs::write(&weights, &whole[..whole.len() / 2]).unwrap();
    assert!(load().contains("model.bpk"));
    std::fs::write(&weights, &whole).unwrap();
    let text = std::fs::read_to_string(&description).unwrap();
    std::fs::write(&description, text.replace("\"up\"", "\"up\", \"down\"")).unwrap();
    assert!(load().contains("end it with `dense(3)`"), "{}", load());
    std::fs::write(&description, "{}").unwrap();
    assert!(load().contains("not a stored sequence tagger"));
}
