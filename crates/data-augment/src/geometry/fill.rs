//! What lies beyond the edges of a picture, and how values between pixels are made.

use serde::{Deserialize, Serialize};

use super::spatial::Role;
use crate::check;
use crate::error::AugmentError;

/// What lies beyond the edges of a picture `a b c d`.
///
/// ```text
/// constant   k k k k | a b c d | k k k k
/// nearest    a a a a | a b c d | d d d d
/// reflect    d c b a | a b c d | d c b a      the edge twice
/// mirror     d c b   | a b c d |   c b a      the edge once
/// wrap       a b c d | a b c d | a b c d
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// These values, one for each channel, in the picture's own units (0 to 255 for bytes); a mask is filled with 0.
    Constant([f64; 4]),
    /// The pixel at the edge. The default, as in Keras.
    #[default]
    Nearest,
    /// The picture turned over, the edge twice.
    Reflect,
    /// The picture turned over, the edge once.
    Mirror,
    /// The picture again.
    Wrap,
}

impl Fill {
    /// The same value in all channels.
    pub fn constant(value: f64) -> Self {
        Self::Constant([value; 4])
    }

    pub(crate) fn check(&self, transform: &'static str) -> Result<(), AugmentError> {
        let Self::Constant(values) = self else { return Ok(()) };
        values.iter().try_for_each(|&value| check::number(transform, "fill", value, [f64::MIN, f64::MAX]))
    }

    /// The same rule for classes instead of colours: class 0 for the constant.
    pub(crate) fn of(self, role: Role) -> Self {
        if role == Role::Mask && matches!(self, Self::Constant(_)) { Self::constant(0.0) } else { self }
    }

    /// Which of n pixels stands at position i; none: the constant.
    #[inline]
    pub(crate) fn position(&self, i: i64, n: usize) -> Option<usize> {
        let side = n as i64;
        if (0..side).contains(&i) {
            return Some(i as usize);
        }
        let position = match self {
            Self::Constant(_) => return None,
            Self::Nearest => i.clamp(0, side - 1),
            Self::Reflect => {
                let i = i.rem_euclid(2 * side);
                i.min(2 * side - 1 - i)
            }
            Self::Mirror if side == 1 => 0,
            Self::Mirror => {
                let i = i.rem_euclid(2 * side - 2);
                i.min(2 * side - 2 - i)
            }
            Self::Wrap => i.rem_euclid(side),
        };
        Some(position as usize)
    }
}

/// How the value between pixels is made from those around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// The nearest pixel.
    Nearest,
    /// From two by two pixels, in proportion. The default.
    #[default]
    Bilinear,
    /// From four by four pixels (Keys, 1981, <https://doi.org/10.1109/TASSP.1981.1163711>), a = -0.75 as in OpenCV and PyTorch.
    Bicubic,
}

/// How a moved picture is sampled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sampling {
    pub(crate) interpolation: Interpolation,
    pub(crate) fill: Fill,
    /// `constant` and `wrap` as SciPy's `affine_transform` means them: nothing is mixed with the constant, and a period is one pixel
    /// less than the picture.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) scipy: bool,
}

impl Sampling {
    pub(crate) fn new(interpolation: Interpolation, fill: Fill) -> Self {
        Self { interpolation, fill, scipy: false }
    }

    /// Classes cannot be mixed.
    pub(crate) fn of(self, role: Role) -> Self {
        let interpolation = if role == Role::Mask { Interpolation::Nearest } else { self.interpolation };
        Self { interpolation, fill: self.fill.of(role), ..self }
    }
}

/// The builder methods of transforms that sample a picture.
macro_rules! sampling_settings {
    ($name:ident) => {
        impl $name {
            /// How values between pixels are made.
            #[must_use]
            pub fn interpolation(mut self, interpolation: Interpolation) -> Self {
                self.interpolation = interpolation;
                self
            }

            /// What lies beyond the edges.
            #[must_use]
            pub fn fill(mut self, fill: Fill) -> Self {
                self.fill = fill;
                self
            }
        }
    };
}
pub(crate) use sampling_settings;

/// Keys's kernel: a = -0.5 as in Pillow, -0.75 as in OpenCV.
pub(crate) fn keys(d: f64, a: f64) -> f64 {
    if d <= 1.0 {
        ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0
    } else if d < 2.0 {
        ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_beyond_the_edges_follow_the_rule() {
        let row =
            |fill: Fill| (-5..9).map(move |i| fill.position(i, 4).map_or('k', |at| "abcd".as_bytes()[at] as char));
        let text = |fill: Fill| row(fill).collect::<String>();
        assert_eq!(text(Fill::constant(1.0)), "kkkkkabcdkkkkk");
        assert_eq!(text(Fill::Nearest), "aaaaaabcdddddd");
        assert_eq!(text(Fill::Reflect), "ddcbaabcddcbaa");
        assert_eq!(text(Fill::Mirror), "bcdcbabcdcbabc");
        assert_eq!(text(Fill::Wrap), "dabcdabcdabcda");
    }

    #[test]
    fn a_picture_of_one_pixel_has_a_beyond_too() {
        for fill in [Fill::Nearest, Fill::Reflect, Fill::Mirror, Fill::Wrap] {
            assert!((-7..7).all(|i| fill.position(i, 1) == Some(0)), "{fill:?}");
        }
    }
}
