//! Clipping, accumulation and averages end with PyTorch's numbers; `tests/fixtures/weights.py` makes them.

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::module::Param;
use burn::nn::Linear;
use burn::nn::loss::{MseLoss, Reduction};
use burn::optim::SgdConfig;
use burn::prelude::*;
use burn::train::{InferenceStep, RegressionOutput, SupervisedTraining, TrainOutput, TrainStep};
use serde_json::Value;

use super::*;
use crate::parameters::parameters_of;
use crate::{
    Annealing, ExponentialMovingAverage, GradientAccumulationScheduler, GradientClipping, QuietRenderer,
    StochasticWeightAveraging,
};

const TOLERANCE: f64 = 1e-6;
const BATCHES: usize = 6;

/// Two layers with a hyperbolic tangent between them.
#[derive(Module, Debug)]
struct Perceptron {
    body: Linear,
    head: Linear,
}

impl Perceptron {
    fn new() -> Self {
        let device = Device::flex().autodiff();
        let layer = |inputs, outputs, phase: f64| Linear {
            bias: Some(Param::from_tensor(formula([outputs], 0.7, phase + 1.0, f64::cos, &device))),
            weight: Param::from_tensor(formula([inputs, outputs], 0.7, phase, f64::cos, &device)),
        };
        Self { body: layer(3, 4, 1.0), head: layer(4, 2, 3.0) }
    }

    fn regression(&self, [x, target]: [Tensor<2>; 2]) -> RegressionOutput {
        let y = self.head.forward(self.body.forward(x).tanh());
        RegressionOutput::new(MseLoss::new().forward(y.clone(), target.clone(), Reduction::Mean), y, target)
    }
}

impl TrainStep for Perceptron {
    type Input = [Tensor<2>; 2];
    type Output = RegressionOutput;

    fn step(&self, batch: [Tensor<2>; 2]) -> TrainOutput<RegressionOutput> {
        let item = self.regression(batch);
        TrainOutput::new(self, item.loss.backward(), item)
    }
}

impl InferenceStep for Perceptron {
    type Input = [Tensor<2>; 2];
    type Output = RegressionOutput;

    fn step(&self, batch: [Tensor<2>; 2]) -> RegressionOutput {
        self.regression(batch)
    }
}

fn formula<const D: usize>(
    dims: [usize; D],
    step: f64,
    phase: f64,
    function: fn(f64) -> f64,
    device: &Device,
) -> Tensor<D> {
    let values: Vec<f32> =
        (0..dims.iter().product()).map(|k: usize| function(step * k as f64 + phase) as f32).collect();
    Tensor::from_data(TensorData::new(values, dims), device)
}

/// The first batches of the formula.
#[derive(Clone)]
struct Batches(usize, Device);

struct Epoch<'a>(&'a Batches, usize);

impl Iterator for Epoch<'_> {
    type Item = Result<[Tensor<2>; 2], DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self(Batches(batches, device), done) = self;
        let index = *done as f64;
        *done += 1;
        let x = formula([4, 3], 0.7, 5.0 + index, f64::cos, device);
        (*done <= *batches).then(|| Ok([x, formula([4, 2], 0.9, index, f64::sin, device)]))
    }
}

impl DataLoaderIterator<[Tensor<2>; 2]> for Epoch<'_> {
    fn progress(&self) -> Progress {
        Progress::new(4 * self.1, 4 * self.0.0, Some("items".to_owned()))
    }
}

impl DataLoader<[Tensor<2>; 2]> for Batches {
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<[Tensor<2>; 2]> + 'a> {
        Box::new(Epoch(self, 0))
    }

    fn num_items(&self) -> usize {
        4 * self.0
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<[Tensor<2>; 2]>> {
        Arc::new(Self(self.0, device.clone()))
    }

    fn slice(&self, _start: usize, _end: usize) -> Arc<dyn DataLoader<[Tensor<2>; 2]>> {
        Arc::new(self.clone())
    }
}

/// The weights after the training, and its history.
fn trained(epochs: usize, callbacks: Vec<Box<dyn Callback>>) -> (Vec<f64>, HistoryRecords) {
    let directory = tempfile::tempdir().unwrap();
    let history = History::new();
    let records = history.records();
    let mut callbacks = callbacks;
    callbacks.extend(callbacks![history]);
    let strategy = CallbackStrategy::new(Device::flex()).with_callbacks(callbacks);
    let loader = |batches| Arc::new(Batches(batches, Device::flex()));
    let training = SupervisedTraining::new(directory.path(), loader(BATCHES), loader(2))
        .metrics((LossMetric::new(),))
        .renderer(Box::new(QuietRenderer))
        .with_application_logger(None)
        .num_epochs(epochs);
    let learner = Learner::new(Perceptron::new(), SgdConfig::new().init(), ControlledLr::new(0.1));
    let result = strategy.attach(training).launch(learner);
    assert!(result.error.is_none(), "{}", result.error.unwrap());
    let parameters = parameters_of(&result.model).into_iter().flat_map(|parameter| parameter.values);
    (parameters.map(f64::from).collect(), records)
}

fn expected(case: &str, what: &str) -> Vec<f64> {
    let fixture: Value = serde_json::from_str(include_str!("../../../tests/fixtures/weights.json")).unwrap();
    fixture[case][what].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

fn assert_close(found: &[f64], case: &str, what: &str) {
    let expected = expected(case, what);
    assert_eq!(found.len(), expected.len(), "{case}");
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let distance = (found - expected).abs() / (1.0 + expected.abs());
        assert!(distance <= TOLERANCE, "{case}, {what} {index}: {found} instead of {expected}");
    }
}

#[test]
fn clipped_and_accumulated_gradients_lead_to_pytorchs_weights() {
    let _alone = alone();
    let norm = || callbacks![GradientClipping::by_norm(0.5)];
    let value = || callbacks![GradientClipping::by_value(0.1)];
    let groups = || callbacks![GradientAccumulationScheduler::new([(1, 4)])];
    let cases: [(&str, Vec<Box<dyn Callback>>); 4] =
        [("plain", vec![]), ("clip_norm", norm()), ("clip_value", value()), ("accumulation", groups())];
    for (case, callbacks) in cases {
        assert_close(&trained(2, callbacks).0, case, "parameters");
    }
}

#[test]
fn the_norm_before_clipping_is_pytorchs() {
    struct Norms(Arc<Mutex<Vec<f64>>>);
    impl Callback for Norms {
        fn name(&self) -> &str {
            "Norms"
        }
        fn wants_gradients(&self) -> bool {
            true
        }
        fn on_optimizer_step_begin(&mut self, context: &mut Context<'_>) -> HookResult {
            let norm = context.clip_gradients_by_norm(0.5)?;
            self.0.lock().unwrap().push(norm);
            assert!(context.gradient_norm()? < 0.5 + 1e-6);
            assert_eq!(context.gradients()?.len(), 4);
            Ok(Flow::Continue)
        }
    }
    let _alone = alone();
    let norms = Arc::new(Mutex::new(Vec::new()));
    trained(2, callbacks![Norms(norms.clone())]);
    assert_close(&norms.lock().unwrap(), "clip_norm", "norms");
}

#[test]
fn moving_averages_and_their_validation_are_pytorchs() {
    let _alone = alone();
    let average = || ExponentialMovingAverage::new(0.9);
    let cases =
        [("ema", average()), ("ema_every_2", average().every_steps(2)), ("ema_warm_up", average().warm_up(true))];
    for (case, average) in cases {
        for average in [average.clone(), average.swap_on_epoch(true)] {
            let (parameters, records) = trained(2, callbacks![average]);
            assert_close(&parameters, case, "parameters");
            let losses: Vec<f64> = records.column("valid_loss").into_iter().map(|(_, loss)| loss).collect();
            assert_close(&losses, case, "valid_loss");
        }
    }
    let (parameters, _) = trained(2, callbacks![average().averaged_at_end(false)]);
    assert_close(&parameters, "plain", "parameters");
}

#[test]
fn averaged_epochs_and_their_learning_rates_are_pytorchs() {
    let _alone = alone();
    let averaging =
        |annealing, epochs| StochasticWeightAveraging::new(0.02).start_from_share(0.5).annealing(annealing, epochs);
    let cases = [
        ("swa_cos", averaging(Annealing::Cosine, 2)),
        ("swa_linear", averaging(Annealing::Linear, 3)),
        ("swa_at_once", averaging(Annealing::Linear, 0).start_from_epoch(3)),
    ];
    for (case, averaging) in cases {
        let (parameters, records) = trained(6, callbacks![averaging]);
        assert_close(&parameters, case, "parameters");
        let rates: Vec<f64> = records.rows().iter().map(|row| row.learning_rate).collect();
        assert_close(&rates, case, "rates");
    }
}
