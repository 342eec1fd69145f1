//! Pixels to columns and back (im2col, col2im), for a few output rows of one group at a time.

use std::ops::Range;

use super::super::shape::Conv2dShape;
use super::plane::{Reads, reads};
use crate::cpu::Matrix;

/// How many values of columns are made at a time: half a mebibyte, to stay in the second-level
/// cache beside the filters.
const TILE: usize = 128 * 1024;

/// The way between the pixels of one group and its columns.
pub(crate) struct Columns {
    shape: Conv2dShape,
    rows: Vec<Reads>,
    cols: Vec<Reads>,
    tile_rows: usize,
}

impl Columns {
    /// Prepares the columns of `shape`.
    pub(crate) fn new(shape: &Conv2dShape) -> Self {
        let row_len = shape.filter_len() * shape.output[1];
        Self {
            rows: reads(shape, 0),
            cols: reads(shape, 1),
            tile_rows: (TILE / row_len).clamp(1, shape.output[0]),
            shape: shape.clone(),
        }
    }

    /// The output rows in the parts in which columns are made.
    pub(crate) fn tiles(&self) -> impl Iterator<Item = Range<usize>> {
        let height = self.shape.output[0];
        (0..height).step_by(self.tile_rows).map(move |start| start..(start + self.tile_rows).min(height))
    }

    /// The output positions of a tile, as a range within the picture.
    pub(crate) fn positions(&self, tile: &Range<usize>) -> Range<usize> {
        tile.start * self.shape.output[1]..tile.end * self.shape.output[1]
    }

    /// How long the buffer must be in which columns are made, for filters of `channels` channels.
    pub(crate) fn buffer_len(&self, channels: usize) -> usize {
        if self.shape.is_pointwise() {
            return 0;
        }
        channels * self.kernel_len() * self.tile_rows * self.shape.output[1]
    }

    /// The columns `[channels·kh·kw, positions]` of the pictures `x` `[channels, H, W]` for the
    /// output rows `tile`. They lie in `buffer`, or are `x` itself for a 1x1 kernel.
    pub(crate) fn gather<'a>(&self, x: &'a [f32], tile: &Range<usize>, buffer: &'a mut [f32]) -> Matrix<'a> {
        let pixels = self.shape.input_len();
        let (channels, positions) = (x.len() / pixels, self.positions(tile));
        if self.shape.is_pointwise() {
            let size = [channels, positions.len()];
            return Matrix::new(&x[positions.start..], size, pixels);
        }

        let width = self.shape.output[1];
        let mut lines = buffer.chunks_exact_mut(width);
        for plane in x.chunks_exact(pixels) {
            for (rows, cols) in self.weights() {
                for (output, line) in tile.clone().zip(&mut lines) {
                    gather_line(plane, self.shape.input[1], (rows, cols, output), line);
                }
            }
        }
        let size = [channels * self.kernel_len(), positions.len()];
        Matrix::new(buffer, size, positions.len())
    }

    /// Adds the columns in `buffer`, laid out as [`gather`](Self::gather) does, to the pixels of
    /// `dx` `[channels, H, W]` that they come from.
    pub(crate) fn scatter(&self, buffer: &[f32], tile: &Range<usize>, dx: &mut [f32]) {
        let width = self.shape.input[1];
        let mut lines = buffer.chunks_exact(self.shape.output[1]);
        for plane in dx.chunks_exact_mut(self.shape.input_len()) {
            for (rows, cols) in self.weights() {
                for (output, line) in tile.clone().zip(&mut lines) {
                    scatter_line(line, (rows, cols, output), plane, width);
                }
            }
        }
    }

    /// The reads of each filter weight, in the order in which weights lie in memory.
    fn weights(&self) -> impl Iterator<Item = (&Reads, &Reads)> {
        self.rows.iter().flat_map(|rows| self.cols.iter().map(move |cols| (rows, cols)))
    }

    fn kernel_len(&self) -> usize {
        self.rows.len() * self.cols.len()
    }
}

/// One line of columns: what one filter weight sees along one output row.
type Line<'a> = (&'a Reads, &'a Reads, usize);

fn gather_line(plane: &[f32], width: usize, (rows, cols, output): Line<'_>, line: &mut [f32]) {
    if !rows.outputs.contains(&output) {
        line.fill(0.0);
        return;
    }
    let inside = cols.outputs.clone();
    let pixels = &plane[rows.pixel(output) * width + cols.first..];
    line[..inside.start].fill(0.0);
    line[inside.end..].fill(0.0);
    let line = &mut line[inside];
    if cols.stride == 1 {
        copy(&pixels[..line.len()], line);
    } else {
        for (value, pixel) in line.iter_mut().zip(pixels.iter().step_by(cols.stride)) {
            *value = *pixel;
        }
    }
}

fn scatter_line(line: &[f32], (rows, cols, output): Line<'_>, plane: &mut [f32], width: usize) {
    if !rows.outputs.contains(&output) {
        return;
    }
    let pixels = &mut plane[rows.pixel(output) * width + cols.first..];
    let line = &line[cols.outputs.clone()];
    if cols.stride == 1 {
        for (pixel, value) in pixels.iter_mut().zip(line) {
            *pixel += value;
        }
    } else {
        for (pixel, value) in pixels.iter_mut().step_by(cols.stride).zip(line) {
            *pixel += value;
        }
    }
}

/// Copies a line, mostly a short one, for which a call of the library's copy would cost more than
/// the copying.
fn copy(from: &[f32], to: &mut [f32]) {
    const BLOCK: usize = 8;
    if from.len() < BLOCK || from.len() > 8 * BLOCK {
        to.copy_from_slice(from);
        return;
    }
    let last = from.len() - BLOCK;
    for start in (0..last).step_by(BLOCK).chain([last]) {
        to[start..start + BLOCK].copy_from_slice(&from[start..start + BLOCK]);
    }
}
