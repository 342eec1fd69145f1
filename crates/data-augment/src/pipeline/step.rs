//! A step of a pipeline: a transform, or a choice among steps, with its probability.

use firebrick_data::random::Draws;

use super::Run;
use crate::check;
use crate::error::AugmentError;
use crate::operation::Operation;
use crate::policy::Policy;

/// A transform or a choice among several, applied with probability p.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub(super) p: f64,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Operation(Operation),
    Policy(Policy),
    Choice(Choice, Vec<Step>),
}

/// Which of its steps a choice applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// All, in order; with probability p all or none.
    Compose,
    /// One, as likely as its p among those of all; it is applied for certain.
    OneOf,
    /// So many of them, each set as likely as any other, in order; each with its own p.
    SomeOf {
        /// Fewest.
        low: usize,
        /// Most.
        high: usize,
    },
    /// All in random order, each with its own p.
    RandomOrder,
}

impl Choice {
    pub(super) const NAMES: [&'static str; 4] = ["compose", "one_of", "some_of", "random_order"];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Compose => "compose",
            Self::OneOf => "one_of",
            Self::SomeOf { .. } => "some_of",
            Self::RandomOrder => "random_order",
        }
    }
}

impl From<Operation> for Step {
    fn from(operation: Operation) -> Self {
        Self { p: operation.default_p(), kind: Kind::Operation(operation) }
    }
}

impl From<Policy> for Step {
    fn from(policy: Policy) -> Self {
        Self { p: 1.0, kind: Kind::Policy(policy) }
    }
}

impl Step {
    fn choice(choice: Choice, steps: impl IntoIterator<Item = Self>) -> Self {
        Self { p: 1.0, kind: Kind::Choice(choice, steps.into_iter().collect()) }
    }

    /// All of these in order; [`Step::with_p`] says how likely.
    pub fn compose(steps: impl IntoIterator<Item = Self>) -> Self {
        Self::choice(Choice::Compose, steps)
    }

    /// One of these, as likely as its p among those of all.
    pub fn one_of(steps: impl IntoIterator<Item = Self>) -> Self {
        Self::choice(Choice::OneOf, steps)
    }

    /// At least `low` and at most `high` of these, in order, each with its own p.
    pub fn some_of(low: usize, high: usize, steps: impl IntoIterator<Item = Self>) -> Self {
        Self::choice(Choice::SomeOf { low, high }, steps)
    }

    /// All of these in random order, each with its own p.
    pub fn random_order(steps: impl IntoIterator<Item = Self>) -> Self {
        Self::choice(Choice::RandomOrder, steps)
    }

    /// The same step with another probability.
    #[must_use]
    pub fn with_p(mut self, p: f64) -> Self {
        self.p = p;
        self
    }

    /// Its name in files.
    pub fn name(&self) -> &'static str {
        match &self.kind {
            Kind::Operation(operation) => operation.name(),
            Kind::Policy(policy) => policy.name(),
            Kind::Choice(choice, _) => choice.name(),
        }
    }

    /// How likely it is applied.
    pub fn p(&self) -> f64 {
        self.p
    }

    /// The first rule that it breaks.
    pub(super) fn check(&self) -> Result<(), AugmentError> {
        check::probability(self.name(), self.p)?;
        let (choice, steps) = match &self.kind {
            Kind::Operation(operation) => return operation.check(),
            Kind::Policy(policy) => return policy.check(),
            Kind::Choice(choice, steps) => (*choice, steps),
        };
        steps.iter().try_for_each(Self::check)?;
        match choice {
            Choice::SomeOf { low, high } if low > high || high > steps.len() => {
                Err(AugmentError::Choices { low, high, there: steps.len() })
            }
            Choice::OneOf if !steps.iter().any(|step| step.p > 0.0) => {
                Err(AugmentError::NoChoice { transform: choice.name() })
            }
            _ => Ok(()),
        }
    }

    /// How many steps it counts for: itself and those within.
    pub(super) fn count(&self) -> u64 {
        match &self.kind {
            Kind::Operation(_) | Kind::Policy(_) => 1,
            Kind::Choice(_, steps) => 1 + steps.iter().map(Self::count).sum::<u64>(),
        }
    }

    /// Applies it or not, as its draws say.
    pub(super) fn run(&self, run: &mut Run<'_>, position: u64) -> Result<(), AugmentError> {
        let mut draws = run.draws(position);
        if self.p < 1.0 && draws.unit() >= self.p {
            return Ok(());
        }
        self.forced(run, draws, position)
    }

    fn forced(&self, run: &mut Run<'_>, mut draws: Draws, position: u64) -> Result<(), AugmentError> {
        let (choice, steps) = match &self.kind {
            Kind::Operation(operation) => return run.operation(operation, &mut draws),
            Kind::Policy(policy) => return policy.run(run, &mut draws),
            Kind::Choice(choice, steps) => (*choice, steps),
        };
        match choice {
            Choice::Compose => steps.iter().zip(positions(steps, position)).try_for_each(|(s, at)| s.run(run, at)),
            Choice::OneOf => {
                let chosen = weighted(steps, &mut draws);
                let at = position_of(steps, chosen, position);
                let own = run.draws(at);
                steps[chosen].forced(run, own, at)
            }
            Choice::SomeOf { low, high } => {
                let count = low + draws.below((high - low) as u64 + 1) as usize;
                ordered(steps, run, (&mut draws, position), Some(count))
            }
            Choice::RandomOrder => ordered(steps, run, (&mut draws, position), None),
        }
    }
}

/// Runs steps in random order, or so many of them, drawn, in their own order.
fn ordered(
    steps: &[Step],
    run: &mut Run<'_>,
    (draws, position): (&mut Draws, u64),
    count: Option<usize>,
) -> Result<(), AugmentError> {
    let mut order = run.space.take_positions(steps.len());
    order.iter_mut().enumerate().for_each(|(i, place)| *place = i);
    draws.shuffle(&mut order);
    if let Some(count) = count {
        order.truncate(count);
        order.sort_unstable();
    }
    let result = order.iter().try_for_each(|&i| steps[i].run(run, position_of(steps, i, position)));
    run.space.give_positions(order);
    result
}

/// The positions of steps within the one at `position`.
fn positions(steps: &[Step], position: u64) -> impl Iterator<Item = u64> {
    steps.iter().scan(position + 1, |next, step| {
        let at = *next;
        *next += step.count();
        Some(at)
    })
}

fn position_of(steps: &[Step], i: usize, position: u64) -> u64 {
    position + 1 + steps[..i].iter().map(Step::count).sum::<u64>()
}

/// One step, as likely as its p.
fn weighted(steps: &[Step], draws: &mut Draws) -> usize {
    let mut left = draws.unit() * steps.iter().map(|step| step.p).sum::<f64>();
    let mut last = 0;
    for (i, step) in steps.iter().enumerate().filter(|(_, step)| step.p > 0.0) {
        last = i;
        if left < step.p {
            break;
        }
        left -= step.p;
    }
    last
}
