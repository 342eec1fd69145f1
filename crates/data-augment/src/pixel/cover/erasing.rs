//! One rectangle is covered (Zhong et al., 2020, <https://arxiv.org/abs/1708.04896>).
//!
//! As `RandomErasing` of torchvision: an area and a ratio of the sides are drawn up to ten times, until the rectangle fits.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::fill::{Cover, Part};
use crate::check;
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::pixel::noise::seed;
use crate::sample::Sample;
use crate::transform::{Apply, Transform, uniform};
use crate::workspace::Workspace;

/// Covers a rectangle, p 0.5.
///
/// ```
/// use firebrick_data_augment::pixel::Erasing;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Transform, Workspace};
///
/// let pipeline = Pipeline::new([Erasing::new([0.1, 0.1]).with_p(1.0)])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![9; 10_000], [100, 100, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// let covered = sample.picture.bytes().unwrap_or_default().iter().filter(|byte| **byte == 0).count();
/// assert!((900..1100).contains(&covered));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Erasing {
    /// From which the share of the picture's area is drawn. Default 0.02 to 0.33.
    pub scale: [f64; 2],
    /// From which height / width is drawn, its logarithm uniform. Default 0.3 to 3.3.
    pub ratio: [f64; 2],
    /// What it is covered with. Default black.
    pub fill: Cover,
}

impl Erasing {
    /// From the range of the share of the area.
    pub fn new(scale: [f64; 2]) -> Self {
        Self { scale, ratio: [0.3, 3.3], fill: Cover::default() }
    }

    /// Covered with something else.
    #[must_use]
    pub fn with_fill(mut self, fill: Cover) -> Self {
        self.fill = fill;
        self
    }
}

impl Default for Erasing {
    fn default() -> Self {
        Self::new([0.02, 0.33])
    }
}

/// How often a rectangle is drawn that does not fit.
const TRIES: usize = 10;

impl Transform for Erasing {
    type Drawn = ErasingPart;
    const NAME: &'static str = "erasing";
    const P: f64 = 0.5;

    fn check(&self) -> Result<(), AugmentError> {
        check::range(Self::NAME, "scale", self.scale, [0.0, 1.0])?;
        check::range(Self::NAME, "ratio", self.ratio, [0.01, 100.0])?;
        self.fill.check(Self::NAME)
    }

    fn draw(&self, shape: Shape, draws: &mut Draws) -> Result<ErasingPart, AugmentError> {
        let mut part = Part { top: 0, left: 0, height: 0, width: 0 };
        for _ in 0..TRIES {
            let area = shape.pixels() as f64 * uniform(draws, self.scale);
            let ratio = uniform(draws, self.ratio.map(f64::ln)).exp();
            let [height, width] = [(area * ratio).sqrt(), (area / ratio).sqrt()].map(|side| side.round() as usize);
            if height <= shape.height && width <= shape.width {
                let mut start = |side: usize, len: usize| draws.below((side - len) as u64 + 1) as usize;
                let (top, left) = (start(shape.height, height), start(shape.width, width));
                part = Part { top, left, height, width };
                break;
            }
        }
        Ok(ErasingPart { part, fill: self.fill, seed: seed(draws) })
    }
}

/// What [`Erasing`] draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErasingPart {
    /// What is covered; of no height when nothing fitted.
    pub part: Part,
    /// With what.
    pub fill: Cover,
    /// Of the noise.
    pub seed: u64,
}

impl Apply for ErasingPart {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        self.part.cover(&mut sample.picture, self.fill, self.seed);
        Ok(())
    }
}
