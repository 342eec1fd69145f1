//! A training as Burn's guide teaches it: a small convolutional network, Burn's loader, metrics, loggers, checkpointers, early stopping
//! and summary. With callbacks it differs in the lines that add them, and Burn's own parts write what they write without.

use std::collections::BTreeSet;

use burn::data::dataloader::batcher::Batcher;
use burn::data::dataloader::{DataLoader, DataLoaderBuilder};
use burn::data::dataset::InMemDataset;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::{AdaptiveAvgPool2d, AdaptiveAvgPool2dConfig};
use burn::nn::{Dropout, DropoutConfig, Linear, LinearConfig, Relu};
use burn::prelude::*;
use burn::train::logger::{EvaluationProgressLogger, FileMetricLogger, TrainingProgressLogger};
use burn::train::metric::{
    AccuracyMetric, AurocMetric, ClassReduction, FBetaScoreMetric, IterationSpeedMetric, LearningRateMetric,
    MetricDefinition, NumericEntry, PrecisionMetric, RecallMetric, TopKAccuracyMetric,
};
use burn::train::renderer::{
    EvaluationName, MetricState, MetricsRenderer, MetricsRendererEvaluation, MetricsRendererTraining,
};
use burn::train::{
    ClassificationOutput, InferenceStep, LearnerSummary, LearningResult, SupervisedTraining, TrainOutput, TrainStep,
    TrainingStrategy,
};

use super::*;
use crate::strategy::events::mixed;
use crate::{BackupAndRestore, Outcome, QuietRenderer};

const CLASSES: usize = 3;
const SIDE: usize = 6;
const EPOCHS: usize = 4;

/// A picture whose class is the place of a bright bar.
#[derive(Clone, Debug)]
struct Picture {
    pixels: [f32; SIDE * SIDE],
    label: u8,
}

fn pictures(first: u64, count: u64) -> InMemDataset<Picture> {
    let picture = |index: u64| {
        let label = (mixed(index) % CLASSES as u64) as u8;
        let noise = |pixel: usize| (mixed(index * 64 + pixel as u64) % 100) as f32 / 100.0;
        let bar = |pixel: usize| if pixel / SIDE / 2 == usize::from(label) { 1.0 } else { 0.0 };
        Picture { pixels: std::array::from_fn(|pixel| noise(pixel) + bar(pixel)), label }
    };
    InMemDataset::new((first..first + count).map(picture).collect())
}

#[derive(Clone, Default)]
struct PictureBatcher;

#[derive(Clone, Debug)]
struct PictureBatch {
    images: Tensor<3>,
    targets: Tensor<1, Int>,
}

impl Batcher<Picture, PictureBatch> for PictureBatcher {
    fn batch(&self, items: Vec<Picture>, device: &Device) -> PictureBatch {
        let images = items.iter().map(|item| Tensor::<1>::from_floats(item.pixels, device).reshape([1, SIDE, SIDE]));
        let images = images.map(|image| (image - 0.75) / 0.5).collect();
        let targets: Vec<i32> = items.iter().map(|item| i32::from(item.label)).collect();
        PictureBatch { images: Tensor::cat(images, 0), targets: Tensor::from_ints(targets.as_slice(), device) }
    }
}

#[derive(Module, Debug)]
struct Model {
    conv: Conv2d,
    pool: AdaptiveAvgPool2d,
    dropout: Dropout,
    linear: Linear,
    activation: Relu,
}

impl Model {
    fn new(device: &Device) -> Self {
        Self {
            conv: Conv2dConfig::new([1, 4], [3, 3]).init(device),
            pool: AdaptiveAvgPool2dConfig::new([3, 3]).init(),
            dropout: DropoutConfig::new(0.2).init(),
            linear: LinearConfig::new(4 * 3 * 3, CLASSES).init(device),
            activation: Relu::new(),
        }
    }

    fn forward(&self, images: Tensor<3>) -> Tensor<2> {
        let [batch, height, width] = images.dims();
        let x = self.conv.forward(images.reshape([batch, 1, height, width]));
        let x = self.pool.forward(self.activation.forward(x));
        self.linear.forward(self.dropout.forward(x.flatten::<2>(1, 3)))
    }

    fn forward_classification(&self, batch: PictureBatch) -> ClassificationOutput {
        let output = self.forward(batch.images);
        let loss = CrossEntropyLossConfig::new().init(&output.device()).forward(output.clone(), batch.targets.clone());
        ClassificationOutput::new(loss, output, batch.targets)
    }
}

impl TrainStep for Model {
    type Input = PictureBatch;
    type Output = ClassificationOutput;

    fn step(&self, batch: PictureBatch) -> TrainOutput<ClassificationOutput> {
        let item = self.forward_classification(batch);
        TrainOutput::new(self, item.loss.backward(), item)
    }
}

impl InferenceStep for Model {
    type Input = PictureBatch;
    type Output = ClassificationOutput;

    fn step(&self, batch: PictureBatch) -> ClassificationOutput {
        self.forward_classification(batch)
    }
}

/// What a renderer of one's own was told.
#[derive(Clone, Default)]
struct Shown(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    metrics: BTreeSet<String>,
    splits: Vec<(String, usize)>,
    updates: [usize; 2],
    epochs: Vec<usize>,
    /// Epochs and metrics of Burn's summary.
    summary: Option<(usize, BTreeSet<String>)>,
    is_ended: bool,
}

impl TrainingProgressLogger for Shown {
    fn start(&mut self, epochs: usize, starting_epoch: usize, _items: Option<usize>, label: Option<&str>) {
        assert_eq!((epochs, starting_epoch, label), (EPOCHS, 1, Some("guide")));
    }
    fn update_epoch(&mut self, epoch: usize) {
        self.0.lock().unwrap().epochs.push(epoch);
    }
    fn start_split(&mut self, split: &str, items: usize) {
        self.0.lock().unwrap().splits.push((split.to_owned(), items));
    }
    fn update_split(&mut self, items: usize) {
        assert!(items <= self.0.lock().unwrap().splits.last().unwrap().1);
    }
    fn end_split(&mut self) {}
    fn end(&mut self) {
        self.0.lock().unwrap().is_ended = true;
    }
    fn log_event_training(&mut self, _event: String) {}
}

impl EvaluationProgressLogger for Shown {
    fn start_global_progress(&mut self, _tests: usize) {}
    fn start_test(&mut self, _name: &str, _items: usize) {}
    fn update_test_progress(&mut self, _items: usize) {}
    fn end_test(&mut self) {}
    fn end_global_progress(&mut self) {}
    fn log_event_evaluation(&mut self, _event: String) {}
}

impl MetricsRendererTraining for Shown {
    fn update_train(&mut self, _state: MetricState) {
        self.0.lock().unwrap().updates[0] += 1;
    }
    fn update_valid(&mut self, _state: MetricState) {
        self.0.lock().unwrap().updates[1] += 1;
    }
    fn on_train_end(&mut self, summary: Option<LearnerSummary>) -> Result<(), Box<dyn std::error::Error>> {
        let named = |summary: LearnerSummary| {
            (summary.epochs, summary.metrics.valid.into_iter().map(|metric| metric.name).collect())
        };
        self.0.lock().unwrap().summary = summary.map(named);
        Ok(())
    }
}

impl MetricsRendererEvaluation for Shown {
    fn update_test(&mut self, _name: EvaluationName, _state: MetricState) {}
}

impl MetricsRenderer for Shown {
    fn manual_close(&mut self) {}
    fn register_metric(&mut self, definition: MetricDefinition) {
        self.0.lock().unwrap().metrics.insert(definition.name.to_string());
    }
}

fn loader(first: u64, count: u64) -> Arc<dyn DataLoader<PictureBatch>> {
    DataLoaderBuilder::new(PictureBatcher).batch_size(10).shuffle(42).build(pictures(first, count))
}

/// The guide's training, up to the line that chooses a strategy.
fn training(directory: &Path, shown: Shown) -> SupervisedTraining<Model> {
    let early_stopping = MetricEarlyStoppingStrategy::new(
        &LossMetric::new(),
        Aggregate::Mean,
        BurnDirection::Lowest,
        BurnSplit::Valid,
        StoppingCondition::NoImprovementSince { n_epochs: EPOCHS },
    );
    SupervisedTraining::new(directory, loader(0, 64), loader(1000, 32))
        .metrics((AccuracyMetric::new(), LossMetric::new(), TopKAccuracyMetric::new(2)))
        .metrics((
            PrecisionMetric::multiclass(1, ClassReduction::Macro),
            RecallMetric::multiclass(1, ClassReduction::Macro),
            FBetaScoreMetric::multiclass(1.0, 1, ClassReduction::Micro),
            AurocMetric::multiclass(ClassReduction::Macro),
        ))
        .metric_train_numeric(LearningRateMetric::new())
        .metric_train(IterationSpeedMetric::new())
        .with_default_checkpointers()
        .early_stopping(early_stopping)
        .renderer(Box::new(shown))
        .with_application_logger(None)
        .num_epochs(EPOCHS)
        .label("guide")
        .summary()
}

fn model_and_rate() -> Learner<Model> {
    let device = Device::flex().autodiff();
    device.seed(42);
    Learner::new(Model::new(&device), AdamConfig::new().init(), 1e-2)
}

/// The value that Burn's log file of an epoch ends with.
fn logged(directory: &Path, split: &str, metric: &str, epoch: usize) -> f64 {
    let path = directory.join(format!("{split}/epoch-{epoch}/{}.log", metric.replace(' ', "_")));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    NumericEntry::deserialize(text.lines().last().unwrap()).unwrap().current()
}

const METRICS: [&str; 7] = [
    "Loss",
    "Accuracy",
    "Top-K Accuracy @ TopK(2)",
    "Precision @ TopK(1) [Macro]",
    "Recall @ TopK(1) [Macro]",
    "FBetaScore (1) @ TopK(1) [Micro]",
    "AUROC [Macro]",
];

/// What Burn's own parts have written and shown.
fn assert_burns_own_are_there(directory: &Path, shown: &Shown) {
    for (split, metric) in ["train", "valid"].into_iter().flat_map(|split| METRICS.map(|metric| (split, metric))) {
        for epoch in 1..=EPOCHS {
            assert!(logged(directory, split, metric, epoch).is_finite(), "{split} {metric} {epoch}");
        }
    }
    assert_eq!(logged(directory, "train", "Learning Rate", EPOCHS), 1e-2);
    for part in ["model", "optim", "scheduler"] {
        assert!(directory.join(format!("checkpoint/{part}-{EPOCHS}.bpk")).exists(), "{part}");
    }
    let told = shown.0.lock().unwrap();
    for metric in METRICS.into_iter().chain(["Learning Rate", "Iteration Speed"]) {
        assert!(told.metrics.contains(metric), "{metric} is not among {:?}", told.metrics);
    }
    let epoch = [("train".to_owned(), 64), ("valid".to_owned(), 32)];
    assert_eq!(told.splits, epoch.iter().cycle().take(2 * EPOCHS).cloned().collect::<Vec<_>>());
    assert_eq!(told.epochs, (1..=EPOCHS).collect::<Vec<_>>());
    assert_eq!(told.updates, [(7 + 1) * 9 * EPOCHS, (4 + 1) * 7 * EPOCHS], "batches and a mean, of each metric");
    assert_eq!(told.summary, Some((EPOCHS, METRICS.map(str::to_owned).into())));
    assert!(told.is_ended);
}

fn column(split: &str, metric: &str) -> String {
    let split = if split == "train" { Monitor::train(metric) } else { Monitor::valid(metric) };
    split.column()
}

#[test]
fn the_guides_training_with_one_line_more_writes_and_shows_the_same_and_calls_callbacks() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let (shown, history) = (Shown::default(), History::new());
    let records = history.records();
    let result = training(directory.path(), shown.clone())
        .with_training_strategy(with_callbacks(
            Device::flex(),
            callbacks![EarlyStopping::new(Monitor::valid("AUROC [Macro]").max()).patience(9), history],
        ))
        .launch(model_and_rate());
    assert!(result.error.is_none());
    assert_burns_own_are_there(directory.path(), &shown);
    for metric in ["Loss", "Accuracy", "AUROC [Macro]"] {
        for (epoch, value) in records.column(&column("valid", metric)) {
            assert_eq!(value, logged(directory.path(), "valid", metric, epoch), "{metric} in epoch {epoch}");
        }
        assert_eq!(records.column(&column("valid", metric)).len(), EPOCHS, "{metric}");
    }
}

#[test]
fn the_guides_training_with_a_strategy_attached_sees_every_metric() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let (shown, history) = (Shown::default(), History::new().csv(directory.path().join("history.csv")));
    let records = history.records();
    let strategy = CallbackStrategy::new(Device::flex()).with_callbacks(callbacks![history]);
    let training = training(directory.path(), shown.clone()).with_metric_logger(FileMetricLogger::new(&directory));
    let result = strategy.attach(training).launch(model_and_rate());
    assert!(result.error.is_none());
    assert_burns_own_are_there(directory.path(), &shown);
    for (split, metric) in ["train", "valid"].into_iter().flat_map(|split| METRICS.map(|metric| (split, metric))) {
        let values = records.column(&column(split, metric));
        assert_eq!(values.len(), EPOCHS, "{split} {metric}");
        for (epoch, value) in values {
            assert_eq!(value, logged(directory.path(), split, metric, epoch), "{split} {metric} in epoch {epoch}");
        }
    }
    let header = fs::read_to_string(directory.path().join("history.csv")).unwrap();
    assert!(
        header.starts_with("epoch,learning_rate,train_loss,train_accuracy,train_top_k_accuracy_topk_2,"),
        "{header}"
    );
}

#[test]
fn validations_within_epochs_and_parts_of_epochs_are_shown_with_totals_that_agree() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let shown = Shown::default();
    let strategy = CallbackStrategy::new(Device::flex()).validate_every_steps(2);
    let strategy = strategy.limit_train_batches(3).limit_valid_batches(2).max_steps(6);
    let result = training(directory.path(), shown.clone()).with_training_strategy(strategy.into());
    assert!(result.launch(model_and_rate()).error.is_none());
    let told = shown.0.lock().unwrap();
    let (train, valid) = (("train".to_owned(), 30), ("valid".to_owned(), 20));
    let within = [train.clone(), valid.clone(), train.clone()];
    assert_eq!(told.splits[..3], within, "after the second batch, and back to the training");
    assert_eq!(told.splits[3..], [train.clone(), valid.clone(), train, valid], "after the first, and at the end");
    assert_eq!(told.updates, [2 * (3 + 1) * 9, 3 * (2 + 1) * 7]);
    assert_eq!(told.epochs, [1, 2]);
}

#[test]
fn burns_own_strategy_trains_to_the_same_weights() {
    let _alone = alone();
    let train = |strategy: Option<TrainingStrategy<Model>>| {
        let directory = tempfile::tempdir().unwrap();
        let training = training(directory.path(), Shown::default());
        let training = match strategy {
            Some(strategy) => training.with_training_strategy(strategy),
            None => training,
        };
        let weights = directory.path().join("weights.bpk");
        save_weights(&training.launch(model_and_rate()).model, &weights).unwrap();
        fs::read(weights).unwrap()
    };
    let history = callbacks![History::new(), EarlyStopping::new(Monitor::valid("Loss")).patience(9)];
    assert!(train(None) == train(Some(with_callbacks(Device::flex(), history))));
}

#[test]
fn a_loader_with_threads_may_be_cut_off_and_begun_again() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let threaded = |first, count| -> Arc<dyn DataLoader<PictureBatch>> {
        DataLoaderBuilder::new(PictureBatcher).batch_size(4).shuffle(1).num_workers(2).build(pictures(first, count))
    };
    let run = |steps: usize| {
        let history = History::new();
        let records = history.records();
        let backup = BackupAndRestore::new(directory.path().join("backup")).delete_checkpoint(false);
        let strategy = CallbackStrategy::new(Device::flex()).with_callbacks(callbacks![backup, history]);
        let strategy = strategy.limit_train_batches(3).limit_valid_batches(1).validate_every_steps(2).max_steps(steps);
        let training = SupervisedTraining::<Model>::new(directory.path(), threaded(0, 64), threaded(1000, 32))
            .metrics((LossMetric::new(),))
            .renderer(Box::new(QuietRenderer))
            .with_application_logger(None)
            .num_epochs(9);
        assert!(strategy.attach(training).launch(model_and_rate()).error.is_none());
        records.rows().len()
    };
    assert_eq!([run(6), run(12)], [2, 4]);
}

#[test]
fn an_interruption_before_the_first_batch_of_a_split_leaves_burns_metrics_alone() {
    let _alone = alone();
    for hook in ["epoch begin", "valid begin"] {
        let directory = tempfile::tempdir().unwrap();
        let interrupt = At(hook, |_: &mut Context<'_>| Ok(Flow::interrupt("at once")));
        let strategy = with_callbacks(Device::flex(), callbacks![interrupt]);
        let result = training(directory.path(), Shown::default()).with_training_strategy(strategy);
        let result = result.launch(model_and_rate());
        assert!(result.error.is_none(), "{hook}");
        assert_eq!(result.interrupted.unwrap().reason.as_deref(), Some("at once"), "{hook}");
    }
}

fn backed_up(directory: &Path, extra: Vec<Box<dyn Callback>>) -> (LearningResult<Model>, Outcome, HistoryRecords) {
    let history = History::new();
    let records = history.records();
    let mut callbacks = extra;
    callbacks.extend(callbacks![BackupAndRestore::new(directory.join("backup")).every_steps(2), history]);
    let strategy = CallbackStrategy::new(Device::flex()).with_callbacks(callbacks);
    let outcome = strategy.outcome();
    let strategy: TrainingStrategy<Model> = strategy.into();
    let result = training(directory, Shown::default()).with_training_strategy(strategy).launch(model_and_rate());
    (result, outcome, records)
}

#[test]
fn with_burns_loader_a_run_that_died_begins_its_epoch_again_with_the_order_it_had() {
    let _alone = alone();
    let (whole, directory) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let weights = |result: &LearningResult<Model>, directory: &Path| {
        save_weights(&result.model, directory.join("weights.bpk")).unwrap();
        fs::read(directory.join("weights.bpk")).unwrap()
    };
    let (result, _, records) = backed_up(whole.path(), vec![]);
    let expected = (weights(&result, whole.path()), records.column("train_loss"), records.column("valid_loss"));
    let dies = At("train batch end", |context: &mut Context<'_>| {
        let is_there = (context.epoch(), context.step()) == (3, 4);
        if is_there { Err(CallbackError::other("killed")) } else { Ok(Flow::Continue) }
    });
    assert!(backed_up(directory.path(), callbacks![dies]).0.error.is_some());
    let (result, outcome, records) = backed_up(directory.path(), vec![]);
    assert!(result.error.is_none());
    let (_, position) = outcome.resumed_from().unwrap();
    assert_eq!((position.epoch, position.step), (3, 0));
    assert!(weights(&result, directory.path()) == expected.0, "the model's bytes differ");
    assert_eq!((records.column("train_loss"), records.column("valid_loss")), (expected.1, expected.2));
}
