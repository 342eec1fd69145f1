//! The random part of `ImageDataGenerator`: Keras's ranges, and what is drawn from them.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::parameters::{KerasTransform, TransformParameters};
use super::shift_range::ShiftRange;
use crate::check;
use crate::error::AugmentError;
use crate::geometry::Fill;
use crate::picture::Shape;
use crate::transform::{Transform, uniform};

/// What lies beyond the edges, by Keras's names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillMode {
    /// `cval`, with which nothing is mixed.
    Constant,
    /// The pixel at the edge. The default.
    #[default]
    Nearest,
    /// The picture turned over, the edge twice.
    Reflect,
    /// The picture again; its first and last pixel are the same place, as in SciPy.
    Wrap,
}

/// The random transforms of Keras's `ImageDataGenerator` as one step of a pipeline, with Keras's order and numbers.
///
/// Pictures of floats hold 0 to 255 here, as in Keras. [`ImageDataGenerator`](super::ImageDataGenerator) adds what comes before and
/// after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RandomTransform {
    /// Degrees: uniform in -r to r.
    pub rotation_range: f64,
    /// To the side, see [`ShiftRange`].
    pub width_shift_range: ShiftRange,
    /// Up or down.
    pub height_shift_range: ShiftRange,
    /// Factors of brightness from low to high, applied last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brightness_range: Option<[f64; 2]>,
    /// Degrees: uniform in -s to s.
    pub shear_range: f64,
    /// From low to high, height and width on their own; below 1 enlarges.
    pub zoom_range: [f64; 2],
    /// Uniform in -c to c, added to all channels and cut off at the picture's own lowest and highest value.
    pub channel_shift_range: f64,
    /// What lies beyond the edges.
    pub fill_mode: FillMode,
    /// The value for [`FillMode::Constant`].
    pub cval: f64,
    /// Left and right swapped, every second time.
    pub horizontal_flip: bool,
    /// Top and bottom swapped, every second time.
    pub vertical_flip: bool,
    /// 0 takes the nearest pixel, 1 mixes two by two.
    pub interpolation_order: u8,
}

impl Default for RandomTransform {
    fn default() -> Self {
        Self {
            rotation_range: 0.0,
            width_shift_range: ShiftRange::default(),
            height_shift_range: ShiftRange::default(),
            brightness_range: None,
            shear_range: 0.0,
            zoom_range: [1.0; 2],
            channel_shift_range: 0.0,
            fill_mode: FillMode::default(),
            cval: 0.0,
            horizontal_flip: false,
            vertical_flip: false,
            interpolation_order: 1,
        }
    }
}

impl RandomTransform {
    /// Parameters for a picture of this shape, in Keras's order of drawing.
    pub fn parameters(&self, shape: Shape, draws: &mut Draws) -> TransformParameters {
        let around = |draws: &mut Draws, range: f64| if range == 0.0 { 0.0 } else { uniform(draws, [-range, range]) };
        let theta = around(draws, self.rotation_range);
        let tx = self.height_shift_range.drawn(shape.height, draws);
        let ty = self.width_shift_range.drawn(shape.width, draws);
        let shear = around(draws, self.shear_range);
        let zoomed = self.zoom_range != [1.0; 2];
        let mut zoom = || if zoomed { uniform(draws, self.zoom_range) } else { 1.0 };
        let (zx, zy) = (zoom(), zoom());
        let flip_horizontal = draws.unit() < 0.5 && self.horizontal_flip;
        let flip_vertical = draws.unit() < 0.5 && self.vertical_flip;
        let shifted = self.channel_shift_range != 0.0;
        let channel_shift_intensity = shifted.then(|| around(draws, self.channel_shift_range));
        let brightness = self.brightness_range.map(|range| uniform(draws, range));
        TransformParameters {
            theta,
            tx,
            ty,
            shear,
            zx,
            zy,
            flip_horizontal,
            flip_vertical,
            channel_shift_intensity,
            brightness,
        }
    }

    /// These parameters with the settings that applying them takes.
    pub fn with_parameters(&self, parameters: TransformParameters) -> KerasTransform {
        let fill = match self.fill_mode {
            FillMode::Constant => Fill::constant(self.cval),
            FillMode::Nearest => Fill::Nearest,
            FillMode::Reflect => Fill::Reflect,
            FillMode::Wrap => Fill::Wrap,
        };
        KerasTransform::new(parameters, fill, self.interpolation_order)
    }
}

impl Transform for RandomTransform {
    type Drawn = KerasTransform;
    const NAME: &'static str = "random_transform";

    fn check(&self) -> Result<(), AugmentError> {
        check::number(Self::NAME, "rotation_range", self.rotation_range, [0.0, 360.0])?;
        self.width_shift_range.check(Self::NAME, "width_shift_range")?;
        self.height_shift_range.check(Self::NAME, "height_shift_range")?;
        check::range(Self::NAME, "brightness_range", self.brightness_range.unwrap_or([1.0; 2]), [0.0, 1000.0])?;
        check::number(Self::NAME, "shear_range", self.shear_range, [0.0, 89.0])?;
        check::range(Self::NAME, "zoom_range", self.zoom_range, [0.001, 1000.0])?;
        check::number(Self::NAME, "channel_shift_range", self.channel_shift_range, [0.0, 1e6])?;
        check::number(Self::NAME, "cval", self.cval, [-1e9, 1e9])?;
        check::number(Self::NAME, "interpolation_order", f64::from(self.interpolation_order), [0.0, 1.0])
    }

    fn draw(&self, shape: Shape, draws: &mut Draws) -> Result<KerasTransform, AugmentError> {
        Ok(self.with_parameters(self.parameters(shape, draws)))
    }
}
