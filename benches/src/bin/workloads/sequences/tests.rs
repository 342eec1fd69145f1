//! The losses of training beside PyTorch's, from the same weights and texts.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::TensorData;

use super::*;
use crate::training::{Subject, Training};

/// h(i, k) of `benches/peers/losses.py`.
fn draw(i: usize, k: usize) -> f64 {
    let i = i as u64 + 1_000_003 * k as u64;
    (2_654_435_761_u64.wrapping_mul(i).wrapping_mul(i) % (1 << 32)) as f64 / (1_u64 << 32) as f64
}

/// Gives the k-th parameter its formula.
struct Assign(usize);

impl ModuleMapper for Assign {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let k = self.0;
        self.0 += 1;
        let scale = if k == 0 { 1.0 } else { 1.0 / (HIDDEN as f64).sqrt() };
        parameter.map(|old| {
            let values = (0..old.shape().num_elements()).map(|i| ((2.0 * draw(i, k) - 1.0) * scale) as f32);
            let data = TensorData::new(values.collect::<Vec<_>>(), old.shape());
            Tensor::from_data(data, &old.device()).require_grad()
        })
    }
}

/// The subject with the weights and texts of the formulas.
struct Formulas<C>(Ours<C>);

impl<C: RecurrentConfig> Subject for Formulas<C> {
    type Model = <Ours<C> as Subject>::Model;
    type Batch = Texts;

    fn samples(&self) -> usize {
        self.0.samples()
    }

    fn model(&self, device: &Device) -> Result<Self::Model> {
        let mut assign = Assign(0);
        let model = self.0.model(device)?.map(&mut assign);
        assert_eq!(assign.0, 7, "table, weights and biases of input and state, weights and bias of the head");
        Ok(model)
    }

    fn optimizer(&self) -> burn::optim::ModuleOptimizer {
        self.0.optimizer()
    }

    fn batch(&self, device: &Device) -> Texts {
        let ids = (0..BATCH * STEPS).map(|i| 1 + (draw(i, 100) * (WORDS - 1) as f64) as i64);
        let ids = TensorData::new(ids.collect::<Vec<_>>(), [BATCH, STEPS]);
        let labels = (0..BATCH).map(|i| i64::from(draw(i, 101) < 0.5));
        let labels = TensorData::new(labels.collect::<Vec<_>>(), [BATCH]);
        let lengths = self.0.lengths.then_some(&LENGTHS);
        Texts { ids: cut(Tensor::from_data(ids, device), lengths), labels: Tensor::from_data(labels, device) }
    }

    fn forward(&self, model: &Self::Model, batch: &Texts) -> Tensor<2> {
        self.0.forward(model, batch)
    }

    fn loss(&self, output: Tensor<2>, batch: &Texts) -> Tensor<1> {
        self.0.loss(output, batch)
    }
}

fn assert_losses_of_pytorch<C: RecurrentConfig>(name: &str, ours: Ours<C>, tolerance: f64) {
    let json = include_str!("../../../../peers/losses.json");
    let losses: serde_json::Value = serde_json::from_str(json).unwrap();
    let losses: Vec<f64> = losses[name].as_array().unwrap().iter().map(|loss| loss.as_f64().unwrap()).collect();
    assert_eq!(losses.len(), 20);
    assert!(losses[19] < 0.5 * losses[0], "nothing is learnt: {losses:?}");

    let subject = Formulas(ours);
    let mut training = Training::new(&subject).unwrap();
    for (step, expected) in losses.into_iter().enumerate() {
        let loss: f64 = training.step().unwrap().into_scalar();
        assert!((loss - expected).abs() <= tolerance, "{name}, step {step}: {loss} instead of {expected}");
    }
}

#[test]
fn an_lstm_learns_in_the_steps_of_pytorch() {
    assert_losses_of_pytorch("lstm", Ours::new(our_lstm()), 1e-3);
}

#[test]
fn a_gru_learns_in_the_steps_of_pytorch() {
    assert_losses_of_pytorch("gru", Ours::new(our_gru()), 1e-3);
}

#[test]
fn masked_texts_teach_what_packed_ones_teach_in_pytorch() {
    assert_losses_of_pytorch("lstm-lengths", Ours { lengths: true, ..Ours::new(our_lstm()) }, 1e-3);
    assert_losses_of_pytorch("gru-lengths", Ours { lengths: true, ..Ours::new(our_gru()) }, 1e-3);
}

/// PyTorch's sparse Adam adds its ε before it corrects the second moment, its dense Adam and ours after that; the gradients of the first
/// words are as small as ε.
#[test]
fn lazy_steps_are_those_of_the_sparse_adam_of_pytorch() {
    assert_losses_of_pytorch("lstm-lazy", Ours { lazy: true, ..Ours::new(our_lstm()) }, 5e-3);
    assert_losses_of_pytorch("gru-lazy", Ours { lazy: true, ..Ours::new(our_gru()) }, 5e-3);
}

#[test]
fn the_lengths_are_a_third_of_the_longest_on_average() {
    let mean = LENGTHS.iter().sum::<usize>() as f64 / BATCH as f64;
    assert_eq!(LENGTHS.iter().max(), Some(&STEPS));
    assert!((mean / STEPS as f64 - 1.0 / 3.0).abs() < 0.01, "{mean}");
}
