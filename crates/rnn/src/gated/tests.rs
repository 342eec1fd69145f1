//! Dropout of inputs and states.

use burn::module::Module;
use burn::tensor::{Device, Gradients, Int, Tensor};
use firebrick_backend::RecurrentWeights;
use firebrick_layers::{Initializer, Mask};

use super::*;
use crate::{GruConfig, LstmConfig, RecurrentConfig, RecurrentLayer, SimpleRnnActivation, SimpleRnnConfig};

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

fn x(device: &Device) -> Tensor<3> {
    let numbers = Tensor::<1, Int>::arange(0..4 * 6 * 3, device).float();
    (numbers * 0.37).sin().reshape([4, 6, 3])
}

fn close(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-5)
}

fn gradients_of(weights: &RecurrentWeights, gradients: &Gradients) -> Vec<Vec<f32>> {
    let matrices = [&weights.input, &weights.recurrent];
    let matrices = matrices.map(|weights| values(weights.grad(gradients).unwrap()));
    let biases = [&weights.bias, &weights.recurrent_bias].into_iter().flatten();
    matrices.into_iter().chain(biases.map(|bias| values(bias.grad(gradients).unwrap()))).collect()
}

/// With a rate so small that nothing is dropped, the steps in Burn's operations must give what the fused ones do.
fn steps_are_the_fused_operation<L: RecurrentLayer>(fused: L, stepwise: L, weights: impl Fn(&L) -> RecurrentWeights) {
    let device = Device::flex().autodiff();
    let stepwise = stepwise.load_record(fused.clone().into_record());
    let mask = Mask::from_rows(
        &[[true; 6], [true, true, false, false, false, false], [false, true, false, true, true, false], [false; 6]],
        &device,
    );
    let mask = mask.unwrap();
    let state = fused.zero_state(4, &device).map(&mut |_, zeros| zeros + 0.2);
    let run = |layer: &L| {
        let x = x(&device).require_grad();
        let output = layer.forward_with(Sequence::masked(x.clone(), mask.clone()), Some(state.clone()));
        let losses = output.state.tensors().into_iter().map(|(_, tensor)| tensor.powi_scalar(2).sum());
        let loss = losses.fold(output.sequence.values.clone().powi_scalar(3).sum(), |sum, loss| sum + loss);
        let gradients = loss.backward();
        let mut parts = vec![values(output.sequence.values), values(output.last), values(x.grad(&gradients).unwrap())];
        parts.extend(gradients_of(&weights(layer), &gradients));
        parts
    };
    for (index, (a, b)) in run(&fused).iter().zip(&run(&stepwise)).enumerate() {
        assert!(close(a, b), "part {index} of {fused:?}: {a:?} fused, {b:?} step by step");
    }
}

#[test]
fn the_steps_compute_what_the_fused_operation_does() {
    let device = Device::flex().autodiff();
    const NOTHING: f64 = 1e-12;
    for backwards in [false, true] {
        for activation in [SimpleRnnActivation::Tanh, SimpleRnnActivation::Relu] {
            let config = SimpleRnnConfig::new(5).pytorch().with_activation(activation).with_go_backwards(backwards);
            let stepwise = config.clone().with_recurrent_dropout(NOTHING).init(3, &device);
            steps_are_the_fused_operation(config.init(3, &device), stepwise, |layer| layer.weights.values());
        }
        for (coupled, zero) in [(false, false), (true, true)] {
            let config = LstmConfig::new(5).pytorch().with_coupled_gates(coupled).with_go_backwards(backwards);
            let config = config.with_zero_output_for_mask(zero);
            let stepwise = config.clone().with_recurrent_dropout(NOTHING).init(3, &device);
            steps_are_the_fused_operation(config.init(3, &device), stepwise, |layer| layer.weights.values());
        }
        for after in [false, true] {
            let config = GruConfig::new(5).pytorch().with_reset_after(after).with_go_backwards(backwards);
            let stepwise = config.clone().with_recurrent_dropout(NOTHING).with_dropout(NOTHING).init(3, &device);
            steps_are_the_fused_operation(config.init(3, &device), stepwise, |layer| layer.weights.values());
        }
    }
}

/// A layer that hands its input on: relu(x·1 + h·0).
fn identity(dropout: f64) -> SimpleRnnConfig {
    SimpleRnnConfig::new(1)
        .with_activation(SimpleRnnActivation::Relu)
        .with_kernel_initializer(Initializer::Ones)
        .with_recurrent_initializer(Initializer::Zeros)
        .with_dropout(dropout)
}

#[test]
fn an_input_is_dropped_in_all_steps_or_in_none() {
    let device = Device::flex().autodiff();
    let layer = identity(0.25).init(1, &device);
    let y = values(layer.forward(Tensor::<3>::ones([1000, 3, 1], &device)).sequence.values);
    let mut kept = 0;
    for row in y.chunks(3) {
        assert!(row == [0.0; 3] || row.iter().all(|value| (value - 4.0 / 3.0).abs() < 1e-6), "{row:?}");
        kept += usize::from(row[0] > 0.0);
    }
    assert!((690..810).contains(&kept), "{kept} of 1000 kept");
}

#[test]
fn a_state_is_dropped_in_all_steps_or_in_none() {
    // relu(x·1 + h·1): 1, 2, 3, 4 with a state, scaled; 1, 1, 1, 1 without.
    let config = identity(0.0).with_recurrent_initializer(Initializer::Ones).with_recurrent_dropout(0.5);
    let device = Device::flex().autodiff();
    let layer = config.init(1, &device);
    let y = values(layer.forward(Tensor::<3>::ones([200, 4, 1], &device)).sequence.values);
    let rows: Vec<&[f32]> = y.chunks(4).collect();
    assert!(rows.iter().all(|row| *row == [1.0; 4] || *row == [1.0, 3.0, 7.0, 15.0]), "{rows:?}");
    let kept = rows.iter().filter(|row| row[1] == 3.0).count();
    assert!((60..140).contains(&kept), "{kept} of 200 kept");
}

#[test]
fn each_gate_sees_a_part_of_its_own() {
    let device = Device::flex().autodiff();
    let config = LstmConfig::new(50).with_recurrent_dropout(0.5).with_dropout(0.5);
    let layer = config.init(40, &device);
    let masks = layer.dropout.state_masks([4, 1, 50], (&device, burn::tensor::DType::F32));
    let inputs = layer.dropout.drop_gate_inputs(Tensor::ones([1, 1, 40], &device), 4);
    let states: Vec<Vec<f32>> = (0..4).map(|gate| values(masks.clone().narrow(0, gate, 1))).collect();
    let inputs: Vec<Vec<f32>> = inputs.into_iter().map(values).collect();
    for (a, b) in [(0, 1), (1, 2), (2, 3)] {
        assert_ne!(states[a], states[b]);
        assert_ne!(inputs[a], inputs[b]);
    }
}

#[test]
fn nothing_is_dropped_without_autodiff_in_validation_or_when_frozen() {
    let device = Device::flex().autodiff();
    let plain = device.clone().inner();
    let config = GruConfig::new(5).with_dropout(0.5).with_recurrent_dropout(0.5);
    let quiet = GruConfig::new(5).init(3, &device).valid();
    let layer = config.init(3, &device);
    let quiet = quiet.load_record(layer.clone().into_record());
    let expected = values(quiet.forward(x(&plain)).last);
    assert_eq!(values(layer.valid().forward(x(&plain)).last), expected);
    assert_eq!(values(layer.clone().freeze().forward(x(&device)).last), expected);
    assert_ne!(values(layer.forward(x(&device)).last), expected);
}

#[test]
fn dropped_steps_leave_no_trace_of_padding() {
    let device = Device::flex().autodiff();
    let mask = Mask::from_lengths(&[6, 2, 1, 4], 6, &device).unwrap();
    let configs = [LstmConfig::new(5).with_dropout(0.5), LstmConfig::new(5).with_recurrent_dropout(0.5)];
    for layer in configs.map(|config| config.init(3, &device)) {
        let padded = x(&device).mask_fill(mask.steps().bool_not().unsqueeze_dim::<3>(2).expand([4, 6, 3]), f32::NAN);
        let padded = padded.require_grad();
        let output = layer.forward(Sequence::masked(padded.clone(), mask.clone()));
        let gradients = output.sequence.values.clone().sum().backward();
        assert!(values(output.sequence.values).iter().all(|value| value.is_finite()));
        let of_input = values(padded.grad(&gradients).unwrap());
        let counts = mask.rows().concat();
        for (index, gradient) in of_input.into_iter().enumerate() {
            assert!(gradient.is_finite() && (counts[index / 3] || gradient == 0.0), "{gradient} at {index}");
        }
        assert!(gradients_of(&layer.weights.values(), &gradients).iter().flatten().all(|value| value.is_finite()));
    }
}
