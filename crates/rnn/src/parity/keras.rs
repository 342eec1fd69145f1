//! The matrix of cells, directions, masks, lengths and flags against Keras (`tests/fixtures/keras_recurrent.py`).

use burn::tensor::{Device, Tensor};
use firebrick_layers::Mask;
use serde::Deserialize;

use super::{
    BATCH, FEATURES, Found, HIDDEN, Tally, counts, deviation, digests, distance, measure, sequences, wave_array,
};
use crate::{
    Bidirectional, BidirectionalConfig, ForeignWeights, GruConfig, LstmConfig, MergeMode, RecurrentConfig,
    RecurrentLayer, RecurrentState, Sequence, SimpleRnnConfig,
};

const FIXTURE: &str = include_str!("../../tests/fixtures/keras_recurrent.json");

/// Cell, direction, mask, steps; whether all outputs are given, masked ones are zeros, there is an initial state.
#[derive(Debug, Deserialize)]
struct Key(String, String, String, usize, bool, bool, bool);

#[derive(Deserialize)]
struct Fixture {
    whole: Vec<Whole>,
    cases: Vec<Summed>,
}

/// Every number.
#[derive(Deserialize)]
struct Whole {
    key: Key,
    outputs: Vec<Vec<f64>>,
    states: Vec<Vec<f64>>,
    gradients: Vec<Vec<f64>>,
}

/// The key, then the sums of outputs, states and gradients.
#[derive(Deserialize)]
struct Summed(String, String, String, usize, bool, bool, bool, Vec<f64>, Vec<f64>, Vec<f64>);

impl Key {
    fn mask(&self, device: &Device) -> Option<Mask> {
        let Self(_, _, mask, steps, ..) = self;
        let row = |row| (0..*steps).map(|step| counts(mask, row, step, *steps)).collect::<Vec<_>>();
        let rows: Vec<_> = (0..BATCH).map(row).collect();
        (mask != "none").then(|| Mask::from_rows(&rows, device).unwrap())
    }

    fn run(&self) -> Found {
        match self.0.as_str() {
            "simple_rnn" => self.in_direction(SimpleRnnConfig::new(HIDDEN)),
            "lstm" => self.in_direction(LstmConfig::new(HIDDEN)),
            "gru_after" => self.in_direction(GruConfig::new(HIDDEN)),
            "gru_before" => self.in_direction(GruConfig::new(HIDDEN).with_reset_after(false)),
            cell => panic!("no cell {cell}"),
        }
    }

    fn in_direction<C: RecurrentConfig>(&self, mut config: C) -> Found
    where
        C::Layer: ForeignWeights,
    {
        let Self(_, direction, _, _, return_sequences, zero_output_for_mask, _) = self;
        let options = config.options_mut();
        options.return_sequences = Some(*return_sequences);
        options.zero_output_for_mask = *zero_output_for_mask;
        options.go_backwards = direction == "backward";
        let device = Device::flex().autodiff();
        let both = |merge_mode: MergeMode| {
            BidirectionalConfig::new(config.clone()).with_merge_mode(merge_mode).init(FEATURES, &device)
        };
        match direction.as_str() {
            "forward" | "backward" => self.measure(config.init(FEATURES, &device)),
            "concat" => self.measure(both(MergeMode::Concat)),
            "sum" => self.measure(both(MergeMode::Sum)),
            "mul" => self.measure(both(MergeMode::Mul)),
            "ave" => self.measure(both(MergeMode::Average)),
            "both" => self.measure_both(both(MergeMode::Concat)),
            direction => panic!("no direction {direction}"),
        }
    }

    fn measure<L: RecurrentLayer + ForeignWeights>(&self, layer: L) -> Found {
        self.measure_by(layer, |layer, x, state| {
            let output = layer.forward_with(x, state);
            (vec![self.output(output.sequence, output.last)], output.state)
        })
    }

    fn measure_both<L: RecurrentLayer + ForeignWeights>(&self, layer: Bidirectional<L>) -> Found {
        self.measure_by(layer, |layer, x, state| {
            let (forward, backward) = layer.forward_both(x, state);
            let outputs = [(forward.sequence, forward.last), (backward.sequence, backward.last)];
            let outputs = outputs.map(|(sequence, last)| self.output(sequence, last));
            (outputs.to_vec(), (forward.state, backward.state))
        })
    }

    /// What Keras gives on PyTorch, which made the fixture. Before the first step that counts it puts out zeros there,
    /// where on JAX it puts out the initial state, as we do.
    fn output(&self, sequence: Sequence, last: Tensor<2>) -> Tensor<3> {
        let (y, column) = match self.4 {
            true => (sequence.values, None),
            false => (last.unsqueeze_dim(1), Some(self.3 - 1)),
        };
        // In both directions at once the masked outputs of a sequence are zeros anyway.
        let alone = matches!(self.1.as_str(), "forward" | "backward");
        match sequence.mask.filter(|_| alone || column.is_some()) {
            Some(mask) => begun(&mask, column).fill(y, 0.0).unwrap(),
            None => y,
        }
    }

    fn measure_by<L: RecurrentLayer + ForeignWeights>(
        &self,
        layer: L,
        run: impl Fn(&L, Sequence, Option<L::State>) -> (Vec<Tensor<3>>, L::State),
    ) -> Found {
        let device = Device::flex().autodiff();
        let layer = with_formulas(layer);
        let x = Sequence { values: sequences(self.3, &device), mask: self.mask(&device) };
        let state = self.6.then(|| {
            let mut part = 0.0;
            layer.zero_state(BATCH, &device).map(&mut |_, zeros| {
                part += 1.0;
                Tensor::from_data(wave_array(&zeros.dims(), 0.6, 4.0 + part), &device)
            })
        });
        measure(&layer, x, state, run, |layer| layer.keras_weights().unwrap())
    }
}

fn read() -> Fixture {
    serde_json::from_str(FIXTURE).unwrap()
}

/// Whether a step that counts has come by each step, or by the one of `column` alone.
fn begun(mask: &Mask, column: Option<usize>) -> Mask {
    let rows = mask.rows().into_iter().map(|row| {
        let come = (0..row.len()).map(|step| row[..=step].contains(&true));
        come.enumerate().filter(|(step, _)| column.is_none_or(|column| column == *step)).map(|(_, come)| come).collect()
    });
    Mask::from_rows(&rows.collect::<Vec<Vec<bool>>>(), &mask.steps().device()).unwrap()
}

fn with_formulas<L: ForeignWeights>(layer: L) -> L {
    let arrays = layer.keras_weights().unwrap().into_iter().enumerate();
    let arrays = arrays.map(|(k, array)| wave_array(&array.shape().to_vec(), 0.5, 1.0 + k as f64));
    layer.load_keras(arrays.collect()).unwrap()
}

#[test]
fn outputs_states_and_gradients_are_those_of_keras() {
    let mut tally = Tally::default();
    for Summed(cell, direction, mask, steps, sequences, zero, state, outputs, states, gradients) in read().cases {
        let key = Key(cell, direction, mask, steps, sequences, zero, state);
        let found = key.run();
        let forward = distance(&digests(&found.outputs), &outputs).max(distance(&digests(&found.states), &states));
        tally.add(&format!("{key:?}"), forward, deviation(&digests(&found.gradients), &gradients));
    }
    // Cells, directions, masks, lengths, flags.
    tally.finish("Keras", 4 * 7 * 5 * 3 * 8);
}

#[test]
fn every_number_of_some_cases_is_that_of_keras() {
    let worst = |found: &[Vec<f32>], expected: &[Vec<f64>]| {
        assert_eq!(found.len(), expected.len());
        let pairs = found.iter().zip(expected);
        let of = |found: &[f32], expected: &[f64]| {
            deviation(&found.iter().map(|v| f64::from(*v)).collect::<Vec<_>>(), expected)
        };
        pairs.map(|(found, expected)| of(found, expected)).fold(0.0, f64::max)
    };
    let mut tally = Tally::default();
    for case in read().whole {
        let found = case.key.run();
        let forward = worst(&found.outputs, &case.outputs).max(worst(&found.states, &case.states));
        tally.add(&format!("{:?}", case.key), forward, worst(&found.gradients, &case.gradients));
    }
    tally.finish("Keras, every number", 4 * 3 * 2);
}

#[test]
fn the_sums_would_notice_one_wrong_number() {
    let Summed(cell, direction, mask, steps, sequences, zero, state, outputs, ..) = read().cases.swap_remove(0);
    let found = Key(cell, direction, mask, steps, sequences, zero, state).run();
    for (part, tensor) in found.outputs.iter().enumerate() {
        for index in 0..tensor.len() {
            let mut spoilt = found.outputs.clone();
            spoilt[part][index] += 2e-4;
            assert!(distance(&digests(&spoilt), &outputs) > 1e-5, "number {index} of output {part}");
        }
    }
}
