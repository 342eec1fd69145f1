//! Zoom, shear, rotation and shift in one map, so that the picture is interpolated once.
//!
//! ```text
//! p -> c + S + R·K_y·K_x·Z·(p - c)        c the middle, Z zoom, K shears, R rotation, S shift
//! R = [cos a, sin a; -sin a, cos a]       a > 0 turns against the clock, as rows count downwards
//! ```

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::fill::{Fill, Interpolation, Sampling, sampling_settings};
use super::matrix::Matrix;
use super::warped::Warped;
use crate::check;
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::transform::{Transform, uniform};

/// Rotation, shift, shear and zoom, each drawn from its range; nothing happens by default.
///
/// ```
/// use firebrick_data_augment::geometry::{Affine, Fill};
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let affine = Affine::new().rotate([-15.0, 15.0]).shift_x([-0.1, 0.1]).zoom([0.9, 1.1]).fill(Fill::Reflect);
/// let pipeline = Pipeline::new([affine.into()])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![128; 32 * 32 * 3], [32, 32, 3])?);
/// pipeline.apply(&mut sample, Key { seed: 0, epoch: 1, index: 5 }, &mut Workspace::new())?;
/// assert!(sample.picture.bytes().unwrap().iter().all(|&byte| byte == 128));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Affine {
    /// Degrees against the clock, within -360 and 360.
    rotate: [f64; 2],
    /// To the right, as a share of the width.
    shift_x: [f64; 2],
    /// Downwards, as a share of the height.
    shift_y: [f64; 2],
    /// Factor: above 1 enlarges. From 0.01 to 100.
    zoom: [f64; 2],
    /// Factor of the height alone; without it, `zoom` is that of both.
    #[serde(skip_serializing_if = "Option::is_none")]
    zoom_y: Option<[f64; 2]>,
    /// Degrees, within -85 and 85: lower rows go to the right.
    shear_x: [f64; 2],
    /// Degrees, within -85 and 85: columns on the right go down.
    shear_y: [f64; 2],
    interpolation: Interpolation,
    fill: Fill,
}

impl Default for Affine {
    fn default() -> Self {
        Self {
            rotate: [0.0; 2],
            shift_x: [0.0; 2],
            shift_y: [0.0; 2],
            zoom: [1.0; 2],
            zoom_y: None,
            shear_x: [0.0; 2],
            shear_y: [0.0; 2],
            interpolation: Interpolation::default(),
            fill: Fill::default(),
        }
    }
}

impl Affine {
    /// Leaves pictures as they are until something is set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Turns by so many degrees against the clock.
    #[must_use]
    pub fn rotate(mut self, degrees: [f64; 2]) -> Self {
        self.rotate = degrees;
        self
    }

    /// Shifts to the right, by a share of the width.
    #[must_use]
    pub fn shift_x(mut self, share: [f64; 2]) -> Self {
        self.shift_x = share;
        self
    }

    /// Shifts downwards, by a share of the height.
    #[must_use]
    pub fn shift_y(mut self, share: [f64; 2]) -> Self {
        self.shift_y = share;
        self
    }

    /// Enlarges by a factor above 1, shrinks by one below.
    #[must_use]
    pub fn zoom(mut self, factor: [f64; 2]) -> Self {
        self.zoom = factor;
        self
    }

    /// Draws the factor of the height apart from that of the width.
    #[must_use]
    pub fn zoom_y(mut self, factor: [f64; 2]) -> Self {
        self.zoom_y = Some(factor);
        self
    }

    /// Moves rows sideways, the lower the further, by the tangent of so many degrees.
    #[must_use]
    pub fn shear_x(mut self, degrees: [f64; 2]) -> Self {
        self.shear_x = degrees;
        self
    }

    /// Moves columns down, the further right the further.
    #[must_use]
    pub fn shear_y(mut self, degrees: [f64; 2]) -> Self {
        self.shear_y = degrees;
        self
    }
}

sampling_settings!(Affine);

impl Transform for Affine {
    type Drawn = Warped;
    const NAME: &'static str = "affine";

    fn check(&self) -> Result<(), AugmentError> {
        let zoom_y = self.zoom_y.unwrap_or([1.0; 2]);
        check::range(Self::NAME, "rotate", self.rotate, [-360.0, 360.0])?;
        check::range(Self::NAME, "shift_x", self.shift_x, [-10.0, 10.0])?;
        check::range(Self::NAME, "shift_y", self.shift_y, [-10.0, 10.0])?;
        check::range(Self::NAME, "zoom", self.zoom, [0.01, 100.0])?;
        check::range(Self::NAME, "zoom_y", zoom_y, [0.01, 100.0])?;
        check::range(Self::NAME, "shear_x", self.shear_x, [-85.0, 85.0])?;
        check::range(Self::NAME, "shear_y", self.shear_y, [-85.0, 85.0])?;
        self.fill.check(Self::NAME)
    }

    fn draw(&self, shape: Shape, draws: &mut Draws) -> Result<Warped, AugmentError> {
        let (width, height) = (shape.width as f64, shape.height as f64);
        let turn = turned(uniform(draws, self.rotate));
        let shift = Matrix::shift(uniform(draws, self.shift_x) * width, uniform(draws, self.shift_y) * height);
        let zoom = uniform(draws, self.zoom);
        let zoom_y = self.zoom_y.map_or(zoom, |range| uniform(draws, range));
        let shear_x = Matrix::linear([1.0, uniform(draws, self.shear_x).to_radians().tan()], [0.0, 1.0]);
        let shear_y = Matrix::linear([1.0, 0.0], [uniform(draws, self.shear_y).to_radians().tan(), 1.0]);
        let all = Matrix::linear([zoom, 0.0], [0.0, zoom_y]).then(shear_x).then(shear_y).then(turn);
        let matrix = all.about([width / 2.0, height / 2.0]).then(shift);
        let sampling = Sampling::new(self.interpolation, self.fill);
        Ok(Warped { matrix, sampling })
    }
}

/// Turns by so many degrees against the clock; by whole quarters exactly.
pub(super) fn turned(degrees: f64) -> Matrix {
    let (sin, cos) = match degrees.rem_euclid(360.0) {
        0.0 => (0.0, 1.0),
        90.0 => (1.0, 0.0),
        180.0 => (0.0, -1.0),
        270.0 => (-1.0, 0.0),
        degrees => degrees.to_radians().sin_cos(),
    };
    Matrix::linear([cos, sin], [-sin, cos])
}
