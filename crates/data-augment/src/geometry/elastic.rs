//! The picture as on rubber (Simard et al., 2003, <https://doi.org/10.1109/ICDAR.2003.1227801>).
//!
//! ```text
//! out(p) = in(p + d(p)),  d = alpha·G_sigma * u        u uniform in [-1, 1) for each pixel and direction
//! ```
//!
//! The Gaussian is three means over windows, one after the other, which differ from it by less than 3 % of its peak.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::fill::{Fill, Interpolation, Sampling, sampling_settings};
use super::spatial::{Role, Spatial, move_all};
use super::warp::{BLOCK, Mapping, warp};
use crate::check;
use crate::error::AugmentError;
use crate::picture::{Picture, Shape};
use crate::sample::Sample;
use crate::transform::{Apply, Transform};
use crate::workspace::Workspace;

mod field;

use field::Field;

/// Displaces every pixel a little, neighbours alike.
///
/// ```
/// use firebrick_data_augment::geometry::Elastic;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([Elastic::new(34.0, 4.0).into()])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![9; 28 * 28], [28, 28, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// assert_eq!(sample.picture.bytes(), Some(&[9; 28 * 28][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elastic {
    alpha: f64,
    sigma: f64,
    #[serde(default)]
    interpolation: Interpolation,
    #[serde(default)]
    fill: Fill,
}

impl Elastic {
    /// Strength `alpha` in pixels, 0 to 10000, and width `sigma` of the Gaussian in pixels, 0.5 to 1000. For digits of 28 pixels the
    /// paper takes 34 and 4; displacements are then around 1 pixel.
    pub fn new(alpha: f64, sigma: f64) -> Self {
        Self { alpha, sigma, interpolation: Interpolation::default(), fill: Fill::default() }
    }
}

sampling_settings!(Elastic);

impl Transform for Elastic {
    type Drawn = ElasticDrawn;
    const NAME: &'static str = "elastic";

    fn check(&self) -> Result<(), AugmentError> {
        check::number(Self::NAME, "alpha", self.alpha, [0.0, 10_000.0])?;
        check::number(Self::NAME, "sigma", self.sigma, [0.5, 1000.0])?;
        self.fill.check(Self::NAME)
    }

    fn draw(&self, _shape: Shape, draws: &mut Draws) -> Result<ElasticDrawn, AugmentError> {
        let sampling = Sampling::new(self.interpolation, self.fill);
        // 53 bits: JSON and TOML hold them exactly.
        Ok(ElasticDrawn { alpha: self.alpha, sigma: self.sigma, seed: draws.u64() >> 11, sampling })
    }
}

/// The displacements, as the seed that they are drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElasticDrawn {
    alpha: f64,
    sigma: f64,
    seed: u64,
    #[serde(flatten)]
    sampling: Sampling,
}

impl Apply for ElasticDrawn {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        let field = Field::new(self.seed, self.sigma, self.alpha, (sample.shape().size(), space));
        let result = move_all(&Displaced { field: &field, sampling: self.sampling }, sample, space);
        field.give(space);
        result
    }
}

struct Displaced<'a> {
    field: &'a Field,
    sampling: Sampling,
}

impl Spatial for Displaced<'_> {
    fn size(&self, from: [usize; 2]) -> Result<[usize; 2], AugmentError> {
        Ok(from)
    }

    fn pixels(&self, from: &Picture, to: &mut Picture, role: Role, _space: &mut Workspace) {
        let sampling = self.sampling.of(role);
        warp(self.field, from, to, &sampling);
    }

    fn point(&self, point: [f64; 2], _size: [usize; 2]) -> [f64; 2] {
        self.field.moved(point)
    }
}

impl Mapping for Field {
    fn block(&self, y: usize, x: usize, columns: &mut [f64; BLOCK], rows: &mut [f64; BLOCK]) {
        let (across, down) = self.displacements(y, x);
        let n = across.len().min(BLOCK);
        for i in 0..n {
            columns[i] = (x + i) as f64 + f64::from(across[i]);
            rows[i] = y as f64 + f64::from(down[i]);
        }
    }
}
