//! Masks: how they are made, what they answer, what is refused.

use burn::tensor::TensorData;
use proptest::prelude::*;

use super::*;

fn device() -> Device {
    Device::flex()
}

fn hand(rows: &[&[bool]]) -> Mask {
    Mask::from_rows(rows, &device()).unwrap()
}

fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().try_to_vec().unwrap()
}

const HOLES: [&[bool]; 4] = [&[true, false, true], &[false, true, true], &[true, true, false], &[false, false, false]];

#[test]
fn lengths_are_known_exactly_when_padding_stands_on_the_right_alone() {
    for (rows, expected) in [
        (vec![HOLES[2], HOLES[3]], Some(vec![2, 0])),
        (vec![HOLES[2], HOLES[0]], None),
        (vec![HOLES[1]], None),
        (vec![&[true, true, true][..]], Some(vec![3])),
    ] {
        let mask = hand(&rows);
        assert_eq!(mask.lengths(), expected, "{rows:?}");
        assert_eq!(mask.is_right_padded(), expected.is_some(), "{rows:?}");
    }
}

#[test]
fn rows_come_back_as_they_were_written_and_used_steps_are_counted() {
    let mask = hand(&HOLES);
    assert_eq!(mask.dims(), [4, 3]);
    assert_eq!(mask.rows(), HOLES.map(<[bool]>::to_vec));
    assert_eq!(mask.used(), [2, 2, 2, 0]);
    assert_eq!(numbers(mask.weights())[..6], [1.0, 0.0, 1.0, 0.0, 1.0, 1.0]);
}

#[test]
fn ids_other_than_the_padding_are_used() {
    let ids = Tensor::from_ints([[3, 0, 9], [9, 9, 9]], &device());
    assert_eq!(Mask::from_ids(&ids, 0).rows(), [[true, false, true], [true, true, true]]);
    assert_eq!(Mask::from_ids(&ids, 9).used(), [2, 0]);
}

#[test]
fn a_mask_reversed_twice_is_itself_and_once_is_padded_on_the_left() {
    let mask = Mask::from_lengths(&[1, 3, 0], 3, &device()).unwrap();
    assert_eq!(mask.reversed().rows(), [[false, false, true], [true, true, true], [false, false, false]]);
    assert_eq!(mask.reversed().reversed().rows(), mask.rows());
    assert!(!mask.reversed().is_right_padded());
}

#[test]
fn both_masks_must_use_a_step() {
    let both = hand(&[HOLES[0], HOLES[1]]).and(&hand(&[HOLES[2], HOLES[1]])).unwrap();
    assert_eq!(both.rows(), [[true, false, false], [false, true, true]]);
}

#[test]
fn filling_lets_no_value_of_a_masked_step_through_not_even_nan() {
    let autodiff = device().autodiff();
    let values = vec![1.0, 2.0, f32::NAN, f32::INFINITY, 5.0, 6.0];
    let x = Tensor::<3>::from_data(TensorData::new(values, [1, 3, 2]), &autodiff).require_grad();
    for mask in [hand(&HOLES[..1]), Mask::from_rows(&HOLES[..1], &autodiff).unwrap()] {
        let y = mask.fill(x.clone(), -1.0).unwrap();
        let gradients = y.clone().square().sum().backward();
        assert_eq!(numbers(y.inner()), [1.0, 2.0, -1.0, -1.0, 5.0, 6.0]);
        assert_eq!(numbers(x.grad(&gradients).unwrap()), [2.0, 4.0, 0.0, 0.0, 10.0, 12.0]);
    }
}

#[test]
fn a_mean_is_that_of_the_used_steps_and_none_gives_zero() {
    let autodiff = device().autodiff();
    let values = TensorData::new(vec![1.0, f32::NAN, 4.0, 7.0, 2.0, 0.0], [2, 3]);
    let x = Tensor::<2>::from_data(values, &autodiff).require_grad();
    let mean = hand(&HOLES[..2]).mean(x.clone()).unwrap();
    let gradients = mean.backward();
    assert_eq!(numbers(mean.inner()), [(1.0 + 4.0 + 2.0 + 0.0) / 4.0]);
    assert_eq!(numbers(x.grad(&gradients).unwrap()), [0.25, 0.0, 0.25, 0.0, 0.25, 0.25]);
    let nothing = hand(&[HOLES[3]]).mean(Tensor::ones([1, 3], &device())).unwrap();
    assert_eq!(numbers(nothing), [0.0]);
}

#[test]
fn what_does_not_fit_is_refused_with_its_shape_and_place() {
    let device = device();
    let none: [&[bool]; 0] = [];
    for (error, message) in [
        (
            Mask::from_lengths(&[2, 5], 4, &device).unwrap_err(),
            "row 1 has a length of 5, but the sequences have 4 steps",
        ),
        (
            Mask::from_rows(&none, &device).unwrap_err(),
            "a mask of 0 rows and 0 steps masks nothing: it needs at least one of each",
        ),
        (
            Mask::full(2, 0, &device).unwrap_err(),
            "a mask of 2 rows and 0 steps masks nothing: it needs at least one of each",
        ),
        (
            Mask::from_rows(&[&[true][..], &[true, false]], &device).unwrap_err(),
            "row 1 of the mask has 2 steps and row 0 has 1: all rows must have the same",
        ),
        (
            hand(&HOLES).and(&hand(&HOLES[..1])).unwrap_err(),
            "a mask of shape [4, 3] does not fit another mask of 1 rows and 3 steps",
        ),
        (
            hand(&HOLES).fill(Tensor::zeros([4, 2, 5], &device), 0.0).unwrap_err(),
            "a mask of shape [4, 3] does not fit sequences of 4 rows and 2 steps",
        ),
        (
            hand(&HOLES).mean(Tensor::zeros([3, 3], &device)).unwrap_err(),
            "a mask of shape [4, 3] does not fit values of 3 rows and 3 steps",
        ),
    ] {
        assert_eq!(error.to_string(), message);
    }
}

proptest! {
    #[test]
    fn a_mask_of_lengths_gives_them_back(lengths in prop::collection::vec(0usize..9, 1..12), more in 1usize..4) {
        let steps = lengths.iter().max().unwrap() + more;
        let mask = Mask::from_lengths(&lengths, steps, &device()).unwrap();
        prop_assert_eq!(mask.used(), lengths.clone());
        prop_assert_eq!(mask.lengths(), Some(lengths));
    }

    #[test]
    fn masked_features_equal_those_of_a_mask_by_hand(values in prop::collection::vec(0u8..2, 24)) {
        let x: Vec<f32> = values.iter().map(|value| f32::from(*value)).collect();
        let x = Tensor::<3>::from_data(TensorData::new(x, [2, 4, 3]), &device());
        let rows: Vec<Vec<bool>> =
            values.chunks(12).map(|row| row.chunks(3).map(|step| step.iter().any(|value| *value != 1)).collect()).collect();
        prop_assert_eq!(Mask::from_features(&x, 1.0).rows(), rows);
    }
}
