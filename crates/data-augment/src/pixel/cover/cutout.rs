//! Holes (DeVries & Taylor, 2017, <https://arxiv.org/abs/1708.04552>; several: "coarse dropout").

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

/// Covers one or more rectangles, p 0.5. The middle of each is anywhere on the picture, so that the outermost reach beyond it, as
/// in the paper.
///
/// ```
/// use firebrick_data_augment::pixel::Cutout;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Transform, Workspace};
///
/// let pipeline = Pipeline::new([Cutout::new([0.25, 0.25]).with_p(1.0)])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![9; 1024], [32, 32, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// let covered = sample.picture.bytes().unwrap_or_default().iter().filter(|byte| **byte == 0).count();
/// assert!((16..=64).contains(&covered));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cutout {
    /// Fewest and most holes, up to 1000. Default 1 and 1.
    pub holes: [usize; 2],
    /// From which the height of each is drawn, a share of the picture's. Default 0.25 to 0.5.
    pub height: [f64; 2],
    /// From which the width of each is drawn, a share of the picture's. Default 0.25 to 0.5.
    pub width: [f64; 2],
    /// What they are covered with. Default black.
    pub fill: Cover,
}

impl Cutout {
    /// One hole, from the range of both its sides as shares of the picture's.
    pub fn new(side: [f64; 2]) -> Self {
        Self { holes: [1, 1], height: side, width: side, fill: Cover::default() }
    }

    /// With more holes, fewest and most.
    #[must_use]
    pub fn with_holes(mut self, holes: [usize; 2]) -> Self {
        self.holes = holes;
        self
    }

    /// Covered with something else.
    #[must_use]
    pub fn with_fill(mut self, fill: Cover) -> Self {
        self.fill = fill;
        self
    }
}

impl Default for Cutout {
    fn default() -> Self {
        Self::new([0.25, 0.5])
    }
}

/// Most holes.
const MOST_HOLES: usize = 1000;

impl Transform for Cutout {
    type Drawn = CutoutHoles;
    const NAME: &'static str = "cutout";
    const P: f64 = 0.5;

    fn check(&self) -> Result<(), AugmentError> {
        check::range(Self::NAME, "holes", self.holes.map(|holes| holes as f64), [1.0, MOST_HOLES as f64])?;
        check::range(Self::NAME, "height", self.height, [0.0, 1.0])?;
        check::range(Self::NAME, "width", self.width, [0.0, 1.0])?;
        self.fill.check(Self::NAME)
    }

    fn draw(&self, _shape: Shape, draws: &mut Draws) -> Result<CutoutHoles, AugmentError> {
        let [low, high] = self.holes;
        let holes = low + draws.below((high - low) as u64 + 1) as usize;
        Ok(CutoutHoles { holes, height: self.height, width: self.width, fill: self.fill, seed: seed(draws) })
    }
}

/// What [`Cutout`] draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CutoutHoles {
    /// How many.
    pub holes: usize,
    /// Least and most height, shares of the picture's.
    pub height: [f64; 2],
    /// Least and most width, shares of the picture's.
    pub width: [f64; 2],
    /// What they are covered with.
    pub fill: Cover,
    /// From which places and sizes are drawn.
    pub seed: u64,
}

impl Apply for CutoutHoles {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        let [height, width] = sample.shape().size();
        for hole in 0..self.holes.min(MOST_HOLES) {
            let mut draws = Draws::new(&[self.seed, hole as u64]);
            let mut side = |range: [f64; 2], side: usize| {
                let len = (uniform(&mut draws, range) * side as f64).round().clamp(0.0, side as f64) as usize;
                let first = draws.below(side as u64) as usize;
                let start = first.saturating_sub(len / 2);
                (start, (first + len - len / 2).min(side) - start)
            };
            let ((top, height), (left, width)) = (side(self.height, height), side(self.width, width));
            Part { top, left, height, width }.cover(&mut sample.picture, self.fill, self.seed ^ hole as u64);
        }
        Ok(())
    }
}
