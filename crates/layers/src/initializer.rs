//! First values of weights, with the names of Keras and the defaults of both Keras and PyTorch.
//!
//! ```text
//! variance scaling: Var(w) = scale / n                n = fan in, fan out, or their mean
//! glorot: 1, mean of both fans (Glorot & Bengio, 2010)     he: 2, fan in (He et al., 2015)     lecun: 1, fan in
//! uniform: w ~ U(−√(3·Var), √(3·Var))       normal: w ~ N(0, Var) cut off at two deviations, as Keras does
//! ```

use burn::module::Param;
use burn::tensor::{Device, Distribution, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::Rule;
use crate::named::named_serde;

/// How a weight starts. In TOML and JSON: a name, `"he_normal"`, or a table, `{ name = "constant", value = 0.1 }`.
///
/// A weight is drawn from the device's generator when the layer is made: seed the device first and the same network
/// starts the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "name", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Initializer {
    /// All 0.
    Zeros,
    /// All 1.
    Ones,
    /// All the same.
    Constant {
        /// The value.
        value: f64,
    },
    /// N(mean, std²).
    RandomNormal {
        /// Default 0.
        #[serde(default)]
        mean: f64,
        /// Standard deviation. Default 0.05.
        #[serde(default = "keras_spread")]
        std: f64,
    },
    /// U(min, max).
    RandomUniform {
        /// Default −0.05.
        #[serde(default = "keras_min")]
        min: f64,
        /// Default 0.05.
        #[serde(default = "keras_spread")]
        max: f64,
    },
    /// N(mean, std²) without what lies more than two deviations off.
    TruncatedNormal {
        /// Default 0.
        #[serde(default)]
        mean: f64,
        /// Standard deviation before the cut. Default 0.05.
        #[serde(default = "keras_spread")]
        std: f64,
    },
    /// Uniform, variance 2 / (fan in + fan out): the default of Keras's dense and convolution layers.
    #[default]
    #[serde(alias = "xavier_uniform")]
    GlorotUniform,
    /// Truncated normal, variance 2 / (fan in + fan out).
    GlorotNormal,
    /// Uniform, variance 2 / fan in.
    HeUniform,
    /// Truncated normal, variance 2 / fan in.
    HeNormal,
    /// Uniform, variance 1 / fan in.
    LecunUniform,
    /// Truncated normal, variance 1 / fan in.
    LecunNormal,
    /// PyTorch's `kaiming_uniform_`: uniform in ±√(6 / ((1 + a²)·fan in)).
    KaimingUniform {
        /// Slope of the leaky relu that follows. Default √5, which PyTorch's layers use: ±1/√(fan in).
        #[serde(default = "pytorch_slope")]
        a: f64,
    },
    /// PyTorch's `kaiming_normal_`: normal (not cut off), variance 2 / ((1 + a²)·fan in).
    KaimingNormal {
        /// Slope of the leaky relu that follows. Default 0.
        #[serde(default)]
        a: f64,
    },
    /// Uniform in ±1/√(fan in): what PyTorch's layers give their bias.
    FanInUniform,
    /// Any variance scaling.
    VarianceScaling {
        /// Numerator of the variance. Default 1.
        #[serde(default = "one")]
        scale: f64,
        /// Denominator of the variance. Default fan in.
        #[serde(default)]
        mode: FanMode,
        /// Distribution. Default truncated normal.
        #[serde(default)]
        distribution: Spread,
    },
    /// Orthogonal rows or columns, whichever are fewer (Saxe et al., 2013, <https://arxiv.org/abs/1312.6120>); a kernel
    /// counts as the matrix `[outputs, the rest]`.
    Orthogonal {
        /// Factor. Default 1.
        #[serde(default = "one")]
        gain: f64,
    },
}

named_serde!(Initializer);

/// Which fan divides the variance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FanMode {
    /// Inputs of one output.
    #[default]
    FanIn,
    /// Outputs of one input.
    FanOut,
    /// Mean of both.
    FanAvg,
}

/// Distribution of variance scaling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spread {
    /// Normal, cut off at two deviations, with the variance of what is left.
    #[default]
    TruncatedNormal,
    /// Normal.
    Normal,
    /// Uniform.
    Uniform,
}

/// How many numbers meet in one output (`input`) and how many outputs one number reaches (`output`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fan {
    /// Fan in.
    pub input: usize,
    /// Fan out.
    pub output: usize,
}

fn keras_spread() -> f64 {
    0.05
}

fn keras_min() -> f64 {
    -0.05
}

fn pytorch_slope() -> f64 {
    5f64.sqrt()
}

fn one() -> f64 {
    1.0
}

/// Standard deviation of a unit normal that is cut off at two deviations.
const TRUNCATED_STD: f64 = 0.879_625_661_034_239_8;

impl Initializer {
    /// PyTorch's default for the weights of linear and convolution layers.
    pub fn pytorch_weight() -> Self {
        Self::KaimingUniform { a: pytorch_slope() }
    }

    /// A parameter of this shape.
    ///
    /// # Panics
    /// When the settings are impossible, such as a deviation below 0; [`SequentialConfig`](crate::SequentialConfig)
    /// refuses them before.
    pub fn init<const D: usize>(&self, shape: [usize; D], fan: Fan, device: &Device) -> Param<Tensor<D>> {
        Param::from_tensor(self.draw(shape, fan, device))
    }

    pub(crate) fn draw<const D: usize>(&self, shape: [usize; D], fan: Fan, device: &Device) -> Tensor<D> {
        match *self {
            Self::Zeros => Tensor::zeros(shape, device),
            Self::Ones => Tensor::ones(shape, device),
            Self::Constant { value } => Tensor::full(shape, value, device),
            Self::RandomNormal { mean, std } => Tensor::random(shape, Distribution::Normal(mean, std), device),
            Self::RandomUniform { min, max } => Tensor::random(shape, Distribution::Uniform(min, max), device),
            Self::TruncatedNormal { mean, std } => truncated_normal(shape, mean, std, device),
            Self::Orthogonal { gain } => orthogonal(shape, gain, device),
            _ => {
                let (scale, mode, distribution) = self.scaling();
                let variance = scale / mode.of(fan);
                distribution.draw(shape, variance, device)
            }
        }
    }

    /// Scale, fan and distribution of the initialisers that scale the variance.
    fn scaling(&self) -> (f64, FanMode, Spread) {
        use FanMode::{FanAvg, FanIn};
        match *self {
            Self::GlorotUniform => (1.0, FanAvg, Spread::Uniform),
            Self::GlorotNormal => (1.0, FanAvg, Spread::TruncatedNormal),
            Self::HeUniform => (2.0, FanIn, Spread::Uniform),
            Self::HeNormal => (2.0, FanIn, Spread::TruncatedNormal),
            Self::LecunUniform => (1.0, FanIn, Spread::Uniform),
            Self::LecunNormal => (1.0, FanIn, Spread::TruncatedNormal),
            Self::KaimingUniform { a } => (2.0 / (1.0 + a * a), FanIn, Spread::Uniform),
            Self::KaimingNormal { a } => (2.0 / (1.0 + a * a), FanIn, Spread::Normal),
            Self::FanInUniform => (1.0 / 3.0, FanIn, Spread::Uniform),
            Self::VarianceScaling { scale, mode, distribution } => (scale, mode, distribution),
            _ => (0.0, FanIn, Spread::Uniform),
        }
    }

    /// Refuses numbers that no distribution has.
    ///
    /// # Errors
    /// With the setting, its value and its range.
    pub fn check(&self) -> Result<(), Rule> {
        let finite = |what, value: f64| match value.is_finite() {
            true => Ok(()),
            false => Err(Rule::OutOfRange { what, value, range: "a finite number" }),
        };
        let at_least_zero = |what, value: f64| match value.is_finite() && value >= 0.0 {
            true => Ok(()),
            false => Err(Rule::OutOfRange { what, value, range: "a finite number, 0 or more" }),
        };
        match *self {
            Self::Constant { value } => finite("value", value),
            Self::RandomNormal { mean, std } | Self::TruncatedNormal { mean, std } => {
                finite("mean", mean).and(at_least_zero("std", std))
            }
            Self::RandomUniform { min, max } => {
                finite("min", min).and(finite("max", max)).and(at_least_zero("max − min", max - min))
            }
            Self::KaimingUniform { a } | Self::KaimingNormal { a } => finite("a", a),
            Self::VarianceScaling { scale, .. } => at_least_zero("scale", scale),
            Self::Orthogonal { gain } => finite("gain", gain),
            _ => Ok(()),
        }
    }
}

impl FanMode {
    fn of(self, Fan { input, output }: Fan) -> f64 {
        match self {
            Self::FanIn => input as f64,
            Self::FanOut => output as f64,
            Self::FanAvg => (input as f64 + output as f64) / 2.0,
        }
    }
}

impl Spread {
    fn draw<const D: usize>(self, shape: [usize; D], variance: f64, device: &Device) -> Tensor<D> {
        let std = variance.sqrt();
        match self {
            Self::TruncatedNormal => truncated_normal(shape, 0.0, std / TRUNCATED_STD, device),
            Self::Normal => Tensor::random(shape, Distribution::Normal(0.0, std), device),
            Self::Uniform => {
                let limit = std * 3f64.sqrt();
                Tensor::random(shape, Distribution::Uniform(-limit, limit), device)
            }
        }
    }
}

/// `n` unit normals from the device's generator.
fn normals(n: usize, device: &Device) -> Vec<f32> {
    let drawn = Tensor::<1>::random([n], Distribution::Normal(0.0, 1.0), device);
    drawn.into_data().iter::<f32>().collect()
}

/// Draws again what lies more than two deviations off.
fn truncated_normal<const D: usize>(shape: [usize; D], mean: f64, std: f64, device: &Device) -> Tensor<D> {
    let count: usize = shape.iter().product();
    let mut kept = Vec::with_capacity(count);
    while kept.len() < count {
        let drawn = normals(count - kept.len(), device);
        kept.extend(drawn.into_iter().filter(|z| z.abs() <= 2.0));
    }
    Tensor::from_data(TensorData::new(kept, shape), device) * std + mean
}

/// Gram and Schmidt's orthogonal basis of normal vectors, each projected twice against rounding.
fn orthogonal<const D: usize>(shape: [usize; D], gain: f64, device: &Device) -> Tensor<D> {
    let rows = shape[0];
    let columns = shape[1..].iter().product::<usize>();
    let (vectors, length) = (rows.min(columns), rows.max(columns));
    let drawn = normals(vectors * length, device);
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(vectors);
    for vector in drawn.chunks_exact(length) {
        let mut vector: Vec<f64> = vector.iter().map(|&v| f64::from(v)).collect();
        for _ in 0..2 {
            for earlier in &basis {
                let along = dot(earlier, &vector);
                vector.iter_mut().zip(earlier).for_each(|(v, e)| *v -= along * e);
            }
        }
        let norm = dot(&vector, &vector).sqrt();
        vector.iter_mut().for_each(|v| *v /= norm);
        basis.push(vector);
    }
    let flat = TensorData::new(basis.concat(), [vectors, length]).convert::<f32>();
    let matrix = Tensor::<2>::from_data(flat, device) * gain;
    match rows <= columns {
        true => matrix.reshape(shape),
        false => matrix.transpose().reshape(shape),
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests;
