//! Sequential: forward passes, names, records, training and validation mode.
use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor};

use crate::build::*;
use crate::{Activation, NetworkError, Sequential, SequentialConfig, sequential};

fn lenet5() -> SequentialConfig {
    sequential![
        conv2d(6, 5).same().tanh(),
        avg_pool2d(2),
        conv2d(16, 5).tanh(),
        avg_pool2d(2),
        flatten(),
        dense(120).tanh(),
        dense(84).tanh().named("code"),
        dense(10),
    ]
}

/// Batch normalisation, dropout, a residual with a projection, branches: everything that has a mode.
fn mixed() -> SequentialConfig {
    sequential![
        conv2d(4, 3).same().with_bias(false).named("stem"),
        batch_norm().relu(),
        residual(sequential![
            conv2d(8, 3).same().with_stride(2).with_bias(false).named("inner"),
            batch_norm().pytorch(),
            spatial_dropout(0.2),
        ])
        .with_shortcut(sequential![conv2d(8, 1).with_stride(2)])
        .relu(),
        branches(Merge::Concatenate, [sequential![], sequential![conv2d(2, 1).relu()]]).named("both"),
        global_avg_pool2d(),
        dropout(0.5),
        dense(3),
    ]
}

fn pictures(batch: usize, device: &Device) -> Tensor<4> {
    let count = batch * 8 * 8;
    let values = Tensor::<1, burn::tensor::Int>::arange(0..count as i64, device).float();
    (values * 0.37).sin().reshape([batch, 1, 8, 8])
}

fn floats<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().try_to_vec().unwrap()
}

#[test]
fn lenet5_gives_ten_scores_for_each_picture() {
    let device = Device::flex();
    let model = lenet5().init(&[1, 28, 28], &device).unwrap();
    let scores: Tensor<2> = model.forward(Tensor::<4>::zeros([3, 1, 28, 28], &device));
    assert_eq!(scores.dims(), [3, 10]);
    assert_eq!(model.output_shape(), [10]);
    assert_eq!(model.num_params(), 61_706);
}

#[test]
fn named_outputs_are_those_of_their_layers_at_any_depth() {
    let device = Device::flex();
    let model = mixed().init(&[1, 8, 8], &device).unwrap();
    let (scores, outputs): (Tensor<2>, _) = model.forward_named(pictures(2, &device));
    assert_eq!(outputs.keys().collect::<Vec<_>>(), ["both", "inner", "stem"]);
    assert_eq!(outputs["stem"].shape(), [2, 4, 8, 8]);
    assert_eq!(outputs["inner"].shape(), [2, 8, 4, 4]);
    let both: Tensor<4> = outputs["both"].clone().into_tensor();
    let rest = sequential![global_avg_pool2d()].init(&[10, 4, 4], &device).unwrap();
    let pooled: Tensor<2> = rest.forward(both);
    let (last, outputs): (Tensor<2>, _) = model.forward_at(pictures(2, &device), &["4.global_avg_pool2d"]).unwrap();
    assert_eq!(floats(last), floats(scores));
    let Activation::Rank2(taken) = outputs["4.global_avg_pool2d"].clone() else {
        panic!("features have two axes");
    };
    assert_eq!(floats(taken), floats(pooled));
}

#[test]
fn a_name_that_is_not_there_is_refused_with_those_that_are() {
    let device = Device::flex();
    let model = mixed().init(&[1, 8, 8], &device).unwrap();
    let refused = model.forward_at::<4, 2>(pictures(1, &device), &["stem", "steam"]).unwrap_err();
    let NetworkError::UnknownPosition { wanted, known } = refused else {
        panic!("{refused}");
    };
    assert_eq!(wanted, "steam");
    assert_eq!(
        known,
        "stem, 1.batch_norm, 2.residual, inner, 2.residual.1.batch_norm, 2.residual.2.spatial_dropout, \
         2.residual.shortcut.0.conv2d, both, 3.branches.1.0.conv2d, 4.global_avg_pool2d, 5.dropout, 6.dense"
    );
}

#[test]
#[should_panic(expected = "made for inputs of shape [1, 8, 8] (without the batch), but the input is [1, 1, 9, 8]")]
fn an_input_of_another_shape_is_the_callers_bug() {
    let device = Device::flex();
    let model = mixed().init(&[1, 8, 8], &device).unwrap();
    let _: Tensor<2> = model.forward(Tensor::<4>::zeros([1, 1, 9, 8], &device));
}

/// One step of training without an optimiser: the running statistics move.
fn train(model: &Sequential, device: &Device) -> Tensor<2> {
    model.forward(pictures(6, device))
}

#[test]
fn dropout_and_batch_statistics_work_in_training_only() {
    let device = Device::flex().autodiff();
    let model = mixed().init(&[1, 8, 8], &device).unwrap();
    let (first, second) = (train(&model, &device), train(&model, &device));
    assert_ne!(floats(first.inner()), floats(second.inner()), "dropout draws anew");

    let valid = model.valid();
    let x = pictures(6, &device.clone().inner());
    let (first, second): (Tensor<2>, Tensor<2>) = (valid.forward(x.clone()), valid.forward(x.clone()));
    assert_eq!(floats(first.clone()), floats(second));
    let alone: Tensor<2> = valid.forward(x.clone().narrow(0, 2, 1));
    let row = floats(first.narrow(0, 2, 1));
    for (a, b) in floats(alone).into_iter().zip(row) {
        assert!((a - b).abs() < 1e-6, "a row depends on its batch: {a} and {b}");
    }
}

#[test]
fn a_record_brings_back_weights_and_running_statistics() {
    let device = Device::flex().autodiff();
    let model = mixed().init(&[1, 8, 8], &device).unwrap();
    train(&model, &device);
    train(&model, &device);
    let bytes = model.clone().into_record().into_bytes().unwrap();
    let other = mixed().init(&[1, 8, 8], &device).unwrap();
    let x = pictures(2, &device.clone().inner());
    let expected: Tensor<2> = model.valid().forward(x.clone());
    let before: Tensor<2> = other.valid().forward(x.clone());
    assert_ne!(floats(before), floats(expected.clone()));
    let record = burn::store::ModuleRecord::from_bytes(bytes).unwrap();
    let loaded: Tensor<2> = other.load_record(record).valid().forward(x);
    assert_eq!(floats(loaded), floats(expected));
}

#[test]
fn training_goes_on_after_validation() {
    let device = Device::flex().autodiff();
    let model = mixed().init(&[1, 8, 8], &device).unwrap();
    let again = model.valid().train();
    let (first, second) = (train(&again, &device), train(&again, &device));
    assert_ne!(floats(first.inner()), floats(second.inner()));
}

#[test]
fn a_gradient_reaches_every_parameter() {
    let device = Device::flex().autodiff();
    let model = mixed().init(&[1, 8, 8], &device).unwrap();
    let weights = Tensor::<2>::random([6, 3], Distribution::Default, &device);
    let gradients = (train(&model, &device) * weights).sum().backward();

    struct Reached<'a>(&'a burn::tensor::Gradients, usize);
    impl burn::module::ModuleVisitor for Reached<'_> {
        fn visit_float<const D: usize>(&mut self, parameter: &burn::module::Param<Tensor<D>>) {
            let value = parameter.val();
            if value.is_require_grad() {
                let gradient = value.grad(self.0).expect("a gradient");
                assert!(floats(gradient).iter().any(|g| *g != 0.0), "a gradient of {:?} is zero", value.dims());
                self.1 += 1;
            }
        }
    }
    let mut reached = Reached(&gradients, 0);
    model.visit(&mut reached);
    assert_eq!(reached.1, 12, "five weights, three biases, γ and β of two normalisations");
}

#[test]
fn a_layer_is_found_by_name_or_place_and_can_be_frozen() {
    let device = Device::flex().autodiff();
    let model = mixed().init(&[1, 8, 8], &device).unwrap();
    assert_eq!(model.names().collect::<Vec<_>>(), ["stem", "inner", "both"]);
    assert!(model.layer("nothing").is_none());
    assert!(matches!(model.layer("2.residual.shortcut.0.conv2d"), Some(crate::Layer::Conv2d(_))));
    let inner = model.layer("inner").unwrap();
    let group = burn::module::ParamGroup::ids_from_module(inner.clone());
    let frozen = model.freeze_group(group);
    let Some(crate::Layer::Conv2d(inner)) = frozen.layer("inner") else {
        panic!("the layer stays where it was");
    };
    assert!(!inner.weight.val().is_require_grad());
    let Some(crate::Layer::Conv2d(stem)) = frozen.layer("stem") else {
        panic!("the layer stays where it was");
    };
    assert!(stem.weight.val().is_require_grad());
}

#[test]
fn every_merge_does_what_its_name_says() {
    let device = Device::flex();
    let x = Tensor::<2>::from_floats([[1.0, -2.0]], &device);
    let double =
        || sequential![dense(2).with_bias(false).with_kernel_initializer(crate::Initializer::Constant { value: 1.0 })];
    for (merge, expected) in [
        (Merge::Add, vec![0.0, -3.0]),
        (Merge::Average, vec![0.0, -1.5]),
        (Merge::Maximum, vec![1.0, -1.0]),
        (Merge::Multiply, vec![-1.0, 2.0]),
        (Merge::Concatenate, vec![1.0, -2.0, -1.0, -1.0]),
    ] {
        let network = sequential![branches(merge, [sequential![], double()])];
        let model = network.init(&[2], &device).unwrap();
        let y: Tensor<2> = model.forward(x.clone());
        assert_eq!(floats(y), expected, "{merge:?}");
    }
}
