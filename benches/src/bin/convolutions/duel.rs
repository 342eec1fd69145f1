//! Ours against Burn's own on one configuration, in turns.

use std::fmt::{self, Display};
use std::hint::black_box;
use std::time::{Duration, Instant};

use burn::prelude::*;
use burn::tensor::ops::ConvOptions;

use crate::configuration::Configuration;

/// How long one turn is at least: a call that takes less is repeated.
const TURN: Duration = Duration::from_millis(4);

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    /// The forward pass, without autodiff.
    Forward,
    /// Forward, and the gradients of input, weights and bias.
    Training,
}

impl Display for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forward => "forward",
            Self::Training => "forward and backward",
        })
    }
}

/// The fastest call of each side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    ours: Duration,
    burns: Duration,
}

impl Ratio {
    /// How many times as fast ours is.
    pub(crate) fn speed(&self) -> f64 {
        self.burns.as_secs_f64() / self.ours.as_secs_f64()
    }

    /// Whether ours takes longer by more than this share.
    pub(crate) fn is_slower(&self, margin: f64) -> bool {
        self.ours.as_secs_f64() > self.burns.as_secs_f64() * (1.0 + margin)
    }
}

impl Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} times as fast, ours {:?}, Burn {:?}", self.speed(), self.ours, self.burns)
    }
}

type Convolution = fn(Tensor<4>, Tensor<4>, Option<Tensor<1>>, &Configuration) -> Tensor<4>;

fn ours(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>, configuration: &Configuration) -> Tensor<4> {
    firebrick_backend::conv2d(x, weight, bias, configuration.options.clone())
}

fn burns(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>, configuration: &Configuration) -> Tensor<4> {
    let options = &configuration.options;
    let padding = options.padding.map(|[before, after]| (before, after));
    let options = ConvOptions::new_with_padding(options.stride, padding, options.dilation, options.groups);
    burn::tensor::module::conv2d(x, weight, bias, options)
}

/// Both sides, `turns` times in turn after a call that warms up.
pub(crate) fn duel(configuration: &Configuration, pass: Pass, turns: usize) -> Ratio {
    let sides: [Box<dyn Fn()>; 2] = [ours as Convolution, burns].map(|engine| call(configuration, pass, engine));
    let calls = sides.each_ref().map(|side| {
        side();
        let once = timed(side, 1);
        (TURN.as_secs_f64() / once.as_secs_f64().max(1e-9)).ceil().clamp(1.0, 1e4) as u32
    });
    let mut best = [Duration::MAX; 2];
    for _ in 0..turns {
        for side in 0..2 {
            best[side] = best[side].min(timed(&sides[side], calls[side]));
        }
    }
    Ratio { ours: best[0], burns: best[1] }
}

/// One call.
fn timed(side: &dyn Fn(), calls: u32) -> Duration {
    let start = Instant::now();
    (0..calls).for_each(|_| side());
    start.elapsed() / calls
}

fn call(configuration: &Configuration, pass: Pass, engine: Convolution) -> Box<dyn Fn()> {
    let configuration = configuration.clone();
    let device = Device::flex();
    match pass {
        Pass::Forward => {
            let (x, weight, bias) = configuration.tensors(&device);
            Box::new(move || drop(black_box(engine(x.clone(), weight.clone(), bias.clone(), &configuration))))
        }
        Pass::Training => {
            let (x, weight, bias) = configuration.tensors(&device.autodiff());
            let (x, weight, bias) = (x.require_grad(), weight.require_grad(), bias.map(Tensor::require_grad));
            Box::new(move || {
                let y = engine(x.clone(), weight.clone(), bias.clone(), &configuration);
                drop(black_box(y.sum().backward()));
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_compute_the_same_and_are_timed() {
        let device = Device::flex();
        for seed in 0..20 {
            let configuration = Configuration::of(seed);
            let [a, b] = [ours as Convolution, burns].map(|engine| {
                device.seed(seed);
                let (x, weight, bias) = configuration.tensors(&device);
                engine(x, weight, bias, &configuration)
            });
            let largest: f32 = b.clone().abs().max().into_scalar();
            let difference: f32 = (a - b).abs().max().into_scalar();
            assert!(difference <= 1e-4 * largest.max(1.0), "{configuration}: {difference}");
        }
        let ratio = duel(&Configuration::of(1), Pass::Training, 1);
        assert!(ratio.speed() > 0.0 && ratio.ours < Duration::MAX);
    }

    #[test]
    fn slower_means_by_more_than_the_margin() {
        let ratio = |ours| Ratio { ours: Duration::from_micros(ours), burns: Duration::from_micros(100) };
        assert!(ratio(106).is_slower(0.05) && !ratio(104).is_slower(0.05));
        assert!((ratio(50).speed() - 2.0).abs() < 1e-9);
    }
}
