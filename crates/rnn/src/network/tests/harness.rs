//! What every layer must pass, run on a list of configurations that has each kind at least once.

use burn::module::{Module, ModuleVisitor, Param};
use burn::store::ModuleRecord;
use burn::tensor::{Device, Gradients, Tensor};
use firebrick_layers::build::{
    adaptive_avg_pool2d, adaptive_max_pool2d, avg_pool2d, conv_transpose2d, conv2d, global_avg_pool2d, reshape,
};
use firebrick_layers::build::{global_max_pool2d, max_pool2d, spatial_dropout};
use firebrick_layers::list::{Listed, SampleShape};
use firebrick_layers::{Initializer, Size, sequential};

use super::{flat, formula, input, numbers, output};
use crate::build::*;
use crate::{
    LayerNormLstmCellConfig, PeepholeLstmCellConfig, SequenceLayerConfig, SequenceNetworkConfig, SequencePosition,
    SequenceShape, SimpleRnnActivation, sequence,
};

/// A layer, and the input that it is tried with.
fn samples() -> Vec<(SequencePosition, SequenceShape)> {
    [recurrent(), over_time(), per_step()].concat()
}

fn recurrent() -> Vec<(SequencePosition, SequenceShape)> {
    let features = || SequenceShape::features(3);
    vec![
        (simple_rnn(4).with_activation(SimpleRnnActivation::Relu).with_zero_output_for_mask(true).into(), features()),
        (lstm(4).with_dropout(0.1).return_sequences().into(), features()),
        (lstm(4).with_coupled_gates(true).with_go_backwards(true).return_sequences().into(), features()),
        (lstm(4).pytorch().named("reader"), features()),
        (gru(4).with_reset_after(false).with_stateful(true).into(), features()),
        (gru(4).with_bias(false).with_recurrent_dropout(0.1).with_return_sequences(false).into(), features()),
        (rnn(PeepholeLstmCellConfig::new(4)).into(), features()),
        (rnn(LayerNormLstmCellConfig::new(4)).return_sequences().into(), features()),
        (conv_lstm2d(3, 2).same().with_return_sequences(true).into(), SequenceShape::pictures([2, 4, 4])),
        (conv_lstm2d(2, [3, 2]).with_go_backwards(true).named("film"), SequenceShape::pictures([2, 4, 4])),
        (bidirectional(lstm(4)).return_sequences().into(), features()),
        (
            bidirectional(gru(3))
                .with_backward_layer(lstm(3).with_go_backwards(true).into())
                .with_merge_mode(MergeMode::Sum)
                .named("both"),
            features(),
        ),
    ]
}

fn over_time() -> Vec<(SequencePosition, SequenceShape)> {
    let features = || SequenceShape::features(3);
    let pictures = || SequenceShape::pictures([2, 4, 4]);
    vec![
        (embedding(9, 4).mask_zero().into(), SequenceShape::ids()),
        (
            embedding(9, 4).with_padding_idx(Some(0)).with_initializer(Initializer::HeNormal).into(),
            SequenceShape::ids(),
        ),
        (masking(-1.0).into(), features()),
        (time_distributed(sequential![dense(4).relu().named("inner"), batch_norm(), dense(2)]).into(), features()),
        (time_distributed(sequential![conv2d(2, 3), global_max_pool2d()]).into(), pictures()),
        (residual(sequence![lstm(3), dropout(0.1)]).tanh().into(), features()),
        (residual(sequence![gru(4)]).with_shortcut(sequence![dense(4)]).named("block"), features()),
        (branches(Merge::Concatenate, [sequence![gru(2)], sequence![], sequence![dense(2)]]).into(), features()),
        (branches(Merge::Average, [sequence![gru(3)], sequence![global_avg_pool1d()]]).into(), features()),
        (spatial_dropout1d(0.2).into(), features()),
        (global_max_pool1d().into(), features()),
        (global_avg_pool1d().into(), features()),
        (last_step().into(), features()),
    ]
}

fn per_step() -> Vec<(SequencePosition, SequenceShape)> {
    let features = || SequenceShape::features(3);
    let pictures = || SequenceShape::pictures([2, 4, 4]);
    vec![
        (flatten().into(), features().with_steps(5)),
        (dense(4).gelu().into(), features()),
        (activation(ActivationFn::Elu { alpha: 0.5 }).into(), features()),
        (softmax().into(), features()),
        (dropout(0.3).into(), features()),
        (batch_norm().relu().into(), features()),
        (layer_norm().into(), features()),
        (conv2d(3, 3).same().into(), pictures()),
        (conv_transpose2d(3, 2).with_stride(2).into(), pictures()),
        (reshape([8, 2, 2]).into(), pictures()),
        (max_pool2d(2).into(), pictures()),
        (avg_pool2d(2).into(), pictures()),
        (global_avg_pool2d().into(), pictures()),
        (global_max_pool2d().into(), pictures()),
        (adaptive_max_pool2d(3).into(), pictures()),
        (adaptive_avg_pool2d(2).into(), pictures()),
        (spatial_dropout(0.2).into(), pictures()),
    ]
}

fn alone(position: &SequencePosition) -> SequenceNetworkConfig {
    SequenceNetworkConfig::from_iter([position.clone()])
}

/// A seeded device: nothing else draws from the generator in between, as every test makes its own weights.
fn device() -> Device {
    Device::flex()
}

#[test]
fn the_samples_hold_every_kind_of_layer() {
    let tried: Vec<&str> = samples().iter().map(|(position, _)| position.layer.kind()).collect();
    for kind in SequenceLayerConfig::KINDS {
        assert!(tried.contains(kind), "{kind} is not tried");
    }
}

#[test]
fn shape_and_parameters_are_those_of_the_summary() {
    for (position, shape) in samples() {
        let network = alone(&position);
        let summary = network.summary(&shape).unwrap();
        let model = network.init(&shape, &device()).unwrap();
        let y = model.forward(input(&shape, 2, &device())).shape();
        let predicted: Vec<usize> = summary
            .output_shape
            .iter()
            .map(|size| match size {
                Size::Fixed(size) => *size,
                Size::Steps => 5,
            })
            .collect();
        assert_eq!((y[0], &y[1..]), (2, &predicted[..]), "{position:?}");
        assert_eq!(model.output_shape().sizes(), summary.output_shape, "{position:?}");
        assert_eq!(model.num_params() as u64, summary.total_parameters(), "{position:?}");
    }
}

#[test]
fn a_configuration_survives_json_and_toml() {
    let all: SequenceNetworkConfig = samples().into_iter().map(|(position, _)| position).collect();
    let json = all.to_json().unwrap();
    assert_eq!(SequenceNetworkConfig::from_json(&json).unwrap(), all, "{json}");
    let toml = all.to_toml().unwrap();
    assert_eq!(SequenceNetworkConfig::from_toml(&toml).unwrap(), all, "{toml}");
    let serde = serde_json::to_string(&all).unwrap();
    assert_eq!(serde_json::from_str::<SequenceNetworkConfig>(&serde).unwrap(), all);
}

#[test]
fn a_loaded_layer_computes_what_the_saved_one_did() {
    let folder = tempfile::tempdir().unwrap();
    for (index, (position, shape)) in samples().into_iter().enumerate() {
        let make = || alone(&position).init(&shape, &device()).unwrap();
        let (saved, other) = (make(), make());
        let path = folder.path().join(format!("{index}.bpk"));
        saved.clone().into_record().save(&path).unwrap();
        let loaded = other.load_record(ModuleRecord::load(&path).unwrap());
        let (expected, found) = (output(&saved, 3, &device()), output(&loaded, 3, &device()));
        assert_eq!(numbers(found), numbers(expected), "{position:?}");
    }
}

#[test]
fn a_row_does_not_depend_on_its_batch_in_validation() {
    let autodiff = device().autodiff();
    for (position, shape) in samples() {
        let model = alone(&position).init(&shape, &autodiff).unwrap().valid();
        let one = numbers(output(&model, 1, &device()));
        model.reset_state();
        let four = numbers(output(&model, 4, &device()));
        for (a, b) in one.iter().zip(&four) {
            assert!((a - b).abs() <= 1e-6, "{position:?}: {a} alone, {b} among four");
        }
    }
}

#[test]
fn a_batch_of_one_trains() {
    let autodiff = device().autodiff();
    for (position, shape) in samples() {
        let model = alone(&position).init(&shape, &autodiff).unwrap();
        let found = numbers(output(&model, 1, &autodiff));
        assert!(found.iter().all(|value| value.is_finite()), "{position:?}: {found:?}");
    }
}

/// Counts the parameters that a gradient reaches.
struct Reached<'a> {
    gradients: &'a Gradients,
    parameters: usize,
}

impl ModuleVisitor for Reached<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let value = parameter.val();
        if !value.is_require_grad() {
            return;
        }
        let gradient = numbers(value.grad(self.gradients).expect("a gradient reaches the parameter"));
        assert!(gradient.iter().all(|g| g.is_finite()));
        assert!(gradient.iter().any(|g| *g != 0.0), "the gradient of {:?} is zero", value.dims());
        self.parameters += value.dims().iter().product::<usize>();
    }
}

#[test]
fn a_gradient_reaches_every_trainable_parameter() {
    let autodiff = device().autodiff();
    for (position, shape) in samples() {
        let network = alone(&position);
        let model = network.init(&shape, &autodiff).unwrap();
        let expected = network.summary(&shape).unwrap().trainable_parameters();
        if expected == 0 {
            continue;
        }
        let y = flat(model.forward(input(&shape, 4, &autodiff)));
        let weights = formula(y.dims(), 0.23, &autodiff);
        let gradients = (y * weights).sum().backward();
        let mut reached = Reached { gradients: &gradients, parameters: 0 };
        model.visit(&mut reached);
        assert_eq!(reached.parameters as u64, expected, "{position:?}");
    }
}
