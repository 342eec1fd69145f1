//! Filters packed for the inner loop: panels of two vectors of channels, value after value as the loop reads them.

use crate::cpu::{Buffer, LINE, aligned};

/// Where the filters of a layer lie, and in which order they are packed.
pub(crate) struct Filters<'a> {
    pub(crate) weight: &'a [f32],
    /// Groups, and the values of the filters of one.
    pub(crate) groups: [usize; 2],
    /// Channels of a group that lie side by side in panels, and their distance in memory.
    pub(crate) channels: [usize; 2],
    /// Where the K values of the first channel of a group lie.
    pub(crate) values: &'a [usize],
}

/// Panels `[groups, panels, K, width]`; channels beyond those of a group are zeros.
pub(crate) struct Packed {
    values: Buffer,
    start: usize,
    depth: usize,
    panels: usize,
    width: usize,
}

impl Packed {
    /// Packs panels of `width` channels.
    pub(crate) fn new(filters: &Filters<'_>, width: usize) -> Self {
        let (depth, [channels, pitch]) = (filters.values.len(), filters.channels);
        let panels = channels.div_ceil(width);
        let len = filters.groups[0] * panels * depth * width;
        let mut values = Buffer::new(len + LINE);
        let start = values.len() - aligned(&mut values).len();
        let all = &mut values[start..start + len];
        for (index, panel) in all.chunks_exact_mut((depth * width).max(1)).enumerate() {
            let first = index % panels * width;
            let count = width.min(channels - first);
            let weight = &filters.weight[index / panels * filters.groups[1] + first * pitch..];
            for (row, &value) in panel.chunks_exact_mut(width).zip(filters.values) {
                row[count..].fill(0.0);
                for (packed, weight) in row[..count].iter_mut().zip(weight[value..].iter().step_by(pitch)) {
                    *packed = *weight;
                }
            }
        }
        Self { values, start, depth, panels, width }
    }

    /// The panels of a group.
    pub(crate) fn panels(&self) -> usize {
        self.panels
    }

    /// One panel, `[K, width]`.
    pub(crate) fn panel(&self, group: usize, index: usize) -> &[f32] {
        let len = self.depth * self.width;
        &self.values[self.start + (group * self.panels + index) * len..][..len]
    }
}

/// One value per channel, as the panels of [`Packed`] have them; zeros without any.
pub(crate) fn pack_bias(bias: Option<&[f32]>, groups: usize, channels: usize, width: usize) -> Buffer {
    let padded = channels.next_multiple_of(width);
    let mut values = Buffer::new(groups * padded);
    values.fill(0.0);
    if let Some(bias) = bias {
        for (packed, bias) in values.chunks_exact_mut(padded).zip(bias.chunks_exact(channels)) {
            packed[..channels].copy_from_slice(bias);
        }
    }
    values
}
