//! Between sRGB and CIE L*a*b* (D65), 8 bits each: lightness 0 to 255 for 0 to 100, a* and b* raised by 128.
//!
//! Forward in whole numbers of the precision that OpenCV takes, so that a rounding falls to the same side.

use std::sync::LazyLock;

use crate::value::{byte, nearest};

/// Bits behind the point of linear light, of the matrix, and of the cube roots.
const LIGHT_BITS: u32 = 3;
const MATRIX_BITS: u32 = 12;
const ROOT_BITS: u32 = LIGHT_BITS + MATRIX_BITS;

/// Linear sRGB to XYZ, white (0.950456, 1, 1.088754).
const TO_XYZ: [[f64; 3]; 3] =
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]];
const WHITE: [f64; 3] = [0.950456, 1.0, 1.088754];
const TO_RGB: [[f32; 3]; 3] =
    [[3.240479, -1.53715, -0.498535], [-0.969256, 1.875991, 0.041556], [0.055648, -0.204043, 1.057311]];

/// Levels of linear light on the way back.
const LIGHTS: usize = 1 << 14;
/// Entries of the table of cube roots: a power of two above the largest sum.
const ROOTS: usize = 1 << 12;
/// Pixels that are converted side by side.
const LANES: usize = 128;

/// Numbers of 32 bits: processors gather those, not bytes.
pub(super) struct Tables {
    light: [i32; 256],
    roots: [i32; ROOTS],
    matrix: [[i32; 3]; 3],
    back: [i32; LIGHTS],
}

/// Made once, in about a millisecond.
pub(super) fn tables() -> &'static Tables {
    static TABLES: LazyLock<Tables> = LazyLock::new(Tables::new);
    &TABLES
}

impl Tables {
    fn new() -> Self {
        let scale = f64::from(255 << LIGHT_BITS);
        let root = |i: usize| {
            let x = i as f64 / scale;
            let f = if x < 0.008856 { x * 7.787 + 16.0 / 116.0 } else { x.cbrt() };
            (f64::from(1 << ROOT_BITS) * f).round_ties_even() as i32
        };
        let coefficient = |row: usize, column: usize| {
            (f64::from(1 << MATRIX_BITS) * TO_XYZ[row][column] / WHITE[row]).round_ties_even() as i32
        };
        let back = |i: usize| i32::from(byte((255.0 * display(i as f64 / (LIGHTS - 1) as f64)) as f32));
        Self {
            light: std::array::from_fn(|i| (scale * linear(i as f64 / 255.0)).round_ties_even() as i32),
            roots: std::array::from_fn(root),
            matrix: std::array::from_fn(|row| std::array::from_fn(|column| coefficient(row, column))),
            back: std::array::from_fn(back),
        }
    }

    /// The lightness of pixels, and their a* and b*.
    pub(super) fn take_apart<const C: usize>(
        &self,
        pixels: &[[u8; C]],
        lightness: &mut [u8],
        opponents: &mut [[u8; 2]],
    ) {
        let blocks = lightness.chunks_mut(LANES).zip(opponents.chunks_mut(LANES));
        for (pixels, (lightness, opponents)) in pixels.chunks(LANES).zip(blocks) {
            let mut planes = [[0; LANES]; 3];
            for (i, pixel) in pixels.iter().enumerate() {
                (planes[0][i], planes[1][i], planes[2][i]) = (pixel[0], pixel[1], pixel[2]);
            }
            wide!(self.lab(&mut planes));
            lightness.copy_from_slice(&planes[0][..pixels.len()]);
            opponents.iter_mut().enumerate().for_each(|(i, pair)| *pair = [planes[1][i], planes[2][i]]);
        }
    }

    /// Red, green and blue of pixels from lightness, a* and b*.
    pub(super) fn put_together<const C: usize>(&self, pixels: &mut [[u8; C]], lightness: &[u8], opponents: &[[u8; 2]]) {
        let blocks = lightness.chunks(LANES).zip(opponents.chunks(LANES));
        for (pixels, (lightness, opponents)) in pixels.chunks_mut(LANES).zip(blocks) {
            let mut planes = [[0; LANES]; 3];
            planes[0][..lightness.len()].copy_from_slice(lightness);
            opponents.iter().enumerate().for_each(|(i, pair)| [planes[1][i], planes[2][i]] = *pair);
            wide!(self.rgb(&mut planes));
            for (i, pixel) in pixels.iter_mut().enumerate() {
                (pixel[0], pixel[1], pixel[2]) = (planes[0][i], planes[1][i], planes[2][i]);
            }
        }
    }

    #[inline(always)]
    fn lab(&self, [first, second, third]: &mut [[u8; LANES]; 3]) {
        let lift = 128 << ROOT_BITS;
        for i in 0..LANES {
            let light = [first[i], second[i], third[i]].map(|level| self.light[usize::from(level)]);
            let [x, y, z] = self.matrix.map(|row| {
                let sum = row[0] * light[0] + row[1] * light[1] + row[2] * light[2];
                self.roots[rounded(sum, MATRIX_BITS) as usize & (ROOTS - 1)]
            });
            let l = rounded(((116 * 255 + 50) / 100) * y - ((16 * 255 * (1 << ROOT_BITS) + 50) / 100), ROOT_BITS);
            let a = rounded(500 * (x - y) + lift, ROOT_BITS);
            let b = rounded(200 * (y - z) + lift, ROOT_BITS);
            [first[i], second[i], third[i]] = [l, a, b].map(|value| value.clamp(0, 255) as u8);
        }
    }

    #[inline(always)]
    fn rgb(&self, [first, second, third]: &mut [[u8; LANES]; 3]) {
        for i in 0..LANES {
            let lightness = f32::from(first[i]) * (100.0 / 255.0);
            let dark = lightness * (7.787 / 903.3) + 16.0 / 116.0;
            let y = if lightness <= 8.0 { dark } else { (lightness + 16.0) * (1.0 / 116.0) };
            let x = y + (f32::from(second[i]) - 128.0) * (1.0 / 500.0);
            let z = y - (f32::from(third[i]) - 128.0) * (1.0 / 200.0);
            let cube = |f: f32| if f <= 6.0 / 29.0 { (f - 16.0 / 116.0) * (1.0 / 7.787) } else { f * f * f };
            let [x, y, z] = [cube(x) * WHITE[0] as f32, cube(y), cube(z) * WHITE[2] as f32];
            [first[i], second[i], third[i]] = TO_RGB.map(|row| {
                let light = (row[0] * x + row[1] * y + row[2] * z).clamp(0.0, 1.0);
                self.back[nearest(light * (LIGHTS - 1) as f32) & (LIGHTS - 1)] as u8
            });
        }
    }
}

fn rounded(value: i32, bits: u32) -> i32 {
    (value + (1 << (bits - 1))) >> bits
}

fn linear(level: f64) -> f64 {
    if level <= 0.04045 { level / 12.92 } else { ((level + 0.055) / 1.055).powf(2.4) }
}

fn display(light: f64) -> f64 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greys_come_back_and_colours_nearly() {
        let there_and_back = |rgb: [u8; 3]| {
            let (mut pixels, mut lightness, mut opponents) = ([rgb], [0], [[0; 2]]);
            tables().take_apart(&pixels, &mut lightness, &mut opponents);
            tables().put_together(&mut pixels, &lightness, &opponents);
            (opponents[0], pixels[0])
        };
        for level in 0..=255 {
            let (opponents, grey) = there_and_back([level; 3]);
            assert_eq!(opponents, [128, 128], "{level}");
            assert!(grey[1].abs_diff(level) <= 2, "{level}");
        }
        for rgb in [[255, 0, 0], [0, 255, 0], [0, 0, 255], [200, 100, 50], [1, 2, 3]] {
            let (_, back) = there_and_back(rgb);
            assert!(rgb.iter().zip(back).all(|(from, to)| from.abs_diff(to) <= 8), "{rgb:?} {back:?}");
        }
    }
}
