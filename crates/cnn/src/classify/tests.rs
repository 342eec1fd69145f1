//! What a classifier promises, on small pictures of bars.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};
use firebrick_callbacks::{Checkpoints, EarlyStopping, History, HistoryRecords, ModelCheckpoint, Monitor, callbacks};
use firebrick_data::random::Draws;
use firebrick_layers::{SequentialConfig, build::*, sequential};

use super::*;

mod weights;

/// The CPU backend has one random generator for the whole process: tests must not draw from it side by side.
fn alone() -> MutexGuard<'static, ()> {
    static GENERATOR: Mutex<()> = Mutex::new(());
    GENERATOR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Pictures `[1, 6, 6]` with a bright bar: class 0 lying, class 1 standing, plus noise.
fn bars(count: usize, seed: u64) -> Samples {
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for index in 0..count {
        let mut draws = Draws::new(&[seed, index as u64]);
        let (label, place) = (draws.below(2) as usize, draws.below(6) as usize);
        for i in 0..36 {
            let bright = [i / 6, i % 6][label] == place;
            values.push(if bright { 1.0 } else { 0.0 } + 0.1 * draws.unit() as f32);
        }
        labels.push(label as u32);
    }
    Samples::new(values, [1, 6, 6], labels).unwrap()
}

fn network() -> SequentialConfig {
    sequential![conv2d(4, 3).relu(), max_pool2d(2), flatten(), dropout(0.2), dense(2).named("logits")]
}

/// On the CPU, also in a build that has a GPU.
fn classifier() -> Classifier {
    Classifier::new(network(), [1, 6, 6]).on(&Device::flex())
}

fn config() -> FitConfig {
    FitConfig::new().with_epochs(4).with_batch_size(16).with_learning_rate(1e-2).with_seed(3)
}

fn fitted(config: &FitConfig) -> Classifier {
    let (train, valid) = (bars(200, 1), bars(50, 2));
    classifier().fit(&train, &valid, config.clone(), callbacks![]).unwrap()
}

fn stored(classifier: &Classifier) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    classifier.save(folder.path()).unwrap();
    std::fs::read(folder.path().join("model.bpk")).unwrap()
}

fn trained_in(directory: &Path, epochs: usize, resume: bool) -> (Vec<u8>, HistoryRecords) {
    let history = History::new();
    let records = history.records();
    let session =
        Session::new().with_callbacks(callbacks![history]).with_checkpoints(Checkpoints::new(directory).resume(resume));
    let classifier = classifier().fit_in(&bars(200, 1), &bars(50, 2), &config().with_epochs(epochs), session).unwrap();
    (stored(&classifier), records)
}

#[test]
fn a_few_epochs_tell_lying_bars_from_standing_ones() {
    let _alone = alone();
    let evaluation = fitted(&config().with_epochs(8)).evaluate(&bars(100, 9)).unwrap();
    assert!(evaluation.accuracy >= 0.95, "{evaluation}");
}

#[test]
fn the_same_seed_gives_the_same_bytes_whatever_the_number_of_loader_threads() {
    let _alone = alone();
    let bytes = stored(&fitted(&config().with_workers(0)));
    for workers in [0, 1, 4] {
        assert!(stored(&fitted(&config().with_workers(workers))) == bytes, "{workers} threads");
    }
    assert!(stored(&fitted(&config().with_seed(4))) != bytes, "another seed");
}

#[test]
fn a_resumed_training_ends_with_the_bytes_and_the_history_of_a_whole_one() {
    let _alone = alone();
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (bytes, records) = trained_in(whole.path(), 4, false);
    trained_in(parts.path(), 2, false);
    let (resumed, resumed_records) = trained_in(parts.path(), 4, true);
    assert!(resumed == bytes, "the weights differ");
    let values = |records: &HistoryRecords, column: &str| records.column(column);
    for column in ["train_loss", "valid_accuracy"] {
        assert_eq!(values(&resumed_records, column), values(&records, column));
    }
}

#[test]
fn a_stored_classifier_gives_the_same_probabilities() {
    let _alone = alone();
    let classifier = fitted(&config());
    let folder = tempfile::tempdir().unwrap();
    classifier.save(folder.path()).unwrap();
    let loaded = Classifier::load(folder.path(), &Device::flex()).unwrap();
    let pictures = bars(20, 5);
    assert_eq!(loaded.predict(&pictures).unwrap(), classifier.predict(&pictures).unwrap());
    assert_eq!((loaded.classes(), loaded.shape()), (classifier.classes(), [1, 6, 6]));
    assert_eq!(loaded.config(), classifier.config());
}

#[test]
fn the_weights_that_a_model_checkpoint_kept_can_be_put_back() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("best.bpk");
    let (train, valid) = (bars(200, 1), bars(50, 2));
    // The rate grows so large that the last epoch is never the best.
    let checkpoint = ModelCheckpoint::new(&path, Monitor::valid("Loss")).save_best_only(true);
    let (best, stopping) = (checkpoint.best(), EarlyStopping::new(Monitor::valid("Loss")).patience(2));
    let config = config().with_epochs(60).with_learning_rate(0.1);
    let last = classifier().fit(&train, &valid, config, callbacks![checkpoint, stopping]).unwrap();
    let stop = last.outcome().unwrap().stop().expect("it stops early");
    let kept_epoch = best.saved().unwrap().epoch;
    assert_eq!(stop.epoch, kept_epoch + 2);
    let kept = last.clone().with_kept_weights(&path).unwrap();
    let loss = |classifier: &Classifier| classifier.evaluate(&valid).unwrap().loss;
    assert!((loss(&kept) - best.saved().unwrap().value).abs() < 1e-6);
    assert!(loss(&kept) < loss(&last));
    assert!(last.with_kept_weights(folder.path().join("missing.bpk")).unwrap_err().to_string().contains("missing.bpk"));
}

#[test]
fn rows_of_probabilities_add_up_to_one_and_do_not_depend_on_their_neighbours() {
    let _alone = alone();
    let classifier = fitted(&config());
    let pictures = bars(3, 5);
    let rows = classifier.predict(&pictures).unwrap();
    assert!(rows.iter().all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-6), "{rows:?}");
    let alone = pictures.tensor(1..2, &Device::flex());
    let alone = classifier.predict(&alone).unwrap().remove(0);
    assert!(alone.iter().zip(&rows[1]).all(|(a, b)| (a - b).abs() < 1e-6), "{alone:?} {:?}", rows[1]);
}

#[test]
fn limits_shorten_epochs_validations_and_the_training() {
    let _alone = alone();
    let rows = |config: FitConfig| {
        let history = History::new();
        let records = history.records();
        classifier().fit(&bars(200, 1), &bars(50, 2), config, callbacks![history]).unwrap();
        records
    };
    let validated = rows(config().with_validation_freq(2)).column("valid_loss");
    assert_eq!(validated.iter().map(|(epoch, _)| *epoch).collect::<Vec<_>>(), [2, 4]);
    let falling = Schedule::Cosine { warmup_epochs: 0 };
    // 13 batches an epoch; a schedule over 3 of them in each of two epochs has passed its middle after four steps.
    let limited = rows(config().with_schedule(falling).with_steps_per_epoch(Some(3)).with_max_steps(Some(4))).rows();
    assert_eq!(limited.len(), 2);
    assert!(limited[1].learning_rate < 0.6 * config().learning_rate, "{}", limited[1].learning_rate);
    assert_eq!(rows(config().with_fast_dev_run(true)).rows().len(), 1, "a trial is one epoch of one batch");
}

#[test]
fn what_does_not_fit_together_is_said_before_training() {
    let _alone = alone();
    let refused = |network: SequentialConfig, train: &Samples, valid: &Samples, config: FitConfig| {
        let classifier = Classifier::new(network, [1, 6, 6]);
        classifier.fit(train, valid, config, callbacks![]).unwrap_err().to_string()
    };
    let (data, fit) = (bars(20, 1), config);
    let three = sequential![flatten(), dense(3)];
    assert!(refused(three, &data, &data, fit()).contains("end it with `dense(2)`"));
    let large = sequential![conv2d(4, 9), flatten(), dense(2)];
    assert!(refused(large, &data, &data, fit()).contains("conv2d"));
    let other = Samples::new(vec![0.0; 50], [1, 5, 5], vec![0, 1]).unwrap();
    assert!(refused(network(), &other, &data, fit()).contains("training pictures have shape [1, 5, 5]"));
    assert!(refused(network(), &data, &other, fit()).contains("validation pictures have shape [1, 5, 5]"));
    for (config, field) in [
        (fit().with_batch_size(0), "batch_size = 0"),
        (fit().with_learning_rate(f64::NAN), "learning_rate = NaN"),
        (fit().with_label_smoothing(1.0), "label_smoothing = 1"),
        (fit().with_validation_freq(0), "validation_freq = 0"),
        (fit().with_steps_per_epoch(Some(0)), "steps_per_epoch = 0"),
        (fit().with_validation_steps(Some(0)), "validation_steps = 0"),
        (fit().with_max_steps(Some(0)), "max_steps = 0"),
    ] {
        let message = refused(network(), &data, &data, config);
        assert!(message.contains(field), "{message}");
    }
    let untrained = Classifier::new(network(), [1, 6, 6]).predict(&data);
    assert!(matches!(untrained, Err(ClassifierError::NotTrained)));
}

#[test]
fn damaged_files_are_refused_with_their_path() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let load = || Classifier::load(folder.path(), &Device::flex()).unwrap_err().to_string();
    assert!(load().contains("classifier.json"));
    fitted(&config()).save(folder.path()).unwrap();
    let (weights, description) = (folder.path().join("model.bpk"), folder.path().join("classifier.json"));
    let whole = std::fs::read(&weights).unwrap();
    std::fs::write(&weights, &whole[..whole.len() / 2]).unwrap();
    assert!(load().contains("model.bpk"));
    std::fs::write(&weights, &whole).unwrap();
    let text = std::fs::read_to_string(&description).unwrap();
    let other = text.replace("\"out_channels\": 4", "\"out_channels\": 5");
    assert_ne!(text, other);
    std::fs::write(&description, other).unwrap();
    assert!(load().contains("model.bpk"), "weights of another network");
    std::fs::write(&description, "{}").unwrap();
    assert!(load().contains("not a stored classifier"));
}

/// A module with its own forward.
#[derive(Module, Debug)]
struct Bare {
    linear: Linear,
}

impl ImageNetwork for Bare {
    fn logits(&self, pictures: Tensor<4>) -> Tensor<2> {
        self.linear.forward(pictures.flatten(1, 3))
    }
}

#[test]
fn any_module_with_logits_can_be_trained() {
    let _alone = alone();
    let device = Device::flex().autodiff();
    device.seed(1);
    let network = Bare { linear: LinearConfig::new(36, 2).init(&device) };
    let (values, labels) =
        (0..200).map(|i| (vec![(i % 10) as f32; 36], u32::from(i % 10 > 4))).unzip::<_, _, Vec<_>, _>();
    let data = Samples::new(values.concat(), [1, 6, 6], labels).unwrap();
    let fitted = fit_network(network, &data, &data, &config().with_epochs(20), Session::new()).unwrap();
    let rows = predict_network(&fitted.network, &data, &fitted.preprocessing, &Device::flex());
    let accuracy = Evaluation::new(&rows, data.labels(), data.classes()).accuracy;
    assert!(accuracy >= 0.9, "chance is 0.5, this is {accuracy}");
}
