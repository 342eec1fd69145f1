//! The rules that settings of many transforms share.

use crate::error::AugmentError;

/// No side of a picture is longer.
pub(crate) const MAX_SIDE: usize = 65_535;

/// A probability is 0 to 1.
pub(crate) fn probability(transform: &'static str, p: f64) -> Result<(), AugmentError> {
    if (0.0..=1.0).contains(&p) { Ok(()) } else { Err(AugmentError::Probability { transform, p }) }
}

/// A range goes from low to high, both finite, within limits.
pub(crate) fn range(
    transform: &'static str,
    setting: &'static str,
    [low, high]: [f64; 2],
    [least, most]: [f64; 2],
) -> Result<(), AugmentError> {
    let fits = low.is_finite() && high.is_finite() && low <= high && low >= least && high <= most;
    if fits { Ok(()) } else { Err(AugmentError::Range { transform, setting, low, high, least, most }) }
}

/// A number is finite and within limits.
pub(crate) fn number(
    transform: &'static str,
    setting: &'static str,
    value: f64,
    [least, most]: [f64; 2],
) -> Result<(), AugmentError> {
    let fits = value.is_finite() && value >= least && value <= most;
    if fits { Ok(()) } else { Err(AugmentError::Number { transform, setting, value, least, most }) }
}

/// A size is 1 to 65535.
pub(crate) fn size(transform: &'static str, setting: &'static str, value: usize) -> Result<(), AugmentError> {
    let fits = (1..=MAX_SIDE).contains(&value);
    if fits { Ok(()) } else { Err(AugmentError::Size { transform, setting, value }) }
}
