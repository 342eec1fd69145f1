//! Which shapes leave a pipeline: asked before a training, so that no batch fails in the middle of it.

use super::step::{Choice, Kind};
use super::{Key, Pipeline, Step};
use crate::error::AugmentError;
use crate::operation::Operation;
use crate::picture::{Picture, Shape, Values};
use crate::sample::Sample;
use crate::workspace::Workspace;

/// Draws that are tried of each transform: a transform has few shapes.
const TRIALS: u64 = 16;

impl Pipeline {
    /// The shapes that pictures of this shape can leave with, in the order of their sizes: every step is tried on blank pictures, and
    /// left out where its p allows.
    ///
    /// # Errors
    /// When a step cannot take the pictures that may reach it.
    pub fn shapes(&self, shape: Shape) -> Result<Vec<Shape>, AugmentError> {
        let mut shapes = vec![shape];
        self.transforms.iter().try_for_each(|step| step.follow(&mut shapes))?;
        Ok(shapes)
    }
}

impl Step {
    /// Replaces the shapes that reach the step by those that leave it.
    fn follow(&self, shapes: &mut Vec<Shape>) -> Result<(), AugmentError> {
        if self.p == 0.0 {
            return Ok(());
        }
        let mut left = if self.p < 1.0 { shapes.clone() } else { Vec::new() };
        left.append(&mut self.forced_shapes(shapes)?);
        left.sort_by_key(|shape| (shape.size(), shape.channels));
        left.dedup();
        *shapes = left;
        Ok(())
    }

    fn forced_shapes(&self, shapes: &[Shape]) -> Result<Vec<Shape>, AugmentError> {
        let (choice, steps) = match &self.kind {
            Kind::Operation(operation) => {
                let all: Result<Vec<_>, _> = shapes.iter().map(|&shape| tried(operation, shape)).collect();
                return all.map(|shapes| shapes.concat());
            }
            // Those that others have found keep the size.
            Kind::Policy(_) => return Ok(shapes.to_vec()),
            Kind::Choice(choice, steps) => (choice, steps),
        };
        let mut left = shapes.to_vec();
        match choice {
            Choice::Compose => steps.iter().try_for_each(|step| step.follow(&mut left))?,
            Choice::OneOf => {
                let possible = steps.iter().filter(|step| step.p > 0.0);
                left = possible.map(|step| step.forced_shapes(shapes)).collect::<Result<Vec<_>, _>>()?.concat();
            }
            // Each may be there or not, at any place: those that change sizes are tried in both orders.
            Choice::SomeOf { .. } | Choice::RandomOrder => {
                let optional = |step: &Self| match choice {
                    Choice::RandomOrder => step.clone(),
                    _ => step.clone().with_p(step.p.min(0.5)),
                };
                let mut backwards = left.clone();
                steps.iter().try_for_each(|step| optional(step).follow(&mut left))?;
                steps.iter().rev().try_for_each(|step| optional(step).follow(&mut backwards))?;
                left.append(&mut backwards);
            }
        }
        Ok(left)
    }
}

fn tried(operation: &Operation, shape: Shape) -> Result<Vec<Shape>, AugmentError> {
    let mut space = Workspace::new();
    let blank = Picture::assembled(shape, Values::Bytes(vec![0; shape.len()]));
    let mut shapes = Vec::new();
    for seed in 0..TRIALS {
        let mut sample = Sample::new(blank.clone());
        let drawn = operation.draw(shape, &mut Key { seed, ..Key::default() }.draws(0))?;
        drawn.apply(&mut sample, &mut space)?;
        shapes.push(sample.shape());
    }
    Ok(shapes)
}
