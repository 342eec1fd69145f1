//! The kernel is the reference, whatever the layout; shared tensors are left alone.

use burn::backend::Dispatch;
use burn::tensor::{DType, Device, Tensor};
use proptest::prelude::*;

use super::{lerp, reference};

fn formula<const D: usize>(dims: [usize; D], phase: f32, device: &Device) -> Tensor<D> {
    let len = dims.iter().product::<usize>() as i64;
    Tensor::<1, burn::tensor::Int>::arange(0..len, device).float().mul_scalar(0.7).add_scalar(phase).cos().reshape(dims)
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

fn by_reference<const D: usize>(average: Tensor<D>, value: Tensor<D>, share: f32) -> Vec<f32> {
    values::<D>(Tensor::from_dispatch(reference::lerp::<Dispatch>(
        average.into_dispatch(),
        value.into_dispatch(),
        share,
    )))
}

proptest! {
    #[test]
    fn the_kernel_gives_the_bytes_of_the_reference(rows in 1usize..400, columns in 1usize..400, share in 0.0f32..1.0) {
        let device = Device::flex();
        let (average, value) = (formula([rows, columns], 1.0, &device), formula([rows, columns], 2.0, &device));
        let expected = by_reference(average.clone(), value.clone(), share);
        prop_assert_eq!(values(lerp(average, value, share)), expected);
    }
}

#[test]
fn views_are_read_in_their_own_order_and_keep_their_shape() {
    let device = Device::flex();
    let average = formula([5, 7], 1.0, &device).transpose();
    let value = formula([9, 5], 2.0, &device).slice([1..8, 0..5]);
    let expected = by_reference(average.clone(), value.clone(), 0.3);
    let moved = lerp(average, value, 0.3);
    assert_eq!(moved.dims(), [7, 5]);
    assert_eq!(values(moved), expected);
}

#[test]
fn tensors_that_others_share_stay_as_they_are() {
    let device = Device::flex();
    let (average, value) = (formula([33], 1.0, &device), formula([33], 2.0, &device));
    let (before, of_value) = (values(average.clone()), values(value.clone()));
    lerp(average.clone(), value.clone(), 0.5);
    assert_eq!((values(average), values(value)), (before, of_value));
}

#[test]
fn nothing_and_everything_of_the_distance() {
    let device = Device::flex();
    let (average, value) = (formula([100], 1.0, &device), formula([100], 2.0, &device));
    assert_eq!(values(lerp(average.clone(), value, 0.0)), values(average.clone()));
    let ones = Tensor::<1>::ones([100], &device);
    assert_eq!(values(lerp(ones.clone().mul_scalar(5.0), ones.clone(), 1.0)), values(ones));
}

#[test]
fn other_floats_take_the_reference() {
    let device = Device::flex();
    let (average, value) = (formula([8], 1.0, &device), formula([8], 2.0, &device));
    let moved = lerp(average.clone().cast(DType::F64), value.clone().cast(DType::F64), 0.5);
    assert_eq!(moved.dtype(), DType::F64);
    for (moved, plain) in values(moved.cast(DType::F32)).iter().zip(values(lerp(average, value, 0.5))) {
        assert!((moved - plain).abs() < 1e-6);
    }
}

#[test]
fn gradients_are_the_shares() {
    let device = Device::flex().autodiff();
    let average = formula([3, 4], 1.0, &device).require_grad();
    let value = formula([3, 4], 2.0, &device).require_grad();
    let gradients = lerp(average.clone(), value.clone(), 0.25).sum().backward();
    assert_eq!(values(average.grad(&gradients).unwrap()), [0.75; 12]);
    assert_eq!(values(value.grad(&gradients).unwrap()), [0.25; 12]);
}

#[test]
#[should_panic(expected = "average [2, 3] and value [3, 2] must have the same shape")]
fn other_shapes_are_refused() {
    let device = Device::flex();
    lerp(Tensor::<2>::ones([2, 3], &device), Tensor::ones([3, 2], &device), 0.5);
}
