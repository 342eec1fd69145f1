//! How a record says that several chains begin at one picture and are mixed at their end.
//!
//! ```text
//! begin, chain, next, chain, next, chain, end      the picture is as it was at the beginning of each chain
//! ```

use serde::{Deserialize, Serialize};

use crate::error::AugmentError;
use crate::mix::blend;
use crate::picture::Picture;
use crate::sample::Sample;
use crate::targets::{BoundingBox, KeyPoint};
use crate::transform::Apply;
use crate::workspace::Workspace;

/// A step of a record that mixes chains. Masks, boxes and key points stay as they were: what chains do to them is undone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "branch", rename_all = "snake_case", deny_unknown_fields)]
pub enum Branch {
    /// The picture is put aside.
    Begin {},
    /// A chain ends, and the next one begins.
    Next {
        /// What the chains before keep in their mixture with this one: 0 to 1.
        keep: f64,
    },
    /// The last chain ends; its mixture with those before is laid over the picture that was put aside.
    End {
        /// What the chains before keep in their mixture with this one: 0 to 1.
        keep: f64,
        /// What is left of the picture as it was, 0 to 1.
        original: f64,
    },
}

/// What was put aside.
#[derive(Debug)]
pub(crate) struct Aside {
    picture: Picture,
    /// Of the chains that have ended.
    mixture: Option<Picture>,
    mask: Option<Picture>,
    boxes: Vec<BoundingBox>,
    key_points: Vec<KeyPoint>,
}

impl Apply for Branch {
    fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
        match *self {
            Self::Begin {} => {
                let aside = begin(sample, space);
                space.asides.push(aside);
                Ok(())
            }
            Self::Next { keep } => {
                let mut aside = taken(sample, space)?;
                mix(sample, &mut aside, keep, space);
                sample.picture.copy_from(&aside.picture);
                space.asides.push(aside);
                Ok(())
            }
            Self::End { keep, original } => {
                let mut aside = taken(sample, space)?;
                mix(sample, &mut aside, keep, space);
                end(sample, aside, original, space);
                Ok(())
            }
        }
    }
}

fn begin(sample: &mut Sample, space: &mut Workspace) -> Aside {
    let mut picture = space.take_picture(sample.shape(), &sample.picture);
    picture.copy_from(&sample.picture);
    Aside {
        picture,
        mixture: None,
        mask: sample.mask.take(),
        boxes: std::mem::take(&mut sample.boxes),
        key_points: std::mem::take(&mut sample.key_points),
    }
}

/// What was put aside last, if the picture is still one of its kind.
fn taken(sample: &Sample, space: &mut Workspace) -> Result<Aside, AugmentError> {
    let aside = space.asides.pop().ok_or(AugmentError::NoBranch)?;
    if sample.picture.is_like(&aside.picture) { Ok(aside) } else { Err(AugmentError::NoBranch) }
}

/// Mixes the picture into what the chains before have made.
fn mix(sample: &Sample, aside: &mut Aside, keep: f64, space: &mut Workspace) {
    let mixture = aside.mixture.get_or_insert_with(|| {
        let mut first = space.take_picture(sample.shape(), &sample.picture);
        first.copy_from(&sample.picture);
        first
    });
    blend(mixture, &sample.picture, keep as f32);
}

fn end(sample: &mut Sample, aside: Aside, original: f64, space: &mut Workspace) {
    let Aside { mut picture, mixture, mask, boxes, key_points } = aside;
    if let Some(mixture) = mixture {
        blend(&mut picture, &mixture, original as f32);
        space.give_picture(mixture);
    }
    space.give_picture(std::mem::replace(&mut sample.picture, picture));
    (sample.mask, sample.boxes, sample.key_points) = (mask, boxes, key_points);
}
