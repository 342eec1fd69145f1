//! The losses of training beside PyTorch's, from the same weights and texts.

use burn::module::Module;
use burn::tensor::TensorData;

use super::*;
use crate::parity::{Assign, Losses, STEPS as TRAINING_STEPS, draw};
use crate::training::{Subject, Training};

/// The subject with the weights and texts of the formulas.
struct Formulas<C>(Ours<C>);

impl<C: RecurrentConfig> Subject for Formulas<C> {
    type Model = <Ours<C> as Subject>::Model;
    type Batch = Texts;

    fn samples(&self) -> usize {
        self.0.samples()
    }

    fn model(&self, device: &Device) -> Result<Self::Model> {
        let scale = |k, _: &[usize]| Some(if k == 0 { 1.0 } else { 1.0 / (HIDDEN as f64).sqrt() });
        let mut assign = Assign { k: 0, scale };
        let model = self.0.model(device)?.map(&mut assign);
        assert_eq!(assign.k, 7, "table, weights and biases of input and state, weights and bias of the head");
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

fn assert_losses_of_pytorch<C: RecurrentConfig>(name: &'static str, ours: Ours<C>, tolerance: f64) {
    let losses = Losses::of(name).that_fall_to(0.5);
    let subject = Formulas(ours);
    let mut training = Training::new(&subject).unwrap();
    for step in 0..TRAINING_STEPS {
        losses.assert_within(step, training.step().unwrap(), tolerance);
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
