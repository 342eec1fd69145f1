//! Every layer against PyTorch's and Keras's numbers: forward to 1e-5, gradients to 1e-4.
//!
//! The fixtures hold what comes out; what goes in is a formula of the index, the same here and in the generators
//! (`tests/fixtures/cases.py`). A difference is relative to the largest number of its tensor, where that is above 1.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::build::*;
use crate::{Fan, Initializer, Sequential, SequentialConfig, sequential};

const TORCH: &str = include_str!("../tests/fixtures/torch_layers.json");
const KERAS: &str = include_str!("../tests/fixtures/keras_layers.json");

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
    draws: Vec<Draw>,
    #[serde(default)]
    counts: Vec<Count>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    layer: Value,
    input: Vec<usize>,
    training: bool,
    output_shape: Vec<usize>,
    output: Vec<f32>,
    input_gradient: Vec<f32>,
    gradients: Vec<Vec<f32>>,
    running: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
struct Draw {
    initializer: Initializer,
    std: f64,
    largest: f64,
}

#[derive(Deserialize)]
struct Count {
    network: String,
    trainable: u64,
    non_trainable: u64,
    shapes: Vec<Vec<usize>>,
}

fn fixture(text: &str) -> Fixture {
    serde_json::from_str(text).unwrap()
}

fn formula(count: usize, value: impl Fn(f64) -> f64) -> Vec<f32> {
    (0..count).map(|i| value(i as f64) as f32).collect()
}

/// Gives the k-th parameter its formula.
struct Assign {
    k: usize,
    scales: bool,
}

impl ModuleMapper for Assign {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let k = self.k as f64;
        let wave = |i: f64| 0.3 * (0.7 * i + k).cos();
        let positive = self.scales && matches!(self.k, 0 | 3);
        self.k += 1;
        parameter.map(|old| {
            let shape = old.dims();
            let values = formula(shape.iter().product(), |i| if positive { 1.0 + wave(i) } else { wave(i) });
            let new = Tensor::from_data(TensorData::new(values, shape), &old.device());
            if old.is_require_grad() { new.require_grad() } else { new }
        })
    }
}

/// Gradients of the parameters, and the values of those that have none: running statistics.
struct Read<'a> {
    gradients: &'a Gradients,
    found: Vec<Vec<f32>>,
    running: Vec<Vec<f32>>,
}

impl ModuleVisitor for Read<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let value = parameter.val();
        match value.grad(self.gradients) {
            Some(gradient) => self.found.push(gradient.into_data().try_to_vec().unwrap()),
            None => self.running.push(value.into_data().try_to_vec().unwrap()),
        }
    }
}

/// Largest difference, relative to the largest expected number where that is above 1.
fn deviation(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(1f32, |largest, value| largest.max(value.abs()));
    let worst = found.iter().zip(expected).fold(0f32, |worst, (a, b)| match (a - b).abs() {
        difference if difference.is_nan() => f32::INFINITY,
        difference => worst.max(difference),
    });
    worst / largest
}

/// Deviations of the output (with running statistics) and of the gradients.
fn deviations(case: &Case) -> (f32, f32) {
    let device = Device::flex().autodiff();
    let network = SequentialConfig::from_json(&json!({"layers": [case.layer]}).to_string()).unwrap();
    let model = network.init(&case.input[1..], &device).unwrap();
    let model = model.map(&mut Assign { k: 0, scales: case.layer["layer"] == "batch_norm" });
    let model = if case.training { model } else { model.freeze().set_require_grad(true) };
    let whole = [&case.output_shape[..1], model.output_shape()].concat();
    assert_eq!(whole, case.output_shape, "{}", case.name);
    match (case.input.len(), case.output_shape.len()) {
        (2, 2) => compare::<2, 2>(&model, case, &device),
        (4, 2) => compare::<4, 2>(&model, case, &device),
        (4, 4) => compare::<4, 4>(&model, case, &device),
        ranks => panic!("{}: no layer has the ranks {ranks:?}", case.name),
    }
}

fn compare<const D: usize, const O: usize>(model: &Sequential, case: &Case, device: &Device) -> (f32, f32) {
    let values = formula(case.input.iter().product(), |i| 1.5 * (0.37 * i + 0.1).sin());
    let x = Tensor::<D>::from_data(TensorData::new(values, case.input.clone()), device).require_grad();
    let y: Tensor<O> = model.forward(x.clone());
    let weights = formula(case.output.len(), |i| (0.23 * i).cos());
    let weights = Tensor::<O>::from_data(TensorData::new(weights, case.output_shape.clone()), device);
    let gradients = (y.clone() * weights).sum().backward();

    let mut read = Read { gradients: &gradients, found: Vec::new(), running: Vec::new() };
    model.visit(&mut read);
    assert_eq!(read.found.len(), case.gradients.len(), "{}", case.name);
    let input_gradient: Vec<f32> = x.grad(&gradients).unwrap().into_data().try_to_vec().unwrap();
    let output: Vec<f32> = y.into_data().try_to_vec().unwrap();

    let running = read.running.iter().zip(&case.running).map(|(found, expected)| deviation(found, expected));
    let forward = running.fold(deviation(&output, &case.output), f32::max);
    let backward = read.found.iter().zip(&case.gradients).map(|(found, expected)| deviation(found, expected));
    (forward, backward.fold(deviation(&input_gradient, &case.input_gradient), f32::max))
}

/// Every case of a fixture; all failures in one message, the largest deviations on standard output.
fn assert_parity(system: &str, fixture: &Fixture) {
    let mut failures = Vec::new();
    let mut worst = (0f32, 0f32);
    for case in &fixture.cases {
        let (forward, backward) = deviations(case);
        worst = (worst.0.max(forward), worst.1.max(backward));
        if forward > 1e-5 || backward > 1e-4 {
            failures.push(format!("{}: forward {forward:.1e}, gradients {backward:.1e}", case.name));
        }
    }
    println!(
        "{system}: {} cases, largest deviation forward {:.1e}, gradients {:.1e}",
        fixture.cases.len(),
        worst.0,
        worst.1
    );
    assert!(failures.is_empty(), "{system}:\n{}", failures.join("\n"));
}

#[test]
fn every_layer_computes_what_pytorch_computes() {
    assert_parity("PyTorch", &fixture(TORCH));
}

#[test]
fn every_layer_computes_what_keras_computes() {
    assert_parity("Keras", &fixture(KERAS));
}

#[test]
fn initialisers_spread_as_those_of_pytorch_and_keras() {
    let device = Device::flex();
    let fan = Fan { input: 64 * 9, output: 96 * 9 };
    for draw in fixture(TORCH).draws.into_iter().chain(fixture(KERAS).draws) {
        let weight = draw.initializer.init([96, 64, 3, 3], fan, &device).val();
        let values: Vec<f32> = weight.into_data().try_to_vec().unwrap();
        let square: f64 = values.iter().map(|v| f64::from(*v).powi(2)).sum();
        let std = (square / values.len() as f64).sqrt();
        let largest = values.iter().fold(0f64, |largest, v| largest.max(f64::from(v.abs())));
        let initializer = draw.initializer;
        assert!((std / draw.std - 1.0).abs() < 0.02, "{initializer:?}: deviation {std}, theirs {}", draw.std);
        let bounded = !matches!(initializer, Initializer::RandomNormal { .. } | Initializer::KaimingNormal { .. });
        let near = (largest / draw.largest - 1.0).abs() < 0.01;
        assert!(!bounded || near, "{initializer:?}: largest {largest}, theirs {}", draw.largest);
    }
}

fn network(name: &str) -> (SequentialConfig, [usize; 3]) {
    match name {
        "lenet5" => {
            let layers = sequential![
                conv2d(6, 5).same(),
                avg_pool2d(2),
                conv2d(16, 5),
                avg_pool2d(2),
                flatten(),
                dense(120),
                dense(84),
                dense(10)
            ];
            (layers, [1, 28, 28])
        }
        "convnet" => {
            let layers = sequential![
                conv2d(32, 3),
                max_pool2d(2),
                conv2d(64, 3),
                max_pool2d(2),
                flatten(),
                dropout(0.5),
                dense(10)
            ];
            (layers, [1, 28, 28])
        }
        "normalised" => {
            let layers = sequential![
                conv2d(12, [3, 2]).with_stride(2).same().with_bias(false),
                batch_norm(),
                spatial_dropout(0.1),
                conv2d(24, 3).with_groups(3).same(),
                global_avg_pool2d(),
                dense(5)
            ];
            (layers, [3, 9, 7])
        }
        _ => panic!("no network {name}"),
    }
}

#[test]
fn shapes_and_parameters_of_networks_are_those_of_keras() {
    let counts = fixture(KERAS).counts;
    assert_eq!(counts.len(), 3);
    for count in counts {
        let (layers, input) = network(&count.network);
        let summary = layers.summary(&input).unwrap();
        assert_eq!(summary.trainable_parameters(), count.trainable, "{}", count.network);
        assert_eq!(summary.non_trainable_parameters(), count.non_trainable, "{}", count.network);
        let channels_first = count.shapes.iter().map(|shape| match shape.as_slice() {
            &[height, width, channels] => vec![channels, height, width],
            features => features.to_vec(),
        });
        let ours = summary.rows.iter().map(|row| row.output_shape.clone());
        assert_eq!(ours.collect::<Vec<_>>(), channels_first.collect::<Vec<_>>(), "{}", count.network);
    }
}
