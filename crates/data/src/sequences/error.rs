//! What can be wrong with sequences, and with the problems that are drawn.

/// Sequences that cannot be used, and what to do about it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SequenceError {
    /// A sequence without a step.
    #[error("sequence {index} has no step: leave it out, or give it a step that stands for nothing")]
    Empty {
        /// Position of the sequence.
        index: usize,
    },
    /// Steps without a number.
    #[error("0 features: a step has at least one number")]
    NoFeatures,
    /// Numbers that are no whole number of steps.
    #[error("sequence {index} has {values} numbers, no whole number of steps with {features} features")]
    Features {
        /// Position of the sequence.
        index: usize,
        /// Its numbers.
        values: usize,
        /// Numbers for each step.
        features: usize,
    },
    /// A number that no network can learn from.
    #[error("sequence {index} holds a number that is not finite: fill missing values first")]
    NotFinite {
        /// Position of the sequence.
        index: usize,
    },
    /// Targets that are not one for each sequence.
    #[error("{targets} targets for {sequences} sequences: give one for each")]
    TargetCount {
        /// Targets given.
        targets: usize,
        /// Sequences there are.
        sequences: usize,
    },
    /// Tags that are not one for each step.
    #[error("sequence {index} has {steps} steps and {tags} tags: give one for each step")]
    TagCount {
        /// Position of the sequence.
        index: usize,
        /// Its steps.
        steps: usize,
        /// Its tags.
        tags: usize,
    },
    /// A class or tag that has no name.
    #[error("sequence {index} has the class or tag {label}, but there are {classes} (0 to {classes} - 1)")]
    Label {
        /// Position of the sequence.
        index: usize,
        /// Its class, or one of its tags.
        label: u32,
        /// How many there are.
        classes: usize,
    },
    /// Target numbers that are not as many for each sequence.
    #[error(
        "sequence {index} has {found} target numbers instead of {width}: each has as many, at least one, all finite"
    )]
    TargetWidth {
        /// Position of the sequence.
        index: usize,
        /// Its finite target numbers.
        found: usize,
        /// Those of the first sequence.
        width: usize,
    },
    /// A padding that is no length.
    #[error("a length of {length}, rounded to a multiple of {multiple_of}: both are at least 1")]
    Length {
        /// Steps asked for.
        length: usize,
        /// What the steps are rounded up to.
        multiple_of: usize,
    },
    /// A string that its grammar does not allow.
    #[error("symbol {position} is {found}; the grammar allows {allowed} there")]
    Ungrammatical {
        /// Position of the symbol, from 0.
        position: usize,
        /// What stands there.
        found: String,
        /// What may stand there.
        allowed: String,
    },
    /// A setting under which no sequence of a problem can be drawn.
    #[error("{problem}: {setting} is {value}; {rule}")]
    Problem {
        /// The problem.
        problem: &'static str,
        /// The setting.
        setting: &'static str,
        /// The value given.
        value: String,
        /// What it may be.
        rule: &'static str,
    },
}
