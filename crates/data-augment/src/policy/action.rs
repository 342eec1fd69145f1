//! What policies are made of: a transform with a strength.

use firebrick_data::random::Draws;

use crate::error::AugmentError;
use crate::geometry::{Affine, Fill, Interpolation, Rotate};
use crate::operation::{Drawn, Operation};
use crate::picture::Shape;
use crate::pipeline::Run;
use crate::pixel::{
    AutoContrast, BrightnessFactor, ContrastFactor, Equalize, Invert, PosterizeBits, SaturationFactor, SharpenFactor,
    SolarizeThreshold,
};

/// A transform of which only the strength is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Identity,
    ShearX,
    ShearY,
    TranslateX,
    TranslateY,
    Rotate,
    Brightness,
    Color,
    Contrast,
    Sharpness,
    Posterize,
    Solarize,
    AutoContrast,
    Equalize,
    Invert,
}

/// What RandAugment and TrivialAugment choose from.
pub(super) const ALL_BUT_INVERT: [Action; 14] = [
    Action::Identity,
    Action::ShearX,
    Action::ShearY,
    Action::TranslateX,
    Action::TranslateY,
    Action::Rotate,
    Action::Posterize,
    Action::Solarize,
    Action::AutoContrast,
    Action::Equalize,
    Action::Brightness,
    Action::Color,
    Action::Contrast,
    Action::Sharpness,
];

/// How strong the strongest of each is. Strengths lie evenly between none and these.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strengths {
    /// Tangent of the angle.
    pub(super) shear: f64,
    pub(super) translate: Translate,
    /// Degrees.
    pub(super) rotate: f64,
    /// By how much a factor differs from 1.
    pub(super) factor: f64,
    /// Bits that the weakest and the strongest leave.
    pub(super) bits: [f64; 2],
}

/// How far the strongest shift goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Translate {
    /// A share of the side.
    Share(f64),
    /// So many pixels.
    Pixels(f64),
}

/// Of AutoAugment and RandAugment.
pub(super) const USUAL: Strengths =
    Strengths { shear: 0.3, translate: Translate::Share(150.0 / 331.0), rotate: 30.0, factor: 0.9, bits: [8.0, 4.0] };

impl Action {
    /// The strength of one of `bins` steps: in pixels, degrees, bits or shares.
    pub(super) fn strength(self, strengths: &Strengths, [step, bins]: [u64; 2], shape: Shape) -> f64 {
        let share = step as f64 / (bins - 1) as f64;
        let shift = |side: usize| match strengths.translate {
            Translate::Share(share) => share * side as f64,
            Translate::Pixels(pixels) => pixels,
        };
        match self {
            Self::ShearX | Self::ShearY => share * strengths.shear,
            Self::TranslateX => (share * shift(shape.width)).trunc(),
            Self::TranslateY => (share * shift(shape.height)).trunc(),
            Self::Rotate => share * strengths.rotate,
            Self::Brightness | Self::Color | Self::Contrast | Self::Sharpness => share * strengths.factor,
            Self::Posterize => {
                let [weakest, strongest] = strengths.bits;
                (weakest - share * (weakest - strongest)).round_ties_even()
            }
            Self::Solarize => 1.0 - share,
            Self::Identity | Self::AutoContrast | Self::Equalize | Self::Invert => 0.0,
        }
    }

    /// Whether it goes either way, as often.
    fn is_signed(self) -> bool {
        !matches!(
            self,
            Self::Identity | Self::Posterize | Self::Solarize | Self::AutoContrast | Self::Equalize | Self::Invert
        )
    }

    /// Draws the direction, records and applies.
    pub(super) fn run(
        self,
        strength: f64,
        interpolation: Interpolation,
        run: &mut Run<'_>,
        draws: &mut Draws,
    ) -> Result<(), AugmentError> {
        let strength = if self.is_signed() && draws.unit() < 0.5 { -strength } else { strength };
        match self.drawn(strength, interpolation, run.sample.shape(), draws)? {
            Some(drawn) => run.drawn(drawn),
            None => Ok(()),
        }
    }

    fn drawn(
        self,
        strength: f64,
        interpolation: Interpolation,
        shape: Shape,
        draws: &mut Draws,
    ) -> Result<Option<Drawn>, AugmentError> {
        let factor = 1.0 + strength;
        let drawn = match self {
            Self::Identity => return Ok(None),
            Self::ShearX | Self::ShearY | Self::TranslateX | Self::TranslateY | Self::Rotate => {
                self.moved(strength, interpolation, shape).draw(shape, draws)?
            }
            Self::Brightness => Drawn::Brightness(BrightnessFactor { factor }),
            Self::Color => Drawn::Saturation(SaturationFactor { factor }),
            Self::Contrast => Drawn::Contrast(ContrastFactor { factor }),
            Self::Sharpness => Drawn::Sharpen(SharpenFactor { factor }),
            Self::Posterize => Drawn::Posterize(PosterizeBits { bits: strength.max(0.0) as u8 }),
            Self::Solarize => Drawn::Solarize(SolarizeThreshold { threshold: strength }),
            Self::AutoContrast => Drawn::AutoContrast(AutoContrast::new()),
            Self::Equalize => Drawn::Equalize(Equalize::new()),
            Self::Invert => Drawn::Invert(Invert::new()),
        };
        Ok(Some(drawn))
    }

    /// What moves pixels; black lies beyond the edges. Shears keep the upper left corner.
    fn moved(self, strength: f64, interpolation: Interpolation, shape: Shape) -> Operation {
        let (width, height) = (shape.width as f64, shape.height as f64);
        let degrees = -strength.atan().to_degrees();
        let still = Affine::new().interpolation(interpolation).fill(Fill::constant(0.0));
        let twice = |value: f64| [value, value];
        match self {
            Self::ShearX => still.shear_x(twice(degrees)).shift_x(twice(-strength * height / (2.0 * width))).into(),
            Self::ShearY => still.shear_y(twice(degrees)).shift_y(twice(-strength * width / (2.0 * height))).into(),
            Self::TranslateX => still.shift_x(twice(strength / width)).into(),
            Self::TranslateY => still.shift_y(twice(strength / height)).into(),
            _ => Rotate::new(twice(strength)).interpolation(interpolation).fill(Fill::constant(0.0)).into(),
        }
    }
}
