//! Recurrent layers over sequences: forward, and forward with the gradients of all inputs.

use std::hint::black_box;
use std::time::Duration;

use burn::nn::gru::GruConfig;
use burn::nn::{Initializer, LstmConfig};
use burn::prelude::*;
use burn::tensor::Distribution;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use firebrick_backend::{GruReset, LstmGates, RecurrentWeights, RnnActivation, Steps, gru, lstm, rnn};

const BATCH: usize = 32;
const FEATURES: usize = 128;
const HIDDEN: usize = 128;

/// A cell over sequences of some steps, `[32, T, 128]` in and out.
struct Case {
    cell: &'static str,
    gates: usize,
    steps: usize,
    counting: Counting,
}

/// Which steps count.
#[derive(Clone, Copy)]
enum Counting {
    All,
    /// The first quarter.
    Quarter,
    /// As many as a review has words.
    Reviews,
    /// Every other one: a mask with holes.
    Alternate,
}

/// Words of 32 reviews of up to 80, as in the workload `lstm-lengths`.
const REVIEWS: [usize; BATCH] = [
    12, 25, 80, 19, 36, 13, 26, 6, 20, 39, 14, 27, 8, 20, 42, 15, 29, 9, 21, 46, 16, 30, 11, 23, 52, 17, 32, 12, 24,
    60, 18, 34,
];

/// Those of the reference workloads, our other cells, masks, and longer and longer sequences: their cost per step must not
/// grow.
const CASES: [Case; 13] = [
    Case::new("lstm", 4, 80),
    Case::new("lstm_coupled", 3, 80),
    Case::new("gru", 3, 80),
    Case::new("gru_reset_before", 3, 80),
    Case::new("rnn", 1, 80),
    Case { counting: Counting::Quarter, ..Case::new("lstm", 4, 80) },
    Case { counting: Counting::Reviews, ..Case::new("lstm", 4, 80) },
    Case { counting: Counting::Alternate, ..Case::new("lstm", 4, 80) },
    Case { counting: Counting::Reviews, ..Case::new("gru", 3, 80) },
    Case::new("lstm", 4, 50),
    Case::new("lstm", 4, 200),
    Case::new("lstm", 4, 800),
    Case::new("lstm", 4, 3200),
];

impl Case {
    const fn new(cell: &'static str, gates: usize, steps: usize) -> Self {
        Self { cell, gates, steps, counting: Counting::All }
    }

    fn x(&self, device: &Device) -> Tensor<3> {
        Tensor::random([BATCH, self.steps, FEATURES], Distribution::Normal(0.0, 1.0), device)
    }

    /// Our layer with random weights that take part in gradients on an autodiff device.
    fn ours(&self, device: &Device) -> impl Fn(Tensor<3>) -> Tensor<3> {
        let bound = 1.0 / (HIDDEN as f64).sqrt();
        let uniform = Distribution::Uniform(-bound, bound);
        let random = |rows: usize| Tensor::random([rows, self.gates * HIDDEN], uniform, device);
        let weights = RecurrentWeights {
            input: random(FEATURES).require_grad(),
            recurrent: random(HIDDEN).require_grad(),
            bias: Some(Tensor::random([self.gates * HIDDEN], uniform, device).require_grad()),
            recurrent_bias: None,
        };
        let (cell, steps) = (self.cell, self.masked(device));
        move |x| {
            let (weights, steps) = (weights.clone(), steps.clone());
            match cell {
                "lstm" => lstm(x, weights, None, steps, LstmGates::Separate).sequence,
                "lstm_coupled" => lstm(x, weights, None, steps, LstmGates::Coupled).sequence,
                "gru" => gru(x, weights, None, steps, GruReset::After).sequence,
                "gru_reset_before" => gru(x, weights, None, steps, GruReset::Before).sequence,
                _ => rnn(x, weights, None, steps, RnnActivation::Tanh).sequence,
            }
        }
    }

    /// What the operation is told about the steps.
    fn masked(&self, device: &Device) -> Steps {
        let lengths = |lengths: &[usize]| Steps::with_lengths(lengths, self.steps, device);
        match self.counting {
            Counting::All => Steps::default(),
            Counting::Quarter => lengths(&[self.steps / 4; BATCH]),
            Counting::Reviews => lengths(&REVIEWS),
            Counting::Alternate => {
                let odd = Tensor::<1, Int>::arange(0..(BATCH * self.steps) as i64, device).remainder_scalar(2);
                Steps::masked(odd.reshape([BATCH, self.steps]).equal_scalar(1))
            }
        }
    }

    /// How many steps count, and what the name says of them.
    fn counted(&self) -> (usize, &'static str) {
        let all = BATCH * self.steps;
        match self.counting {
            Counting::All => (all, ""),
            Counting::Quarter => (all / 4, "_first_quarter"),
            Counting::Reviews => (REVIEWS.iter().sum(), "_reviews"),
            Counting::Alternate => (all / 2, "_alternate"),
        }
    }

    /// Burn's own layer, if it has one for this case; its backward grows with the square of the steps,
    /// so only for few.
    fn burns(&self, device: &Device) -> Option<Box<dyn Fn(Tensor<3>) -> Tensor<3>>> {
        let uniform = Initializer::KaimingUniform { gain: 1.0, fan_out_only: false };
        if self.steps > 200 || !matches!(self.counting, Counting::All) {
            return None;
        }
        match self.cell {
            "lstm" => {
                let layer = LstmConfig::new(FEATURES, HIDDEN, true).with_initializer(uniform).init(device);
                Some(Box::new(move |x| layer.forward(x, None).0))
            }
            "gru" => {
                let layer = GruConfig::new(FEATURES, HIDDEN, true).with_initializer(uniform).init(device);
                Some(Box::new(move |x| layer.forward(x, None)))
            }
            _ => None,
        }
    }
}

/// The forward pass alone, without autodiff.
pub(crate) fn forward(criterion: &mut Criterion) {
    let device = Device::flex();
    for case in &CASES {
        let mut group = group(criterion, "recurrent", case);
        let (x, ours, burns) = (case.x(&device), case.ours(&device), case.burns(&device));
        group.bench_function("firebrick", |bencher| bencher.iter(|| black_box(ours(x.clone()))));
        if let Some(burns) = burns {
            group.bench_function("burn", |bencher| bencher.iter(|| black_box(burns(x.clone()))));
        }
        group.finish();
    }
}

/// Forward, sum, and the gradients of input, weights and bias.
pub(crate) fn backward(criterion: &mut Criterion) {
    let device = Device::flex().autodiff();
    for case in &CASES {
        let mut group = group(criterion, "recurrent_backward", case);
        let x = case.x(&device).require_grad();
        let (ours, burns) = (case.ours(&device), case.burns(&device));
        let step = |layer: &dyn Fn(Tensor<3>) -> Tensor<3>| black_box(layer(x.clone()).sum().backward());
        group.bench_function("firebrick", |bencher| bencher.iter(|| step(&ours)));
        if let Some(burns) = burns {
            group.bench_function("burn", |bencher| bencher.iter(|| step(&burns)));
        }
        group.finish();
    }
}

fn group<'a>(criterion: &'a mut Criterion, operation: &str, case: &Case) -> BenchmarkGroup<'a, WallTime> {
    let (steps, name) = case.counted();
    let mut group = criterion.benchmark_group(format!("{operation}/{}_{}{name}", case.cell, case.steps));
    group.throughput(Throughput::Elements(steps as u64));
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    group
}
