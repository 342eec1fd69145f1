//! What every layer must pass, run on a list of configurations that has each kind at least once.
use burn::module::{Module, ModuleVisitor, Param};
use burn::store::ModuleRecord;
use burn::tensor::{Device, Gradients, Int, Tensor};

use crate::build::*;
use crate::{Initializer, LayerConfig, Padding, Position, Sequential, SequentialConfig, sequential};

/// A layer, and the input shape it is tried with.
fn samples() -> Vec<(Position, Vec<usize>)> {
    let picture = || vec![3, 7, 6];
    let uneven = Padding::Explicit { top: 1, bottom: 0, left: 2, right: 1 };
    vec![
        (conv2d(4, 3).into(), picture()),
        (conv2d(6, [3, 2]).same().with_stride(2).with_groups(3).relu().into(), picture()),
        (conv2d(2, 3).with_padding(uneven).with_dilation([1, 2]).with_bias(false).pytorch().into(), picture()),
        (conv_transpose2d(4, 3).into(), picture()),
        (conv_transpose2d(6, [3, 2]).same().with_stride([2, 3]).with_groups(3).relu().into(), picture()),
        (
            conv_transpose2d(2, 4).with_padding(uneven).with_stride(2).with_output_padding([1, 0]).pytorch().into(),
            picture(),
        ),
        (conv_transpose2d(2, 2).with_stride(3).with_dilation([1, 2]).with_bias(false).into(), picture()),
        (dense(4).into(), vec![5]),
        (dense(4).with_bias(false).with_kernel_initializer(Initializer::HeNormal).gelu().into(), vec![5]),
        (dense(6).with_kernel_initializer(Initializer::Orthogonal { gain: 2.0 }).leaky_relu(0.3).into(), vec![5]),
        (max_pool2d(2).into(), picture()),
        (max_pool2d(3).with_stride(2).same().into(), picture()),
        (avg_pool2d([2, 3]).with_stride(1).into(), picture()),
        (avg_pool2d(3).with_padding(Padding::all(1)).with_count_include_pad(true).into(), picture()),
        (global_max_pool2d().into(), picture()),
        (global_avg_pool2d().into(), picture()),
        (adaptive_max_pool2d([3, 4]).into(), picture()),
        (adaptive_avg_pool2d(2).into(), picture()),
        (batch_norm().relu().into(), picture()),
        (batch_norm().pytorch().with_momentum(0.2).with_epsilon(1e-4).into(), vec![5]),
        (layer_norm().relu().into(), picture()),
        (layer_norm().pytorch().into(), vec![5]),
        (dropout(0.4).into(), picture()),
        (spatial_dropout(0.4).into(), picture()),
        (flatten().into(), picture()),
        (reshape([2, 3, 1]).into(), vec![6]),
        (reshape([7, 6, 3]).into(), picture()),
        (activation(ActivationFn::Elu { alpha: 0.5 }).into(), picture()),
        (softmax().into(), vec![5]),
        (block().into(), picture()),
        (branches(Merge::Concatenate, [sequential![conv2d(2, 1)], sequential![]]).into(), picture()),
        (branches(Merge::Maximum, [sequential![dense(5).tanh()], sequential![]]).named("both"), vec![5]),
    ]
}

fn block() -> crate::ResidualConfig {
    residual(sequential![conv2d(5, 3).same().with_bias(false).named("inner"), batch_norm(), dropout(0.1)])
        .with_shortcut(sequential![conv2d(5, 1)])
        .relu()
}

fn alone(position: &Position) -> SequentialConfig {
    SequentialConfig::from_iter([position.clone()])
}

/// Runs the layer on a batch of pictures or of features; gives the numbers of its output in a row.
fn output(model: &Sequential, batch: usize, device: &Device) -> Tensor<1> {
    match *model.input_shape() {
        [features] => run(model, [batch, features], device),
        [channels, height, width] => run(model, [batch, channels, height, width], device),
        _ => panic!("no layer takes {:?}", model.input_shape()),
    }
}

fn run<const D: usize>(model: &Sequential, shape: [usize; D], device: &Device) -> Tensor<1> {
    let count = shape.iter().product::<usize>() as i64;
    let x = (Tensor::<1, Int>::arange(0..count, device).float() * 0.37).sin().reshape(shape);
    match model.output_shape().len() {
        1 => flat(model.forward::<D, 2>(x), model.output_shape()),
        _ => flat(model.forward::<D, 4>(x), model.output_shape()),
    }
}

/// All numbers in a row, when the shape without the batch is the predicted one.
fn flat<const O: usize>(y: Tensor<O>, predicted: &[usize]) -> Tensor<1> {
    let shape = y.dims();
    assert_eq!(&shape[1..], predicted);
    y.reshape([shape.iter().product::<usize>()])
}

fn numbers(x: Tensor<1>) -> Vec<f32> {
    x.into_data().try_to_vec().unwrap()
}

#[test]
fn the_samples_hold_every_kind_of_layer() {
    let tried: Vec<&str> = samples().iter().map(|(position, _)| position.layer.kind()).collect();
    for kind in LayerConfig::KINDS {
        assert!(tried.contains(kind), "{kind} is not tried");
    }
}

#[test]
fn shape_and_parameters_are_those_of_the_summary() {
    let device = Device::flex();
    for (position, input) in samples() {
        let network = alone(&position);
        let summary = network.summary(&input).unwrap();
        let model = network.init(&input, &device).unwrap();
        let predicted = network.output_shape(&input).unwrap().iter().product::<usize>();
        assert_eq!(output(&model, 2, &device).dims(), [2 * predicted], "{position:?}");
        assert_eq!(summary.output_shape, model.output_shape(), "{position:?}");
        assert_eq!(model.num_params() as u64, summary.total_parameters(), "{position:?}");
    }
}

#[test]
fn a_configuration_survives_json_and_toml() {
    let all: SequentialConfig = samples().into_iter().map(|(position, _)| position).collect();
    let json = all.to_json().unwrap();
    assert_eq!(SequentialConfig::from_json(&json).unwrap(), all, "{json}");
    let toml = all.to_toml().unwrap();
    assert_eq!(SequentialConfig::from_toml(&toml).unwrap(), all, "{toml}");
}

#[test]
fn a_loaded_layer_computes_what_the_saved_one_did() {
    let device = Device::flex();
    let folder = tempfile::tempdir().unwrap();
    for (index, (position, input)) in samples().into_iter().enumerate() {
        let make = || alone(&position).init(&input, &device).unwrap();
        let (saved, other) = (make(), make());
        let path = folder.path().join(format!("{index}.bpk"));
        saved.clone().into_record().save(&path).unwrap();
        let loaded = other.load_record(ModuleRecord::load(&path).unwrap());
        assert_eq!(numbers(output(&saved, 3, &device)), numbers(output(&loaded, 3, &device)), "{position:?}");
    }
}

#[test]
fn a_row_does_not_depend_on_its_batch_in_validation() {
    let device = Device::flex().autodiff();
    let plain = device.clone().inner();
    for (position, input) in samples() {
        let model = alone(&position).init(&input, &device).unwrap().valid();
        let (one, four) = (numbers(output(&model, 1, &plain)), numbers(output(&model, 4, &plain)));
        for (a, b) in one.iter().zip(&four) {
            assert!((a - b).abs() <= 1e-6, "{position:?}: {a} alone, {b} among four");
        }
    }
}

#[test]
fn a_batch_of_one_trains() {
    let device = Device::flex().autodiff();
    for (position, input) in samples() {
        let model = alone(&position).init(&input, &device).unwrap();
        let found = numbers(output(&model, 1, &device));
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
        let gradient = value.grad(self.gradients).expect("a gradient reaches the parameter");
        let numbers: Vec<f32> = gradient.into_data().try_to_vec().unwrap();
        assert!(numbers.iter().all(|g| g.is_finite()));
        assert!(numbers.iter().any(|g| *g != 0.0), "the gradient of {:?} is zero", value.dims());
        self.parameters += value.dims().iter().product::<usize>();
    }
}

#[test]
fn a_gradient_reaches_every_trainable_parameter() {
    let device = Device::flex().autodiff();
    for (position, input) in samples() {
        let network = alone(&position);
        let model = network.init(&input, &device).unwrap();
        let y = output(&model, 4, &device);
        let weights = (Tensor::<1, Int>::arange(0..y.dims()[0] as i64, &device).float() * 0.23).cos();
        let expected = network.summary(&input).unwrap().trainable_parameters();
        if expected == 0 {
            continue;
        }
        let gradients = (y * weights).sum().backward();
        let mut reached = Reached { gradients: &gradients, parameters: 0 };
        model.visit(&mut reached);
        assert_eq!(reached.parameters as u64, expected, "{position:?}");
    }
}
