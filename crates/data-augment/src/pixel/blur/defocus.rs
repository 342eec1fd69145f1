//! A lens that is out of focus: every point becomes a disk with a soft rim.
//!
//! ```text
//! out = bell(mean of the pixels at most radius away)        bell 3 x 3 pixels of deviation `soft`, 5 x 5 above radius 8
//! ```

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::rows::filtered;
use super::smooth::Smooth;
use super::taps::Taps;
use crate::check;
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::sample::Sample;
use crate::transform::{Apply, Transform, uniform};
use crate::workspace::Workspace;

/// The largest radius.
const MOST_RADIUS: usize = 16;
/// Whole places within the largest disk, and more.
const MOST_PLACES: usize = (2 * MOST_RADIUS + 1) * (2 * MOST_RADIUS + 1);

/// Blurs with a disk.
///
/// ```
/// use firebrick_data_augment::pixel::Defocus;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([Defocus::new([2, 3]).into()])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![7; 300], [10, 10, 3])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// assert!(sample.picture.bytes().unwrap_or_default().iter().all(|byte| *byte == 7));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Defocus {
    /// Smallest and largest radius of the disk in pixels, 1 to 16. Default 2 to 5.
    pub radius: [usize; 2],
    /// From which the softness of the rim is drawn, in pixels. Default 0.1 to 0.5.
    pub soft: [f64; 2],
}

impl Defocus {
    /// From the smallest and the largest radius.
    pub fn new(radius: [usize; 2]) -> Self {
        Self { radius, soft: [0.1, 0.5] }
    }
}

impl Default for Defocus {
    fn default() -> Self {
        Self::new([2, 5])
    }
}

impl Transform for Defocus {
    type Drawn = DefocusDisk;
    const NAME: &'static str = "defocus";

    fn check(&self) -> Result<(), AugmentError> {
        check::range(Self::NAME, "radius", self.radius.map(|radius| radius as f64), [1.0, MOST_RADIUS as f64])?;
        check::range(Self::NAME, "soft", self.soft, [0.0, 10.0])
    }

    fn draw(&self, _shape: Shape, draws: &mut Draws) -> Result<DefocusDisk, AugmentError> {
        let [low, high] = self.radius;
        let radius = low + draws.below((high - low) as u64 + 1) as usize;
        Ok(DefocusDisk { radius, soft: uniform(draws, self.soft) })
    }
}

/// What [`Defocus`] draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefocusDisk {
    /// Radius of the disk in pixels.
    pub radius: usize,
    /// Deviation of the bell that softens its rim, in pixels.
    pub soft: f64,
}

impl Apply for DefocusDisk {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        let reach = self.radius.min(MOST_RADIUS) as i32;
        let mut places = [[0; 2]; MOST_PLACES];
        let mut count = 0;
        for down in -reach..=reach {
            for right in (-reach..=reach).filter(|right| down * down + right * right <= reach * reach) {
                places[count] = [down, right];
                count += 1;
            }
        }
        filtered(sample, &Taps { places: &places[..count], reach: reach as usize }, space)?;
        // Of less than a fifth of a pixel, nothing reaches the next one.
        if self.soft < 0.2 {
            return Ok(());
        }
        filtered(sample, &Smooth::bell(self.soft, if self.radius > 8 { 2 } else { 1 }), space)
    }
}
