//! Class weights and sample weights: as Keras's `fit`, resumable, refused when they are none.

use std::collections::BTreeMap;

use burn::module::Param;
use burn::optim::SgdConfig;
use burn::tensor::TensorData;
use burn::train::metric::{AccuracyMetric, LossMetric};
use burn::train::{Learner, SupervisedTraining};
use firebrick_callbacks::{Callback, CallbackStrategy, Context, ControlledLr, Flow, HookResult, QuietRenderer};
use firebrick_data::LoaderConfig;
use serde::Deserialize;

use super::*;

/// One run of Keras's `fit`, written by `tests/fixtures/weighted_fit.py`.
#[derive(Deserialize)]
struct Case {
    history: BTreeMap<String, Vec<f64>>,
    kernel: Vec<f32>,
    bias: Vec<f32>,
}

const CLASS_WEIGHTS: [f32; 3] = [0.5, 2.0, 3.5];
const TOLERANCE: f64 = 1e-6;

fn cases() -> BTreeMap<String, Case> {
    serde_json::from_str(include_str!("../../../tests/fixtures/weighted_fit.json")).unwrap()
}

fn formula(function: fn(f64) -> f64, count: usize) -> Vec<f32> {
    (0..count).map(|i| function(i as f64) as f32).collect()
}

fn samples(function: fn(f64) -> f64, labels: &[u32], weighted: bool) -> Samples {
    let samples = Samples::new(formula(function, 4 * labels.len()), [1, 2, 2], labels.to_vec()).unwrap();
    let weights = (0..labels.len()).map(|i| 0.5 * (i % 4) as f32).collect();
    if weighted { samples.with_weights(weights).unwrap() } else { samples }
}

/// A dense layer with the fixture's initial weights.
fn dense(device: &Device) -> Bare {
    let kernel = formula(f64::sin, 12).into_iter().map(|value| 0.5 * value).collect::<Vec<_>>();
    let mut linear = LinearConfig::new(4, 3).init(device);
    linear.weight = Param::from_tensor(Tensor::from_data(TensorData::new(kernel, [4, 3]), device));
    linear.bias = Some(Param::from_tensor(Tensor::zeros([3], device)));
    Bare { linear }
}

/// Two epochs of plain SGD on ten pictures in their order, as the fixture's script has it.
fn fit(weighted: bool, class_weights: Option<&[f32]>, smoothing: f64) -> (Bare, HistoryRecords) {
    let device = Device::flex().autodiff();
    let train = samples(f64::cos, &[0, 0, 0, 1, 0, 2, 0, 1, 0, 0], weighted);
    let valid = samples(f64::sin, &[0, 1, 2, 0, 1], weighted);
    let loader = |samples: &Samples| {
        let position: PositionFn = std::sync::Arc::new(|| (1, 0));
        samples.loader(&Preprocessing::identity(1), LoaderConfig::new(4), position)
    };
    let task = Classification::new(dense(&device), smoothing);
    let task = class_weights.into_iter().fold(task, Classification::with_class_weights);
    let learner = Learner::new(task, SgdConfig::new().init(), ControlledLr::new(0.5));
    let history = History::new();
    let records = history.records();
    let training = SupervisedTraining::new(".", loader(&train), loader(&valid))
        .metrics((AccuracyMetric::new(), LossMetric::new()))
        .metrics((WeightedMetric::loss(5.25), WeightedMetric::accuracy(5.25)))
        .renderer(Box::new(QuietRenderer))
        .with_application_logger(None)
        .num_epochs(2);
    let strategy = CallbackStrategy::new(device).with_callbacks(callbacks![history]);
    let result = strategy.attach(training).launch(learner);
    assert!(result.error.is_none());
    (result.model.network, records)
}

fn assert_near(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < TOLERANCE * expected.abs().max(1.0), "{what}: {found} and not {expected}");
    }
}

/// The columns of a history that Keras names `name`; per cent become shares.
fn column(records: &HistoryRecords, name: &str) -> Vec<f64> {
    let column = name.strip_prefix("val_").map_or_else(|| format!("train_{name}"), |name| format!("valid_{name}"));
    let unit = if name.ends_with("accuracy") { 0.01 } else { 1.0 };
    records.column(&column).into_iter().map(|(_, value)| unit * value).collect()
}

#[test]
fn losses_metrics_and_updates_are_those_of_keras_fit() {
    let _alone = alone();
    let cases = cases();
    let settings = [
        ("plain", false, None, 0.0),
        ("class_weights", false, Some(&CLASS_WEIGHTS[..]), 0.0),
        ("sample_weights", true, None, 0.0),
        ("both", true, Some(&CLASS_WEIGHTS[..]), 0.0),
        ("smoothed", false, Some(&CLASS_WEIGHTS[..]), 0.1),
    ];
    for (name, weighted, class_weights, smoothing) in settings {
        let (network, records) = fit(weighted, class_weights, smoothing);
        let case = &cases[name];
        // Our validation loss knows no label smoothing, Keras's does.
        for (metric, values) in
            case.history.iter().filter(|(metric, _)| smoothing == 0.0 || !metric.starts_with("val_"))
        {
            assert_near(&column(&records, metric), values, &format!("{name}, {metric}"));
        }
        let wide = |values: &[f32]| values.iter().map(|&value| f64::from(value)).collect::<Vec<_>>();
        let values = |tensor: TensorData| tensor.iter::<f64>().collect::<Vec<_>>();
        assert_near(&values(network.linear.weight.val().into_data()), &wide(&case.kernel), name);
        assert_near(&values(network.linear.bias.unwrap().val().into_data()), &wide(&case.bias), name);
    }
}

/// Bars, one in five of them standing, with a weight each.
fn rare() -> Samples {
    let bars = bars(200, 1);
    let kept: Vec<usize> = (0..200).filter(|&i| bars.labels()[i] == 0 || i % 5 == 0).collect();
    let values = kept.iter().flat_map(|&i| bars.picture(i).to_vec()).collect();
    let labels: Vec<u32> = kept.iter().map(|&i| bars.labels()[i]).collect();
    let weights = (0..labels.len()).map(|i| 0.5 + (i % 3) as f32).collect();
    Samples::new(values, [1, 6, 6], labels).unwrap().with_weights(weights).unwrap()
}

#[test]
fn weights_of_one_change_nothing_and_others_do() {
    let _alone = alone();
    let plain = bars(200, 1);
    let ones = plain.clone().with_weights(vec![1.0; 200]).unwrap();
    let trained = |train: &Samples, weights: Option<ClassWeights>| {
        let config = config().with_class_weights(weights);
        stored(&classifier().fit(train, &bars(50, 2), config, callbacks![]).unwrap())
    };
    let bytes = trained(&plain, None);
    assert!(trained(&ones, Some(ClassWeights::PerClass(vec![1.0, 1.0]))) == bytes);
    assert!(trained(&plain, Some(ClassWeights::PerClass(vec![1.0, 3.0]))) != bytes);
    let balanced = ClassWeights::balanced(plain.labels(), 2);
    assert!(trained(&plain, Some(ClassWeights::Balanced)) == trained(&plain, Some(ClassWeights::PerClass(balanced))));
}

/// Breaks the training off after so many batches.
struct BreakOff(u64);

impl Callback for BreakOff {
    fn name(&self) -> &str {
        "BreakOff"
    }

    fn on_train_batch_end(&mut self, context: &mut Context<'_>) -> HookResult {
        Ok(if context.global_step() == self.0 { Flow::interrupt("for the test") } else { Flow::Continue })
    }
}

#[test]
fn weighted_metrics_go_on_in_the_middle_of_an_epoch() {
    let _alone = alone();
    let run = |directory: &Path, resume: bool, steps: u64| {
        let history = History::new();
        let records = history.records();
        let session = Session::new()
            .with_callbacks(callbacks![BreakOff(steps), history])
            .with_checkpoints(Checkpoints::new(directory).resume(resume));
        let config = config().with_class_weights(Some(ClassWeights::Balanced)).with_label_smoothing(0.1);
        let fitted = classifier().fit_in(&rare(), &bars(50, 2), &config, session).unwrap();
        (stored(&fitted), records)
    };
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (bytes, records) = run(whole.path(), false, u64::MAX);
    run(parts.path(), false, 11);
    let (resumed, resumed_records) = run(parts.path(), true, u64::MAX);
    assert!(resumed == bytes, "the weights differ");
    for column in ["train_loss", "train_weighted_loss", "train_weighted_accuracy", "valid_weighted_loss"] {
        let values = records.column(column);
        assert_eq!(values.len(), 4, "{column}");
        assert_eq!(resumed_records.column(column), values, "{column}");
    }
}

#[test]
fn balanced_weights_raise_the_recall_of_a_rare_class() {
    let _alone = alone();
    let recall = |weights: Option<ClassWeights>| {
        let config = config().with_epochs(2).with_class_weights(weights);
        let fitted = classifier().fit(&rare(), &bars(50, 2), config, callbacks![]).unwrap();
        fitted.evaluate(&bars(100, 9)).unwrap().per_class()[1].recall
    };
    let (plain, balanced) = (recall(None), recall(Some(ClassWeights::Balanced)));
    assert!(balanced > plain, "{plain} without weights, {balanced} with them");
}

#[test]
fn an_evaluation_of_weighted_pictures_has_the_weighted_figures() {
    let _alone = alone();
    let fitted = fitted(&config());
    assert_eq!(fitted.evaluate(&bars(40, 9)).unwrap().weighted, None);
    let ones = bars(40, 9).with_weights(vec![1.0; 40]).unwrap();
    let evaluation = fitted.evaluate(&ones).unwrap();
    let weighted = evaluation.weighted.unwrap();
    assert!((weighted.loss - evaluation.loss).abs() < 1e-12 && (weighted.accuracy - evaluation.accuracy).abs() < 1e-12);
}

#[test]
fn bad_weights_are_refused_before_training() {
    let data = bars(20, 1);
    let refused = |weights: Vec<f32>| {
        let config = config().with_class_weights(Some(ClassWeights::PerClass(weights)));
        classifier().fit(&data, &data, config, callbacks![]).unwrap_err().to_string()
    };
    assert!(refused(vec![1.0]).contains("1 class weights for 2 classes"));
    assert!(refused(vec![1.0, -1.0]).contains("class \"1\" has weight -1"));
    let message = data.clone().with_weights(vec![f32::NAN; 20]).unwrap_err().to_string();
    assert!(message.contains("sample 0 has weight NaN"), "{message}");
}
