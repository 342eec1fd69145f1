//! A layer over a cell against the fused layers, and what masks promise.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use firebrick_layers::Mask;

use super::*;
use crate::keras_fixture::{formula, input, parameter_gradients, values, with_formulas};
use crate::{
    AnyCellConfig, GruCell, GruCellConfig, GruConfig, LayerNormLstmCellConfig, LstmCell, LstmCellConfig, LstmConfig,
    PeepholeLstmCellConfig, RecurrentState, SimpleRnnCell, SimpleRnnCellConfig, SimpleRnnConfig, StackedRnnCellsConfig,
};

/// Right padding, left padding, holes, a row without a step.
fn masks(device: &Device) -> Vec<Option<Mask>> {
    let rows = [
        [[true, true, true, true], [true, true, false, false]],
        [[false, false, true, true], [false, true, true, true]],
        [[true, false, true, false], [false, true, false, true]],
        [[false, false, false, false], [true, false, true, true]],
    ];
    let masks = rows.iter().map(|rows| Some(Mask::from_rows(rows, device).unwrap()));
    std::iter::once(None).chain(masks).collect()
}

/// How sequences can be gone through.
fn ways() -> Vec<SequenceOptions> {
    let way = |go_backwards, zero_output_for_mask| SequenceOptions {
        go_backwards,
        zero_output_for_mask,
        ..SequenceOptions::default()
    };
    vec![way(false, false), way(true, false), way(false, true)]
}

fn weighted<const D: usize>(x: Tensor<D>) -> Tensor<1> {
    let weights = formula(x.dims(), &x.device(), |i| (0.23 * i).cos());
    (x * weights).sum()
}

/// The outputs, the states, and the gradients of x, of the initial state and of the parameters.
fn numbers<L: RecurrentLayer>(layer: &L, mask: Option<Mask>, device: &Device) -> Vec<Vec<f32>> {
    let x = input([2, 4, 3], device);
    let mut given = vec![];
    let state = layer.zero_state(2, device).map(&mut |_, zeros| {
        let state = formula(zeros.dims(), device, |i| 0.5 * (0.61 * i + 0.4).cos()).require_grad();
        given.push(state.clone());
        state
    });
    let output = layer.forward_with(Sequence { values: x.clone(), mask }, Some(state));
    let states: Vec<_> = output.state.tensors().into_iter().map(|(_, state)| state).collect();
    let loss = weighted(output.sequence.values.clone()) + weighted(output.last.clone());
    let loss = states.iter().fold(loss, |loss, state| loss + weighted(state.clone()));
    let gradients = loss.backward();

    let mut all = vec![values(output.sequence.values), values(output.last)];
    all.extend(states.into_iter().map(values));
    all.push(values(x.grad(&gradients).unwrap()));
    all.extend(given.iter().map(|state| values(state.grad(&gradients).unwrap())));
    all.extend(parameter_gradients(layer, &gradients));
    all
}

fn assert_same(found: &[Vec<f32>], expected: &[Vec<f32>], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found.len(), expected.len(), "{what}, tensor {index}");
        let largest = expected.iter().fold(1f32, |largest, value| largest.max(value.abs()));
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() <= 1e-6 * largest, "{what}, tensor {index}: {a} instead of {b}");
        }
    }
}

/// The fused layer and the same cell step by step, over every mask and way.
fn assert_fused<F: RecurrentLayer, C: RecurrentCell>(
    fused: impl Fn(SequenceOptions) -> F,
    cell: impl Fn(&F) -> C,
    device: &Device,
) {
    for options in ways() {
        let fused = with_formulas(fused(options.clone()), &[]);
        let layer = Rnn::with_options(cell(&fused), options.clone());
        for mask in masks(device) {
            let what = format!("{options:?}, mask {:?}", mask.as_ref().map(Mask::rows));
            assert_same(&numbers(&layer, mask.clone(), device), &numbers(&fused, mask, device), &what);
        }
    }
}

#[test]
fn a_layer_over_the_lstm_cell_is_the_fused_lstm() {
    let device = Device::flex().autodiff();
    let fused = |sequence| LstmConfig { sequence, ..LstmConfig::new(4) }.init(3, &device);
    assert_fused(fused, |lstm| LstmCell::new(lstm.weights.clone()), &device);
    let fused = |sequence| LstmConfig { sequence, ..LstmConfig::new(4).pytorch() }.init(3, &device);
    assert_fused(fused, |lstm| LstmCell::new(lstm.weights.clone()), &device);
}

#[test]
fn a_layer_over_the_gru_cell_is_the_fused_gru() {
    let device = Device::flex().autodiff();
    for reset_after in [true, false] {
        let config = GruConfig::new(4).pytorch().with_reset_after(reset_after);
        let fused = |sequence| GruConfig { sequence, ..config.clone() }.init(3, &device);
        assert_fused(fused, |gru| GruCell::new(gru.weights.clone(), reset_after), &device);
    }
}

#[test]
fn a_layer_over_the_simple_cell_is_the_fused_simple_layer() {
    let device = Device::flex().autodiff();
    let fused = |sequence| SimpleRnnConfig { sequence, ..SimpleRnnConfig::new(4) }.init(3, &device);
    assert_fused(fused, |simple| SimpleRnnCell::new(simple.weights.clone()), &device);
}

/// A stack of every cell.
fn stack() -> StackedRnnCellsConfig<AnyCellConfig> {
    StackedRnnCellsConfig::new([
        AnyCellConfig::from(SimpleRnnCellConfig::new(4)),
        LstmCellConfig::new(3).into(),
        GruCellConfig::new(4).into(),
        PeepholeLstmCellConfig::new(3).into(),
        LayerNormLstmCellConfig::new(2).into(),
    ])
}

#[test]
fn what_stands_in_masked_steps_changes_no_bit_of_outputs_and_gradients() {
    let device = Device::flex().autodiff();
    let layer = RnnConfig::new(stack()).init(3, &device);
    for mask in masks(&device).into_iter().flatten() {
        let numbers = |filling: f32| {
            let x = input([2, 4, 3], &device);
            let filled = mask.fill(x.clone(), f64::from(filling)).unwrap();
            let output = layer.forward(Sequence::masked(filled, mask.clone()));
            let gradients = (weighted(output.sequence.values.clone()) + weighted(output.last.clone())).backward();
            let mut all =
                vec![values(output.sequence.values), values(output.last), values(x.grad(&gradients).unwrap())];
            all.extend(parameter_gradients(&layer, &gradients));
            all.concat().into_iter().map(f32::to_bits).collect::<Vec<u32>>()
        };
        let expected = numbers(0.0);
        assert!(expected.iter().all(|bits| f32::from_bits(*bits).is_finite()));
        for filling in [f32::NAN, f32::INFINITY, 1e30] {
            assert_eq!(numbers(filling), expected, "{filling} with {:?}", mask.rows());
        }
    }
}

#[test]
fn a_padded_row_ends_where_it_ends_alone() {
    let device = Device::flex();
    let layer = RnnConfig::new(stack()).init(3, &device);
    let x = input([2, 4, 3], &device);
    let mask = Mask::from_lengths(&[4, 2], 4, &device).unwrap();
    let padded = layer.forward(Sequence::masked(x.clone(), mask));
    let alone = layer.forward(x.slice([1..2, 0..2, 0..3]));
    let row = |last: Tensor<2>, row: usize| values(last.narrow(0, row, 1));
    for (a, b) in row(padded.last, 1).into_iter().zip(row(alone.last, 0)) {
        assert!((a - b).abs() <= 1e-6, "{a} and {b}");
    }
}

/// y_t = s_{t-1} + x_t beside a state of another width: an output that is no part of the state.
#[derive(Module, Debug)]
struct CountingCell {
    features: usize,
}

impl RecurrentCell for CountingCell {
    type State = (Tensor<2>, Tensor<2>);

    fn input_size(&self) -> usize {
        self.features
    }

    fn state_sizes(&self) -> Vec<usize> {
        vec![1, self.features]
    }

    fn initial_state(&self, batch: usize, device: &Device) -> Self::State {
        (Tensor::zeros([batch, 1], device), Tensor::zeros([batch, self.features], device))
    }

    fn output_size(&self) -> usize {
        self.features
    }

    fn step(&self, x: Tensor<2>, (count, sum): Self::State) -> (Tensor<2>, Self::State) {
        let sum = sum + x;
        (sum.clone() * 10.0, (count + 1.0, sum))
    }
}

#[test]
fn a_cell_of_ones_own_repeats_its_output_over_masked_steps_after_zeros() {
    let device = Device::flex();
    let layer = Rnn::new(CountingCell { features: 1 });
    let x = Tensor::<3>::from_floats([[[1.0], [2.0], [3.0], [4.0]]], &device);
    let mask = Mask::from_rows(&[[false, true, false, true]], &device).unwrap();
    let state = (Tensor::from_floats([[5.0]], &device), Tensor::from_floats([[7.0]], &device));
    let output = layer.forward_with(Sequence::masked(x, mask), Some(state));
    assert_eq!(values(output.sequence.values), [0.0, 90.0, 90.0, 130.0]);
    assert_eq!(values(output.last), [130.0]);
    assert_eq!((values(output.state.0), values(output.state.1)), (vec![7.0], vec![13.0]));
}

#[test]
fn backwards_the_outputs_come_in_the_order_in_which_they_are_made() {
    let device = Device::flex();
    let options = SequenceOptions { go_backwards: true, zero_output_for_mask: true, ..SequenceOptions::default() };
    let layer = Rnn::with_options(CountingCell { features: 1 }, options);
    let x = Tensor::<3>::from_floats([[[1.0], [2.0], [3.0], [4.0]]], &device);
    let mask = Mask::from_lengths(&[3], 4, &device).unwrap();
    let output = layer.forward(Sequence::masked(x, mask));
    assert_eq!(values(output.sequence.values), [0.0, 30.0, 50.0, 60.0]);
    assert_eq!(output.sequence.mask.unwrap().rows(), [[false, true, true, true]]);
    assert_eq!(values(output.last), [60.0]);
}

#[test]
fn a_stateful_layer_goes_on_where_it_stopped() {
    let device = Device::flex();
    let layer = RnnConfig::new(stack()).with_stateful(true).init(3, &device);
    let x = input([2, 6, 3], &device);
    let whole = layer.forward(x.clone()).last;
    layer.reset_state();
    let _ = layer.forward(x.clone().narrow(1, 0, 4));
    let parts = layer.forward(x.narrow(1, 4, 2)).last;
    assert_same(&[values(parts)], &[values(whole)], "in two parts");
}

#[test]
#[should_panic(expected = "an initial state of shape [3, 4] was given, but it must be [2, 4]")]
fn a_state_of_another_batch_is_refused() {
    let device = Device::flex();
    let layer = RnnConfig::new(GruCellConfig::new(4)).init(3, &device);
    let _ = layer.forward_with(Tensor::<3>::zeros([2, 5, 3], &device), Some(Tensor::zeros([3, 4], &device)));
}

#[test]
fn the_configuration_survives_toml() {
    let config = RnnConfig::new(stack()).with_go_backwards(true).with_return_sequences(false);
    let text = toml::to_string(&config).unwrap();
    assert_eq!(toml::from_str::<RnnConfig<StackedRnnCellsConfig<AnyCellConfig>>>(&text).unwrap(), config, "{text}");
}
