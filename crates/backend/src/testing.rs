//! What the tests of the operations share: values that are formulas, views, devices, comparisons.

use burn::backend::{Flex, flex::FlexTensor};
use burn::tensor::{Device, Tensor, s};

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

/// What `work` gives in a pool of that many threads.
pub(crate) fn with_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

/// The output of an operation, and the gradient of x for an output gradient of cos(0.7 i + 4).
pub(crate) fn outcome<const D: usize, const E: usize>(
    x: Tensor<D>,
    operation: impl Fn(Tensor<D>) -> Tensor<E>,
) -> [Vec<f32>; 2] {
    let x = x.autodiff().require_grad();
    let y = operation(x.clone());
    let output_grad = formula(y.dims(), 4.0, &y.device().inner());
    let gradients = (y.clone() * output_grad.autodiff()).sum().backward();
    [values(y.inner()), values(x.grad(&gradients).unwrap())]
}

/// The same values as a tensor that lies in memory in the order of its shape.
pub(crate) fn contiguous<const D: usize>(tensor: Tensor<D>) -> Tensor<D> {
    let device = tensor.device();
    Tensor::from_data(tensor.into_data(), &device)
}

/// A view of `dims` whose axes are exchanged in memory.
fn transposed(dims: [usize; 4], device: &Device) -> Tensor<4> {
    let [a, b, c, d] = dims;
    formula([a, d, c, b], 1.0, device).swap_dims(1, 3)
}

/// A view of `dims` that leaves values out on all sides.
fn sliced(dims: [usize; 4], device: &Device) -> Tensor<4> {
    let larger = formula(dims.map(|size| size + 2), 1.0, device);
    larger.slice(dims.map(|size| 1..1 + size))
}

/// A view of `dims` that takes every second row and column.
fn strided(dims: [usize; 4], device: &Device) -> Tensor<4> {
    let [a, b, c, d] = dims;
    let larger = formula([a, b, 2 * c, 2 * d], 1.0, device);
    larger.slice(s![.., .., ..;2, ..;2])
}

/// A view of `dims` that runs backwards.
fn flipped(dims: [usize; 4], device: &Device) -> Tensor<4> {
    formula(dims, 1.0, device).flip([0, 2, 3])
}

/// A view of `dims` that repeats one row of one sample.
fn expanded(dims: [usize; 4], device: &Device) -> Tensor<4> {
    formula([1, dims[1], 1, dims[3]], 1.0, device).expand(dims)
}

type View = fn([usize; 4], &Device) -> Tensor<4>;

/// Tensors of given dimensions that do not lie in memory in the order of their shape, with the name of each way.
pub(crate) const VIEWS: [(&str, View); 5] = [
    ("transposed", transposed),
    ("sliced", sliced),
    ("strided", strided),
    ("flipped", flipped),
    ("expanded", expanded),
];

/// The tensor with one element shifted.
pub(crate) fn shifted<const D: usize>(tensor: Tensor<D>, index: usize, shift: f32) -> Tensor<D> {
    let (dims, device) = (tensor.dims(), tensor.device());
    let mut values = values(tensor);
    values[index] += shift;
    Tensor::<1>::from_data(values.as_slice(), &device).reshape(dims)
}
