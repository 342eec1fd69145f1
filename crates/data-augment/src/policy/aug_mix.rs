//! AugMix (Hendrycks et al., 2020, <https://arxiv.org/abs/1912.02781>).
//!
//! ```text
//! out = m·in + (1 - m)·Σ_i w_i·chain_i(in)        m ~ Beta(α, α), w ~ Dirichlet(α, ..., α)
//! ```

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::action::{ALL_BUT_INVERT, Strengths, Translate};
use super::{Branch, PolicyRule};
use crate::check;
use crate::distributions::{beta, dirichlet};
use crate::error::AugmentError;
use crate::geometry::Interpolation;
use crate::operation::Drawn;
use crate::pipeline::Run;

/// Strengths, of which the `severity` weakest are drawn.
const BINS: u64 = 10;
/// Most chains.
const MOST_CHAINS: usize = 10;

const STRENGTHS: Strengths =
    Strengths { shear: 0.3, translate: Translate::Share(1.0 / 3.0), rotate: 30.0, factor: 0.9, bits: [4.0, 0.0] };

/// Mixes the picture with several chains of weak transforms of it.
///
/// ```
/// use firebrick_data_augment::policy::AugMix;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([AugMix::default().into()])?;
/// let bytes: Vec<u8> = (0..3072u32).map(|i| (i % 256) as u8).collect();
/// let picture = Sample::new(Picture::from_bytes(bytes, [32, 32, 3])?);
/// let (mut once, mut again) = (picture.clone(), picture);
/// let mut space = Workspace::new();
/// let record = pipeline.apply_recorded(&mut once, Key { seed: 1, epoch: 1, index: 3 }, &mut space)?;
/// record.replay(&mut again, &mut space)?;
/// assert_eq!(once, again);
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AugMix {
    /// How strong transforms are at most, 1 to 10. Default 3.
    pub severity: u64,
    /// How many chains, 1 to 10. Default 3.
    pub mixture_width: usize,
    /// How many transforms a chain has; 0: 1 to 3, drawn for each. Default 0.
    pub chain_depth: usize,
    /// Parameter of both distributions. Default 1.
    pub alpha: f64,
    /// Whether brightness, contrast, colour and sharpness are among the transforms; the paper leaves them out, as its test has
    /// them. Default true.
    pub all_ops: bool,
    /// How values between pixels are made. Default bilinear.
    pub interpolation: Interpolation,
}

impl Default for AugMix {
    fn default() -> Self {
        Self {
            severity: 3,
            mixture_width: 3,
            chain_depth: 0,
            alpha: 1.0,
            all_ops: true,
            interpolation: Interpolation::Bilinear,
        }
    }
}

impl PolicyRule for AugMix {
    const NAME: &'static str = "aug_mix";

    fn check(&self) -> Result<(), AugmentError> {
        check::number(Self::NAME, "severity", self.severity as f64, [1.0, BINS as f64])?;
        check::number(Self::NAME, "mixture_width", self.mixture_width as f64, [1.0, MOST_CHAINS as f64])?;
        check::number(Self::NAME, "chain_depth", self.chain_depth as f64, [0.0, 100.0])?;
        check::number(Self::NAME, "alpha", self.alpha, [1e-6, 1e6])
    }

    fn run(&self, run: &mut Run<'_>, draws: &mut Draws) -> Result<(), AugmentError> {
        let original = beta(draws, self.alpha);
        // Of more shares than there are chains, the first ones are spread alike among themselves.
        let shares = dirichlet::<MOST_CHAINS>(draws, self.alpha);
        let mut before = 0.0;
        run.drawn(Drawn::Branch(Branch::Begin {}))?;
        for (chain, share) in shares[..self.mixture_width].iter().enumerate() {
            self.chain(run, draws)?;
            let keep = if before + share > 0.0 { before / (before + share) } else { 0.5 };
            before += share;
            let last = chain + 1 == self.mixture_width;
            run.drawn(Drawn::Branch(if last { Branch::End { keep, original } } else { Branch::Next { keep } }))?;
        }
        Ok(())
    }
}

impl AugMix {
    fn chain(&self, run: &mut Run<'_>, draws: &mut Draws) -> Result<(), AugmentError> {
        // Identity comes first in the list, factors last.
        let actions = &ALL_BUT_INVERT[1..if self.all_ops { 14 } else { 10 }];
        let depth = if self.chain_depth == 0 { 1 + draws.below(3) as usize } else { self.chain_depth };
        for _ in 0..depth {
            let action = actions[draws.below(actions.len() as u64) as usize];
            let step = draws.below(self.severity);
            let strength = action.strength(&STRENGTHS, [step, BINS], run.sample.shape());
            action.run(strength, self.interpolation, run, draws)?;
        }
        Ok(())
    }
}
