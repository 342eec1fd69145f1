//! What mixes share: pictures of one shape, partners within the batch, labels by shares.

use crate::error::AugmentError;
use crate::picture::{Picture, Values};
use crate::sample::Sample;
use crate::targets::{BoundingBox, KeyPoint};
use crate::workspace::Workspace;

/// All pictures have one shape and kind, all labels one length, and either all or none has a mask.
pub(super) fn check(mix: &'static str, batch: &[Sample]) -> Result<(), AugmentError> {
    let Some(first) = batch.first() else { return Ok(()) };
    let kind = |sample: &Sample| matches!(sample.picture.values(), Values::Bytes(_));
    for (index, sample) in batch.iter().enumerate() {
        if sample.shape() != first.shape() || kind(sample) != kind(first) {
            return Err(AugmentError::MixedPictures { mix, index, shape: sample.shape(), first: first.shape() });
        }
        if sample.label.len() != first.label.len() {
            let (classes, first) = (sample.label.len(), first.label.len());
            return Err(AugmentError::MixedLabels { mix, index, classes, first });
        }
        if sample.mask.as_ref().map(Picture::shape) != first.mask.as_ref().map(Picture::shape) {
            return Err(AugmentError::MixedMasks { mix, index });
        }
    }
    Ok(())
}

/// Calls `mix` for each sample with the N that follow it, as all of them were before.
pub(super) fn with_partners<const N: usize>(
    batch: &mut [Sample],
    space: &mut Workspace,
    mut mix: impl FnMut(&mut Sample, [&Sample; N], &mut Workspace),
) {
    let len = batch.len();
    // Those that begin the batch are partners of those that end it. N copies a batch; their buffers come from the workspace.
    let kept: Vec<Sample> = (0..N.min(len)).map(|i| copied(&batch[i], space)).collect();
    for at in 0..len {
        let (done, rest) = batch.split_at_mut(at + 1);
        let partners = std::array::from_fn(|i| rest.get(i).unwrap_or_else(|| &kept[(at + 1 + i) % len]));
        mix(&mut done[at], partners, space);
    }
    kept.into_iter().for_each(|sample| give(sample, space));
}

fn copied(sample: &Sample, space: &mut Workspace) -> Sample {
    let mut copy = |picture: &Picture| {
        let mut to = space.take_picture(picture.shape(), picture);
        to.copy_from(picture);
        to
    };
    Sample {
        picture: copy(&sample.picture),
        mask: sample.mask.as_ref().map(&mut copy),
        boxes: sample.boxes.clone(),
        key_points: sample.key_points.clone(),
        label: sample.label.clone(),
    }
}

fn give(sample: Sample, space: &mut Workspace) {
    space.give_picture(sample.picture);
    if let Some(mask) = sample.mask {
        space.give_picture(mask);
    }
}

/// share·own + (1 - share)·other.
pub(super) fn mix_labels(own: &mut [f32], other: &[f32], share: f64) {
    let share = share as f32;
    own.iter_mut().zip(other).for_each(|(own, other)| *own = share * *own + (1.0 - share) * other);
}

/// A part of a picture: x_min, y_min, x_max, y_max.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area(pub(super) [f64; 4]);

impl Area {
    /// What of a box, moved by `by`, lies within; none when nothing does.
    pub(super) fn within(self, area: &BoundingBox, [x, y]: [f64; 2]) -> Option<BoundingBox> {
        let [x_min, y_min, x_max, y_max] = self.0;
        let moved = BoundingBox {
            x_min: (area.x_min + x).max(x_min),
            y_min: (area.y_min + y).max(y_min),
            x_max: (area.x_max + x).min(x_max),
            y_max: (area.y_max + y).min(y_max),
            ..*area
        };
        let there = moved.x_min < moved.x_max && moved.y_min < moved.y_max;
        there.then(|| BoundingBox { visible: area.visible * moved.area() / area.area(), ..moved })
    }

    /// Whether a point lies within, counted from the picture's corner.
    pub(super) fn holds(self, point: &KeyPoint) -> bool {
        let [x_min, y_min, x_max, y_max] = self.0;
        let (x, y) = (point.x + 0.5, point.y + 0.5);
        x >= x_min && x < x_max && y >= y_min && y < y_max
    }
}
