//! Tests of dropout. Flex has one generator for the whole process, so what is equal for equal seeds is tested on the kernel.

use burn::backend::{Dispatch, Flex};
use burn::tensor::{DType, Device, Shape, Tensor, TensorData};

use super::*;
use crate::cpu::on_each_set;
use crate::testing::{
    VIEWS, assert_close, bits, contiguous, devices, formula, outcome, primitive, values, with_threads,
};

/// The two numbers that decide a mask.
fn key(first: f32) -> burn::backend::flex::FlexTensor {
    primitive(Tensor::<1>::from_floats([first, 0.25], &Device::flex()))
}

/// x·m / (1 − p) on Flex for a key.
fn applied<const D: usize>(x: Tensor<D>, mask: [usize; D], rate: f64, first: f32) -> Vec<f32> {
    values::<D>(Tensor::from_primitive::<Flex>(Flex::dropout_apply(primitive(x), key(first), Shape::from(mask), rate)))
}

#[test]
fn the_share_that_is_dropped_is_the_rate_and_the_mean_stays() {
    for (device, rate) in devices().into_iter().flat_map(|device| [0.1, 0.5, 0.9].map(|rate| (device.clone(), rate))) {
        let y = values(dropout(Tensor::<2>::ones([400, 500], &device), [400, 500], rate));
        let scale = (1.0 / (1.0 - rate)) as f32;
        assert!(y.iter().all(|value| *value == 0.0 || (value - scale).abs() < 1e-6));
        let dropped = y.iter().filter(|value| **value == 0.0).count() as f64 / y.len() as f64;
        // Four standard deviations.
        assert!((dropped - rate).abs() < 4.0 * (rate * (1.0 - rate) / 2e5).sqrt(), "{dropped} instead of {rate}");
    }
}

#[test]
fn neighbours_rows_columns_and_keys_have_nothing_in_common() {
    let [rows, columns] = [500, 512];
    let drawn = |first| applied(Tensor::<2>::ones([rows, columns], &Device::flex()), [rows, columns], 0.5, first);
    let masks = [0.5, 0.500_000_06, 0.125].map(drawn);
    let agreement = |a: &mut dyn Iterator<Item = (f32, f32)>| {
        let (equal, all) = a.fold((0, 0), |(equal, all), (a, b)| (equal + u32::from(a == b), all + 1));
        f64::from(equal) / f64::from(all)
    };
    let mask = &masks[0];
    for distance in [1, 2, 3, 16, columns - 1, columns, columns + 1, 16 * 1024] {
        let share = agreement(&mut mask.iter().copied().zip(mask[distance..].iter().copied()));
        assert!((share - 0.5).abs() < 0.005, "{share} of the draws equal those {distance} further");
    }
    for other in &masks[1..] {
        let share = agreement(&mut mask.iter().copied().zip(other.iter().copied()));
        assert!((share - 0.5).abs() < 0.005, "{share} of the draws of two keys are equal");
    }
}

#[test]
fn the_gradient_passes_where_x_did() {
    for device in devices() {
        for mask in [[20, 5, 6, 7], [20, 5, 1, 1], [20, 1, 6, 1]] {
            let x = formula([20, 5, 6, 7], 1.0, &device) + 2.0;
            let [y, gradient] = outcome(x.clone(), |x| dropout(x, mask, 0.4));
            let dy = values::<4>(formula([20, 5, 6, 7], 4.0, &device));
            let mut passed = 0;
            for (((x, y), dy), dx) in values(x).iter().zip(&y).zip(&dy).zip(&gradient) {
                let factor = y / x;
                assert!((dx - dy * factor).abs() < 1e-5, "{mask:?} on {device:?}");
                passed += usize::from(*y != 0.0);
            }
            assert!((500..y.len() - 200).contains(&passed), "{passed} of {}", y.len());
        }
    }
}

#[test]
fn axes_of_one_share_a_draw() {
    for (device, mask) in
        devices().into_iter().flat_map(|device| [[8, 9, 1, 1], [8, 1, 10, 1]].map(|mask| (device.clone(), mask)))
    {
        let y = dropout(Tensor::<4>::ones([8, 9, 10, 11], &device), mask, 0.5);
        let of_mask = y.clone().slice(mask.map(|draws| 0..draws)).expand([8, 9, 10, 11]);
        assert_eq!(values(y.clone()), values(of_mask), "{mask:?}");
        let first = values(y)[0];
        assert!(first == 0.0 || first == 2.0);
    }
}

#[test]
fn equal_keys_give_equal_bytes_on_any_number_of_threads_and_set_of_instructions() {
    let run = |mask: [usize; 2]| {
        let x = primitive::<2>(formula([700, 300], 1.0, &Device::flex()));
        bits(&Flex::dropout_apply(x, key(0.75), Shape::from(mask), 0.3))
    };
    for mask in [[700, 300], [700, 1], [1, 300]] {
        let one = with_threads(1, || run(mask));
        assert!([2, 3].into_iter().all(|threads| with_threads(threads, || run(mask)) == one), "{mask:?}");
        assert!(on_each_set(|| run(mask)).into_iter().all(|other| other == one), "{mask:?}");
    }
}

#[test]
fn inputs_may_lie_in_memory_in_any_order_and_stay_as_they_are() {
    for (name, view) in VIEWS {
        let x = view([2, 3, 6, 5], &Device::flex());
        let before = values(x.clone());
        for mask in [[2, 3, 6, 5], [2, 3, 1, 1], [1, 3, 1, 5]] {
            let expected = applied(contiguous(x.clone()), mask, 0.5, 0.5);
            assert_eq!(applied(x.clone(), mask, 0.5, 0.5), expected, "{name}, {mask:?}");
            assert_eq!(values(x.clone()), before, "{name}: an input that is held was written over");
        }
    }
}

#[test]
fn two_calls_draw_twice() {
    for device in devices() {
        let drawn = || values(dropout(Tensor::<1>::ones([200], &device), [200], 0.5));
        assert_ne!(drawn(), drawn());
    }
}

#[test]
fn the_reference_is_a_mask_of_draws_and_burn_differentiates_it() {
    let x: Tensor<2> = formula([30, 40], 1.0, &Device::flex()) + 2.0;
    let [y, gradient] = outcome(x.clone(), |x| {
        let x = x.into_dispatch();
        let drawn = reference::draw::<Dispatch>(&x, Shape::new([30, 1]), 0.5);
        Tensor::<2>::from_dispatch(reference::apply::<Dispatch>(x, drawn))
    });
    let dy = values::<2>(formula([30, 40], 4.0, &Device::flex()));
    for ((x, y), (dy, dx)) in values(x).chunks(40).zip(y.chunks(40)).zip(dy.chunks(40).zip(gradient.chunks(40))) {
        let factor = if y[0] == 0.0 { 0.0 } else { 2.0 };
        let scaled = |values: &[f32]| values.iter().map(|value| factor * value).collect::<Vec<_>>();
        assert_close(y, &scaled(x), 1e-6, "the reference", "output");
        assert_close(dx, &scaled(dy), 1e-6, "the reference", "gradient");
    }
}

#[test]
fn other_floats_keep_their_type() {
    for dtype in [DType::F64, DType::F16] {
        let y = dropout(Tensor::<1>::ones([100], &Device::flex()).cast(dtype), [100], 0.5);
        assert_eq!(y.dtype(), dtype);
        assert!(values(y.cast(DType::F32)).iter().all(|value| [0.0, 2.0].contains(value)));
    }
}

#[test]
fn a_rate_of_zero_leaves_x_and_an_empty_tensor_stays_empty() {
    let x = Tensor::<1>::from_data(TensorData::new(vec![1.0f32, f32::NAN], [2]), &Device::flex());
    assert_eq!(values(dropout(x, [2], 0.0))[0], 1.0);
    assert_eq!(dropout(Tensor::<2>::ones([0, 3], &Device::flex()), [0, 3], 0.5).dims(), [0, 3]);
    assert!(!dropout(Tensor::<1>::ones([3], &Device::flex().autodiff()), [3], 0.5).is_tracked());
}

#[test]
fn rates_and_masks_that_do_not_fit_are_refused() {
    let call = |mask: [usize; 2], rate: f64| {
        let refused = std::panic::catch_unwind(|| dropout(Tensor::ones([2, 3], &Device::flex()), mask, rate));
        *refused.unwrap_err().downcast::<String>().unwrap()
    };
    assert!(call([2, 3], 1.0).contains("the rate 1 must be at least 0 and below 1"));
    assert!(call([2, 3], -0.1).contains("the rate -0.1"));
    assert!(call([2, 2], 0.5).contains("each axis of the mask [2, 2]"));
}
