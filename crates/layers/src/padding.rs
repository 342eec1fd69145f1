//! Padding of pictures: none, Keras's `same`, or any number of cells on each side.

use serde::{Deserialize, Serialize};

/// Cells added around a picture before a window slides over it.
///
/// In TOML and JSON: `"valid"`, `"same"`, a number for all four sides, `[rows, columns]` for both sides of each axis, or a
/// table `{ top, bottom, left, right }`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub enum Padding {
    /// No padding: the window stays inside. The default, as in Keras.
    #[default]
    Valid,
    /// As much as makes the output ⌈input / stride⌉ cells; an odd cell goes to the bottom and the right, as in Keras.
    Same,
    /// Cells on each side.
    Explicit {
        /// Rows above.
        top: usize,
        /// Rows below.
        bottom: usize,
        /// Columns before.
        left: usize,
        /// Columns after.
        right: usize,
    },
}

/// Padding along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisPadding {
    /// No padding.
    Valid,
    /// Keras's asymmetric `same`.
    Same,
    /// Cells before and after.
    Explicit(usize, usize),
}

impl Padding {
    /// The same number of cells on all four sides.
    pub fn all(cells: usize) -> Self {
        Self::symmetric(cells, cells)
    }

    /// `rows` above and below, `columns` left and right.
    pub fn symmetric(rows: usize, columns: usize) -> Self {
        Self::Explicit { top: rows, bottom: rows, left: columns, right: columns }
    }

    /// Padding along the height.
    pub fn rows(self) -> AxisPadding {
        match self {
            Self::Valid => AxisPadding::Valid,
            Self::Same => AxisPadding::Same,
            Self::Explicit { top, bottom, .. } => AxisPadding::Explicit(top, bottom),
        }
    }

    /// Padding along the width.
    pub fn columns(self) -> AxisPadding {
        match self {
            Self::Valid => AxisPadding::Valid,
            Self::Same => AxisPadding::Same,
            Self::Explicit { left, right, .. } => AxisPadding::Explicit(left, right),
        }
    }
}

/// Padding as it stands in a file.
#[derive(Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "padding is \"valid\", \"same\", a whole number, [rows, columns] or { top, bottom, left, right }"
)]
enum Written {
    Word(Word),
    All(usize),
    Axes([usize; 2]),
    Sides(Sides),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Valid,
    Same,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sides {
    #[serde(default)]
    top: usize,
    #[serde(default)]
    bottom: usize,
    #[serde(default)]
    left: usize,
    #[serde(default)]
    right: usize,
}

impl From<Written> for Padding {
    fn from(written: Written) -> Self {
        match written {
            Written::Word(Word::Valid) => Self::Valid,
            Written::Word(Word::Same) => Self::Same,
            Written::All(cells) => Self::all(cells),
            Written::Axes([rows, columns]) => Self::symmetric(rows, columns),
            Written::Sides(Sides { top, bottom, left, right }) => Self::Explicit { top, bottom, left, right },
        }
    }
}

impl From<Padding> for Written {
    fn from(padding: Padding) -> Self {
        match padding {
            Padding::Valid => Self::Word(Word::Valid),
            Padding::Same => Self::Word(Word::Same),
            Padding::Explicit { top, bottom, left, right } if top == bottom && left == right => match top == left {
                true => Self::All(top),
                false => Self::Axes([top, left]),
            },
            Padding::Explicit { top, bottom, left, right } => Self::Sides(Sides { top, bottom, left, right }),
        }
    }
}
