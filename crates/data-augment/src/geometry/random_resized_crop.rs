//! A part of random size and shape, brought to one size (Szegedy et al., 2015, <https://arxiv.org/abs/1409.4842>).
//!
//! ```text
//! height·width = a·H·W, width/height = r        a uniform, log r uniform; drawn again up to ten times until it fits
//! ```

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::resample::{Filter, Resampled};
use super::resize::yes;
use super::window::Window;
use crate::check;
use crate::error::AugmentError;
use crate::picture::Shape;
use crate::transform::{Transform, uniform};

/// Draws that do not fit before the middle of the picture is taken.
const ATTEMPTS: usize = 10;

/// Takes a part of 8 to 100 % of the picture, its sides 3:4 to 4:3, and brings it to one size.
///
/// ```
/// use firebrick_data_augment::geometry::RandomResizedCrop;
/// use firebrick_data_augment::{Key, Picture, Pipeline, Sample, Workspace};
///
/// let pipeline = Pipeline::new([RandomResizedCrop::new(8, 8).area([0.5, 1.0]).into()])?;
/// let mut sample = Sample::new(Picture::from_bytes(vec![10; 25 * 17], [25, 17, 1])?);
/// pipeline.apply(&mut sample, Key::default(), &mut Workspace::new())?;
/// assert_eq!(sample.picture.bytes(), Some(&[10; 64][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomResizedCrop {
    height: usize,
    width: usize,
    #[serde(default = "most")]
    area: [f64; 2],
    #[serde(default = "squarish")]
    ratio: [f64; 2],
    #[serde(default)]
    filter: Filter,
    #[serde(default = "yes")]
    antialias: bool,
}

fn most() -> [f64; 2] {
    [0.08, 1.0]
}

fn squarish() -> [f64; 2] {
    [3.0 / 4.0, 4.0 / 3.0]
}

impl RandomResizedCrop {
    /// To this height and width.
    pub fn new(height: usize, width: usize) -> Self {
        Self { height, width, area: most(), ratio: squarish(), filter: Filter::default(), antialias: true }
    }

    /// The part's share of the picture's area; 0.08 to 1 by default.
    #[must_use]
    pub fn area(mut self, share: [f64; 2]) -> Self {
        self.area = share;
        self
    }

    /// The part's width over its height; 3/4 to 4/3 by default.
    #[must_use]
    pub fn ratio(mut self, ratio: [f64; 2]) -> Self {
        self.ratio = ratio;
        self
    }

    /// How values between pixels are made.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Whether a part that becomes smaller is smoothed. Default true.
    #[must_use]
    pub fn antialias(mut self, antialias: bool) -> Self {
        self.antialias = antialias;
        self
    }

    fn window(&self, shape: Shape, draws: &mut Draws) -> Result<Window, AugmentError> {
        for _ in 0..ATTEMPTS {
            let area = uniform(draws, self.area) * shape.pixels() as f64;
            let ratio = uniform(draws, self.ratio.map(f64::ln)).exp();
            let (width, height) = ((area * ratio).sqrt().round(), (area / ratio).sqrt().round());
            let (height, width) = (height.max(1.0) as usize, width.max(1.0) as usize);
            if height <= shape.height && width <= shape.width {
                return Window::anywhere(Self::NAME, [height, width], shape, draws);
            }
        }
        let (high, wide) = (shape.height as f64, shape.width as f64);
        let ratio = (wide / high).clamp(self.ratio[0], self.ratio[1]);
        let side = |value: f64, most: usize| (value.round() as usize).clamp(1, most);
        let size = [side(high.min(wide / ratio), shape.height), side(wide.min(high * ratio), shape.width)];
        Window::central(Self::NAME, size, shape)
    }
}

impl Transform for RandomResizedCrop {
    type Drawn = Resampled;
    const NAME: &'static str = "random_resized_crop";

    fn check(&self) -> Result<(), AugmentError> {
        check::size(Self::NAME, "height", self.height)?;
        check::size(Self::NAME, "width", self.width)?;
        check::range(Self::NAME, "area", self.area, [1e-6, 1.0])?;
        check::range(Self::NAME, "ratio", self.ratio, [1e-3, 1e3])
    }

    fn draw(&self, shape: Shape, draws: &mut Draws) -> Result<Resampled, AugmentError> {
        let window = self.window(shape, draws)?;
        let Self { height, width, filter, antialias, .. } = *self;
        Ok(Resampled { window, height, width, filter, antialias })
    }
}
