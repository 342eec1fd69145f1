//! The pictures that a direct convolution reads: padded, and split by the phase of the stride, so that neighbouring
//! positions read neighbouring values whatever the stride.
//!
//! ```text
//! position i reads through weight u, along one axis:   x̂[i·s + u·d]
//! with u·d = e·s + a, 0 ≤ a < s:                       x̂_a[i + e],   x̂_a[m] = x̂[m·s + a], the phase a of x̂
//! ```

use std::ops::Range;

use super::super::super::shape::Conv2dShape;

/// Which phase a filter weight reads along one axis, and how far ahead of the position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tap {
    /// a.
    pub(crate) phase: usize,
    /// e.
    pub(crate) shift: usize,
}

/// The taps of an axis, and the phases that any of them reads, in ascending order.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    pub(crate) taps: Vec<Tap>,
    pub(crate) phases: Vec<usize>,
    /// The largest shift.
    pub(crate) reach: usize,
}

impl Axis {
    /// Axis 0 is the height, 1 the width.
    pub(crate) fn new(shape: &Conv2dShape, axis: usize) -> Self {
        let (stride, dilation) = (shape.options.stride[axis], shape.options.dilation[axis]);
        let tap = |index: usize| Tap { phase: index * dilation % stride, shift: index * dilation / stride };
        let taps: Vec<Tap> = (0..shape.kernel[axis]).map(tap).collect();
        let mut phases: Vec<usize> = taps.iter().map(|tap| tap.phase).collect();
        phases.sort_unstable();
        phases.dedup();
        let reach = taps.iter().map(|tap| tap.shift).max().unwrap_or(0);
        Self { taps, phases, reach }
    }

    /// The place of a phase among those that are read.
    fn place(&self, phase: usize) -> usize {
        self.phases.iter().position(|&other| other == phase).expect("the phase of a tap is among those read")
    }
}

/// How the pictures of one group lie in memory for the output rows of a band.
pub(crate) struct Split {
    shape: Conv2dShape,
    axes: [Axis; 2],
    /// The output rows that are computed from one filling.
    pub(crate) band: usize,
    /// Whether the pictures are read where they are.
    pub(crate) in_place: bool,
    /// Distance of the rows of a phase.
    pub(crate) row_pitch: usize,
    plane: usize,
}

/// How many values of pictures are laid out at a time (512 KiB), to stay in the second-level cache.
const BAND: usize = 128 * 1024;

impl Split {
    /// The layout for `shape`; a band has a multiple of `step` rows.
    pub(crate) fn new(shape: &Conv2dShape, step: usize) -> Self {
        let axes = [Axis::new(shape, 0), Axis::new(shape, 1)];
        let channels = shape.channels_per_group()[0];
        let [height, width] = shape.output;
        let is_plain = shape.options.stride == [1, 1] && shape.options.padding == [[0; 2]; 2];
        if is_plain && channels * shape.input_len() <= BAND {
            let (row_pitch, plane) = (shape.input[1], shape.input_len());
            return Self { shape: shape.clone(), axes, band: height, in_place: true, row_pitch, plane };
        }
        let row_pitch = width + axes[1].reach;
        let rows = BAND / (channels * axes[0].phases.len() * axes[1].phases.len() * row_pitch).max(1);
        let band = rows.saturating_sub(axes[0].reach) / step * step;
        let band = band.max(step).min(height);
        let plane = (band + axes[0].reach) * row_pitch;
        Self { shape: shape.clone(), axes, band, in_place: false, row_pitch, plane }
    }

    /// The output rows of the bands, in order.
    pub(crate) fn bands(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let (height, band) = (self.shape.output[0], self.band);
        (0..height).step_by(band).map(move |start| start..(start + band).min(height))
    }

    /// How long the memory must be that [`fill`](Self::fill) writes.
    pub(crate) fn len(&self) -> usize {
        if self.in_place {
            return 0;
        }
        self.shape.channels_per_group()[0] * self.axes[0].phases.len() * self.axes[1].phases.len() * self.plane
    }

    /// From where a position reads through each weight of a filter `[C/G, kh, kw]`, in this order, relative to the
    /// position's own place `row·row_pitch + column`.
    pub(crate) fn reads(&self) -> Vec<usize> {
        let [rows, cols] = &self.axes;
        let mut reads = Vec::with_capacity(self.shape.filter_len());
        for channel in 0..self.shape.channels_per_group()[0] {
            for row in &rows.taps {
                for col in &cols.taps {
                    let plane = (channel * rows.phases.len() + rows.place(row.phase)) * cols.phases.len();
                    let plane = plane + cols.place(col.phase);
                    reads.push(plane * self.plane + row.shift * self.row_pitch + col.shift);
                }
            }
        }
        reads
    }

    /// The memory that positions read for the output rows of `band`: `x` `[C/G, H, W]` itself, or `memory`, filled.
    pub(crate) fn fill<'a>(&self, x: &'a [f32], band: &Range<usize>, memory: &'a mut [f32]) -> &'a [f32] {
        if self.in_place {
            return x;
        }
        let [rows, cols] = &self.axes;
        let mut planes = memory.chunks_exact_mut(self.plane);
        for picture in x.chunks_exact(self.shape.input_len()) {
            let phases = rows.phases.iter().flat_map(|row| cols.phases.iter().map(move |col| [*row, *col]));
            for ([row_phase, col_phase], plane) in phases.zip(&mut planes) {
                let lines = plane.chunks_exact_mut(self.row_pitch).take(band.len() + rows.reach);
                for (line, row) in lines.zip(band.start..) {
                    self.fill_line(picture, [row, row_phase], col_phase, line);
                }
            }
        }
        memory
    }

    /// One line of a phase: row `row` of phase `row_phase`, phase `col_phase` of the columns.
    fn fill_line(&self, picture: &[f32], [row, row_phase]: [usize; 2], col_phase: usize, line: &mut [f32]) {
        let Conv2dShape { input: [height, width], options, .. } = &self.shape;
        let [[top, _], [left, _]] = options.padding;
        let [row_stride, col_stride] = options.stride;
        let Some(row) = (row * row_stride + row_phase).checked_sub(top).filter(|row| row < height) else {
            return line.fill(0.0);
        };
        let picture = &picture[row * width..(row + 1) * width];

        let start = left.saturating_sub(col_phase).div_ceil(col_stride).min(line.len());
        let end = (left + width).saturating_sub(col_phase).div_ceil(col_stride).clamp(start, line.len());
        line[..start].fill(0.0);
        line[end..].fill(0.0);
        let line = &mut line[start..end];
        if line.is_empty() {
            return;
        }
        let pixels = &picture[start * col_stride + col_phase - left..];
        if col_stride == 1 {
            line.copy_from_slice(&pixels[..line.len()]);
        } else {
            for (value, pixel) in line.iter_mut().zip(pixels.iter().step_by(col_stride)) {
                *value = *pixel;
            }
        }
    }
}
