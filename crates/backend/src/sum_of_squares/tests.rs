//! The kernel agrees with the definition and the reference, whatever the length and layout.

use burn::backend::Dispatch;
use burn::tensor::{DType, Device, Int, Tensor};

use super::{reference, sum_of_squares};

fn formula(len: usize, device: &Device) -> Tensor<1> {
    Tensor::<1, Int>::arange(0..len as i64, device).float().mul_scalar(0.7).cos()
}

#[test]
fn every_element_counts_once_at_any_length() {
    let device = Device::flex();
    for len in [1, 15, 16, 17, 1000, (1 << 15) - 1, 1 << 15, (1 << 15) + 1, 300_001] {
        let x = formula(len, &device);
        let values: Vec<f32> = x.clone().into_data().try_into_vec().unwrap();
        let exact: f64 = values.iter().map(|value| f64::from(*value).powi(2)).sum();
        let kernel = f64::from(sum_of_squares(x.clone()).into_scalar::<f32>());
        assert!((kernel - exact).abs() <= 1e-6 * exact, "{len}: {kernel} and {exact}");
        let reference = Tensor::<1>::from_dispatch(reference::sum_of_squares::<Dispatch>(x.into_dispatch()));
        let reference = f64::from(reference.into_scalar::<f32>());
        assert!((kernel - reference).abs() <= 1e-4 * exact, "{len}: {kernel} and {reference}");
    }
}

#[test]
fn views_count_their_own_elements_only() {
    let x = Tensor::<2>::from_floats([[1.0, 100.0], [2.0, 100.0], [4.0, 100.0]], &Device::flex());
    assert_eq!(sum_of_squares(x.clone().slice([0..3, 0..1])).into_scalar::<f32>(), 21.0);
    assert_eq!(sum_of_squares(x.clone().slice([0..1, 0..2])).into_scalar::<f32>(), 10_001.0);
    assert_eq!(sum_of_squares(x.transpose().slice([0..1, 0..3])).into_scalar::<f32>(), 21.0);
}

#[test]
fn other_floats_take_the_reference() {
    let x = formula(40, &Device::flex());
    let wide = sum_of_squares(x.clone().cast(DType::F64));
    assert_eq!(wide.dtype(), DType::F64);
    let (wide, plain) = (wide.into_scalar::<f64>(), f64::from(sum_of_squares(x).into_scalar::<f32>()));
    assert!((wide - plain).abs() < 1e-5);
}

#[test]
fn the_gradient_is_twice_the_input() {
    let x = formula(6, &Device::flex().autodiff()).require_grad();
    let gradients = sum_of_squares(x.clone()).backward();
    let gradient: Vec<f32> = x.grad(&gradients).unwrap().into_data().try_into_vec().unwrap();
    let twice: Vec<f32> = x.inner().mul_scalar(2.0).into_data().try_into_vec().unwrap();
    assert_eq!(gradient, twice);
}
