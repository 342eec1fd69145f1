//! A field of displacements: noise, smoothed.

use firebrick_data::random::Draws;

use crate::pixel::Noise;
use crate::workspace::Workspace;

/// Names the stream of random numbers that displacements are drawn from.
const STREAM: u64 = 0x656C_6173_7469_6300;
/// Steps that bring a point to within a thousandth of a pixel, for fields that do not fold.
const STEPS: usize = 24;

/// How far each pixel is displaced, in pixels.
pub(super) struct Field {
    height: usize,
    width: usize,
    across: Vec<f32>,
    down: Vec<f32>,
}

impl Field {
    pub(super) fn new(
        seed: u64,
        sigma: f64,
        alpha: f64,
        ([height, width], space): ([usize; 2], &mut Workspace),
    ) -> Self {
        let mut draws = Draws::new(&[STREAM, seed]);
        let mut direction = || {
            let bits = Noise::new(draws.u64());
            let mut noise = space.take_floats(height * width);
            let mut spare = space.take_floats(height * width);
            wide!(fill(&mut noise, alpha, bits));
            for radius in radii(sigma) {
                if radius > 0 {
                    across_mean(&noise, &mut spare, width, radius);
                    wide!(down_mean(&spare, &mut noise, width, radius));
                }
            }
            space.give_floats(spare);
            noise
        };
        let (across, down) = (direction(), direction());
        Self { height, width, across, down }
    }

    pub(super) fn give(self, space: &mut Workspace) {
        space.give_floats(self.across);
        space.give_floats(self.down);
    }

    /// The displacements of row y from column x on: across and down.
    pub(super) fn displacements(&self, y: usize, x: usize) -> (&[f32], &[f32]) {
        let row = y * self.width + x..(y + 1) * self.width;
        (&self.across[row.clone()], &self.down[row])
    }

    /// Where a point of the picture comes to lie: the q with q + d(q) = p.
    pub(super) fn moved(&self, point: [f64; 2]) -> [f64; 2] {
        let mut q = point;
        for _ in 0..STEPS {
            let [dx, dy] = self.at(q);
            // Half a step at a time: it also ends where the field changes by more than a pixel from one pixel to the next.
            q = [(q[0] + point[0] - dx) / 2.0, (q[1] + point[1] - dy) / 2.0];
        }
        q
    }

    /// The displacement at any place, pixel i covering [i, i + 1].
    fn at(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let split = |value: f64, side: usize| {
            let value = (value - 0.5).clamp(0.0, (side - 1) as f64);
            let low = (value as usize).min(side.saturating_sub(2));
            (low, (low + 1).min(side - 1), value - low as f64)
        };
        let (left, right, share_x) = split(x, self.width);
        let (top, bottom, share_y) = split(y, self.height);
        let mix = |field: &[f32]| {
            let row = |y: usize| {
                let [a, b] = [left, right].map(|x| f64::from(field[y * self.width + x]));
                a + share_x * (b - a)
            };
            let (upper, lower) = (row(top), row(bottom));
            upper + share_y * (lower - upper)
        };
        [mix(&self.across), mix(&self.down)]
    }
}

/// Uniform in [-alpha, alpha), 16 bits each.
#[inline(always)]
fn fill(values: &mut [f32], alpha: f64, noise: Noise) {
    let scale = alpha as f32 / 32_768.0;
    for (block, values) in values.chunks_mut(64).enumerate() {
        let bits = noise.bits(block);
        for (value, bits) in values.iter_mut().zip(bits.as_flattened()) {
            *value = f32::from((bits >> 16) as i16) * scale;
        }
    }
}

/// Three windows whose means together have the deviation of a Gaussian (Kovesi, 2010, "Fast almost-Gaussian filtering").
fn radii(sigma: f64) -> [usize; 3] {
    let low = ((4.0 * sigma * sigma + 1.0).sqrt() as usize).saturating_sub(1) / 2;
    let width = 2.0 * low as f64 + 1.0;
    let narrow = ((12.0 * sigma * sigma - 3.0 * width * width - 12.0 * width - 9.0) / (-4.0 * width - 4.0)).round();
    std::array::from_fn(|i| if (i as f64) < narrow { low } else { low + 1 })
}

/// Rows whose sums run side by side, for each sum waits for the one before.
const ROWS: usize = 8;

/// Each value becomes the mean of those up to `radius` to its left and right; beyond the edges lies 0.
fn across_mean(from: &[f32], to: &mut [f32], width: usize, radius: usize) {
    let scale = 1.0 / (2 * radius + 1) as f32;
    for (from, to) in from.chunks(ROWS * width).zip(to.chunks_mut(ROWS * width)) {
        let mut sums = [0.0f32; ROWS];
        for (sum, row) in sums.iter_mut().zip(from.chunks_exact(width)) {
            *sum = row[..radius.min(width)].iter().sum();
        }
        for x in 0..width {
            let (next, last) = (x + radius, x.checked_sub(radius));
            for (r, sum) in sums.iter_mut().enumerate().take(from.len() / width) {
                let row = r * width;
                *sum += if next < width { from[row + next] } else { 0.0 };
                to[row + x] = *sum * scale;
                *sum -= last.map_or(0.0, |last| from[row + last]);
            }
        }
    }
}

/// The same for columns, a whole row at a time; the sums lie in the row before the one that is written.
#[inline(always)]
fn down_mean(from: &[f32], to: &mut [f32], width: usize, radius: usize) {
    let scale = 1.0 / (2 * radius + 1) as f32;
    let height = from.len() / width;
    let row = |y: usize| &from[y * width..(y + 1) * width];
    let (first, rest) = to.split_at_mut(width);
    first.fill(0.0);
    for y in 0..=radius.min(height - 1) {
        first.iter_mut().zip(row(y)).for_each(|(sum, value)| *sum += value);
    }
    first.iter_mut().for_each(|sum| *sum *= scale);
    let mut last: &[f32] = first;
    for (y, to) in (1..).zip(rest.chunks_exact_mut(width)) {
        to.copy_from_slice(last);
        if y + radius < height {
            to.iter_mut().zip(row(y + radius)).for_each(|(sum, value)| *sum += value * scale);
        }
        if y > radius {
            to.iter_mut().zip(row(y - radius - 1)).for_each(|(sum, value)| *sum -= value * scale);
        }
        last = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_means_have_the_deviation_of_the_gaussian() {
        for sigma in [2.5, 4.0, 10.0, 50.0] {
            let variance: f64 = radii(sigma).map(|r| ((2 * r + 1).pow(2) - 1) as f64 / 12.0).iter().sum();
            assert!((variance.sqrt() / sigma - 1.0).abs() < 0.12, "{sigma}: {}", variance.sqrt());
        }
    }

    #[test]
    fn means_along_rows_and_columns_agree_with_their_definition() {
        let (height, width, radius) = (5, 7, 2);
        let values: Vec<f32> = (0..height * width).map(|i| ((i * i) % 11) as f32).collect();
        let (mut across, mut down) = (vec![0.0; values.len()], vec![0.0; values.len()]);
        across_mean(&values, &mut across, width, radius);
        down_mean(&values, &mut down, width, radius);
        let mean = |cells: &mut dyn Iterator<Item = (i32, i32)>| {
            let inside = |&(y, x): &(i32, i32)| (0..5).contains(&y) && (0..7).contains(&x);
            cells.filter(inside).map(|(y, x)| values[(y * 7 + x) as usize]).sum::<f32>() / 5.0
        };
        for (y, x) in (0..5).flat_map(|y| (0..7).map(move |x| (y, x))) {
            let at = (y * 7 + x) as usize;
            assert!((across[at] - mean(&mut (-2..=2).map(|d| (y, x + d)))).abs() < 1e-5);
            assert!((down[at] - mean(&mut (-2..=2).map(|d| (y + d, x)))).abs() < 1e-5);
        }
    }

    #[test]
    fn a_moved_point_is_where_its_pixel_went() {
        let field = Field::new(3, 4.0, 20.0, ([40, 50], &mut Workspace::new()));
        for p in [[10.5, 10.5], [25.0, 20.0], [40.0, 33.3]] {
            let q = field.moved(p);
            let [dx, dy] = field.at(q);
            assert!((q[0] + dx - p[0]).abs() < 1e-3 && (q[1] + dy - p[1]).abs() < 1e-3, "{p:?} {q:?}");
            assert_ne!(q, p);
        }
    }
}
