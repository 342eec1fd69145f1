//! A size along the two axes of a picture.

use serde::{Deserialize, Serialize};

/// Rows and columns: a kernel size, a stride, a dilation. Written as one number where both are equal.
///
/// ```
/// # use firebrick_layers::Pair;
/// assert_eq!(Pair::from(3), Pair::from([3, 3]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Pair {
    /// Along the height.
    pub rows: usize,
    /// Along the width.
    pub columns: usize,
}

impl Pair {
    /// 1 along both axes: the default of strides and dilations.
    pub const ONE: Self = Self { rows: 1, columns: 1 };

    pub(crate) fn one() -> Self {
        Self::ONE
    }

    pub(crate) fn is_one(&self) -> bool {
        *self == Self::ONE
    }
}

impl From<usize> for Pair {
    fn from(size: usize) -> Self {
        Self { rows: size, columns: size }
    }
}

impl From<[usize; 2]> for Pair {
    fn from([rows, columns]: [usize; 2]) -> Self {
        Self { rows, columns }
    }
}

impl From<Pair> for [usize; 2] {
    fn from(pair: Pair) -> Self {
        [pair.rows, pair.columns]
    }
}

/// A pair as it stands in a file.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "a whole number, or two of them as [rows, columns]")]
enum Written {
    Both(usize),
    Each([usize; 2]),
}

impl From<Written> for Pair {
    fn from(written: Written) -> Self {
        match written {
            Written::Both(size) => size.into(),
            Written::Each(sizes) => sizes.into(),
        }
    }
}

impl From<Pair> for Written {
    fn from(pair: Pair) -> Self {
        match pair.rows == pair.columns {
            true => Self::Both(pair.rows),
            false => Self::Each(pair.into()),
        }
    }
}
