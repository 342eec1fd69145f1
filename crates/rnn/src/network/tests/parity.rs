//! Whole networks against Keras's numbers, outputs and gradients: `tests/fixtures/networks.py` writes them.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Int, Tensor, TensorData};
use firebrick_layers::{Mask, sequential};
use serde::Deserialize;

use super::{close, flat, formula, numbers};
use crate::build::*;
use crate::{SequenceNetwork, SequenceNetworkConfig, SequenceShape, Signal, sequence};

#[derive(Deserialize)]
struct Fixture {
    ids: Vec<Vec<i64>>,
    used: Vec<Vec<u8>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    /// Zero where the step does not count.
    output: Vec<f32>,
    /// Of the weights in Keras's order, which is ours.
    gradients: Vec<Vec<f32>>,
}

/// Sets element i of weight k to 0.6·cos(0.7·i + k).
struct ByFormula {
    next: usize,
}

impl ModuleMapper for ByFormula {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let shift = self.next as f64;
        self.next += 1;
        parameter.map(|old| {
            let shape = old.dims();
            let values = (0..shape.iter().product()).map(|i: usize| (0.6 * (0.7 * i as f64 + shift).cos()) as f32);
            let new = Tensor::from_data(TensorData::new::<f32, _>(values.collect(), shape), &old.device());
            new.set_require_grad(true)
        })
    }
}

/// The gradients of the weights, in order.
struct Collected<'a>(&'a Gradients, Vec<Vec<f32>>);

impl ModuleVisitor for Collected<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        self.1.push(numbers(parameter.val().grad(self.0).expect("a gradient reaches the weight")));
    }
}

fn classifier() -> SequenceNetworkConfig {
    sequence![embedding(12, 5).mask_zero(), bidirectional(lstm(4)), lstm(3), dense(2)]
}

fn tagger() -> SequenceNetworkConfig {
    sequence![
        embedding(12, 5).mask_zero(),
        simple_rnn(4),
        bidirectional(lstm(3)).with_merge_mode(MergeMode::Sum).return_sequences(),
        dense(3).tanh(),
    ]
}

fn block() -> SequenceNetworkConfig {
    sequence![
        masking(9.0),
        residual(sequence![lstm(4)]).tanh(),
        time_distributed(sequential![dense(3).relu()]),
        global_avg_pool1d(),
        dense(2),
    ]
}

fn check(case: &Case, network: &SequenceNetworkConfig, input: &SequenceShape, x: Signal, device: &Device) {
    let model: SequenceNetwork = network.init(input, device).unwrap().map(&mut ByFormula { next: 0 });
    let y = model.forward(x);
    let y = match y.mask().cloned() {
        Some(mask) => mask.fill(y.into_sequence().values, 0.0).unwrap().into(),
        None => y,
    };
    let y = flat(y);
    let weights = formula(y.dims(), 0.23, device);
    let gradients = (y.clone() * weights).sum().backward();
    close(&numbers(y.inner()), &case.output, 1e-5, &case.name);
    let mut collected = Collected(&gradients, vec![]);
    model.visit(&mut collected);
    assert_eq!(collected.1.len(), case.gradients.len(), "{}", case.name);
    for (weight, (found, expected)) in collected.1.iter().zip(&case.gradients).enumerate() {
        close(found, expected, 1e-4, &format!("{}, weight {weight}", case.name));
    }
}

#[test]
fn outputs_and_gradients_of_padded_batches_are_those_of_keras() {
    let device = Device::flex().autodiff();
    let fixture: Fixture = serde_json::from_str(include_str!("../../../tests/fixtures/keras_networks.json")).unwrap();
    assert_eq!(fixture.cases.len(), 3);
    let rows = fixture.ids.len();
    let ids: Tensor<2, Int> = Tensor::from_data(TensorData::new(fixture.ids.concat(), [rows, 6]), &device);
    let used: Vec<Vec<bool>> = fixture.used.iter().map(|row| row.iter().map(|used| *used == 1).collect()).collect();
    let used = Mask::from_rows(&used, &device).unwrap();
    let features = used.fill(formula([3, 5, 4], 0.31, &device), 9.0).unwrap();
    for case in &fixture.cases {
        match case.name.as_str() {
            "classifier" => check(case, &classifier(), &SequenceShape::ids(), ids.clone().into(), &device),
            "tagger" => check(case, &tagger(), &SequenceShape::ids(), ids.clone().into(), &device),
            _ => check(case, &block(), &SequenceShape::features(4), features.clone().into(), &device),
        }
    }
}
