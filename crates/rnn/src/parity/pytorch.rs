//! Stacks, directions and packed sequences against PyTorch (`tests/fixtures/torch_recurrent.py`).

use burn::tensor::{Device, Tensor, TensorData};
use firebrick_layers::Mask;
use serde::Deserialize;

use super::{
    BATCH, FEATURES, Found, HIDDEN, Tally, counts, deviation, digests, distance, measure, sequences, wave_array,
};
use crate::{
    BidirectionalConfig, ForeignWeights, GruConfig, LstmConfig, RecurrentConfig, RecurrentLayer, RecurrentState,
    Sequence, SimpleRnnActivation, SimpleRnnConfig, StackConfig,
};

const FIXTURE: &str = include_str!("../../tests/fixtures/torch_recurrent.json");

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

/// Cell, layers, both directions, packed, steps, initial state; then the sums of outputs, states and gradients.
#[derive(Deserialize)]
struct Case(String, usize, bool, bool, usize, bool, Vec<f64>, Vec<f64>, Vec<f64>);

impl Case {
    fn run(&self) -> Found {
        match self.0.as_str() {
            "tanh" => self.stacked(SimpleRnnConfig::new(HIDDEN).pytorch()),
            "relu" => self.stacked(SimpleRnnConfig::new(HIDDEN).with_activation(SimpleRnnActivation::Relu).pytorch()),
            "lstm" => self.stacked(LstmConfig::new(HIDDEN).pytorch()),
            "gru" => self.stacked(GruConfig::new(HIDDEN).pytorch()),
            cell => panic!("no cell {cell}"),
        }
    }

    fn stacked<C: RecurrentConfig>(&self, mut config: C) -> Found
    where
        C::Layer: ForeignWeights,
    {
        let device = Device::flex().autodiff();
        // Both are forced in Bidirectional; PyTorch pads with zeros always.
        config.options_mut().zero_output_for_mask = self.3;
        match self.2 {
            true => self.measure(StackConfig::new(BidirectionalConfig::new(config), self.1).init(FEATURES, &device)),
            false => self.measure(StackConfig::new(config, self.1).init(FEATURES, &device)),
        }
    }

    /// Names as PyTorch's `named_parameters` lists them.
    fn names(&self) -> Vec<String> {
        let directions: &[&str] = if self.2 { &["", "_reverse"] } else { &[""] };
        let cells =
            (0..self.1).flat_map(|layer| directions.iter().map(move |direction| format!("_l{layer}{direction}")));
        let arrays = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];
        cells.flat_map(|cell| arrays.map(|array| format!("{array}{cell}"))).collect()
    }

    fn measure<L: RecurrentLayer + ForeignWeights>(&self, layer: L) -> Found {
        let device = Device::flex().autodiff();
        let shapes = layer.pytorch_weights().unwrap();
        let formulas = self.names().into_iter().enumerate().map(|(k, name)| {
            let array = wave_array(&shapes[&name].shape().to_vec(), 0.4, 1.0 + k as f64);
            (name, array)
        });
        let layer = layer.load_pytorch(formulas.collect()).unwrap();

        let rows = (0..BATCH).map(|row| (0..self.4).map(|step| counts("right", row, step, self.4)).collect::<Vec<_>>());
        let mask = self.3.then(|| Mask::from_rows(&rows.collect::<Vec<_>>(), &device).unwrap());
        let x = Sequence { values: sequences(self.4, &device), mask };
        let zeros = layer.zero_state(BATCH, &device);
        let part = |k: f64, shape: [usize; 3]| Tensor::from_data(wave_array(&shape, 0.6, 5.0 + k), &device);
        let c_n = zeros.c_n().map(|c_n| part(1.0, c_n.dims()));
        let state = self.5.then(|| layer.state_from(part(0.0, zeros.h_n().dims()), c_n).unwrap());

        let run = |layer: &L, x: Sequence, state: Option<L::State>| {
            let output = layer.forward_with(x, state);
            (vec![output.sequence.values], output.state)
        };
        let arrays = |layer: &L| -> Vec<TensorData> {
            let mut arrays = layer.pytorch_weights().unwrap();
            self.names().iter().map(|name| arrays.remove(name).unwrap()).collect()
        };
        let found = measure(&layer, x, state, run, arrays);
        let tensors = zeros.tensors().len();
        self.as_pytorch(found, tensors, zeros.c_n().is_some())
    }

    /// States, and the gradients of the initial ones, as h_n and c_n instead of one by one.
    fn as_pytorch(&self, mut found: Found, tensors: usize, cells: bool) -> Found {
        let gather = |states: Vec<Vec<f32>>| match cells {
            true => {
                let part = |first: usize| states[first..].iter().step_by(2).flatten().copied().collect();
                vec![part(0), part(1)]
            }
            false => vec![states.concat()],
        };
        found.states = gather(found.states);
        if self.5 {
            let initial = found.gradients.split_off(found.gradients.len() - tensors);
            found.gradients.extend(gather(initial));
        }
        found
    }
}

#[test]
fn outputs_states_and_gradients_are_those_of_pytorch() {
    let fixture: Fixture = serde_json::from_str(FIXTURE).unwrap();
    let mut tally = Tally::default();
    for case in fixture.cases {
        let found = case.run();
        let Case(cell, layers, both, packed, steps, state, ..) = &case;
        let name = format!("{cell}, {layers} layers, both {both}, packed {packed}, {steps} steps, state {state}");
        let outputs = distance(&digests(&found.outputs), &case.6);
        let forward = outputs.max(distance(&digests(&found.states), &case.7));
        tally.add(&name, forward, deviation(&digests(&found.gradients), &case.8));
    }
    // Cells, layers, directions, packed or not, lengths, states.
    tally.finish("PyTorch", 4 * 2 * 2 * 2 * 3 * 2);
}
