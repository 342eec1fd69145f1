//! Colours turned around the colour wheel (HSV).
//!
//! ```text
//! V = max(R, G, B)      C = V - min(R, G, B)      H in sixths of a turn, 0 at red, 2 at green, 4 at blue
//! out(n) = V - C·clamp(min(k, 4 - k), 0, 1)       k = (n + H + 6·shift) mod 6, n = 5, 3, 1 for red, green, blue
//! ```
//!
//! As `adjust_hue` of torchvision.

use super::rgb::map_colours;
use crate::error::AugmentError;
use crate::pixel::ranged::ranged;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::workspace::Workspace;

ranged! {
    /// Turns all hues by a share of a full turn.
    ///
    /// ```
    /// use firebrick_data_augment::pixel::HueShift;
    /// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
    ///
    /// let mut sample = Sample::new(Picture::from_bytes(vec![200, 100, 100], [1, 1, 3])?);
    /// HueShift { shift: 1.0 / 3.0 }.apply(&mut sample, &mut Workspace::new())?;
    /// assert_eq!(sample.picture.bytes(), Some(&[100, 200, 100][..]));
    /// # Ok::<(), firebrick_data_augment::AugmentError>(())
    /// ```
    Hue, "hue";
    /// From which the shift is drawn, in turns: 0 changes nothing, 0.5 gives the opposite colour. Default -0.1 to 0.1.
    shift: [-0.1, 0.1] in [-0.5, 0.5];
    /// What [`Hue`] draws.
    HueShift
}

impl Apply for HueShift {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        if self.shift == 0.0 {
            return Ok(());
        }
        // Of 0 to 6, so that what is added below stays within two rounds.
        let sixths = (6.0 * self.shift).rem_euclid(6.0) as f32;
        map_colours(
            &mut sample.picture,
            #[inline(always)]
            |colours, _| turned(colours, sixths),
        );
        Ok(())
    }
}

/// Without branches: all is computed, then chosen.
#[inline(always)]
fn turned([red, green, blue]: [f32; 3], sixths: f32) -> [f32; 3] {
    let value = larger(larger(red, green), blue);
    let chroma = value - smaller(smaller(red, green), blue);
    let scale = 1.0 / if chroma > 0.0 { chroma } else { 1.0 };
    let of_red = (green - blue) * scale;
    let of_green = (blue - red) * scale + 2.0;
    let of_blue = (red - green) * scale + 4.0;
    let hue = if value == red {
        of_red
    } else if value == green {
        of_green
    } else {
        of_blue
    };
    // -1 to 5 and 0 to 6 and 1 to 5: at most 16, less than three rounds.
    [5.0, 3.0, 1.0].map(|n| {
        let k = n + hue + sixths;
        let k = if k >= 6.0 { k - 6.0 } else { k };
        let k = if k >= 6.0 { k - 6.0 } else { k };
        let share = smaller(k, 4.0 - k);
        value - chroma * smaller(larger(share, 0.0), 1.0)
    })
}

#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[inline(always)]
fn smaller(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}
