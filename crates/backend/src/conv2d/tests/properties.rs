//! What holds for every shape: agreement with the definition, finite differences, equal bytes.

use burn::backend::{Flex, TensorMetadata, flex::FlexTensor};
use burn::tensor::{Device, Tensor};
use proptest::prelude::*;

use super::{Case, Conv2dOptions, conv2d, definition, formula, outcome_on, values};
use crate::WeightedGradients;
use crate::cpu::on_each_set;
use crate::testing::{bits, primitive, shifted};
use crate::{Backend, OptionalTensor};

fn any_case() -> impl Strategy<Value = Case> {
    let pair = |from: usize, to: usize| [from..to, from..to];
    let channels = (1usize..4, 1usize..4, 1usize..5);
    let windows = (pair(1, 5), pair(1, 4), pair(1, 4), [pair(0, 4), pair(0, 4)]);
    (1usize..10, channels, windows, pair(0, 8), any::<bool>()).prop_map(
        |(batch, (groups, inputs, outputs), (kernel, stride, dilation, padding), rest, bias)| {
            let size = [0, 1].map(|axis| {
                let extent = dilation[axis] * (kernel[axis] - 1) + 1;
                let padded: usize = padding[axis].iter().sum();
                extent.saturating_sub(padded).max(1) + rest[axis]
            });
            let options = Conv2dOptions { stride, padding, dilation, groups };
            Case {
                x: [batch, groups * inputs, size[0], size[1]],
                weight: [groups * outputs, inputs, kernel[0], kernel[1]],
                bias,
                options,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_shapes_agree_with_the_definition(case in any_case()) {
        let expected = definition::outcome(&case);
        outcome_on(&case, &Device::flex()).assert_close(&expected, &format!("{case:?}"));
    }
}

/// The convolution is linear in each of its inputs, so a central difference is exact but for
/// rounding, however long the step.
#[test]
fn gradients_equal_central_differences() {
    let options = Conv2dOptions::default().with_stride([2, 1]).with_padding([[1, 0], [2, 1]]).with_dilation([1, 2]);
    let grouped = options.clone().with_groups(2);
    let depthwise = options.clone().with_groups(4);
    for (case, part) in [
        Case::new([2, 4, 6, 5], [3, 4, 3, 2], options),
        Case::new([2, 4, 6, 5], [6, 2, 3, 2], grouped),
        Case::new([2, 4, 6, 5], [4, 1, 3, 2], depthwise),
    ]
    .iter()
    .flat_map(|case| [0, 1, 2].map(|part| (case, part)))
    {
        let device = Device::flex();
        let gradients = outcome_on(case, &device);
        let gradient =
            [Some(gradients.grad_x), Some(gradients.grad_weight), gradients.grad_bias][part].clone().unwrap();
        for (index, gradient) in gradient.iter().enumerate() {
            let difference = (loss(case, part, index, 0.5) - loss(case, part, index, -0.5)) as f32;
            assert!(
                (difference - gradient).abs() <= 1e-3 * (1.0 + gradient.abs()),
                "{case:?}: input {part}, element {index}: {gradient}, but {difference} by difference"
            );
        }
    }
}

/// The loss whose gradient `outcome_on` takes, with one element of one input shifted.
fn loss(case: &Case, part: usize, index: usize, shift: f32) -> f64 {
    let device = Device::flex();
    let mut inputs = case.inputs(&device);
    match part {
        0 => inputs.x = shifted(inputs.x, index, shift),
        1 => inputs.weight = shifted(inputs.weight, index, shift),
        _ => inputs.bias = inputs.bias.map(|bias| shifted(bias, index, shift)),
    }
    let y = conv2d(inputs.x, inputs.weight, inputs.bias, case.options.clone());
    let output_grad = values(formula(y.dims(), 4.0, &device));
    let products = values(y).into_iter().zip(output_grad);
    products.map(|(y, dy)| f64::from(y) * f64::from(dy)).sum()
}

#[test]
fn equal_input_gives_equal_bytes_whatever_the_number_of_threads() {
    let plain = Conv2dOptions::default;
    for case in [
        Case::new([37, 3, 9, 9], [8, 3, 3, 3], plain()),
        Case::new([2, 16, 40, 40], [24, 16, 3, 3], plain()),
        Case::new([9, 6, 12, 12], [6, 1, 3, 3], plain().with_groups(6)),
        Case::new([21, 6, 12, 12], [8, 6, 1, 1], plain()),
    ] {
        let expected = bytes_with_threads(&case, 1);
        for threads in [2, 3, 5] {
            assert!(
                bytes_with_threads(&case, threads) == expected,
                "{case:?}: {threads} threads give other bytes than one"
            );
        }
    }
}

/// Output and gradients as bit patterns, computed in a pool of that many threads.
fn bytes_with_threads(case: &Case, threads: usize) -> Vec<Vec<u32>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let inputs = case.inputs(&Device::flex());
    let (x, weight) = (primitive(inputs.x), primitive(inputs.weight));
    let bias = inputs.bias.map(primitive);
    let results = pool.install(|| {
        let (options, bias) = (case.options.clone(), OptionalTensor::from(bias));
        let y = Flex::conv2d_forward(x.clone(), weight.clone(), bias, options.clone());
        let (dx, dweight, dbias) = Flex::conv2d_backward(x, weight, y.clone(), options, all_gradients());
        [Some(y), dx, dweight, dbias]
    });
    results.map(|tensor| bits(&tensor.unwrap())).to_vec()
}

fn all_gradients() -> WeightedGradients {
    WeightedGradients { x: true, weight: true, bias: true }
}

#[test]
fn only_the_wanted_gradients_are_computed_and_each_equals_that_of_all() {
    let groups = Conv2dOptions::default().with_groups(3);
    for case in
        [Case::new([3, 3, 6, 6], [6, 3, 3, 3], Conv2dOptions::default()), Case::new([3, 3, 6, 6], [3, 1, 3, 3], groups)]
    {
        let inputs = case.inputs(&Device::flex());
        let (x, weight) = (primitive(inputs.x), primitive(inputs.weight));
        let dy = Flex::conv2d_forward(x.clone(), weight.clone(), OptionalTensor::Absent, case.options.clone());
        let gradients = |wanted| {
            let (x, weight, dy) = (x.clone(), weight.clone(), dy.clone());
            let (x, weight, bias) = Flex::conv2d_backward(x, weight, dy, case.options.clone(), wanted);
            [x, weight, bias].map(|tensor| tensor.map(|tensor| (tensor.shape(), bits(&tensor))))
        };
        let all = gradients(all_gradients());
        assert!(all.iter().all(Option::is_some));
        for mask in 0..8 {
            let wanted = [mask & 1 > 0, mask & 2 > 0, mask & 4 > 0];
            let [x, weight, bias] = wanted;
            let some = gradients(WeightedGradients { x, weight, bias });
            for ((some, all), wanted) in some.iter().zip(&all).zip(wanted) {
                assert_eq!(some.as_ref(), all.as_ref().filter(|_| wanted), "{case:?}, {mask:b}");
            }
        }
    }
}

#[test]
fn an_empty_batch_gives_an_empty_output_and_zero_gradients() {
    for (channels, groups) in [(2, 1), (1, 2)] {
        let zeros = |dims: [usize; 4]| FlexTensor::zeros(dims.into(), burn::tensor::DType::F32);
        let (x, weight) = (zeros([0, 2, 5, 5]), primitive(weight([4, channels, 3, 3])));
        let options = Conv2dOptions::default().with_groups(groups);
        let y = Flex::conv2d_forward(x.clone(), weight.clone(), OptionalTensor::Absent, options.clone());
        assert_eq!(y.shape().dims(), [0, 4, 3, 3]);

        let (dx, dweight, dbias) = Flex::conv2d_backward(x, weight, y, options, all_gradients());
        assert_eq!(dx.unwrap().shape().dims(), [0, 2, 5, 5]);
        assert_eq!(bits(&dweight.unwrap()), vec![0; 36 * channels]);
        assert_eq!(bits(&dbias.unwrap()), [0; 4]);
    }
}

fn weight(dims: [usize; 4]) -> Tensor<4> {
    formula(dims, 2.0, &Device::flex())
}

#[test]
fn each_set_of_instructions_agrees_with_the_definition() {
    for case in super::cases() {
        let expected = definition::outcome(&case);
        for outcome in on_each_set(|| outcome_on(&case, &Device::flex())) {
            outcome.assert_close(&expected, &format!("{case:?}"));
        }
    }
}
