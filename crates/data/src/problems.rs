//! Problems that show what a recurrent network can learn and what it cannot, drawn from a seed: no data to download.
//!
//! | problem | what must be remembered | for how long |
//! |---|---|---|
//! | [`reber`] | where in a grammar one is; embedded: the second symbol | until the last symbol but one, 6 to 30 steps as a rule |
//! | [`adding`] | two marked numbers out of many | from the first half to the end |
//! | [`copy`] | a word, symbol by symbol | as many steps as one asks for |
//! | [`sines`] | phases and periods of a few waves | a period |
//!
//! Sample i of a problem depends on (seed, i) alone: a larger set begins with the smaller one. Seeds that differ give sets that
//! are independent, as training and test sets must be.

mod adding;
mod copy;
pub mod reber;
mod sines;

pub use adding::{AddingConfig, adding};
pub use copy::{CopyConfig, copy};
pub use sines::{SinesConfig, sines};

use crate::sequences::SequenceError;

/// The error of a setting that a problem cannot have.
fn refused(
    problem: &'static str,
    setting: &'static str,
    value: impl ToString,
    rule: &'static str,
) -> Result<(), SequenceError> {
    Err(SequenceError::Problem { problem, setting, value: value.to_string(), rule })
}
