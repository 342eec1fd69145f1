//! Tests of the cross-entropy, on Flex and, with the feature `wgpu` and an adapter, on a GPU.

use burn::backend::{Dispatch, Flex};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use serde::Deserialize;

use super::*;
use crate::cpu::on_each_set;
use crate::testing::{
    assert_close, contiguous, devices, formula, formula_values, outcome, primitive, values, with_threads,
};

/// N, C and the smoothing.
type Case = ([usize; 2], f64);

/// Rows of less than a vector, of several with a rest, of several parts of the work; one class.
const CASES: [Case; 7] =
    [([4, 3], 0.0), ([3, 17], 0.0), ([5, 10], 0.1), ([2, 35], 1.0), ([3, 1], 0.3), ([37, 1000], 0.0), ([90, 400], 0.2)];

/// Element i is 5 cos(0.7 i + 1).
fn logits(shape: [usize; 2], device: &Device) -> Tensor<2> {
    formula(shape, 1.0, device) * 5.0
}

/// Label i is 7 i mod C.
fn labels([samples, classes]: [usize; 2], device: &Device) -> Tensor<1, Int> {
    let labels: Vec<i64> = (0..samples).map(|sample| (7 * sample % classes) as i64).collect();
    Tensor::from_data(TensorData::new(labels, [samples]), device)
}

fn outcome_on((shape, smoothing): Case, device: &Device) -> [Vec<f32>; 2] {
    outcome(logits(shape, device), |x| cross_entropy(x, labels(shape, device), smoothing))
}

/// Losses and gradient by the definition, in 64-bit floats.
fn definition(([samples, classes], smoothing): Case) -> [Vec<f32>; 2] {
    let (scores, dloss) = (formula_values(samples * classes, 1.0), formula_values(samples, 4.0));
    let (mut losses, mut gradient) = (vec![], vec![]);
    for (sample, row) in scores.chunks(classes).enumerate() {
        let row: Vec<f64> = row.iter().map(|score| 5.0 * f64::from(*score)).collect();
        let sum: f64 = row.iter().map(|score| score.exp()).sum();
        let wanted = |class: usize| {
            let right = if class == 7 * sample % classes { 1.0 - smoothing } else { 0.0 };
            right + smoothing / classes as f64
        };
        losses.push((0..classes).map(|class| -wanted(class) * (row[class] - sum.ln())).sum::<f64>() as f32);
        gradient.extend(
            (0..classes).map(|class| ((row[class].exp() / sum - wanted(class)) * f64::from(dloss[sample])) as f32),
        );
    }
    [losses, gradient]
}

fn assert_agree(actual: &[Vec<f32>; 2], expected: &[Vec<f32>; 2], what: &str) {
    assert_close(&actual[0], &expected[0], 2e-6, what, "losses");
    assert_close(&actual[1], &expected[1], 2e-6, what, "gradient");
}

#[derive(Deserialize)]
struct Fixture {
    logits: [usize; 2],
    smoothing: f64,
    losses: Vec<f32>,
    gradient: Vec<f32>,
}

#[test]
fn losses_and_gradients_equal_those_of_pytorch() {
    let fixtures: Vec<Fixture> = serde_json::from_str(include_str!("../../tests/fixtures/cross_entropy.json")).unwrap();
    assert_eq!(fixtures.len(), 5);
    for (fixture, device) in fixtures.iter().flat_map(|f| devices().into_iter().map(move |device| (f, device))) {
        let case = (fixture.logits, fixture.smoothing);
        let expected = [fixture.losses.clone(), fixture.gradient.clone()];
        assert_agree(&outcome_on(case, &device), &expected, &format!("{case:?} on {device:?}"));
    }
}

#[test]
fn losses_and_gradients_agree_with_the_definition_on_every_set_of_instructions() {
    for case in CASES {
        let expected = definition(case);
        for device in devices() {
            assert_agree(&outcome_on(case, &device), &expected, &format!("{case:?} on {device:?}"));
        }
        for actual in on_each_set(|| outcome_on(case, &Device::flex())) {
            assert_agree(&actual, &expected, &format!("{case:?}"));
        }
    }
}

#[test]
fn the_reference_agrees_with_its_own_gradient_and_with_burns() {
    let device = Device::flex();
    for (shape, smoothing) in CASES {
        let expected = definition((shape, smoothing));
        let actual = outcome(logits(shape, &device), |x| {
            let labels = labels(shape, &device).into_dispatch();
            Tensor::<1>::from_dispatch(reference::forward::<Dispatch>(x.into_dispatch(), labels, smoothing))
        });
        assert_agree(&actual, &expected, &format!("{shape:?}, {smoothing}"));

        let labels = labels(shape, &device).try_into_primitive::<Flex>().unwrap();
        let (_, record) = reference::record::<Flex>(primitive(logits(shape, &device)), labels.clone(), smoothing);
        let dloss = primitive::<1>(formula([shape[0]], 4.0, &device));
        let own = reference::gradient::<Flex>(record, labels, dloss, smoothing);
        assert_close(
            own.storage(),
            &expected[1],
            2e-6,
            &format!("{shape:?}, {smoothing}"),
            "gradient of the reference",
        );
    }
}

#[test]
fn gradients_equal_central_differences() {
    let (case, device) = (([5, 10], 0.1), Device::flex());
    let [_, gradient] = outcome_on(case, &device);
    let loss = |index: usize, shift: f32| -> f64 {
        let mut scores = values(logits(case.0, &device));
        scores[index] += shift;
        let scores = Tensor::<2>::from_data(TensorData::new(scores, case.0), &device);
        let losses = values(cross_entropy(scores, labels(case.0, &device), case.1));
        formula_values(5, 4.0).iter().zip(losses).map(|(dloss, loss)| f64::from(*dloss) * f64::from(loss)).sum()
    };
    for (index, gradient) in gradient.iter().enumerate() {
        let difference = (loss(index, 0.02) - loss(index, -0.02)) / 0.04;
        assert!((difference as f32 - gradient).abs() < 2e-4, "{index}: {difference}, {gradient}");
    }
}

#[test]
fn logits_and_labels_may_lie_in_memory_in_any_order_and_labels_have_any_width() {
    let device = Device::flex();
    let x = logits([3, 4], &device).transpose();
    let classes = Tensor::<1, Int>::from_ints([0, 9, 2, 9, 1, 9, 0], &device).slice(burn::tensor::s![..;2]);
    let expected = outcome(contiguous(x.clone()), |x| cross_entropy(x, Tensor::from_ints([0, 2, 1, 0], &device), 0.1));
    for dtype in [DType::I64, DType::I32, DType::U8] {
        let actual = outcome(x.clone(), |x| cross_entropy(x, classes.clone().cast(dtype), 0.1));
        assert_eq!(actual, expected, "{dtype:?}");
    }
}

#[test]
fn equal_input_gives_equal_bytes_whatever_the_number_of_threads() {
    let case = ([90, 1000], 0.1);
    let run = |threads| with_threads(threads, || outcome_on(case, &Device::flex()));
    let one = run(1);
    assert!([2, 3].into_iter().all(|threads| run(threads) == one));
}

#[test]
fn large_scores_neither_overflow_nor_lose_the_small_differences() {
    let device = Device::flex();
    let losses = |rows: [[f32; 3]; 3]| {
        values(cross_entropy(Tensor::from_floats(rows, &device), Tensor::from_ints([0, 1, 2], &device), 0.0))
    };
    let large = losses([[1e4, 1e4, 1e4], [-3e38, 3e38, 0.0], [f32::NEG_INFINITY, 0.0, 0.0]]);
    assert_close(&large, &[3f32.ln(), 0.0, 2f32.ln()], 1e-6, "large scores", "losses");
    assert!(losses([[f32::NAN, 0.0, 0.0]; 3]).iter().all(|loss| loss.is_nan()));
}

#[test]
fn other_floats_keep_their_type() {
    for ((shape, smoothing), dtype) in
        CASES.into_iter().flat_map(|case| [DType::F64, DType::F16].map(|dtype| (case, dtype)))
    {
        let actual = outcome(logits(shape, &Device::flex()), |x| {
            let losses = cross_entropy(x.cast(dtype), labels(shape, &Device::flex()), smoothing);
            assert_eq!(losses.dtype(), dtype);
            losses.cast(DType::F32)
        });
        for (actual, expected) in actual.iter().zip(definition((shape, smoothing))) {
            assert_close(actual, &expected, 1e-2, &format!("{shape:?}"), &format!("{dtype:?}"));
        }
    }
}

#[test]
fn no_samples_have_no_losses() {
    let device = Device::flex();
    let losses = cross_entropy(Tensor::zeros([0, 3], &device), Tensor::zeros([0], &device), 0.0);
    assert_eq!(losses.dims(), [0]);
}

#[test]
#[cfg(not(feature = "reference-only"))]
fn a_label_that_is_not_a_class_is_refused_with_its_place() {
    for label in [3, -1] {
        let refused = std::panic::catch_unwind(|| {
            let device = Device::flex();
            cross_entropy(Tensor::zeros([2, 3], &device), Tensor::from_ints([0, label], &device), 0.0)
        });
        let message = *refused.unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains(&format!("label {label} of sample 1 is outside 0..3")), "{message}");
    }
}

#[test]
fn shapes_and_shares_that_do_not_fit_are_refused() {
    let call = |shape: [usize; 2], labels: usize, smoothing: f64| {
        let device = Device::flex();
        let refused = std::panic::catch_unwind(|| {
            cross_entropy(Tensor::zeros(shape, &device), Tensor::zeros([labels], &device), smoothing)
        });
        *refused.unwrap_err().downcast::<String>().unwrap()
    };
    assert!(call([2, 3], 3, 0.0).contains("logits [2, 3] with labels [3]"));
    assert!(call([2, 0], 2, 0.0).contains("there must be a class"));
    assert!(call([2, 3], 2, 1.5).contains("the smoothing 1.5 must be from 0 to 1"));
}
