//! Which steps of which sequence are computed, and what becomes of their outputs.
//!
//! A masked step changes nothing, so the kernel leaves it out: each sequence becomes the list of its
//! steps that count, in the order of processing. Work is proportional to these, whatever the mask.

use std::ops::Range;

/// The steps that count, sequence after sequence.
pub(super) struct Plan {
    /// Rows of x as `[B·T, I]`.
    positions: Vec<usize>,
    /// Where the steps of each sequence begin in `positions`, and the end.
    offsets: Vec<usize>,
    steps: usize,
    reverse: bool,
    carries: bool,
}

impl Plan {
    /// The plan for `[B, T]` steps, of which those count whose mask is not 0; `carries` says that
    /// masked steps put out what was put out before.
    pub(super) fn new(mask: Option<&[u8]>, [batch, steps]: [usize; 2], reverse: bool, carries: bool) -> Self {
        let mut plan = Self { positions: vec![], offsets: vec![0], steps, reverse, carries };
        for sequence in 0..batch {
            let places = (0..steps).map(|place| sequence * steps + plan.time(place));
            let counting = places.filter(|&position| mask.is_none_or(|mask| mask[position] != 0));
            let counting: Vec<usize> = counting.collect();
            plan.positions.extend(counting);
            plan.offsets.push(plan.positions.len());
        }
        plan
    }

    /// Steps that count, over all sequences.
    pub(super) fn total(&self) -> usize {
        self.positions.len()
    }

    /// The rows of x as `[B·T, I]` of all steps that count.
    pub(super) fn positions(&self) -> &[usize] {
        &self.positions
    }

    /// Which of the steps belong to a sequence.
    pub(super) fn range(&self, sequence: usize) -> Range<usize> {
        self.offsets[sequence]..self.offsets[sequence + 1]
    }

    /// The steps that count of each sequence.
    pub(super) fn lengths(&self) -> impl Iterator<Item = usize> {
        self.offsets.windows(2).map(|pair| pair[1] - pair[0])
    }

    /// The sequences in at most `parts` groups of about equal work, each from the longest to the
    /// shortest. Which group a sequence is in changes no value.
    pub(super) fn parts(&self, parts: usize) -> Vec<Vec<usize>> {
        let lengths: Vec<usize> = self.lengths().collect();
        let mut order: Vec<usize> = (0..lengths.len()).collect();
        order.sort_by_key(|&sequence| std::cmp::Reverse(lengths[sequence]));
        let parts = parts.clamp(1, order.len().max(1));
        (0..parts).map(|part| order.iter().skip(part).step_by(parts).copied().collect()).collect()
    }

    /// The times at which a sequence puts out its state after its `step`-th step that counts.
    pub(super) fn output_times(&self, sequence: usize, step: usize) -> impl Iterator<Item = usize> {
        let range = self.range(sequence);
        let place = |step: usize| self.time(self.positions[step] - sequence * self.steps);
        let first = place(range.start + step);
        let end = match range.start + step + 1 {
            _ if !self.carries => first + 1,
            next if next < range.end => place(next),
            _ => self.steps,
        };
        (first..end).map(|place| self.time(place))
    }

    /// The times at which a sequence puts out its initial state.
    pub(super) fn initial_times(&self, sequence: usize) -> impl Iterator<Item = usize> {
        let range = self.range(sequence);
        let end = match self.positions[range].first() {
            _ if !self.carries => 0,
            Some(position) => self.time(position - sequence * self.steps),
            None => self.steps,
        };
        (0..end).map(|place| self.time(place))
    }

    /// The time of a place in the order of processing, and the other way round.
    fn time(&self, place: usize) -> usize {
        if self.reverse { self.steps - 1 - place } else { place }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Holes, a late beginning, nothing, everything.
    const MASK: [u8; 16] = [1, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1];

    fn times(plan: &Plan, sequence: usize) -> Vec<Vec<usize>> {
        let steps = (0..plan.range(sequence).len()).map(|step| plan.output_times(sequence, step).collect());
        [plan.initial_times(sequence).collect()].into_iter().chain(steps).collect()
    }

    #[test]
    fn each_output_is_the_state_after_the_last_step_that_counted() {
        let plan = Plan::new(Some(&MASK), [4, 4], false, true);
        assert_eq!(plan.positions(), [0, 2, 6, 7, 12, 13, 14, 15]);
        assert_eq!(times(&plan, 0), [vec![], vec![0, 1], vec![2, 3]]);
        assert_eq!(times(&plan, 1), [vec![0, 1], vec![2], vec![3]]);
        assert_eq!(times(&plan, 2), [vec![0, 1, 2, 3]]);
        assert_eq!(times(&plan, 3), [vec![], vec![0], vec![1], vec![2], vec![3]]);
    }

    #[test]
    fn reversed_steps_are_planned_from_the_last_to_the_first() {
        let plan = Plan::new(Some(&MASK), [4, 4], true, true);
        assert_eq!(plan.positions(), [2, 0, 7, 6, 15, 14, 13, 12]);
        assert_eq!(times(&plan, 0), [vec![3], vec![2, 1], vec![0]]);
        assert_eq!(times(&plan, 1), [vec![], vec![3], vec![2, 1, 0]]);
        assert_eq!(times(&plan, 2), [vec![3, 2, 1, 0]]);
    }

    #[test]
    fn without_carrying_only_the_steps_that_count_put_something_out() {
        let plan = Plan::new(Some(&MASK), [4, 4], false, false);
        assert_eq!(times(&plan, 0), [vec![], vec![0], vec![2]]);
        assert_eq!(times(&plan, 2), [Vec::<usize>::new()]);
    }

    #[test]
    fn parts_hold_each_sequence_once_and_begin_with_the_longest() {
        let plan = Plan::new(Some(&MASK), [4, 4], false, true);
        assert_eq!(plan.parts(1), [vec![3, 0, 1, 2]]);
        assert_eq!(plan.parts(2), [vec![3, 1], vec![0, 2]]);
        assert_eq!(plan.parts(9), [vec![3], vec![0], vec![1], vec![2]]);
        assert_eq!(Plan::new(None, [0, 4], false, true).parts(2), [Vec::<usize>::new()]);
    }
}
