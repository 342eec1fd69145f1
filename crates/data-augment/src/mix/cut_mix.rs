//! CutMix (Yun et al., 2019, <https://arxiv.org/abs/1905.04899>).
//!
//! ```text
//! out = a rectangle of the partner, all else of the picture itself        area of the rectangle 1 - λ, λ ~ Beta(α, α)
//! label = λ'·own + (1 - λ')·partner's                                     λ' from what of the rectangle is on the picture
//! ```

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::batch::{Area, check, mix_labels, with_partners};
use crate::check;
use crate::distributions::beta;
use crate::error::AugmentError;
use crate::picture::{Picture, Shape, Values, ValuesMut};
use crate::pixel::Part;
use crate::sample::Sample;
use crate::workspace::Workspace;

/// Puts a rectangle of the next picture of the batch in the same place of each. Masks, boxes and key points go with it: what it
/// covers is lost.
///
/// ```
/// use firebrick_data_augment::mix::CutMixPart;
/// use firebrick_data_augment::pixel::Part;
/// use firebrick_data_augment::{Picture, Sample, Workspace};
///
/// let picture = |level| Picture::from_bytes(vec![level; 4], [2, 2, 1]);
/// let mut batch = [Sample::new(picture(0)?).with_label(vec![1.0, 0.0]), Sample::new(picture(9)?).with_label(vec![0.0, 1.0])];
/// CutMixPart { part: Part { top: 0, left: 1, height: 1, width: 1 } }.apply(&mut batch, &mut Workspace::new())?;
/// assert_eq!(batch[0].picture.bytes(), Some(&[0, 9, 0, 0][..]));
/// assert_eq!(batch[0].label, [0.75, 0.25]);
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CutMix {
    /// Parameter of the beta distribution of the share. Default 1: all shares alike.
    pub alpha: f64,
}

impl CutMix {
    /// From the parameter of the beta distribution.
    pub fn new(alpha: f64) -> Self {
        Self { alpha }
    }

    pub(super) fn check(&self) -> Result<(), AugmentError> {
        check::number("cut_mix", "alpha", self.alpha, [1e-6, 1e6])
    }

    /// Draws the rectangle, its middle anywhere on the picture.
    pub fn draw(&self, shape: Shape, draws: &mut Draws) -> CutMixPart {
        let side = (1.0 - beta(draws, self.alpha)).sqrt();
        let mut along = |len: usize| {
            let middle = draws.below(len as u64) as usize;
            let half = (side * len as f64 / 2.0) as usize;
            let start = middle.saturating_sub(half);
            (start, (middle + half).min(len) - start)
        };
        let ((top, height), (left, width)) = (along(shape.height), along(shape.width));
        CutMixPart { part: Part { top, left, height, width } }
    }
}

impl Default for CutMix {
    fn default() -> Self {
        Self::new(1.0)
    }
}

/// What [`CutMix`] draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CutMixPart {
    /// The rectangle.
    pub part: Part,
}

impl CutMixPart {
    /// Mixes a batch.
    ///
    /// # Errors
    /// When pictures differ in shape or kind, labels in length, or when only some have masks.
    pub fn apply(&self, batch: &mut [Sample], space: &mut Workspace) -> Result<(), AugmentError> {
        check("cut_mix", batch)?;
        let Some(first) = batch.first() else { return Ok(()) };
        let shape = first.shape();
        let part = self.part.on(shape);
        let own = 1.0 - (part.height * part.width) as f64 / shape.pixels() as f64;
        with_partners(batch, space, |sample, [partner], _| {
            paste(&mut sample.picture, &partner.picture, part, [part.top, part.left]);
            if let (Some(mask), Some(partner)) = (&mut sample.mask, &partner.mask) {
                paste(mask, partner, part, [part.top, part.left]);
            }
            mix_labels(&mut sample.label, &partner.label, own);
            targets(sample, partner, part);
        });
        Ok(())
    }
}

/// Boxes and points of the sample that are not covered, and the partner's within the part.
fn targets(sample: &mut Sample, partner: &Sample, part: Part) {
    let area = part.area();
    sample.boxes.retain_mut(|own| {
        let covered = area.within(own, [0.0; 2]).map_or(0.0, |covered| covered.area() / own.area());
        own.visible *= 1.0 - covered;
        own.visible > 0.0
    });
    sample.boxes.extend(partner.boxes.iter().filter_map(|other| area.within(other, [0.0; 2])));
    sample.key_points.retain(|point| !area.holds(point));
    sample.key_points.extend(partner.key_points.iter().filter(|point| area.holds(point)));
}

impl Part {
    pub(super) fn area(self) -> Area {
        let [x_min, y_min] = [self.left as f64, self.top as f64];
        Area([x_min, y_min, x_min + self.width as f64, y_min + self.height as f64])
    }
}

/// Copies the pixels of another picture that begin at `from` (row, column) into a part of this one.
pub(super) fn paste(to: &mut Picture, source: &Picture, part: Part, from: [usize; 2]) {
    let (stride, source_stride, channels) = (to.shape().row(), source.shape().row(), to.shape().channels);
    let lines = (0..part.height).map(|y| {
        let to = (part.top + y) * stride + part.left * channels;
        (to, (from[0] + y) * source_stride + from[1] * channels)
    });
    let len = part.width * channels;
    match (to.values_mut(), source.values()) {
        (ValuesMut::Bytes(to), Values::Bytes(from)) => {
            lines.for_each(|(t, f)| to[t..t + len].copy_from_slice(&from[f..f + len]));
        }
        (ValuesMut::Floats(to), Values::Floats(from)) => {
            lines.for_each(|(t, f)| to[t..t + len].copy_from_slice(&from[f..f + len]));
        }
        _ => unreachable!("both pictures hold the same kind of values"),
    }
}
