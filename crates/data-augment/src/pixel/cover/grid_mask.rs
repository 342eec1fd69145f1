//! Squares in a grid are covered (Chen et al., 2020, <https://arxiv.org/abs/2001.04086>), without the paper's rotation.

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

/// Covers squares in a grid, p 0.5.
///
/// ```
/// use firebrick_data_augment::pixel::{GridMask, GridMaskHoles};
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Transform, Workspace};
///
/// let pipeline = Pipeline::new([GridMask::new([0.25, 0.25], [0.5, 0.5]).with_p(1.0)])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![9; 1024], [32, 32, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// let covered = sample.picture.bytes().unwrap_or_default().iter().filter(|byte| **byte == 0).count();
/// assert_eq!(covered, 256); // squares of 4 x 4 in cells of 8 x 8
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GridMask {
    /// From which the side of a cell is drawn, a share of the picture's shorter side. Default 0.2 to 0.6.
    pub cell: [f64; 2],
    /// From which the side of the square is drawn, a share of the cell's. Default 0.4 to 0.4.
    pub ratio: [f64; 2],
    /// What squares are covered with. Default black.
    pub fill: Cover,
}

impl GridMask {
    /// From the ranges of the cells' side and of the squares' within them.
    pub fn new(cell: [f64; 2], ratio: [f64; 2]) -> Self {
        Self { cell, ratio, fill: Cover::default() }
    }

    /// Covered with something else.
    #[must_use]
    pub fn with_fill(mut self, fill: Cover) -> Self {
        self.fill = fill;
        self
    }
}

impl Default for GridMask {
    fn default() -> Self {
        Self::new([0.2, 0.6], [0.4, 0.4])
    }
}

impl Transform for GridMask {
    type Drawn = GridMaskHoles;
    const NAME: &'static str = "grid_mask";
    const P: f64 = 0.5;

    fn check(&self) -> Result<(), AugmentError> {
        check::range(Self::NAME, "cell", self.cell, [0.001, 1.0])?;
        check::range(Self::NAME, "ratio", self.ratio, [0.0, 1.0])?;
        self.fill.check(Self::NAME)
    }

    fn draw(&self, shape: Shape, draws: &mut Draws) -> Result<GridMaskHoles, AugmentError> {
        let shorter = shape.height.min(shape.width) as f64;
        let cell = (uniform(draws, self.cell) * shorter).round().max(2.0) as usize;
        let hole = (uniform(draws, self.ratio) * cell as f64).round() as usize;
        let [down, right] = [(); 2].map(|()| draws.below(cell as u64) as usize);
        Ok(GridMaskHoles { cell, hole, start: [down, right], fill: self.fill, seed: seed(draws) })
    }
}

/// What [`GridMask`] draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridMaskHoles {
    /// Side of a cell in pixels.
    pub cell: usize,
    /// Side of the square in it in pixels.
    pub hole: usize,
    /// Rows and columns that are missing of the first cell.
    pub start: [usize; 2],
    /// What squares are covered with.
    pub fill: Cover,
    /// Of the noise.
    pub seed: u64,
}

impl Apply for GridMaskHoles {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        let [height, width] = sample.shape().size();
        let cell = self.cell.max(1);
        let [down, right] = self.start.map(|start| start % cell);
        for (top, height) in squares(height, cell, self.hole, down) {
            for (left, width) in squares(width, cell, self.hole, right) {
                let part = Part { top, left, height, width };
                part.cover(&mut sample.picture, self.fill, self.seed ^ (top * 65_536 + left) as u64);
            }
        }
        Ok(())
    }
}

/// Where squares begin and how long they are along one side; the first may have lost its beginning.
fn squares(side: usize, cell: usize, hole: usize, start: usize) -> impl Iterator<Item = (usize, usize)> {
    let hole = hole.min(cell);
    (0..side + start).step_by(cell).map(move |at| {
        let begin = at.saturating_sub(start);
        (begin, (at + hole).saturating_sub(start) - begin.min((at + hole).saturating_sub(start)))
    })
}
