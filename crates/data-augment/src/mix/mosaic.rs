//! Mosaic (Bochkovskiy et al., 2020, <https://arxiv.org/abs/2004.10934>): four pictures in one.
//!
//! ```text
//! own    | 1st        each shows the corner that it turns to the point where all meet: what does not fit is cut off
//! -------+-----       1st, 2nd and 3rd are those that follow in the batch
//! 2nd    | 3rd        label = the four labels by area
//! ```

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};

use super::batch::{check, with_partners};
use super::cut_mix::paste;
use crate::check;
use crate::error::AugmentError;
use crate::picture::{Picture, Shape};
use crate::pixel::Part;
use crate::sample::Sample;
use crate::transform::uniform;
use crate::workspace::Workspace;

/// Puts four pictures of the batch together, of the size of one. Masks, boxes and key points move with them.
///
/// ```
/// use firebrick_data_augment::mix::MosaicCentre;
/// use firebrick_data_augment::{Picture, Sample, Workspace};
///
/// let picture = |level| Picture::from_bytes(vec![level; 16], [4, 4, 1]).map(Sample::new);
/// let mut batch = [picture(1)?, picture(2)?, picture(3)?, picture(4)?];
/// MosaicCentre { row: 1, column: 2 }.apply(&mut batch, &mut Workspace::new())?;
/// assert_eq!(batch[0].picture.bytes(), Some(&[1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4, 3, 3, 4, 4][..]));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mosaic {
    /// From which the point where all meet is drawn, down and across, a share of the side. Default 0.25 to 0.75.
    pub centre: [f64; 2],
}

impl Mosaic {
    /// From the range of the point where all meet.
    pub fn new(centre: [f64; 2]) -> Self {
        Self { centre }
    }

    pub(super) fn check(&self) -> Result<(), AugmentError> {
        check::range("mosaic", "centre", self.centre, [0.0, 1.0])
    }

    /// Draws where all meet.
    pub fn draw(&self, shape: Shape, draws: &mut Draws) -> MosaicCentre {
        let mut along = |side: usize| (uniform(draws, self.centre) * side as f64).round() as usize;
        MosaicCentre { row: along(shape.height), column: along(shape.width) }
    }
}

impl Default for Mosaic {
    fn default() -> Self {
        Self::new([0.25, 0.75])
    }
}

/// What [`Mosaic`] draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MosaicCentre {
    /// First row of the lower two.
    pub row: usize,
    /// First column of the right two.
    pub column: usize,
}

impl MosaicCentre {
    /// Mixes a batch.
    ///
    /// # Errors
    /// When pictures differ in shape or kind, labels in length, or when only some have masks.
    pub fn apply(&self, batch: &mut [Sample], space: &mut Workspace) -> Result<(), AugmentError> {
        check("mosaic", batch)?;
        let Some(first) = batch.first() else { return Ok(()) };
        let tiles = self.tiles(first.shape());
        with_partners(batch, space, |sample, partners: [&Sample; 3], space| {
            put_together(sample, partners, &tiles, space);
        });
        Ok(())
    }

    /// Where each lies, and which row and column of it come first there.
    fn tiles(&self, shape: Shape) -> [(Part, [usize; 2]); 4] {
        let (row, column) = (self.row.min(shape.height), self.column.min(shape.width));
        let (below, right) = (shape.height - row, shape.width - column);
        let part = |top, left, height, width| Part { top, left, height, width };
        [
            (part(0, 0, row, column), [below, right]),
            (part(0, column, row, right), [below, 0]),
            (part(row, 0, below, column), [0, right]),
            (part(row, column, below, right), [0, 0]),
        ]
    }
}

fn put_together(sample: &mut Sample, partners: [&Sample; 3], tiles: &[(Part, [usize; 2]); 4], space: &mut Workspace) {
    let mut picture = space.take_picture(sample.shape(), &sample.picture);
    let mut mask = sample.mask.as_ref().map(|mask| space.take_picture(mask.shape(), mask));
    let own = tiles[0];
    let pixels = sample.shape().pixels() as f64;
    let share = |part: Part| ((part.height * part.width) as f64 / pixels) as f32;
    place(&sample.picture, &mut picture, own);
    place_mask(sample, mask.as_mut(), own);
    sample.label.iter_mut().for_each(|label| *label *= share(own.0));
    let (area, by) = moved(own);
    sample.boxes.retain_mut(|found| area.within(found, by).map(|kept| *found = kept).is_some());
    sample.key_points.iter_mut().for_each(|point| (point.x, point.y) = (point.x + by[0], point.y + by[1]));
    sample.key_points.retain(|point| area.holds(point));
    for (partner, &tile) in partners.into_iter().zip(&tiles[1..]) {
        place(&partner.picture, &mut picture, tile);
        place_mask(partner, mask.as_mut(), tile);
        sample.label.iter_mut().zip(&partner.label).for_each(|(own, other)| *own += share(tile.0) * other);
        let (area, by) = moved(tile);
        sample.boxes.extend(partner.boxes.iter().filter_map(|found| area.within(found, by)));
        let points = partner.key_points.iter().map(|point| crate::targets::KeyPoint {
            x: point.x + by[0],
            y: point.y + by[1],
            ..*point
        });
        sample.key_points.extend(points.filter(|point| area.holds(point)));
    }
    space.give_picture(std::mem::replace(&mut sample.picture, picture));
    if let Some(old) = std::mem::replace(&mut sample.mask, mask) {
        space.give_picture(old);
    }
}

fn place(from: &Picture, to: &mut Picture, (part, start): (Part, [usize; 2])) {
    paste(to, from, part, start);
}

fn place_mask(from: &Sample, to: Option<&mut Picture>, tile: (Part, [usize; 2])) {
    if let (Some(from), Some(to)) = (&from.mask, to) {
        place(from, to, tile);
    }
}

/// The area of a tile, and by how much what is on its picture moves.
fn moved((part, [row, column]): (Part, [usize; 2])) -> (super::batch::Area, [f64; 2]) {
    (part.area(), [part.left as f64 - column as f64, part.top as f64 - row as f64])
}
