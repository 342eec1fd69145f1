//! Tests of pooling, on Flex and, with the feature `wgpu` and an adapter, on a GPU.

use burn::backend::{Dispatch, Flex, TensorMetadata};
use burn::tensor::{DType, Device, Tensor, TensorData};
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::cpu::on_each_set;
use crate::testing::{
    VIEWS, assert_close, bits, contiguous, devices, formula, formula_values, outcome, primitive, values, with_threads,
};

/// One pooling: of the largest value, or of the mean with or without padding.
#[derive(Clone, Debug)]
struct Case {
    x: [usize; 4],
    options: Pool2dOptions,
    mean: Option<bool>,
}

impl Case {
    fn largest(x: [usize; 4], options: Pool2dOptions) -> Self {
        Self { x, options, mean: None }
    }

    fn mean(x: [usize; 4], options: Pool2dOptions, count_padding: bool) -> Self {
        Self { x, options, mean: Some(count_padding) }
    }

    /// Element i is cos(0.7 i + 1) rounded to one digit: there are ties.
    fn input(&self, device: &Device) -> Tensor<4> {
        Tensor::from_data(TensorData::new(self.values(), self.x), device)
    }

    fn values(&self) -> Vec<f32> {
        formula_values(self.x.iter().product(), 1.0).into_iter().map(|value| (10.0 * value).round() / 10.0).collect()
    }

    fn pool(&self, x: Tensor<4>) -> Tensor<4> {
        match self.mean {
            None => max_pool2d(x, self.options.clone()),
            Some(count_padding) => avg_pool2d(x, self.options.clone(), count_padding),
        }
    }

    fn outcome(&self, device: &Device) -> [Vec<f32>; 2] {
        outcome(self.input(device), |x| self.pool(x))
    }

    /// Output and gradient by the definition, in 64-bit floats.
    fn definition(&self) -> [Vec<f32>; 2] {
        let shape = shape::Pool2dShape::new(self.x, &self.options);
        let windows = self.x[0] * self.x[1] * shape.output[0] * shape.output[1];
        let (x, dy) = (self.values(), formula_values(windows, 4.0));
        let (mut y, mut grad_x) = (vec![0.0; windows], vec![0.0f64; x.len()]);
        for window in 0..windows {
            let pixels = self.pixels(window, shape.output);
            match self.mean {
                None => {
                    let first_largest = |a: usize, b: usize| if x[b] > x[a] { b } else { a };
                    match pixels.iter().copied().reduce(first_largest) {
                        Some(pixel) => {
                            y[window] = x[pixel];
                            grad_x[pixel] += f64::from(dy[window]);
                        }
                        None => y[window] = f32::NEG_INFINITY,
                    }
                }
                Some(count_padding) => {
                    let window_len = self.options.kernel[0] * self.options.kernel[1];
                    let count = if count_padding { window_len } else { pixels.len() } as f64;
                    y[window] = (pixels.iter().map(|&pixel| f64::from(x[pixel])).sum::<f64>() / count) as f32;
                    pixels.iter().for_each(|&pixel| grad_x[pixel] += f64::from(dy[window]) / count);
                }
            }
        }
        [y, grad_x.into_iter().map(|value| value as f32).collect()]
    }

    /// The picture's pixels under a window.
    fn pixels(&self, window: usize, [rows, columns]: [usize; 2]) -> Vec<usize> {
        let Pool2dOptions { kernel, stride, padding, dilation } = &self.options;
        let [_, _, height, width] = self.x;
        let (plane, row, column) = (window / (rows * columns), window / columns % rows, window % columns);
        let inside = |axis: usize, place: usize, tap: usize, size: usize| {
            (place * stride[axis] + tap * dilation[axis]).checked_sub(padding[axis][0]).filter(|&pixel| pixel < size)
        };
        let taps = (0..kernel[0]).flat_map(|u| (0..kernel[1]).map(move |v| (u, v)));
        let pixel = |(u, v)| {
            let (row, column) = (inside(0, row, u, height)?, inside(1, column, v, width)?);
            Some((plane * height + row) * width + column)
        };
        taps.filter_map(pixel).collect()
    }
}

fn assert_agree(actual: &[Vec<f32>; 2], expected: &[Vec<f32>; 2], what: &str) {
    // A window that sees no pixel has no largest: negative infinity, or on GPUs the lowest finite number.
    let finite = |values: &[f32]| -> Vec<f32> {
        values.iter().map(|value| if *value < -1e30 { -1e30 } else { *value }).collect()
    };
    assert_close(&finite(&actual[0]), &finite(&expected[0]), 1e-6, what, "output");
    assert_close(&actual[1], &expected[1], 2e-6, what, "gradient");
}

/// Windows with and without overlap, gaps, padding on one side, dilation, of more places than a byte counts; one pixel.
fn cases() -> Vec<Case> {
    let window = Pool2dOptions::new;
    let padded = window([3, 3]).with_stride([2, 2]).with_padding([[1, 0], [2, 1]]);
    let overlapping = window([3, 2]).with_stride([1, 1]).with_padding([[0, 2], [1, 1]]);
    let gaps = window([2, 1]).with_stride([3, 4]);
    let dilated = window([2, 3]).with_stride([1, 2]).with_dilation([3, 2]).with_padding([[1, 2], [0, 4]]);
    // A column of windows that sees padding alone.
    let beside = window([1, 2]).with_stride([1, 1]).with_dilation([1, 2]).with_padding([[0, 0], [1, 1]]);
    let shapes = |options: &Pool2dOptions| [[2, 3, 8, 7], [1, 2, 5, 19], [1, 1, 6, 35]].map(|x| (x, options.clone()));
    let mut cases: Vec<Case> = [window([2, 2]), padded.clone(), overlapping.clone(), gaps.clone(), dilated]
        .iter()
        .flat_map(shapes)
        .map(|(x, options)| Case::largest(x, options))
        .collect();
    for (options, count_padding) in
        [(window([2, 2]), false), (padded.clone(), false), (padded, true), (overlapping, false), (gaps, true)]
    {
        cases.extend(shapes(&options).map(|(x, options)| Case::mean(x, options, count_padding)));
    }
    cases.push(Case::largest([1, 2, 1, 1], beside));
    cases.push(Case::largest([2, 1, 17, 18], window([16, 17]).with_stride([1, 1])));
    cases.push(Case::largest([1, 1, 1, 1], window([1, 1])));
    cases.push(Case::mean([3, 2, 7, 7], window([7, 7]), false));
    cases
}

#[derive(Deserialize)]
struct Fixture {
    x: [usize; 4],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [[usize; 2]; 2],
    dilation: [usize; 2],
    count_padding: Option<bool>,
    y_shape: [usize; 4],
    y: Vec<f32>,
    grad_x: Vec<f32>,
}

#[test]
fn outputs_and_gradients_equal_those_of_pytorch() {
    let fixtures: Vec<Fixture> = serde_json::from_str(include_str!("../../tests/fixtures/pool2d.json")).unwrap();
    assert_eq!(fixtures.len(), 10);
    for fixture in fixtures {
        let Fixture { kernel, stride, padding, dilation, .. } = fixture;
        let options = Pool2dOptions { kernel, stride, padding, dilation };
        let case = Case { x: fixture.x, options, mean: fixture.count_padding };
        for device in devices() {
            assert_eq!(case.pool(case.input(&device)).dims(), fixture.y_shape);
            let expected = [fixture.y.clone(), fixture.grad_x.clone()];
            assert_agree(&case.outcome(&device), &expected, &format!("{case:?} on {device:?}"));
        }
    }
}

#[test]
fn odd_shapes_agree_with_the_definition_on_every_set_of_instructions() {
    for case in cases() {
        let expected = case.definition();
        // GPUs run Burn's own operation, whose gradient of a window that sees no pixel is that of some pixel.
        let gpus_differ = case.x == [1, 2, 1, 1];
        for device in devices().into_iter().filter(|device| *device == Device::flex() || !gpus_differ) {
            assert_agree(&case.outcome(&device), &expected, &format!("{case:?} on {device:?}"));
        }
        for actual in on_each_set(|| case.outcome(&Device::flex())) {
            assert_agree(&actual, &expected, &format!("{case:?}"));
        }
    }
}

#[test]
fn the_reference_agrees_with_its_own_gradient_and_with_burns() {
    for case in cases() {
        // Burn's own gradient of a window that sees no pixel is that of some pixel.
        if case.x == [1, 2, 1, 1] {
            continue;
        }
        let expected = case.definition();
        let on_dispatch = |x: Tensor<4>| {
            let (x, options) = (x.into_dispatch(), &case.options);
            Tensor::<4>::from_dispatch(match case.mean {
                None => reference::max_forward::<Dispatch>(x, options),
                Some(count_padding) => reference::avg_forward::<Dispatch>(x, options, count_padding),
            })
        };
        assert_agree(&outcome(case.input(&Device::flex()), on_dispatch), &expected, &format!("{case:?}"));

        let dims = case.pool(case.input(&Device::flex())).dims();
        let dy = primitive::<4>(formula(dims, 4.0, &Device::flex()));
        let own = match case.mean {
            None => {
                let (_, largest) = reference::max_record::<Flex>(primitive(case.input(&Device::flex())), &case.options);
                reference::max_gradient::<Flex>(dy, largest, case.x, &case.options)
            }
            Some(count_padding) => reference::avg_gradient::<Flex>(dy, case.x, &case.options, count_padding),
        };
        let own = values::<4>(Tensor::from_primitive::<Flex>(own));
        assert_close(&own, &expected[1], 2e-6, &format!("{case:?}"), "gradient of the reference");
    }
}

#[test]
fn pictures_may_lie_in_memory_in_any_order() {
    for (device, case) in
        devices().into_iter().flat_map(|device| cases().into_iter().map(move |case| (device.clone(), case)))
    {
        for (name, view) in VIEWS {
            let x = view(case.x, &device);
            let expected = outcome(contiguous(x.clone()), |x| case.pool(x));
            assert_agree(&outcome(x, |x| case.pool(x)), &expected, &format!("{case:?}, {name}, on {device:?}"));
        }
    }
}

fn any_case() -> impl Strategy<Value = Case> {
    let pair = |range: std::ops::Range<usize>| [range.clone(), range];
    let windows = (pair(1..5), pair(1..4), pair(1..3));
    (
        pair(1..4),
        windows,
        pair(0..20),
        pair(0..9),
        [any::<[bool; 2]>(), any::<[bool; 2]>()],
        prop::option::of(any::<bool>()),
    )
        .prop_map(|(planes, (kernel, stride, dilation), rest, padding, sides, mean)| {
            let dilation = if mean.is_some() { [1, 1] } else { dilation };
            let extent = [0, 1].map(|axis| (kernel[axis] - 1) * dilation[axis] + 1);
            let padding =
                [0, 1].map(|axis| sides[axis].map(|side| if side { padding[axis] % extent[axis] } else { 0 }));
            let size = [0, 1].map(|axis| extent[axis].saturating_sub(padding[axis].iter().sum()).max(1) + rest[axis]);
            let options = Pool2dOptions { kernel, stride, padding, dilation };
            Case { x: [planes[0], planes[1], size[0], size[1]], options, mean }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_shapes_agree_with_the_definition(case in any_case()) {
        assert_agree(&case.outcome(&Device::flex()), &case.definition(), &format!("{case:?}"));
    }
}

/// The mean is linear, and the largest value is where no other is near: a central difference is exact but for rounding.
#[test]
fn gradients_equal_central_differences() {
    for case in cases().into_iter().filter(|case| case.x != [1, 2, 1, 1]) {
        let device = Device::flex();
        // Values a tenth apart, and of each only one.
        let len: usize = case.x.iter().product();
        let input: Vec<f32> = (0..len).map(|i| (i * 7919 % 10_007) as f32 / 10.0 % 90.0).collect();
        let at = |index: usize, shift: f32| {
            let mut input = input.clone();
            input[index] += shift;
            Tensor::<4>::from_data(TensorData::new(input, case.x), &device)
        };
        let [_, gradient] = outcome(at(0, 0.0), |x| case.pool(x));
        let loss = |x: Tensor<4>| -> f64 {
            let y = values(case.pool(x));
            formula_values(y.len(), 4.0).iter().zip(y).map(|(dy, y)| f64::from(*dy) * f64::from(y)).sum()
        };
        for index in (0..len).step_by(5) {
            let difference = (loss(at(index, 0.04)) - loss(at(index, -0.04))) / 0.08;
            assert!(
                (difference as f32 - gradient[index]).abs() < 2e-3,
                "{case:?}, {index}: {difference}, {}",
                gradient[index]
            );
        }
    }
}

#[test]
fn equal_input_gives_equal_bytes_whatever_the_number_of_threads() {
    let x = [9, 5, 40, 41];
    let overlapping = Pool2dOptions::new([3, 3]).with_stride([2, 2]).with_padding([[1, 1], [1, 1]]);
    for case in [
        Case::largest(x, Pool2dOptions::new([2, 2])),
        Case::largest(x, overlapping.clone()),
        Case::mean(x, overlapping, false),
    ] {
        let run = |threads| {
            with_threads(threads, || {
                case.outcome(&Device::flex()).map(|values| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>())
            })
        };
        let one = run(1);
        assert!([2, 3].into_iter().all(|threads| run(threads) == one), "{case:?}");
        let floats = one.map(|bits| bits.into_iter().map(f32::from_bits).collect::<Vec<_>>());
        assert_agree(&floats, &case.definition(), &format!("{case:?}"));
    }
}

#[test]
fn nan_is_larger_than_every_number_and_infinities_have_their_order() {
    let (nan, infinity) = (f32::NAN, f32::INFINITY);
    let row = [nan, 1.0, 2.0, nan, -infinity, -infinity, infinity, nan];
    for (device, stride) in
        [[2, 2], [1, 1]].into_iter().flat_map(|stride| devices().into_iter().map(move |d| (d, stride)))
    {
        let x = Tensor::<4>::from_data(TensorData::new(row.to_vec(), [1, 1, 2, 4]), &device).autodiff().require_grad();
        let y = max_pool2d(x.clone(), Pool2dOptions::new([2, 2]).with_stride(stride));
        if device == Device::flex() {
            assert!(values(y.clone().inner()).iter().step_by(2).all(|value| value.is_nan()));
        }
        assert_eq!(y.dims()[3], if stride == [2, 2] { 2 } else { 3 });
    }
    let lowest = Tensor::<4>::full([1, 1, 2, 2], -infinity, &Device::flex());
    let [y, gradient] = outcome(lowest, |x| max_pool2d(x, Pool2dOptions::new([2, 2])));
    assert_eq!(y, [-infinity]);
    assert!(gradient[0] != 0.0 && gradient[1..] == [0.0; 3], "{gradient:?}: the first of equal ones");
}

#[test]
fn other_floats_keep_their_type() {
    for (case, dtype) in
        cases().into_iter().flat_map(|case| [DType::F64, DType::F16].map(|dtype| (case.clone(), dtype)))
    {
        if case.x == [1, 2, 1, 1] {
            continue;
        }
        let actual = outcome(case.input(&Device::flex()), |x| {
            let y = case.pool(x.cast(dtype));
            assert_eq!(y.dtype(), dtype);
            y.cast(DType::F32)
        });
        for (actual, expected) in actual.iter().zip(case.definition()) {
            assert_close(actual, &expected, 1e-2, &format!("{case:?}"), &format!("{dtype:?}"));
        }
    }
}

#[test]
fn an_empty_batch_gives_an_empty_output_and_gradient() {
    for options in [Pool2dOptions::new([2, 2]), Pool2dOptions::new([3, 3])] {
        let x = primitive(Tensor::<4>::zeros([0, 3, 6, 6], &Device::flex()));
        let (y, places) = Flex::max_pool2d_record(x.clone(), options.clone());
        let size = 6 / options.kernel[0];
        assert_eq!(y.shape().dims(), [0, 3, size, size]);
        assert_eq!(bits(&Flex::max_pool2d_gradient(y, places, [0, 3, 6, 6], options.clone())), [0u32; 0]);
        let y = Flex::avg_pool2d_forward(x, options.clone(), false);
        assert_eq!(bits(&Flex::avg_pool2d_gradient(y, [0, 3, 6, 6], options, false)), [0u32; 0]);
    }
}

#[test]
fn what_takes_part_in_no_gradient_is_not_recorded() {
    let x = Tensor::<4>::zeros([1, 1, 4, 4], &Device::flex().autodiff());
    assert!(!max_pool2d(x.clone(), Pool2dOptions::new([2, 2])).is_tracked());
    assert!(!avg_pool2d(x, Pool2dOptions::new([2, 2]), true).is_tracked());
}

#[test]
fn shapes_that_do_not_fit_are_refused_with_the_shape_and_the_rule() {
    let window = Pool2dOptions::new;
    let table = [
        (window([6, 2]), "the window covers 6 pixels of height, but the padded input has 5"),
        (window([2, 2]).with_dilation([1, 6]), "the window covers 7 pixels of width, but the padded input has 5"),
        (window([0, 2]), "the window must be at least 1 x 1"),
        (window([2, 2]).with_stride([0, 1]), "a stride must be at least 1"),
        (window([2, 2]).with_dilation([1, 0]), "a dilation must be at least 1"),
        (
            window([2, 2]).with_padding([[2, 0], [0, 0]]),
            "padding of 2 and 0 is not smaller than the 2 pixels of height",
        ),
        (window([usize::MAX, 2]).with_dilation([3, 1]), "the window is larger than memory"),
    ];
    for (options, rule) in table {
        let refused = std::panic::catch_unwind(|| max_pool2d(Tensor::zeros([1, 3, 5, 5], &Device::flex()), options));
        let message = *refused.unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains(rule) && message.contains("[1, 3, 5, 5]"), "{message}");
    }
    let dilated = window([2, 2]).with_dilation([1, 2]);
    let refused = std::panic::catch_unwind(|| avg_pool2d(Tensor::zeros([1, 3, 5, 5], &Device::flex()), dilated, false));
    assert!(refused.unwrap_err().downcast::<String>().unwrap().contains("means are taken without dilation"));
}
