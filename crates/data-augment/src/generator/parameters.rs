//! What `ImageDataGenerator` does to a picture, given its parameters.
//!
//! ```text
//! in(T·p), T = C·R(theta)·S(tx, ty)·K(shear)·Z(zx, zy)·C^-1        p = (column, row, 1), T from result to picture
//! R = [cos, -sin; sin, cos]   K = [1, -sin; 0, cos]   C the shift to (H/2 - 1/2, W/2 - 1/2)
//! ```
//!
//! Then the channel shift, the flips, and the brightness. The letters are those of Keras's code, where T acts on (column, row): so
//! `tx`, drawn from `height_shift_range`, moves columns, and the center of a picture that is no square is (H/2 - 1/2, W/2 - 1/2) in
//! (column, row). Both are kept, so that the numbers are Keras's.

use serde::{Deserialize, Serialize};

use crate::error::AugmentError;
use crate::geometry::spatial::{Role, Spatial, move_all};
use crate::geometry::warp::warp;
use crate::geometry::{AffineMapping, Fill, HorizontalFlip, Interpolation, Matrix, Sampling, VerticalFlip};
use crate::picture::{Picture, ValuesMut};
use crate::sample::Sample;
use crate::transform::Apply;
use crate::workspace::Workspace;

/// What Keras's `get_random_transform` gives, under its names. The default changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TransformParameters {
    /// Degrees.
    pub theta: f64,
    /// Pixels, drawn from `height_shift_range`.
    pub tx: f64,
    /// Pixels, drawn from `width_shift_range`.
    pub ty: f64,
    /// Degrees.
    pub shear: f64,
    /// Factor: below 1 enlarges.
    pub zx: f64,
    /// Factor: below 1 enlarges.
    pub zy: f64,
    /// Whether left and right are swapped.
    pub flip_horizontal: bool,
    /// Whether top and bottom are swapped.
    pub flip_vertical: bool,
    /// What is added to all values.
    pub channel_shift_intensity: Option<f64>,
    /// What all values are multiplied by, as 8-bit numbers.
    pub brightness: Option<f64>,
}

impl Default for TransformParameters {
    fn default() -> Self {
        Self {
            theta: 0.0,
            tx: 0.0,
            ty: 0.0,
            shear: 0.0,
            zx: 1.0,
            zy: 1.0,
            flip_horizontal: false,
            flip_vertical: false,
            channel_shift_intensity: None,
            brightness: None,
        }
    }
}

impl TransformParameters {
    /// From the result to the picture, in middles of pixels.
    fn matrix(&self, [height, width]: [usize; 2]) -> Matrix {
        let (sin, cos) = self.theta.to_radians().sin_cos();
        let (shear_sin, shear_cos) = self.shear.to_radians().sin_cos();
        // A product A·B applies B first.
        let all = Matrix::linear([self.zx, 0.0], [0.0, self.zy])
            .then(Matrix::linear([1.0, -shear_sin], [0.0, shear_cos]))
            .then(Matrix::shift(self.tx, self.ty))
            .then(Matrix::linear([cos, -sin], [sin, cos]));
        all.about([height as f64 / 2.0 - 0.5, width as f64 / 2.0 - 0.5])
    }

    fn moves(&self) -> bool {
        [self.theta, self.tx, self.ty, self.shear] != [0.0; 4] || [self.zx, self.zy] != [1.0; 2]
    }
}

/// Parameters with the settings that applying them takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KerasTransform {
    /// What was drawn.
    pub parameters: TransformParameters,
    sampling: Sampling,
}

impl KerasTransform {
    pub(super) fn new(parameters: TransformParameters, fill: Fill, order: u8) -> Self {
        let interpolation = if order == 0 { Interpolation::Nearest } else { Interpolation::Bilinear };
        Self { parameters, sampling: Sampling { interpolation, fill, scipy: true } }
    }
}

impl Apply for KerasTransform {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        let parameters = &self.parameters;
        if parameters.moves() {
            move_all(self, sample, space)?;
        }
        if let Some(intensity) = parameters.channel_shift_intensity {
            shift_channels(&mut sample.picture, intensity);
        }
        if parameters.flip_horizontal {
            HorizontalFlip::new().apply(sample, space)?;
        }
        if parameters.flip_vertical {
            VerticalFlip::new().apply(sample, space)?;
        }
        if let Some(factor) = parameters.brightness {
            brighten(&mut sample.picture, factor as f32);
        }
        Ok(())
    }
}

impl Spatial for KerasTransform {
    fn size(&self, from: [usize; 2]) -> Result<[usize; 2], AugmentError> {
        if self.parameters.matrix(from).inverse().is_some() {
            return Ok(from);
        }
        let (setting, value) = ("parameters", format!("{:?}", self.parameters));
        let rule = "the map must not fold the picture";
        Err(AugmentError::Setting { transform: "random_transform", setting, value, rule })
    }

    fn pixels(&self, from: &Picture, to: &mut Picture, role: Role, _space: &mut Workspace) {
        let sampling = self.sampling.of(role);
        let matrix = self.parameters.matrix(from.shape().size());
        warp(&AffineMapping(matrix), from, to, &sampling);
    }

    fn point(&self, [x, y]: [f64; 2], size: [usize; 2]) -> [f64; 2] {
        let forth = self.parameters.matrix(size).inverse().expect("`size` has refused maps that fold");
        let [x, y] = forth.point([x - 0.5, y - 0.5]);
        [x + 0.5, y + 0.5]
    }
}

/// Adds one number to all values and cuts off at the picture's own lowest and highest.
fn shift_channels(picture: &mut Picture, intensity: f64) {
    match picture.values_mut() {
        ValuesMut::Bytes(bytes) => {
            let (low, high) = bytes.iter().fold((255, 0), |(low, high), &v| (v.min(low), v.max(high)));
            let table: [u8; 256] = std::array::from_fn(|level| {
                let shifted = (level as f64 + intensity).round().clamp(f64::from(low), f64::from(high.max(low)));
                shifted as u8
            });
            bytes.iter_mut().for_each(|byte| *byte = table[usize::from(*byte)]);
        }
        ValuesMut::Floats(floats) => {
            let (low, high) = extent(floats);
            let intensity = intensity as f32;
            floats.iter_mut().for_each(|value| *value = (*value + intensity).max(low).min(high));
        }
    }
}

fn extent(floats: &[f32]) -> (f32, f32) {
    let fold = |(low, high): (f32, f32), &value: &f32| (low.min(value), high.max(value));
    floats.iter().fold((f32::INFINITY, f32::NEG_INFINITY), fold)
}

/// Multiplies 8-bit numbers, which cut off what lies behind the point, as Pillow does; the alpha of four channels stays.
/// Floats are brought to 0 to 255 for it, and back, where one lies outside.
fn brighten(picture: &mut Picture, factor: f32) {
    let channels = picture.shape().channels;
    let opaque = |i: usize| channels == 4 && i % 4 == 3;
    match picture.values_mut() {
        ValuesMut::Bytes(bytes) => {
            let table: [u8; 256] = std::array::from_fn(|level| (level as f32 * factor) as u8);
            for (_, byte) in bytes.iter_mut().enumerate().filter(|(i, _)| !opaque(*i)) {
                *byte = table[usize::from(*byte)];
            }
        }
        ValuesMut::Floats(floats) => {
            let (low, high) = extent(floats);
            let outside = low < 0.0 || high > 255.0;
            let spread = if outside && high > low { high - low } else { 1.0 };
            for (i, value) in floats.iter_mut().enumerate() {
                let level = if outside { (*value - low) / spread * 255.0 } else { *value };
                let level = f32::from(level as u8);
                let level = if opaque(i) { level } else { f32::from((level * factor) as u8) };
                *value = if outside { level / 255.0 * spread + low } else { level };
            }
        }
    }
}
