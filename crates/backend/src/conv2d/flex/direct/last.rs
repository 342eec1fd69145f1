//! Planes of channels to panels of channels last, `[panels, rows, columns, 2·LANES]`, and back.

use std::ops::Range;

use crate::cpu::{Simd, Transpose, Work};

/// A part of the positions of some planes, with zeros put around it where it reaches beyond them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// The first row and column, counted from `before` rows and columns ahead of the planes.
    pub(crate) first: [usize; 2],
    /// How far ahead of the planes counting starts.
    pub(crate) before: [usize; 2],
    /// Rows and columns.
    pub(crate) size: [usize; 2],
}

impl Window {
    /// Some whole rows.
    pub(crate) fn rows(rows: &Range<usize>, width: usize) -> Self {
        Self { first: [rows.start, 0], before: [0, 0], size: [rows.len(), width] }
    }

    /// Values of the window for some channels in panels of `width`.
    pub(crate) fn len(&self, channels: usize, width: usize) -> usize {
        channels.next_multiple_of(width) * self.size[0] * self.size[1]
    }

    /// Of the rows (axis 0) or columns of the window, those that lie in planes of `size`, and the first of these in the planes.
    fn inside(&self, axis: usize, size: usize) -> (Range<usize>, usize) {
        let (first, before, len) = (self.first[axis], self.before[axis], self.size[axis]);
        let start = before.saturating_sub(first).min(len);
        let end = (before + size).saturating_sub(first).clamp(start, len);
        (start..end, (first + start).saturating_sub(before))
    }
}

/// Fills `out` with the window on planes `[channels, height, width]`, channels last. Lanes beyond the channels are left as they
/// are.
pub(crate) struct ChannelsLast<'a> {
    pub(crate) planes: &'a [f32],
    /// Height and width of a plane.
    pub(crate) size: [usize; 2],
    pub(crate) window: &'a Window,
    pub(crate) out: &'a mut [f32],
}

impl Work for ChannelsLast<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { planes, size, window, out } = self;
        let (width, plane) = (2 * S::LANES, size[0] * size[1]);
        let [rows, cols] = window.size;
        let (inner_rows, first_row) = window.inside(0, size[0]);
        let (inner_cols, first_col) = window.inside(1, size[1]);
        for (planes, panel) in planes.chunks(width * plane).zip(out.chunks_exact_mut(rows * cols * width)) {
            let channels = planes.len() / plane;
            if cols == size[1] && inner_cols.len() == cols {
                let inside = inner_rows.start * cols * width..inner_rows.end * cols * width;
                panel[..inside.start].fill(0.0);
                panel[inside.end..].fill(0.0);
                let size = [channels, inner_rows.len() * cols];
                let from = &planes[first_row * cols..];
                let into = &mut panel[inside];
                Transpose { from, from_pitch: plane, into, into_pitch: width, size }.run(simd);
                continue;
            }
            for (row, line) in panel.chunks_exact_mut(cols * width).enumerate() {
                if !inner_rows.contains(&row) {
                    line.fill(0.0);
                    continue;
                }
                line[..inner_cols.start * width].fill(0.0);
                line[inner_cols.end * width..].fill(0.0);
                let from = &planes[(first_row + row - inner_rows.start) * size[1] + first_col..];
                let into = &mut line[inner_cols.start * width..];
                let size = [channels, inner_cols.len()];
                Transpose { from, from_pitch: plane, into, into_pitch: width, size }.run(simd);
            }
        }
    }
}

/// A panel `[rows, columns, 2·LANES]` of a window to the planes that it lies on.
pub(crate) struct ChannelsFirst<'a> {
    pub(crate) from: &'a [f32],
    pub(crate) window: &'a Window,
    /// `[channels, height, width]`.
    pub(crate) into: &'a mut [f32],
    /// Height and width of a plane.
    pub(crate) size: [usize; 2],
}

impl Work for ChannelsFirst<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { from, window, into, size } = self;
        let (width, plane) = (2 * S::LANES, size[0] * size[1]);
        let channels = into.len() / plane;
        let (rows, first_row) = window.inside(0, size[0]);
        let (cols, first_col) = window.inside(1, size[1]);
        // Rows that follow one another on both sides are one.
        let is_whole = cols.len() == size[1] && cols.len() == window.size[1];
        let [lines, positions] = if is_whole { [1, rows.len() * cols.len()] } else { [rows.len(), cols.len()] };
        for line in 0..lines {
            let from = &from[((rows.start + line) * window.size[1] + cols.start) * width..];
            let into = &mut into[(first_row + line) * size[1] + first_col..];
            let size = [positions, channels];
            Transpose { from, from_pitch: width, into, into_pitch: plane, size }.run(simd);
        }
    }
}
