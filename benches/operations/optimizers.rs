//! Steps of optimisers on the parameters of a small convnet, and on the table of an embedding; the embedding's gradient.

use std::hint::black_box;
use std::time::Duration;

use burn::module::{Module, Param};
use burn::optim::{self as burns, GradientsParams, ModuleOptimizer};
use burn::prelude::*;
use burn::tensor::Distribution;
use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput};
use firebrick_layers::optim::{AdamConfig, AdamWConfig, SgdConfig};

/// One matrix of 2.56 M weights, as PyTorch's optimisers were measured on.
const DENSE: [usize; 2] = [1600, 1600];
/// A vocabulary of 20,000 words.
const TABLE: [usize; 2] = [20_000, 128];
/// A batch of 32 texts of 80 words.
const WORDS: [usize; 2] = [32, 80];

#[derive(Module, Debug)]
struct Weights {
    matrix: Param<Tensor<2>>,
}

impl Weights {
    fn new(shape: [usize; 2]) -> Self {
        let device = Device::flex().autodiff();
        Self { matrix: Param::from_tensor(Tensor::random(shape, Distribution::Normal(0.0, 1.0), &device)) }
    }

    fn gradients(&self, gradient: Tensor<2>) -> GradientsParams {
        let mut gradients = GradientsParams::new();
        gradients.register::<2>(self.matrix.id, gradient);
        gradients
    }
}

/// One step of each optimiser, ours beside Burn's; the model is held elsewhere meanwhile, as in Burn's trainer.
pub(crate) fn steps(criterion: &mut Criterion) {
    let momentum = || Some(burns::momentum::MomentumConfig::new());
    let engines = [
        ("adam", AdamConfig::new().init(), burns::AdamConfig::new().init()),
        ("adamw", AdamWConfig::new().init(), burns::AdamWConfig::new().init()),
        ("sgd_momentum", SgdConfig::new().with_momentum(momentum()).init(), {
            burns::SgdConfig::new().with_momentum(momentum()).init()
        }),
    ];
    for (name, ours, theirs) in engines {
        let mut group = group(criterion, &format!("optimizer/{name}_2.56M"), DENSE[0] * DENSE[1]);
        let gradient = Tensor::random(DENSE, Distribution::Normal(0.0, 1.0), &Device::flex());
        for (engine, optimizer) in [("firebrick", ours), ("burn", theirs)] {
            step(&mut group, engine, optimizer, &gradient);
        }
        group.finish();
    }
}

/// Adam on a table whose gradient reaches the rows of one batch: dense, and lazy.
pub(crate) fn table(criterion: &mut Criterion) {
    let mut group = group(criterion, "optimizer/adam_table_20000x128", TABLE[0] * TABLE[1]);
    let device = Device::flex().autodiff();
    let weight = Tensor::<2>::zeros(TABLE, &device).require_grad();
    let gradients = firebrick_backend::embedding(weight.clone(), words(&device), None).sum().backward();
    let gradient = weight.grad(&gradients).unwrap_or_else(|| Tensor::zeros(TABLE, &device.inner()));
    for (name, lazy) in [("dense", false), ("lazy", true)] {
        step(&mut group, name, AdamConfig::new().with_lazy(lazy).init(), &gradient);
    }
    step(&mut group, "burn", burns::AdamConfig::new().init(), &gradient);
    group.finish();
}

fn step(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, mut optimizer: ModuleOptimizer, gradient: &Tensor<2>) {
    let mut weights = Weights::new(gradient.dims());
    weights = optimizer.step(1e-3, weights.clone(), weights.gradients(gradient.clone()));
    let mut held = weights.clone();
    group.bench_function(name, |bencher| {
        // The optimiser may use the gradient's memory: each step gets one of its own.
        let fresh = || gradient.clone() * 1.0;
        bencher.iter_batched(
            fresh,
            |gradient| {
                let gradients = held.gradients(gradient);
                let next = optimizer.step(1e-3, held.clone(), gradients);
                held = next;
            },
            BatchSize::PerIteration,
        );
    });
    black_box(&held);
}

fn words(device: &Device) -> Tensor<2, Int> {
    let rows = Distribution::Uniform(0.0, TABLE[0] as f64 - 1.0);
    Tensor::<2>::random(WORDS, rows, device).int()
}

type Lookup = fn(Tensor<2>, Tensor<2, Int>) -> Tensor<3>;

/// Looking a batch of words up, and that with the gradient of the table.
pub(crate) fn embedding(criterion: &mut Criterion) {
    let engines: [(&str, Lookup); 2] = [
        ("firebrick", |weight, ids| firebrick_backend::embedding(weight, ids, None)),
        ("burn", burn::tensor::module::embedding),
    ];
    let device = Device::flex().autodiff();
    let (weight, ids) = (Weights::new(TABLE).matrix.val(), words(&device));
    for (name, backward) in [("embedding", false), ("embedding_backward", true)] {
        let mut group = group(criterion, &format!("{name}/20000x128_32x80"), WORDS[0] * WORDS[1]);
        for (engine, lookup) in engines {
            group.bench_function(engine, |bencher| {
                bencher.iter(|| {
                    let y = lookup(weight.clone(), ids.clone());
                    black_box(backward.then(|| y.sum().backward()));
                });
            });
        }
        group.finish();
    }
}

fn group<'a>(criterion: &'a mut Criterion, name: &str, elements: usize) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(elements as u64));
    group.sample_size(30).measurement_time(Duration::from_secs(3));
    group
}
