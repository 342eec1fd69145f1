//! MixUp (Zhang et al., 2018, <https://arxiv.org/abs/1710.09412>).
//!
//! ```text
//! out = λ·in + (1 - λ)·partner        λ ~ Beta(α, α), one for the batch; labels alike
//! ```

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::batch::{check, mix_labels, with_partners};
use crate::check;
use crate::distributions::beta;
use crate::error::AugmentError;
use crate::picture::{Picture, Values, ValuesMut};
use crate::sample::Sample;
use crate::value::Value;
use crate::workspace::Workspace;

/// Lays each picture over the next one of its batch. Boxes and key points of both are kept; pictures with masks are refused.
///
/// ```
/// use firebrick_data_augment::mix::MixUpShare;
/// use firebrick_data_augment::{Picture, Sample, Workspace};
///
/// let picture = |level| Picture::from_bytes(vec![level; 4], [2, 2, 1]);
/// let mut batch = [Sample::new(picture(0)?).with_label(vec![1.0, 0.0]), Sample::new(picture(100)?).with_label(vec![0.0, 1.0])];
/// MixUpShare { share: 0.75 }.apply(&mut batch, &mut Workspace::new())?;
/// assert_eq!(batch[0].picture.bytes(), Some(&[25; 4][..]));
/// assert_eq!(batch[1].label, [0.25, 0.75]);
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MixUp {
    /// Parameter of the beta distribution: the larger, the more alike the shares. Default 0.2.
    pub alpha: f64,
}

impl MixUp {
    /// From the parameter of the beta distribution.
    pub fn new(alpha: f64) -> Self {
        Self { alpha }
    }

    pub(super) fn check(&self) -> Result<(), AugmentError> {
        check::number("mix_up", "alpha", self.alpha, [1e-6, 1e6])
    }

    /// Draws the share.
    pub fn draw(&self, draws: &mut Draws) -> MixUpShare {
        MixUpShare { share: beta(draws, self.alpha) }
    }
}

impl Default for MixUp {
    fn default() -> Self {
        Self::new(0.2)
    }
}

/// What [`MixUp`] draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MixUpShare {
    /// What is left of each picture, 0 to 1.
    pub share: f64,
}

impl MixUpShare {
    /// Mixes a batch.
    ///
    /// # Errors
    /// When pictures differ in shape or kind, labels in length, or when there are masks.
    pub fn apply(&self, batch: &mut [Sample], space: &mut Workspace) -> Result<(), AugmentError> {
        check("mix_up", batch)?;
        if batch.iter().any(|sample| sample.mask.is_some()) {
            return Err(AugmentError::MixedMasks { mix: "mix_up", index: 0 });
        }
        with_partners(batch, space, |sample, [partner], _| {
            blend(&mut sample.picture, &partner.picture, self.share as f32);
            mix_labels(&mut sample.label, &partner.label, self.share);
            sample.boxes.extend_from_slice(&partner.boxes);
            sample.key_points.extend_from_slice(&partner.key_points);
        });
        Ok(())
    }
}

/// share·own + (1 - share)·other, of two pictures of one shape and kind.
pub(crate) fn blend(own: &mut Picture, other: &Picture, share: f32) {
    match (own.values_mut(), other.values()) {
        (ValuesMut::Bytes(own), Values::Bytes(other)) => wide!(blend_values(own, other, share)),
        (ValuesMut::Floats(own), Values::Floats(other)) => wide!(blend_values(own, other, share)),
        _ => unreachable!("both pictures hold the same kind of values"),
    }
}

#[inline(always)]
fn blend_values<T: Value>(own: &mut [T], other: &[T], share: f32) {
    own.iter_mut()
        .zip(other)
        .for_each(|(own, other)| *own = T::of(share * own.float() + (1.0 - share) * other.float()));
}
