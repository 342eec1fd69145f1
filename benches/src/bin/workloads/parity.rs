//! What training is fed when its losses are held against PyTorch's: formulas, the same as in `benches/peers/losses.py`.

use anyhow::Result;
use burn::module::{Module, ModuleMapper, Param};
use burn::optim::ModuleOptimizer;
use burn::prelude::*;
use burn::tensor::TensorData;

use crate::training::{Subject, Training};

/// Steps of training in `losses.json`.
pub(crate) const STEPS: usize = 20;

/// How far a loss may lie from PyTorch's.
const TOLERANCE: f64 = 1e-3;

/// h(i, k)
pub(crate) fn draw(i: usize, k: usize) -> f64 {
    let i = i as u64 + 1_000_003 * k as u64;
    (2_654_435_761_u64.wrapping_mul(i).wrapping_mul(i) % (1 << 32)) as f64 / (1_u64 << 32) as f64
}

/// Gives the parameters of more than one axis their formulas, counted from `first`; biases stay zeros, scales ones.
pub(crate) fn assign<M: Module>(model: M, first: usize) -> M {
    let scale = |_: usize, shape: &[usize]| (shape.len() > 1).then(|| 1.0 / (inputs(shape) as f64).sqrt());
    model.map(&mut Assign { k: first, scale })
}

/// What one number of the output sees: the rows of a matrix, the weights of a filter.
fn inputs(shape: &[usize]) -> usize {
    match shape {
        [rows, _] => *rows,
        _ => shape[1..].iter().product(),
    }
}

/// Gives the k-th parameter that has a scale the numbers (2 h(i, k) − 1) · scale.
pub(crate) struct Assign<F> {
    pub(crate) k: usize,
    /// By number and shape; none leaves the parameter as it is, uncounted.
    pub(crate) scale: F,
}

impl<F: Fn(usize, &[usize]) -> Option<f64>> ModuleMapper for Assign<F> {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let k = self.k;
        let Some(scale) = (self.scale)(k, &parameter.dims()) else {
            return parameter;
        };
        self.k += 1;
        parameter.map(|old| {
            let values = (0..old.shape().num_elements()).map(|i| ((2.0 * draw(i, k) - 1.0) * scale) as f32);
            let data = TensorData::new(values.collect::<Vec<_>>(), old.shape());
            Tensor::from_data(data, &old.device()).require_grad()
        })
    }
}

/// Pictures `[B, 1, 28, 28]` of waves, ½ + ½ sin(a·row + b·column), whose a and b are draws.
pub(crate) fn pictures(samples: usize, device: &Device) -> Tensor<4> {
    let pixels = (0..samples * 28 * 28).map(|i| {
        let (sample, row, column) = (i / 784, (i / 28 % 28) as f64, (i % 28) as f64);
        let wave = (draw(sample, 102) * row + draw(sample, 103) * column).sin();
        (0.5 + 0.5 * wave) as f32
    });
    Tensor::from_data(TensorData::new(pixels.collect::<Vec<_>>(), [samples, 1, 28, 28]), device)
}

/// Labels `[B]`: the draws in `classes` equal parts.
pub(crate) fn labels(samples: usize, classes: usize, device: &Device) -> Tensor<1, Int> {
    let labels = (0..samples).map(|i| (draw(i, 101) * classes as f64) as i64);
    Tensor::from_data(TensorData::new(labels.collect::<Vec<_>>(), [samples]), device)
}

/// Noise of one step, from −1 to 1.
pub(crate) fn noise(step: usize, shape: [usize; 2], device: &Device) -> Tensor<2> {
    let values = (0..shape.iter().product()).map(|i| (2.0 * draw(i, 200 + step) - 1.0) as f32);
    Tensor::from_data(TensorData::new(values.collect::<Vec<_>>(), shape), device)
}

/// PyTorch's losses of one workload.
pub(crate) struct Losses {
    name: &'static str,
    expected: Vec<f64>,
}

impl Losses {
    /// Those of `losses.json` with this name.
    pub(crate) fn of(name: &'static str) -> Self {
        let json = include_str!("../../../peers/losses.json");
        let losses: serde_json::Value = serde_json::from_str(json).unwrap();
        let expected: Vec<f64> = losses[name].as_array().unwrap().iter().map(|loss| loss.as_f64().unwrap()).collect();
        assert_eq!(expected.len(), STEPS);
        Self { name, expected }
    }

    /// The same, when the last is at most this share of the first: losses that stay where they are prove little.
    pub(crate) fn that_fall_to(self, share: f64) -> Self {
        assert!(self.expected[STEPS - 1] < share * self.expected[0], "nothing is learnt: {:?}", self.expected);
        self
    }

    /// Whether the loss before a step is PyTorch's.
    pub(crate) fn assert(&self, step: usize, found: Tensor<1>) {
        self.assert_within(step, found, TOLERANCE);
    }

    /// The same with another tolerance.
    pub(crate) fn assert_within(&self, step: usize, found: Tensor<1>, tolerance: f64) {
        let (found, expected): (f64, f64) = (found.into_scalar(), self.expected[step]);
        assert!((found - expected).abs() <= tolerance, "{}, step {step}: {found} instead of {expected}", self.name);
    }
}

/// A subject with the weights of [`assign`] and a batch of formulas.
pub(crate) struct Formulas<S, B> {
    pub(crate) subject: S,
    pub(crate) batch: fn(&Device) -> B,
}

impl<const D: usize, S: Subject<D>> Subject<D> for Formulas<S, S::Batch> {
    type Model = S::Model;
    type Batch = S::Batch;

    fn samples(&self) -> usize {
        self.subject.samples()
    }

    fn model(&self, device: &Device) -> Result<S::Model> {
        Ok(assign(self.subject.model(device)?, 0))
    }

    fn optimizer(&self) -> ModuleOptimizer {
        self.subject.optimizer()
    }

    fn batch(&self, device: &Device) -> S::Batch {
        (self.batch)(device)
    }

    fn forward(&self, model: &S::Model, batch: &S::Batch) -> Tensor<D> {
        self.subject.forward(model, batch)
    }

    fn loss(&self, output: Tensor<D>, batch: &S::Batch) -> Tensor<1> {
        self.subject.loss(output, batch)
    }
}

/// Trains, and holds every loss against PyTorch's, whose last is at most this share of the first; what is allowed is a hundredth of
/// how far they fall, and no more than everywhere else.
pub(crate) fn assert_losses<const D: usize, S: Subject<D>>(name: &'static str, subject: &S, share: f64) {
    let losses = Losses::of(name).that_fall_to(share);
    let tolerance = TOLERANCE.min(0.01 * (1.0 - share) * losses.expected[0]);
    let mut training = Training::<S, D>::new(subject).unwrap();
    for step in 0..STEPS {
        losses.assert_within(step, training.step().unwrap(), tolerance);
    }
}
