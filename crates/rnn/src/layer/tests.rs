//! Masks, states and shapes, through every layer, both directions and stacks.

use burn::module::{ModuleVisitor, Param};
use burn::store::ModuleRecord;
use burn::tensor::{Gradients, Int, TensorData};
use firebrick_layers::Mask;

use super::*;
use crate::{
    BidirectionalConfig, GruConfig, LstmConfig, LstmState, MergeMode, RecurrentConfig, SimpleRnnActivation,
    SimpleRnnConfig, StackConfig,
};

const BATCH: usize = 4;
const STEPS: usize = 7;
const FEATURES: usize = 3;

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

fn x(device: &Device) -> Tensor<3> {
    let count = (BATCH * STEPS * FEATURES) as i64;
    (Tensor::<1, Int>::arange(0..count, device).float() * 0.37).sin().reshape([BATCH, STEPS, FEATURES])
}

/// Padded on the right, on the left, with holes; the third sequence of the last has no step that counts.
fn masks(device: &Device) -> Vec<Mask> {
    let by = |counts: fn(usize, usize) -> bool| {
        let rows: Vec<Vec<bool>> = (0..BATCH).map(|b| (0..STEPS).map(|t| counts(b, t)).collect()).collect();
        Mask::from_rows(&rows, device).unwrap()
    };
    vec![by(|b, t| t <= 2 * b), by(|b, t| t > b), by(|b, t| (b + t) % 3 != 1), by(|b, t| b != 2 && t != 4)]
}

/// Runs a check on each kind of layer.
macro_rules! for_each_layer {
    ($device:expr, |$layer:ident| $check:expr) => {{
        let device: &Device = $device;
        let (lstm, gru) = (LstmConfig::new(5), GruConfig::new(5));
        let relu = SimpleRnnConfig::new(5).with_activation(SimpleRnnActivation::Relu);
        let both = BidirectionalConfig::new(lstm.clone());
        let product = BidirectionalConfig::new(gru.clone().pytorch()).with_merge_mode(MergeMode::Mul);
        for_each_layer!(@ device, $layer, $check;
            relu, lstm.clone(), lstm.clone().pytorch().with_go_backwards(true), lstm.with_coupled_gates(true),
            gru.clone(), gru.clone().with_reset_after(false).with_zero_output_for_mask(true),
            both.clone(), product, StackConfig::new(gru, 3), StackConfig::new(both, 2));
    }};
    (@ $device:ident, $layer:ident, $check:expr; $($config:expr),+) => {
        $( { let $layer = $config.init(FEATURES, $device); $check } )+
    };
}

mod derivatives;

/// The gradients of all parameters.
struct Read<'a> {
    gradients: &'a Gradients,
    found: Vec<Vec<f32>>,
}

impl ModuleVisitor for Read<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let gradient = parameter.val().grad(self.gradients).expect("a gradient reaches the parameter");
        self.found.push(values(gradient));
    }
}

/// Outputs, last output, final state, and the gradients of input and parameters of their weighted sum.
fn outcome<L: RecurrentLayer>(layer: &L, x: Tensor<3>, mask: Mask) -> Vec<Vec<f32>> {
    let x = x.require_grad();
    let output = layer.forward(Sequence::masked(x.clone(), mask));
    let tensors: Vec<Tensor<1>> = [output.sequence.values.flatten(0, 2), output.last.flatten(0, 1)]
        .into_iter()
        .chain(output.state.tensors().into_iter().map(|(_, tensor)| tensor.flatten(0, 1)))
        .collect();
    let losses = tensors.iter().map(|tensor| {
        let [count] = tensor.dims();
        (tensor.clone() * (Tensor::<1, Int>::arange(0..count as i64, &tensor.device()).float() * 0.23).cos()).sum()
    });
    let gradients = losses.reduce(|sum, loss| sum + loss).unwrap().backward();
    let mut read = Read { gradients: &gradients, found: vec![values(x.grad(&gradients).unwrap())] };
    layer.visit(&mut read);
    tensors.into_iter().map(values).chain(read.found).collect()
}

/// The sequences with `filler` where the mask is false.
fn filled(mask: &Mask, filler: f32, device: &Device) -> Tensor<3> {
    let counts = mask.rows().concat();
    let kept = values(x(device)).into_iter().enumerate();
    let filled: Vec<f32> = kept.map(|(i, value)| if counts[i / FEATURES] { value } else { filler }).collect();
    Tensor::from_data(TensorData::new(filled, [BATCH, STEPS, FEATURES]), device)
}

fn bits(outcome: &[Vec<f32>]) -> Vec<Vec<u32>> {
    outcome.iter().map(|part| part.iter().map(|value| value.to_bits()).collect()).collect()
}

#[test]
fn padded_steps_leave_no_trace_in_outputs_and_gradients() {
    let device = Device::flex().autodiff();
    for mask in masks(&device) {
        for_each_layer!(&device, |layer| {
            let expected = outcome(&layer, filled(&mask, 0.25, &device), mask.clone());
            assert!(expected.iter().flatten().all(|value| value.is_finite()));
            for filler in [f32::NAN, 1e30, f32::NEG_INFINITY] {
                let found = outcome(&layer, filled(&mask, filler, &device), mask.clone());
                assert!(bits(&found) == bits(&expected), "{filler} in masked steps shows in {layer:?}");
            }
        });
    }
}

#[test]
fn a_padded_sequence_gives_what_it_gives_alone() {
    let device = Device::flex();
    let lengths = [7, 3, 1, 5];
    for_each_layer!(&device, |layer| {
        let mask = Mask::from_lengths(&lengths, STEPS, &device).unwrap();
        let together = layer.forward(Sequence::masked(x(&device), mask));
        for (row, length) in lengths.into_iter().enumerate() {
            let alone = layer.forward(x(&device).narrow(0, row, 1).narrow(1, 0, length));
            // Read backwards, the padding comes first.
            let start = if layer.options().go_backwards { STEPS - length } else { 0 };
            let outputs = together.sequence.values.clone().narrow(0, row, 1).narrow(1, start, length);
            let mut pairs = vec![(values(outputs), values(alone.sequence.values))];
            if !layer.options().zero_output_for_mask {
                pairs.push((values(together.last.clone().narrow(0, row, 1)), values(alone.last)));
            }
            for ((_, a), (_, b)) in together.state.tensors().into_iter().zip(alone.state.tensors()) {
                pairs.push((values(a.narrow(0, row, 1)), values(b)));
            }
            for (a, b) in pairs.into_iter().flat_map(|(a, b)| a.into_iter().zip(b)) {
                assert!((a - b).abs() <= 1e-6, "{a} padded, {b} alone: row {row} of {layer:?}");
            }
        }
    });
}

#[test]
fn a_sequence_without_a_step_that_counts_ends_where_it_began() {
    let device = Device::flex();
    let mask = Mask::from_lengths(&[7, 0, 2, 1], STEPS, &device).unwrap();
    for_each_layer!(&device, |layer| {
        let initial = RecurrentState::map(layer.zero_state(BATCH, &device), &mut |_, zeros| zeros + 0.3);
        let output = layer.forward_with(Sequence::masked(x(&device), mask.clone()), Some(initial));
        for (_, state) in output.state.tensors() {
            assert_eq!(values(state.narrow(0, 1, 1)), [0.3; 5], "{layer:?}");
        }
        let zeros = layer.forward(Sequence::masked(x(&device), mask.clone()));
        assert!(values(zeros.last.narrow(0, 1, 1)).iter().all(|value| *value == 0.0));
    });
}

#[test]
fn a_masked_step_repeats_the_output_before_it_or_the_initial_state() {
    let device = Device::flex();
    let gru = GruConfig::new(5);
    let layer = gru.init(FEATURES, &device);
    let row = |layer: &crate::Gru, counts: [bool; 4]| {
        let x = x(&device).narrow(0, 0, 1).narrow(1, 0, 4);
        let state = Tensor::full([1, 5], 0.3, &device);
        let mask = Mask::from_rows(&[counts], &device).unwrap();
        let y = values(layer.forward_with(Sequence::masked(x, mask), Some(state)).sequence.values);
        y.chunks(5).map(<[f32]>::to_vec).collect::<Vec<_>>()
    };
    let y = row(&layer, [false, true, false, true]);
    assert_eq!(y[0], [0.3; 5]);
    assert_eq!(y[2], y[1]);
    assert_ne!(y[3], y[1]);
    let zeros = row(&gru.with_zero_output_for_mask(true).init(FEATURES, &device), [false, true, false, true]);
    assert_eq!((&zeros[0], &zeros[2]), (&vec![0.0; 5], &vec![0.0; 5]));
}

#[test]
fn masks_travel_with_the_outputs() {
    let device = Device::flex();
    let mask = Mask::from_lengths(&[7, 3, 1, 5], STEPS, &device).unwrap();
    for_each_layer!(&device, |layer| {
        let sequence = layer.forward(Sequence::masked(x(&device), mask.clone())).sequence;
        let expected = if layer.options().go_backwards { mask.reversed() } else { mask.clone() };
        assert_eq!(sequence.mask.unwrap().rows(), expected.rows());
        assert!(layer.forward(x(&device)).sequence.mask.is_none());
    });
}

#[test]
fn what_does_not_fit_is_refused() {
    let device = Device::flex();
    let layer = BidirectionalConfig::new(LstmConfig::new(5)).init(FEATURES, &device);
    let zeros = |shape: [usize; 3]| Sequence::from(Tensor::zeros(shape, &device));
    let message =
        |x: &Sequence, state: Option<(LstmState, LstmState)>| layer.check(x, state.as_ref()).unwrap_err().to_string();
    for shape in [[0, 7, 3], [4, 0, 3], [4, 7, 0]] {
        let found = message(&zeros(shape), None);
        assert_eq!(
            found,
            format!("sequences of shape {shape:?}, [B, T, I], hold nothing: each size must be at least 1")
        );
    }
    let found = message(&zeros([4, 7, 2]), None);
    assert_eq!(found, "sequences of shape [4, 7, 2], [B, T, I], reach a layer that was made for 3 features");

    let mask = Mask::full(4, 6, &device).unwrap();
    let found = message(&Sequence { mask: Some(mask), ..zeros([4, 7, 3]) }, None);
    assert_eq!(found, "a mask of shape [4, 6] does not fit sequences of 4 rows and 7 steps");

    let found = message(&zeros([4, 7, 3]), Some(layer.zero_state(3, &device)));
    assert_eq!(found, "an initial state of shape [3, 5] was given, but it must be [4, 5], batch by hidden size");
    let mut state = layer.zero_state(4, &device);
    state.1.cell = Tensor::zeros([4, 6], &device);
    let found = message(&zeros([4, 7, 3]), Some(state));
    assert_eq!(found, "an initial state of shape [4, 6] was given, but it must be [4, 5], batch by hidden size");

    let stack = StackConfig::new(GruConfig::new(5), 2).init(FEATURES, &device);
    let error = stack.check(&zeros([4, 7, 3]), Some(&vec![Tensor::zeros([4, 5], &device)])).unwrap_err();
    assert_eq!(error.to_string(), "an initial state of 1 tensors was given, but the layer has 2");
    assert!(layer.check(&zeros([4, 7, 3]), Some(&layer.zero_state(4, &device))).is_ok());
}

#[test]
#[should_panic(expected = "reach a layer that was made for 3 features")]
fn a_forward_pass_says_what_check_says() {
    let device = Device::flex();
    GruConfig::new(5).init(FEATURES, &device).forward(Tensor::<3>::zeros([4, 7, 2], &device));
}

#[test]
fn a_gradient_reaches_every_parameter_and_a_batch_of_one_trains() {
    let device = Device::flex().autodiff();
    for_each_layer!(&device, |layer| {
        let sequence = x(&device).narrow(0, 0, 1);
        let gradients = layer.forward(sequence).sequence.values.powi_scalar(2).sum().backward();
        let mut read = Read { gradients: &gradients, found: vec![] };
        layer.visit(&mut read);
        assert_eq!(read.found.iter().map(Vec::len).sum::<usize>(), layer.num_params());
        for gradient in read.found {
            assert!(gradient.iter().all(|value| value.is_finite()) && gradient.iter().any(|value| *value != 0.0));
        }
    });
}

#[test]
fn a_loaded_layer_computes_what_the_saved_one_did() {
    let device = Device::flex();
    let folder = tempfile::tempdir().unwrap();
    for_each_layer!(&device, |layer| {
        let path = folder.path().join("layer.bpk");
        layer.clone().into_record().save(&path).unwrap();
        let zeros = layer.clone().map(&mut Zero);
        let before = values(zeros.forward(x(&device)).last);
        let loaded = zeros.load_record(ModuleRecord::load(&path).unwrap());
        let found = values(loaded.forward(x(&device)).last);
        assert_eq!(found, values(layer.forward(x(&device)).last));
        assert_ne!(found, before);
        std::fs::remove_file(path).unwrap();
    });
}

/// Sets every parameter to zero.
struct Zero;

impl burn::module::ModuleMapper for Zero {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        parameter.map(|value| value.zeros_like())
    }
}

#[test]
fn parameters_are_as_many_as_the_configuration_says() {
    let device = Device::flex();
    let lstm = LstmConfig::new(5);
    assert_eq!(lstm.num_params(FEATURES), 4 * 5 * (3 + 5 + 1));
    assert_eq!(lstm.init(FEATURES, &device).num_params(), lstm.num_params(FEATURES));
    let gru = GruConfig::new(5);
    assert_eq!(gru.num_params(FEATURES), 3 * 5 * (3 + 5 + 2));
    assert_eq!(gru.init(FEATURES, &device).num_params(), gru.num_params(FEATURES));
    let rnn = SimpleRnnConfig::new(5).with_bias(false);
    assert_eq!(rnn.init(FEATURES, &device).num_params(), rnn.num_params(FEATURES));
}

#[test]
fn rows_do_not_depend_on_one_another() {
    let device = Device::flex();
    for_each_layer!(&device, |layer| {
        let all = values(layer.forward(x(&device)).last.narrow(0, 2, 1));
        let alone = values(layer.forward(x(&device).narrow(0, 2, 1)).last);
        assert!(all.iter().zip(&alone).all(|(a, b)| (a - b).abs() <= 1e-6));
    });
}
