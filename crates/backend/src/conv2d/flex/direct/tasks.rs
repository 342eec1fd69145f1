//! How an output is shared out among the threads: by sample and group, and by panels of channels when there are few
//! samples.

use std::ops::Range;

use rayon::prelude::*;

use crate::cpu::fresh_pair;

/// At least so many tasks are made where the work can be cut into as many.
const TASKS: usize = 8;

/// Some panels of one sample and group, with the memory that they are written to.
pub(crate) struct Task<'a> {
    pub(crate) sample: usize,
    pub(crate) group: usize,
    pub(crate) panels: Range<usize>,
    /// `[channels of the panels, positions]`.
    pub(crate) out: &'a mut [f32],
    /// `[panels, positions, width of a panel]`, or nothing.
    pub(crate) indices: &'a mut [u8],
}

/// The sizes of the output, `[samples, groups, channels, positions]`, channels per group, in panels of `width`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) samples: usize,
    pub(crate) groups: usize,
    pub(crate) channels: usize,
    pub(crate) positions: usize,
    pub(crate) width: usize,
}

impl Sizes {
    fn panels(&self) -> usize {
        self.channels.div_ceil(self.width)
    }

    /// How many values a whole output has.
    fn values(&self) -> usize {
        self.samples * self.groups * self.channels * self.positions
    }

    /// How many indices a whole output has.
    fn indices(&self) -> usize {
        self.samples * self.groups * self.panels() * self.positions * self.width
    }

    /// The channels of some panels.
    pub(crate) fn channels_of(&self, panels: &Range<usize>) -> usize {
        (panels.end * self.width).min(self.channels) - panels.start * self.width
    }

    /// The output, made by tasks, and its indices where they are recorded; how it is cut depends on the sizes alone.
    pub(crate) fn make(&self, record: bool, work: impl Fn(Task<'_>) + Send + Sync) -> (Vec<f32>, Vec<u8>) {
        let pictures = self.samples * self.groups;
        let lens = [self.values(), if record { self.indices() } else { 0 }];
        if pictures >= TASKS {
            let parts = lens.map(|len| len / pictures);
            return fresh_pair(lens, parts, |picture, out, indices| {
                let (sample, group) = (picture / self.groups, picture % self.groups);
                work(Task { sample, group, panels: 0..self.panels(), out, indices });
            });
        }
        let (mut out, mut indices) = (vec![0.0; lens[0]], vec![0; lens[1]]);
        self.tasks(&mut out, &mut indices).into_par_iter().for_each(work);
        (out, indices)
    }

    /// The output of few pictures in tasks of some panels.
    fn tasks<'a>(&self, mut out: &'a mut [f32], mut indices: &'a mut [u8]) -> Vec<Task<'a>> {
        let panels = self.panels();
        let pictures = self.samples * self.groups;
        let per_task = (panels * pictures / TASKS).clamp(1, panels.max(1));
        let mut tasks = Vec::with_capacity(pictures * panels.div_ceil(per_task));
        for picture in 0..pictures {
            for first in (0..panels).step_by(per_task) {
                let panels = first..(first + per_task).min(panels);
                let (task_out, rest) = out.split_at_mut(self.channels_of(&panels) * self.positions);
                let len = (panels.len() * self.positions * self.width).min(indices.len());
                let (task_indices, rest_of_indices) = indices.split_at_mut(len);
                (out, indices) = (rest, rest_of_indices);
                let (sample, group) = (picture / self.groups, picture % self.groups);
                tasks.push(Task { sample, group, panels, out: task_out, indices: task_indices });
            }
        }
        tasks
    }
}
