//! Layers applied to each step.

use burn::tensor::Device;
use firebrick_layers::{Conv2dConfig, LinearConfig, build::*, sequential};

use super::*;
use crate::keras_fixture::{formula, input, parameter_gradients, values};

#[test]
fn every_step_goes_through_the_layer_alone() {
    let device = Device::flex();
    let layer = TimeDistributed::new(LinearConfig::new(3, 2).init(&device));
    let x = input([2, 4, 3], &device);
    let y = layer.forward(x.clone()).values;
    assert_eq!(y.dims(), [2, 4, 2]);
    for step in 0..4 {
        let expected = layer.layer.forward(x.clone().narrow(1, step, 1).squeeze_dim(1));
        let found: Tensor<2> = y.clone().narrow(1, step, 1).squeeze_dim(1);
        for (a, b) in values(found).into_iter().zip(values(expected)) {
            assert!((a - b).abs() <= 1e-6, "step {step}: {a} instead of {b}");
        }
    }
}

#[test]
fn a_sequential_network_takes_features_or_pictures_of_each_step() {
    let device = Device::flex();
    let features = sequential![dense(5).relu(), dropout(0.5), dense(2)].init(&[3], &device).unwrap();
    assert_eq!(TimeDistributed::new(features).forward(input([2, 4, 3], &device)).dims(), [2, 4, 2]);

    let network = sequential![conv2d(3, 3).relu(), flatten(), dense(2)].init(&[1, 5, 6], &device).unwrap();
    let films = input([2, 4, 1, 5, 6], &device);
    let scores = TimeDistributed::new(network.clone()).forward_pictures(films.clone(), None);
    assert_eq!(scores.dims(), [2, 4, 2]);
    let third: Tensor<2> = network.forward(films.clone().narrow(1, 2, 1).squeeze_dim::<4>(1));
    let found: Tensor<2> = scores.values.narrow(1, 2, 1).squeeze_dim(1);
    assert!((third - found).abs().max().into_scalar::<f32>() <= 1e-6);

    let maps = TimeDistributed::new(Conv2dConfig::new([1, 3], 3).same().init(&device)).forward_maps(films, None);
    assert_eq!(maps.dims(), [2, 4, 3, 5, 6]);
}

#[test]
fn the_mask_passes_through_and_what_stands_in_the_padding_leaves_no_trace() {
    let device = Device::flex().autodiff();
    let layer = TimeDistributed::new(LinearConfig::new(3, 2).init(&device));
    let mask = Mask::from_lengths(&[4, 2], 4, &device).unwrap();
    let bits = |filling: f64| {
        let x = input([2, 4, 3], &device);
        let filled = mask.fill(x.clone(), filling).unwrap();
        let y = layer.forward(Sequence::masked(filled, mask.clone()));
        assert_eq!(y.mask.unwrap().rows(), mask.rows());
        let weights = formula([2, 4, 2], &device, |i| (0.23 * i).cos());
        let gradients = (y.values.clone() * weights).sum().backward();
        let mut all = vec![values(y.values), values(x.grad(&gradients).unwrap())];
        all.extend(parameter_gradients(&layer, &gradients));
        all.concat().into_iter().map(f32::to_bits).collect::<Vec<u32>>()
    };
    let expected = bits(0.0);
    assert!(expected.iter().all(|bits| f32::from_bits(*bits).is_finite()));
    assert_eq!(bits(f64::NAN), expected);
    assert_eq!(bits(1e30), expected);
}

#[test]
#[should_panic(
    expected = "time_distributed of x [2, 4, 3]: a mask of shape [2, 5] does not fit sequences of 2 rows and 4"
)]
fn a_mask_of_other_steps_is_refused() {
    let device = Device::flex();
    let layer = TimeDistributed::new(LinearConfig::new(3, 2).init(&device));
    let mask = Mask::full(2, 5, &device).unwrap();
    let _ = layer.forward(Sequence::masked(input([2, 4, 3], &device), mask));
}

#[test]
#[should_panic(expected = "the layer was given 8 rows, one for each step, and gave [1, 3]: it must keep the rows")]
fn a_function_that_mixes_the_steps_is_refused() {
    let x = input([2, 4, 3], &Device::flex());
    let _: Tensor<3> = time_distributed(x, None, |rows: Tensor<2>| -> Tensor<2> { rows.sum_dim(0) });
}
