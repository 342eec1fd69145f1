//! Weights there and back.

use burn::tensor::{DType, Device};

use super::*;
use crate::{BidirectionalConfig, GruConfig, LstmConfig, RecurrentConfig, SimpleRnnConfig, StackConfig};

fn bits(arrays: &[TensorData]) -> Vec<(Vec<usize>, Vec<u32>)> {
    let bits = |array: &TensorData| array.iter::<f32>().map(f32::to_bits).collect();
    arrays.iter().map(|array| (array.shape().to_vec(), bits(array))).collect()
}

/// Element i of the array k is cos(i + k), and one is −0.
fn arrays_like(arrays: &[TensorData]) -> Vec<TensorData> {
    let formula = |(k, array): (usize, &TensorData)| {
        let count: usize = array.shape().iter().product();
        let mut values: Vec<f32> = (0..count).map(|i| ((i + k) as f32).cos()).collect();
        values[count / 2] = -0.0;
        TensorData::new(values, array.shape().to_vec())
    };
    arrays.iter().enumerate().map(formula).collect()
}

fn comes_back_from_keras<L: ForeignWeights>(layer: &L) {
    let arrays = arrays_like(&layer.keras_weights().unwrap());
    let loaded = layer.clone().load_keras(arrays.clone()).unwrap();
    assert_eq!(bits(&loaded.keras_weights().unwrap()), bits(&arrays));
}

fn comes_back_from_pytorch<L: ForeignWeights>(layer: &L) {
    let (names, arrays): (Vec<_>, Vec<_>) = layer.pytorch_weights().unwrap().into_iter().unzip();
    let arrays = arrays_like(&arrays);
    let given: BTreeMap<_, _> = names.into_iter().zip(arrays.clone()).collect();
    let back = layer.clone().load_pytorch(given).unwrap().pytorch_weights().unwrap();
    assert_eq!(bits(&back.into_values().collect::<Vec<_>>()), bits(&arrays));
}

#[test]
fn arrays_come_back_to_the_bit() {
    let device = Device::flex();
    comes_back_from_keras(&SimpleRnnConfig::new(4).init(3, &device));
    comes_back_from_keras(&LstmConfig::new(4).init(3, &device));
    comes_back_from_keras(&LstmConfig::new(4).with_bias(false).init(3, &device));
    comes_back_from_keras(&GruConfig::new(4).init(3, &device));
    comes_back_from_keras(&GruConfig::new(4).with_reset_after(false).init(3, &device));
    comes_back_from_keras(&StackConfig::new(BidirectionalConfig::new(GruConfig::new(4)), 2).init(3, &device));

    comes_back_from_pytorch(&SimpleRnnConfig::new(4).pytorch().init(3, &device));
    comes_back_from_pytorch(&LstmConfig::new(4).pytorch().init(3, &device));
    comes_back_from_pytorch(&GruConfig::new(4).init(3, &device));
    comes_back_from_pytorch(&GruConfig::new(4).with_bias(false).init(3, &device));
    let both = BidirectionalConfig::new(LstmConfig::new(4).pytorch());
    comes_back_from_pytorch(&StackConfig::new(both, 3).init(3, &device));
}

#[test]
fn names_are_those_of_a_state_dict() {
    let both = BidirectionalConfig::new(LstmConfig::new(4).pytorch());
    let stack = StackConfig::new(both, 2).init(3, &Device::flex());
    let arrays = stack.pytorch_weights().unwrap();
    assert_eq!(arrays.len(), 16);
    assert_eq!(arrays["weight_ih_l0_reverse"].shape().to_vec(), [16, 3]);
    assert_eq!(arrays["weight_ih_l1"].shape().to_vec(), [16, 8]);
    assert_eq!(arrays["bias_hh_l1_reverse"].shape().to_vec(), [16]);
}

#[test]
fn two_biases_and_one_hold_the_same() {
    let device = Device::flex();
    let (two, one) = (LstmConfig::new(4).pytorch().init(3, &device), LstmConfig::new(4).init(3, &device));
    let one = one.load_pytorch(two.pytorch_weights().unwrap()).unwrap();
    let sum = two.weights.bias.as_ref().unwrap().val() + two.weights.recurrent_bias.as_ref().unwrap().val();
    one.weights.bias.as_ref().unwrap().val().into_data().assert_eq(&sum.into_data(), true);
    assert_eq!(one.keras_weights().unwrap(), two.keras_weights().unwrap());

    let two = two.load_keras(one.keras_weights().unwrap()).unwrap();
    assert_eq!(two.pytorch_weights().unwrap()["bias_hh_l0"].iter::<f32>().sum::<f32>(), 0.0);
}

#[test]
fn loaded_weights_are_trained_and_frozen_ones_stay_frozen() {
    let device = Device::flex().autodiff();
    let layer = GruConfig::new(4).init(3, &device);
    let arrays = layer.keras_weights().unwrap();
    let trained = layer.clone().load_keras(arrays.clone()).unwrap();
    assert!(trained.weights.kernel.val().is_require_grad());
    let frozen = layer.set_require_grad(false).load_keras(arrays).unwrap();
    assert!(!frozen.weights.kernel.val().is_require_grad());
}

#[test]
fn doubles_are_read_as_the_layers_floats() {
    let layer = SimpleRnnConfig::new(2).init(1, &Device::flex());
    let mut arrays = layer.keras_weights().unwrap();
    arrays[0] = TensorData::new(vec![0.1f64, 0.2], [1, 2]);
    let loaded = layer.load_keras(arrays).unwrap().keras_weights().unwrap();
    assert_eq!(loaded[0].dtype(), DType::F32);
    assert_eq!(loaded[0].iter::<f32>().collect::<Vec<_>>(), [0.1f32, 0.2]);
}

fn message<T: std::fmt::Debug>(result: Result<T, WeightsError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn what_does_not_fit_is_refused() {
    let device = Device::flex();
    let layer = LstmConfig::new(4).init(3, &device);
    let keras = layer.keras_weights().unwrap();

    let transposed = vec![TensorData::zeros::<f32, _>([16, 3]), keras[1].clone(), keras[2].clone()];
    let found = message(layer.clone().load_keras(transposed));
    assert_eq!(found, "array 0, a kernel, has the shape [16, 3], but the layer needs [3, 16]");
    let found = message(layer.clone().load_keras(keras[..2].to_vec()));
    assert_eq!(found, "array 2, a bias, is missing; the arrays are 2 in number");
    let found = message(layer.clone().load_keras([keras.clone(), keras].concat()));
    assert!(found.starts_with("the layer has no place for the last 3 of 6 arrays"), "{found}");

    let mut arrays = layer.pytorch_weights().unwrap();
    let stray = arrays.remove("bias_hh_l0").unwrap();
    let found = message(layer.clone().load_pytorch(arrays.clone()));
    assert_eq!(found, "bias_hh_l0 is missing; the arrays are ");
    arrays.insert("bias_hh_l0".to_owned(), stray.clone());
    arrays.insert("weight_ih_l1".to_owned(), stray);
    let found = message(layer.load_pytorch(arrays));
    assert!(found.starts_with("the layer has no place for weight_ih_l1"), "{found}");

    let coupled = LstmConfig::new(4).with_coupled_gates(true).init(3, &device);
    assert_eq!(message(coupled.keras_weights()), "Keras has no LSTM with coupled gates");
    let before = GruConfig::new(4).with_reset_after(false).init(3, &device);
    assert_eq!(message(before.pytorch_weights()), "PyTorch has no GRU that resets the state before the product");
}
