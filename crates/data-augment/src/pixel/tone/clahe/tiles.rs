//! The tables of the tiles, and the way between them.

use super::ClaheLimit;
use crate::pixel::border::mirrored;
use crate::value::byte;
use crate::workspace::Workspace;

const LEVELS: usize = 256;

/// Equalises a plane of bytes in place.
pub(super) fn equalize(plane: &mut [u8], [height, width]: [usize; 2], limit: &ClaheLimit, space: &mut Workspace) {
    let [down, across] = limit.tiles;
    let even = height % down == 0 && width % across == 0;
    // A side that is no whole number of tiles is continued by its mirror image; then the other one is, too.
    let side = |side: usize, tiles: usize| if even { side / tiles } else { side / tiles + 1 };
    let (tile_height, tile_width) = (side(height, down), side(width, across));
    let mut tables = space.take_numbers(down * across * LEVELS);
    for (tile, table) in tables.as_chunks_mut::<LEVELS>().0.iter_mut().enumerate() {
        let (top, left) = (tile / across * tile_height, tile % across * tile_width);
        let mut counts = [0u32; LEVELS];
        for y in top..top + tile_height {
            let row = &plane[mirrored(y as isize, height) * width..][..width];
            let within = &row[left.min(width)..(left + tile_width).min(width)];
            within.iter().for_each(|&level| counts[usize::from(level)] += 1);
            let beyond = left.max(width)..left + tile_width;
            beyond.for_each(|x| counts[usize::from(row[mirrored(x as isize, width)])] += 1);
        }
        fill(table, counts, limit.clip_limit, tile_height * tile_width);
    }
    let columns = Between { tiles: across, step: 1.0 / tile_width as f32 };
    let rows = Between { tiles: down, step: 1.0 / tile_height as f32 };
    interpolate(plane, width, tables.as_chunks::<LEVELS>().0, [rows, columns]);
    space.give_numbers(tables);
}

/// The table of one tile: its histogram cut off at the limit, what is cut off spread evenly, cumulated.
fn fill(table: &mut [i32; LEVELS], mut counts: [u32; LEVELS], clip_limit: f64, pixels: usize) {
    let most = ((clip_limit * pixels as f64 / LEVELS as f64) as u32).max(1);
    let cut: u32 = counts.iter().map(|count| count.saturating_sub(most)).sum();
    let share = cut / LEVELS as u32;
    counts.iter_mut().for_each(|count| *count = (*count).min(most) + share);
    let left = cut as usize % LEVELS;
    // Of less than all levels, every so manyth gets one more.
    if let Some(step) = LEVELS.checked_div(left) {
        counts.iter_mut().step_by(step).take(left).for_each(|count| *count += 1);
    }
    let scale = 255.0 / pixels as f32;
    let mut sum = 0;
    for (out, count) in table.iter_mut().zip(counts) {
        sum += count;
        *out = i32::from(byte(sum as f32 * scale));
    }
}

/// Along one side: how many tiles, and what share of a tile a pixel is.
#[derive(Clone, Copy)]
struct Between {
    tiles: usize,
    step: f32,
}

impl Between {
    /// The tiles before and after a position, and how near the second is, 0 to 1.
    fn at(self, position: usize) -> ([usize; 2], f32) {
        let place = position as f32 * self.step - 0.5;
        let before = place.floor();
        let last = self.tiles as isize - 1;
        let tile = |tile: isize| tile.clamp(0, last) as usize;
        ([tile(before as isize), tile(before as isize + 1)], place - before)
    }

    /// The first position after this one that has other tiles around it.
    fn next(self, position: usize, side: usize) -> usize {
        let tiles = self.at(position).0;
        (position + 1..side).find(|&next| self.at(next).0 != tiles).unwrap_or(side)
    }
}

fn interpolate(plane: &mut [u8], width: usize, tables: &[[i32; LEVELS]], [rows, columns]: [Between; 2]) {
    let mut left = 0;
    while left < width {
        // Pixels of the same four tiles: their tables are at hand, and no index can be beyond them.
        let right = columns.next(left, width);
        let [before, after] = columns.at(left).0;
        for (y, row) in plane.chunks_exact_mut(width).enumerate() {
            let ([upper, lower], down) = rows.at(y);
            let table = |row: usize, column: usize| &tables[row * columns.tiles + column];
            let four = [[table(upper, before), table(upper, after)], [table(lower, before), table(lower, after)]];
            wide!(mixed(&mut row[left..right], left, four, (columns.step, down)));
        }
        left = right;
    }
}

/// Values of four tables in proportion.
#[inline(always)]
fn mixed(values: &mut [u8], left: usize, [upper, lower]: [[&[i32; LEVELS]; 2]; 2], (step, down): (f32, f32)) {
    let first = (left as f32 * step - 0.5).floor();
    for (x, value) in values.iter_mut().enumerate() {
        let across = ((left + x) as i32 as f32 * step - 0.5) - first;
        let level = usize::from(*value);
        let of =
            |tables: [&[i32; LEVELS]; 2]| tables[0][level] as f32 * (1.0 - across) + tables[1][level] as f32 * across;
        *value = byte(of(upper) * (1.0 - down) + of(lower) * down);
    }
}
