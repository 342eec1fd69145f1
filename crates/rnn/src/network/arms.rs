//! Lists of layers side by side, as residuals and branches have them.

use burn::tensor::Tensor;
use firebrick_layers::{Activation, Merge, Rule, Size};

use super::layer::{Container, Takes};
use super::signal::both;
use super::{SequenceNetworkConfig, SequenceShape, Signal};
use crate::Sequence;

/// What comes out of a list of layers, or of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The same kind as went in: something at each step or for the whole sequence.
    AsItCame,
    /// Something at each step.
    Steps,
    /// One for the whole sequence.
    Whole,
    /// What a recurrent layer decides whose `return_sequences` was left open.
    Open,
}

impl Ending {
    /// That of a recurrent layer.
    pub(crate) fn of(return_sequences: Option<bool>) -> Self {
        match return_sequences {
            Some(true) => Self::Steps,
            Some(false) => Self::Whole,
            None => Self::Open,
        }
    }
}

/// Decides for the recurrent layers of arms that are merged whether they return sequences: all arms end alike, in
/// sequences where a layer after them needs it (`needed`), or where one of the arms does whatever happens. Gives whether
/// the arms take something at each step.
pub(crate) fn resolve<C: Container>(container: &mut C, needed: bool) -> bool {
    let takes_steps = takes(container) == Takes::Steps;
    let in_steps = match ending(container) {
        Ending::Steps => true,
        Ending::AsItCame => takes_steps,
        Ending::Whole | Ending::Open => container.arms().iter().any(|arm| match arm.ending() {
            Ending::Steps => true,
            Ending::AsItCame => takes_steps,
            Ending::Whole | Ending::Open => false,
        }),
    };
    let needed = needed || in_steps;
    let arms = container.arms_mut().into_iter();
    arms.fold(takes_steps, |taken, arm| arm.resolve_list(needed) || taken)
}

/// What must arrive at a layer with these arms; without arms it sees the steps one by one.
pub(crate) fn takes<C: Container>(container: &C) -> Takes {
    let arms = container.arms().into_iter().map(SequenceNetworkConfig::takes);
    arms.reduce(|a, b| if a == Takes::Either || b == Takes::Steps { b } else { a }).unwrap_or(Takes::Steps)
}

/// What comes out of a layer with these arms.
pub(crate) fn ending<C: Container>(container: &C) -> Ending {
    let endings: Vec<Ending> = container.arms().into_iter().map(SequenceNetworkConfig::ending).collect();
    [Ending::Steps, Ending::Open, Ending::Whole, Ending::AsItCame]
        .into_iter()
        .find(|ending| endings.contains(ending))
        .unwrap_or(Ending::Steps)
}

/// Shape of the merged outputs of arms that end in these shapes.
pub(crate) fn merged_shape(merge: Merge, shapes: &[SequenceShape]) -> Result<SequenceShape, Rule> {
    let axis = usize::from(!matches!(shapes.first(), Some(SequenceShape::Whole(_))));
    let kind = |shape: &SequenceShape| std::mem::discriminant(shape);
    if let Some(branch) = shapes.iter().position(|shape| kind(shape) != kind(&shapes[0])) {
        return Err(merge.mismatch(&shapes[0], branch, &shapes[branch]));
    }
    if let Some(SequenceShape::Ids(_)) = shapes.first() {
        return Err(Rule::Axes { expected: "numbers, not ids", hint: "; put an embedding into each branch" });
    }
    let merged = merge.merged_size(shapes, axis)?;
    let mut first = shapes.first().cloned().ok_or(Rule::NoBranches)?;
    if let (SequenceShape::Steps(_, sizes) | SequenceShape::Whole(sizes), Size::Fixed(size)) = (&mut first, merged) {
        sizes[0] = size;
    }
    Ok(first)
}

/// The outputs of arms as one. A step counts that counts in all of them.
///
/// # Panics
/// When there is none, or they are of different kinds.
pub(crate) fn merged(outputs: Vec<Signal>, merge: Merge) -> Signal {
    let mask = outputs.iter().map(|output| output.mask().cloned()).reduce(both).flatten();
    match outputs.first() {
        Some(Signal::Sequence(_)) => {
            let values = outputs.into_iter().map(|output| output.into_sequence().values).collect();
            Sequence { values: merge.forward(values, 2), mask }.into()
        }
        Some(Signal::Pictures { .. }) => {
            let values = outputs.into_iter().map(Signal::into_pictures).collect();
            Signal::Pictures { values: merge.forward(values, 2), mask }
        }
        Some(Signal::Whole(Activation::Rank2(_))) => Signal::Whole(merged_whole::<2>(outputs, merge)),
        Some(Signal::Whole(_)) => Signal::Whole(merged_whole::<4>(outputs, merge)),
        Some(Signal::Ids { .. }) | None => panic!("branches of ids, and no branches, are refused before"),
    }
}

fn merged_whole<const D: usize>(outputs: Vec<Signal>, merge: Merge) -> Activation {
    let whole = outputs.into_iter().map(|output| -> Tensor<D> { output.into_whole().into_tensor() });
    merge.forward(whole.collect(), 1).into()
}
