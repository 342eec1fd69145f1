//! Layers that run as one give what they give one by one; and they do run as one.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Int, Tensor};
use proptest::prelude::*;

use crate::build::*;
use crate::outline::Taps;
use crate::{Padding, Position, Sequential, SequentialConfig, sequential};

const INPUT: [usize; 3] = [3, 9, 8];

/// The layers of the list run one by one: every output is asked for.
fn one_by_one(model: &Sequential, x: Tensor<4>) -> Tensor<4> {
    let places: Vec<String> = model.positions().map(|row| row.place.clone()).collect();
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    model.forward_at(x, &places).unwrap().0
}

fn pictures(batch: usize, device: &Device) -> Tensor<4> {
    let shape = [batch, INPUT[0], INPUT[1], INPUT[2]];
    let count = shape.iter().product::<usize>() as i64;
    (Tensor::<1, Int>::arange(0..count, device).float() * 0.37).sin().reshape(shape)
}

/// Every gradient, one after the other.
struct All<'a> {
    gradients: &'a Gradients,
    numbers: Vec<f32>,
}

impl ModuleVisitor for All<'_> {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let gradient = parameter.val().grad(self.gradients);
        self.numbers.extend(gradient.into_iter().flat_map(floats));
    }
}

fn floats<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().try_to_vec().unwrap()
}

/// Output, gradient of the input, and gradients of all weights.
fn results(
    model: &Sequential,
    forward: impl Fn(&Sequential, Tensor<4>) -> Tensor<4>,
    device: &Device,
) -> [Vec<f32>; 3] {
    let x = pictures(3, device).require_grad();
    let y = forward(model, x.clone());
    let shape = y.dims();
    let count = shape.iter().product::<usize>() as i64;
    let weights = (Tensor::<1, Int>::arange(0..count, device).float() * 0.23).cos().reshape(shape);
    let gradients = (y.clone() * weights).sum().backward();
    let mut all = All { gradients: &gradients, numbers: Vec::new() };
    model.visit(&mut all);
    [floats(y), floats(x.grad(&gradients).unwrap()), all.numbers]
}

fn assert_near(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(1f32, |largest, value| largest.max(value.abs()));
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= 1e-5 * largest, "{a} instead of {b}, the largest is {largest}");
    }
}

fn function() -> impl Strategy<Value = ActivationFn> {
    prop::sample::select(vec![
        ActivationFn::Linear,
        ActivationFn::Relu,
        ActivationFn::LeakyRelu { negative_slope: 0.2 },
        ActivationFn::Elu { alpha: 0.7 },
        ActivationFn::Sigmoid,
        ActivationFn::Tanh,
        ActivationFn::Gelu,
        ActivationFn::Silu,
        ActivationFn::Selu,
        ActivationFn::Softmax,
    ])
}

prop_compose! {
    /// A convolution that keeps the picture, or nearly.
    fn conv()(
        channels in 1usize..5,
        kernel in prop::array::uniform2(1usize..4),
        same in any::<bool>(),
        bias in any::<bool>(),
        function in function(),
    ) -> Position {
        let padding = if same { Padding::Same } else { Padding::all(1) };
        conv2d(channels, kernel).with_padding(padding).with_bias(bias).activation(function).into()
    }
}

fn layer() -> impl Strategy<Value = Position> {
    prop_oneof![
        3 => conv(),
        2 => function().prop_map(|function| activation(function).into()),
        1 => Just(max_pool2d(2).into()),
        1 => Just(max_pool2d(3).with_stride(2).same().into()),
        1 => function().prop_map(|function| batch_norm().pytorch().activation(function).into()),
        1 => Just(dropout(0.0).into()),
    ]
}

/// Small networks in which windows always fit: at most two poolings of 9x8.
fn network() -> impl Strategy<Value = SequentialConfig> {
    prop::collection::vec(layer(), 1..7)
        .prop_map(SequentialConfig::from_iter)
        .prop_filter("a window does not fit", |network| network.output_shape(&INPUT).is_ok())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_runs_as_one_gives_what_runs_one_by_one(network in network()) {
        let device = Device::flex().autodiff();
        let model = network.init(&INPUT, &device).unwrap();
        let [fused, separate] = [results(&model, Sequential::forward, &device), results(&model, one_by_one, &device)];
        for (fused, separate) in fused.iter().zip(&separate) {
            assert_near(fused, separate);
        }

        let (valid, plain) = (model.valid(), Device::flex());
        let x = pictures(2, &plain);
        assert_near(&floats(valid.forward::<4, 4>(x.clone())), &floats(one_by_one(&valid, x)));
    }
}

/// How many layers each operation of the list takes.
fn operations(model: &Sequential, wanted: &[&str]) -> Vec<usize> {
    model.operations(&Taps::new(wanted.iter().copied()))
}

#[test]
fn neighbours_run_as_one_operation_where_there_is_one() {
    let network = sequential![
        conv2d(4, 3).relu().named("first"),
        max_pool2d(2),
        conv2d(4, 1),
        activation(ActivationFn::Tanh),
        conv2d(4, 1),
        relu(),
        max_pool2d(2).named("pooled"),
        batch_norm(),
        relu(),
        flatten(),
        dropout(0.5),
        dense(3),
        softmax(),
    ];
    let model = network.init(&[1, 12, 12], &Device::flex()).unwrap();
    assert_eq!(operations(&model, &[]), [2, 2, 3, 2, 1, 1, 2]);
    assert_eq!(
        operations(&model, &["pooled"]),
        [2, 2, 3, 2, 1, 1, 2],
        "the last output of an operation is there anyway"
    );
    assert_eq!(operations(&model, &["first"]), [1, 1, 2, 3, 2, 1, 1, 2]);
    assert_eq!(operations(&model, &["5.activation", "11.dense"]), [2, 2, 2, 1, 2, 1, 1, 1, 1]);
}

#[test]
fn an_activation_of_its_own_ends_the_operation_before_another_one() {
    let network = sequential![conv2d(2, 1).relu(), activation(ActivationFn::Tanh), max_pool2d(2)];
    let model = network.init(&[1, 4, 4], &Device::flex()).unwrap();
    assert_eq!(operations(&model, &[]), [1, 1, 1]);
}

#[test]
fn an_output_in_between_is_that_of_its_layer() {
    let device = Device::flex();
    let network = sequential![conv2d(4, 3).named("conv"), relu().named("relu"), max_pool2d(2)];
    let model = network.init(&INPUT, &device).unwrap();
    let (_, taken): (Tensor<4>, _) = model.forward_named(pictures(2, &device));
    let conv: Tensor<4> = taken["conv"].clone().into_tensor();
    let rectified: Tensor<4> = taken["relu"].clone().into_tensor();
    assert!(floats(conv.clone()).iter().any(|value| *value < 0.0));
    assert_eq!(floats(rectified), floats(ActivationFn::Relu.forward(conv)));
}
