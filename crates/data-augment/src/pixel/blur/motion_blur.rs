//! The camera moved while the picture was taken.
//!
//! ```text
//! out = mean of the pixels under a line through each pixel: size points on it, evenly spaced, each rounded to its pixel
//! ```

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::rows::{MOST, filtered};
use super::taps::Taps;
use crate::check;
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::sample::Sample;
use crate::transform::{Apply, Transform, uniform};
use crate::workspace::Workspace;

/// Blurs along a line.
///
/// ```
/// use firebrick_data_augment::pixel::MotionBlurLine;
/// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
///
/// let mut sample = Sample::new(Picture::from_bytes(vec![0, 0, 90, 0, 0], [1, 5, 1])?);
/// MotionBlurLine { size: 3, degrees: 0.0 }.apply(&mut sample, &mut Workspace::new())?;
/// assert_eq!(sample.picture.bytes(), Some(&[0, 30, 30, 30, 0][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MotionBlur {
    /// Smallest and largest length of the line in pixels, odd, 1 to 255. Default 3 to 7.
    pub size: [usize; 2],
    /// From which the direction is drawn; 0 is along the rows, 90 along the columns. Default 0 to 360.
    pub degrees: [f64; 2],
}

impl MotionBlur {
    /// From the smallest and the largest length, in any direction.
    pub fn new(size: [usize; 2]) -> Self {
        Self { size, degrees: [0.0, 360.0] }
    }
}

impl Default for MotionBlur {
    fn default() -> Self {
        Self::new([3, 7])
    }
}

impl Transform for MotionBlur {
    type Drawn = MotionBlurLine;
    const NAME: &'static str = "motion_blur";

    fn check(&self) -> Result<(), AugmentError> {
        super::odd::check(Self::NAME, self.size, MOST)?;
        check::range(Self::NAME, "degrees", self.degrees, [-360.0, 360.0])
    }

    fn draw(&self, _shape: Shape, draws: &mut Draws) -> Result<MotionBlurLine, AugmentError> {
        let size = super::odd::draw(self.size, draws);
        Ok(MotionBlurLine { size, degrees: uniform(draws, self.degrees) })
    }
}

/// What [`MotionBlur`] draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MotionBlurLine {
    /// Length of the line in pixels, odd; an even one counts as the next.
    pub size: usize,
    /// Its direction.
    pub degrees: f64,
}

impl Apply for MotionBlurLine {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        let reach = self.size.clamp(1, MOST) / 2;
        let (down, right) = self.degrees.to_radians().sin_cos();
        let place = |at: usize| {
            let along = at as f64 - reach as f64;
            [down, right].map(|step| (step * along).round_ties_even() as i32)
        };
        let mut places = [[0; 2]; MOST];
        places.iter_mut().enumerate().for_each(|(at, to)| *to = place(at));
        // A line that leaves its row or column by less than 45 degrees moves by a pixel at each step: no place comes twice but
        // by rounding, and then it follows on its twin.
        let mut count = 1;
        for at in 1..=2 * reach {
            if places[at] != places[count - 1] {
                places[count] = places[at];
                count += 1;
            }
        }
        filtered(sample, &Taps { places: &places[..count], reach }, space)
    }
}
