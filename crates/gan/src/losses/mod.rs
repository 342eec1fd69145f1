//! What the players play for, as functions of the discriminator's logits.
//!
//! ```text
//! r_i = D(x_i) of real pictures      f_j = D(G(z_j)) of fakes      ζ(x) = log(1 + eˣ)      m(·) the mean over the batch
//!
//!                  discriminator                               generator
//! non-saturating   m(ζ(r) − t·r) + m(ζ(f) − s·f)               m(ζ(−f))                       Goodfellow et al., 2014
//! minimax          the same                                    −m(ζ(f))                       Goodfellow et al., 2014
//! least squares    m((r − t)²)/2 + m((f − s)²)/2               m((f − 1)²)/2                  Mao et al., 2017
//! wasserstein      m(f) − m(r)                                 −m(f)                          Arjovsky et al., 2017
//! hinge            m(max(0, 1 − r)) + m(max(0, 1 + f))         −m(f)                          Lim & Ye, 2017
//! relativistic     m(ζ(−(r − m(f)))) + m(ζ(f − m(r)))          r and f exchanged              Jolicoeur-Martineau, 2018
//! ```
//!
//! t and s are the targets of real pictures and fakes: 1 and 0, unless labels are smoothed or noisy ([`Targets`]).
//! Wasserstein needs a bound on the discriminator's slope: clipped weights or a gradient penalty.

mod targets;

use std::str::FromStr;

use burn::tensor::Tensor;
use burn::tensor::activation::{relu, softplus};
use serde::{Deserialize, Serialize};

use crate::GanError;
pub use targets::Targets;

/// What the players play for. By default [`NonSaturating`](Self::NonSaturating).
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_gan::{Loss, Targets};
///
/// let device = Device::flex();
/// let undecided = || Tensor::<1>::zeros([4], &device);
/// let loss = Loss::NonSaturating.discriminator(undecided(), undecided(), &Targets::default());
/// assert!((loss.into_scalar::<f32>() - 2.0 * 2f32.ln()).abs() < 1e-6);
/// assert_eq!("hinge".parse::<Loss>()?, Loss::Hinge);
/// # Ok::<(), firebrick_gan::GanError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// The generator raises log D(G(z)): what Goodfellow et al. (2014, <https://arxiv.org/abs/1406.2661>) train with.
    #[default]
    NonSaturating,
    /// The generator lowers log(1 − D(G(z))): the game as it is analysed, whose gradient vanishes where fakes are bad.
    Minimax,
    /// Least squares (Mao et al., 2017, <https://arxiv.org/abs/1611.04076>).
    LeastSquares,
    /// The earth mover's distance (Arjovsky et al., 2017, <https://arxiv.org/abs/1701.07875>).
    Wasserstein,
    /// Margins (Lim & Ye, 2017, <https://arxiv.org/abs/1705.02894>).
    Hinge,
    /// Each picture against the average of the others (Jolicoeur-Martineau, 2018, <https://arxiv.org/abs/1807.00734>).
    Relativistic,
}

impl Loss {
    /// All losses with their names on the command line.
    pub const ALL: [(&'static str, Self); 6] = [
        ("non-saturating", Self::NonSaturating),
        ("minimax", Self::Minimax),
        ("least-squares", Self::LeastSquares),
        ("wasserstein", Self::Wasserstein),
        ("hinge", Self::Hinge),
        ("relativistic", Self::Relativistic),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, loss)| *loss == self).map_or("", |(name, _)| name)
    }

    /// Whether it holds logits against targets, which can be smoothed.
    pub fn has_targets(self) -> bool {
        matches!(self, Self::NonSaturating | Self::Minimax | Self::LeastSquares)
    }

    /// The discriminator's loss, `[1]`, from the logits of real pictures and of fakes, `[B]` each.
    pub fn discriminator(self, real: Tensor<1>, fake: Tensor<1>, targets: &Targets) -> Tensor<1> {
        match self {
            Self::NonSaturating | Self::Minimax => {
                let (on_real, on_fake) = targets.of(&real, &fake);
                cross_entropy(real, on_real) + cross_entropy(fake, on_fake)
            }
            Self::LeastSquares => {
                let (on_real, on_fake) = targets.of(&real, &fake);
                ((real - on_real).square().mean() + (fake - on_fake).square().mean()) / 2.0
            }
            Self::Wasserstein => fake.mean() - real.mean(),
            Self::Hinge => relu(-real + 1.0).mean() + relu(fake + 1.0).mean(),
            Self::Relativistic => relativistic(real, fake),
        }
    }

    /// The generator's loss, `[1]`, from the logits of fakes, `[B]`, and of real pictures, which the relativistic loss needs.
    pub fn generator(self, real: impl FnOnce() -> Tensor<1>, fake: Tensor<1>) -> Tensor<1> {
        match self {
            Self::NonSaturating => softplus(-fake, 1.0).mean(),
            Self::Minimax => -softplus(fake, 1.0).mean(),
            Self::LeastSquares => (fake - 1.0).square().mean() / 2.0,
            Self::Wasserstein | Self::Hinge => -fake.mean(),
            Self::Relativistic => relativistic(fake, real()),
        }
    }

    /// The logit above which the discriminator says "real".
    pub fn threshold(self) -> f64 {
        if self == Self::LeastSquares { 0.5 } else { 0.0 }
    }
}

impl FromStr for Loss {
    type Err = GanError;

    fn from_str(name: &str) -> Result<Self, GanError> {
        let known = || Self::ALL.map(|(name, _)| name).join(", ");
        let found = Self::ALL.into_iter().find(|(known, _)| *known == name);
        found.map(|(_, loss)| loss).ok_or_else(|| GanError::UnknownLoss { name: name.into(), known: known() })
    }
}

/// −m(t·log σ(z) + (1 − t)·log(1 − σ(z))).
fn cross_entropy(logits: Tensor<1>, target: Tensor<1>) -> Tensor<1> {
    (softplus(logits.clone(), 1.0) - logits * target).mean()
}

fn relativistic(high: Tensor<1>, low: Tensor<1>) -> Tensor<1> {
    let (above, below) = (high.clone() - low.clone().mean(), low - high.mean());
    softplus(-above, 1.0).mean() + softplus(below, 1.0).mean()
}

#[cfg(test)]
mod tests;
