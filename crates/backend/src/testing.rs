//! What the tests of the operations share: values that are formulas, devices, comparisons.

use burn::backend::{Flex, flex::FlexTensor};
use burn::tensor::{Device, Tensor};

/// Panics unless all agree within the tolerance, relative to 1 + the expected size.
pub(crate) fn assert_close(actual: &[f32], expected: &[f32], tolerance: f32, what: &str, name: &str) {
    assert_eq!(actual.len(), expected.len(), "length of {name} of {what}");
    for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        assert!(
            (actual - expected).abs() <= tolerance * (1.0 + expected.abs()),
            "{name} of {what}: element {index} is {actual} instead of {expected}"
        );
    }
}

/// Element i is cos(0.7 i + shift).
pub(crate) fn formula<const D: usize>(dims: [usize; D], shift: f64, device: &Device) -> Tensor<D> {
    let values = formula_values(dims.iter().product(), shift);
    Tensor::<1>::from_data(values.as_slice(), device).reshape(dims)
}

pub(crate) fn formula_values(len: usize, shift: f64) -> Vec<f32> {
    (0..len).map(|index| (0.7 * index as f64 + shift).cos() as f32).collect()
}

pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// The devices to test on: Flex, and a GPU or a software one when there is any.
pub(crate) fn devices() -> Vec<Device> {
    #[cfg(not(feature = "wgpu"))]
    let gpus = vec![];
    #[cfg(feature = "wgpu")]
    let gpus = wgpu_devices();
    [Device::flex()].into_iter().chain(gpus).collect()
}

#[cfg(feature = "wgpu")]
fn wgpu_devices() -> Vec<Device> {
    let found = Device::enumerate(burn::tensor::DeviceType::Wgpu).into_vec();
    if found.is_empty() {
        println!("skipped on wgpu: no adapter found");
    }
    found.into_iter().take(1).collect()
}

/// The tensor as Flex holds it.
pub(crate) fn primitive<const D: usize>(tensor: Tensor<D>) -> FlexTensor {
    tensor.try_into_primitive::<Flex>().unwrap()
}

/// The bit patterns of a tensor that lies in memory in the order of its shape.
pub(crate) fn bits(tensor: &FlexTensor) -> Vec<u32> {
    tensor.storage::<f32>().iter().map(|value| value.to_bits()).collect()
}
