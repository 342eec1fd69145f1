//! Columns and rows made wider and narrower, piece by piece.
//!
//! ```text
//! knot k of the result: k·n/N        of the picture: n·(w_1 + ... + w_k)/(w_1 + ... + w_N),  w = 1 + u
//! ```
//!
//! Between knots lies a straight line, so the whole picture stays on the picture.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::fill::{Fill, Interpolation, Sampling};
use super::spatial::{Role, Spatial, move_all};
use super::warp::{BLOCK, Mapping, warp};
use crate::check;
use crate::error::AugmentError;
use crate::picture::{Picture, Shape};
use crate::sample::Sample;
use crate::transform::{Apply, Transform, uniform};
use crate::workspace::Workspace;

/// The most pieces of a side.
const MOST: usize = 16;

/// Stretches pieces of the picture; 5 by 5 pieces, each up to 30 % wider or narrower, by default.
///
/// ```
/// use firebrick_data_augment::geometry::GridDistortion;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([GridDistortion::new(4).limit([-0.2, 0.2]).into()])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![9; 400], [20, 20, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// assert_eq!(sample.picture.bytes(), Some(&[9; 400][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GridDistortion {
    steps: usize,
    limit: [f64; 2],
    interpolation: Interpolation,
}

impl Default for GridDistortion {
    fn default() -> Self {
        Self::new(5)
    }
}

impl GridDistortion {
    /// So many pieces on each side, 1 to 16.
    pub fn new(steps: usize) -> Self {
        Self { steps, limit: [-0.3, 0.3], interpolation: Interpolation::default() }
    }

    /// How much wider a piece becomes, from -0.9 to 10; -0.3 to 0.3 by default.
    #[must_use]
    pub fn limit(mut self, limit: [f64; 2]) -> Self {
        self.limit = limit;
        self
    }

    /// How values between pixels are made.
    #[must_use]
    pub fn interpolation(mut self, interpolation: Interpolation) -> Self {
        self.interpolation = interpolation;
        self
    }
}

impl Transform for GridDistortion {
    type Drawn = GridDrawn;
    const NAME: &'static str = "grid_distortion";

    fn check(&self) -> Result<(), AugmentError> {
        check::number(Self::NAME, "steps", self.steps as f64, [1.0, MOST as f64])?;
        check::range(Self::NAME, "limit", self.limit, [-0.9, 10.0])
    }

    fn draw(&self, _shape: Shape, draws: &mut Draws) -> Result<GridDrawn, AugmentError> {
        let mut knots = || {
            let mut sums = [0.0; MOST + 1];
            for k in 0..self.steps {
                sums[k + 1] = sums[k] + 1.0 + uniform(draws, self.limit);
            }
            let all = sums[self.steps];
            sums.map(|sum| (sum / all).min(1.0))
        };
        let (columns, rows) = (knots(), knots());
        let sampling = Sampling::new(self.interpolation, Fill::Nearest);
        Ok(GridDrawn { steps: self.steps, columns, rows, sampling })
    }
}

/// Where the knots of the result lie on the picture, as shares of its sides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridDrawn {
    steps: usize,
    columns: [f64; MOST + 1],
    rows: [f64; MOST + 1],
    #[serde(flatten)]
    sampling: Sampling,
}

impl GridDrawn {
    /// The place on the picture of a place on the result, both as shares of a side.
    fn back(&self, knots: &[f64; MOST + 1], share: f64) -> f64 {
        let place = share * self.steps as f64;
        let k = (place.max(0.0) as usize).min(self.steps - 1);
        knots[k] + (place - k as f64) * (knots[k + 1] - knots[k])
    }

    /// The place on the result of a place on the picture.
    fn forth(&self, knots: &[f64; MOST + 1], share: f64) -> f64 {
        let k = (1..self.steps).take_while(|&k| knots[k] <= share).count();
        (k as f64 + (share - knots[k]) / (knots[k + 1] - knots[k])) / self.steps as f64
    }

    /// The middles of the pixels of a side, on the picture.
    fn places(&self, knots: &[f64; MOST + 1], side: usize, space: &mut Workspace) -> Vec<f32> {
        let mut places = space.take_floats(side.next_multiple_of(BLOCK));
        let scale = side as f64;
        for (i, place) in places.iter_mut().enumerate() {
            *place = (self.back(knots, (i as f64 + 0.5) / scale) * scale - 0.5) as f32;
        }
        places
    }
}

impl Apply for GridDrawn {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        move_all(self, sample, space)
    }
}

impl Spatial for GridDrawn {
    fn size(&self, from: [usize; 2]) -> Result<[usize; 2], AugmentError> {
        check::number(GridDistortion::NAME, "steps", self.steps as f64, [1.0, MOST as f64])?;
        Ok(from)
    }

    fn pixels(&self, from: &Picture, to: &mut Picture, role: Role, space: &mut Workspace) {
        let sampling = self.sampling.of(role);
        let [height, width] = from.shape().size();
        let columns = self.places(&self.columns, width, space);
        let rows = self.places(&self.rows, height, space);
        warp(&Grid { columns: &columns, rows: &rows }, from, to, &sampling);
        space.give_floats(rows);
        space.give_floats(columns);
    }

    fn point(&self, [x, y]: [f64; 2], [height, width]: [usize; 2]) -> [f64; 2] {
        let (width, height) = (width as f64, height as f64);
        [self.forth(&self.columns, x / width) * width, self.forth(&self.rows, y / height) * height]
    }
}

struct Grid<'a> {
    columns: &'a [f32],
    rows: &'a [f32],
}

impl Mapping for Grid<'_> {
    fn block(&self, y: usize, x: usize, columns: &mut [f64; BLOCK], rows: &mut [f64; BLOCK]) {
        columns.iter_mut().zip(&self.columns[x..x + BLOCK]).for_each(|(to, &from)| *to = f64::from(from));
        rows.fill(f64::from(self.rows[y]));
    }
}
