//! Grids of sample pictures as one PNG, captions included.

use image::imageops::{FilterType, overlay, resize};
use image::{DynamicImage, RgbImage};

use super::PlotError;
use super::picture::Sample;
use super::raster::{draw, encode_png};
use super::svg::{Anchor, Text, frame, shortened};
use super::theme::{INK, ORANGE, SOFT};

/// The side of a picture in the grid, and the space that a picture takes with its captions, in pixels.
const SIDE: u32 = 112;
const CELL: (u32, u32) = (136, 164);
const MARGIN: u32 = 16;
/// The space for a title.
const TITLE: u32 = 40;

/// Sample pictures in rows of `columns`, under a title, as PNG. Small pictures are enlarged pixel by pixel.
///
/// # Errors
/// [`PlotError::Size`] for more samples than a picture of 16,384 pixels holds.
///
/// # Panics
/// When `columns` is zero.
pub fn picture_grid(title: &str, samples: &[Sample], columns: usize) -> Result<Vec<u8>, PlotError> {
    assert!(columns > 0, "a grid needs at least one column");
    let columns = columns.min(samples.len().max(1)) as u32;
    let rows = (samples.len() as u32).div_ceil(columns);
    let (width, height) = (columns * CELL.0 + 2 * MARGIN, rows * CELL.1 + TITLE + MARGIN);
    let corner = |i: usize| {
        let (column, row) = (i as u32 % columns, i as u32 / columns);
        (MARGIN + column * CELL.0 + (CELL.0 - SIDE) / 2, TITLE + row * CELL.1 + 8)
    };
    let mut texts = Text::new(title, (28.0, 27.0), 17.0, &INK).bold().svg();
    for (i, sample) in samples.iter().enumerate() {
        texts.push_str(&captions(sample, corner(i)));
    }
    let mut grid = draw(&frame(width.into(), height.into(), &texts), width)?;
    for (i, sample) in samples.iter().enumerate() {
        let (x, y) = corner(i);
        let picture = enlarged(sample.picture.pixels());
        let (x, y) = (x + (SIDE - picture.width()) / 2, y + (SIDE - picture.height()) / 2);
        overlay(&mut grid, &picture, x.into(), y.into());
    }
    encode_png(DynamicImage::ImageRgb8(grid))
}

fn captions(sample: &Sample, (x, y): (u32, u32)) -> String {
    let middle = f64::from(x) + f64::from(SIDE) / 2.0;
    let below = f64::from(y + SIDE);
    let colour = if sample.right == Some(false) { &ORANGE } else { &INK };
    let caption = shortened(&sample.caption, 16);
    let note = shortened(&sample.note, 22);
    Text::new(&caption, (middle, below + 17.0), 14.0, colour).anchor(Anchor::Middle).bold().svg()
        + &Text::new(&note, (middle, below + 33.0), 12.0, &SOFT).anchor(Anchor::Middle).svg()
}

/// As large as the cell allows: whole pixels for small pictures, smooth for those that must shrink.
fn enlarged(picture: &RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    let longest = width.max(height).max(1);
    let fit = |side: u32| (u64::from(side) * u64::from(SIDE) / u64::from(longest)).clamp(1, SIDE.into()) as u32;
    let filter = if longest > SIDE { FilterType::Triangle } else { FilterType::Nearest };
    resize(picture, fit(width), fit(height), filter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::Picture;

    fn sample(right: Option<bool>) -> Sample {
        let picture = Picture::from_planes(&[200; 64], [1, 8, 8], 1.0 / 255.0);
        Sample { right, note: "99 %".into(), ..Sample::new(picture, "seven") }
    }

    #[test]
    fn a_grid_is_as_large_as_its_rows_and_columns_and_holds_the_pictures() {
        let png = picture_grid("Samples", &vec![sample(None); 7], 3).unwrap();
        let grid = image::load_from_memory(&png).unwrap().into_rgb8();
        assert_eq!(grid.dimensions(), (3 * CELL.0 + 2 * MARGIN, 3 * CELL.1 + TITLE + MARGIN));
        let level = grid.pixels().filter(|pixel| pixel.0 == [200; 3]).count();
        assert!(level >= 7 * (SIDE * SIDE) as usize, "{level}");
    }

    #[test]
    fn a_mistake_is_written_in_another_colour() {
        let orange = |right| {
            let png = picture_grid("", &[sample(right)], 1).unwrap();
            let grid = image::load_from_memory(&png).unwrap().into_rgb8();
            grid.pixels().filter(|pixel| pixel[0] > pixel[2].saturating_add(80)).count()
        };
        assert_eq!(orange(Some(true)), 0);
        assert!(orange(Some(false)) > 10);
    }

    #[test]
    fn pictures_of_any_proportions_fit_their_cell() {
        for (width, height) in [(1, 1), (8, 8), (28, 28), (1000, 10), (1, 5000), (640, 480)] {
            let fitted = enlarged(&RgbImage::new(width, height));
            assert_eq!(fitted.width().max(fitted.height()), SIDE, "{width}x{height}");
        }
    }

    #[test]
    fn a_grid_without_samples_is_a_title() {
        assert!(!picture_grid("No mistakes", &[], 8).unwrap().is_empty());
    }
}
