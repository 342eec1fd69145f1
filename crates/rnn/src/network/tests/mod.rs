//! Tests of whole networks: what every layer must pass, refusals, masks, states, numbers of Keras.

mod files;
mod harness;
mod masks;
mod network;
mod parity;
mod refusals;
mod summary;

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::{SequenceNetwork, SequenceShape, Signal};

/// cos(0, step, 2·step, ...).
fn formula<const D: usize>(shape: [usize; D], step: f64, device: &Device) -> Tensor<D> {
    let values = (0..shape.iter().product()).map(|i: usize| (step * i as f64).cos() as f32).collect();
    Tensor::from_data(TensorData::new::<f32, _>(values, shape), device)
}

/// Ids from 1 on, each row its own.
fn ids([batch, steps]: [usize; 2], vocabulary: i64, device: &Device) -> Tensor<2, Int> {
    let values: Vec<i64> = (0..(batch * steps) as i64).map(|i| 1 + (i * 7 + i / 3) % (vocabulary - 1)).collect();
    Tensor::from_data(TensorData::new(values, [batch, steps]), device)
}

/// An input of a batch of sequences of five steps.
fn input(shape: &SequenceShape, batch: usize, device: &Device) -> Signal {
    let steps = 5;
    match shape {
        SequenceShape::Ids(_) => ids([batch, steps], 9, device).into(),
        SequenceShape::Steps(_, step) => match **step {
            [features] => formula([batch, steps, features], 0.37, device).into(),
            [channels, height, width] => formula([batch, steps, channels, height, width], 0.37, device).into(),
            _ => panic!("no network takes {shape}"),
        },
        SequenceShape::Whole(_) => panic!("no network takes {shape}"),
    }
}

/// All numbers of a value in a row.
fn flat(x: Signal) -> Tensor<1> {
    let count = x.shape().iter().product::<usize>();
    match x {
        Signal::Ids { ids, .. } => ids.float().reshape([count]),
        Signal::Sequence(sequence) => sequence.values.reshape([count]),
        Signal::Pictures { values, .. } => values.reshape([count]),
        Signal::Whole(x) if x.shape().len() == 2 => x.into_tensor::<2>().reshape([count]),
        Signal::Whole(x) => x.into_tensor::<4>().reshape([count]),
    }
}

fn output(model: &SequenceNetwork, batch: usize, device: &Device) -> Tensor<1> {
    flat(model.forward(input(model.input_shape(), batch, device)))
}

fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().try_to_vec().unwrap()
}

fn close(found: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= tolerance, "{what}: {a} instead of {b} at {index}");
    }
}
