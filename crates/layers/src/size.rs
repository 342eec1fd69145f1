//! Sizes of a sample: numbers, or steps of a sequence of any length.

use std::fmt::{Debug, Display, Formatter};

use serde::{Deserialize, Serialize};

use crate::Rule;

/// One size of a sample's shape. It equals the number that it holds.
///
/// ```
/// use firebrick_layers::Size;
///
/// assert_eq!([Size::Fixed(3), Size::Fixed(8)], [3, 8]);
/// assert_eq!(format!("{:?}", [Size::Steps, Size::Fixed(8)]), "[T, 8]");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub enum Size {
    /// So many.
    Fixed(usize),
    /// The steps of a sequence, as many as it has; written `T`.
    Steps,
}

impl Size {
    /// The number, or 1 for steps of any number.
    pub fn at_least(self) -> u64 {
        match self {
            Self::Fixed(size) => size as u64,
            Self::Steps => 1,
        }
    }
}

impl Display for Size {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fixed(size) => write!(f, "{size}"),
            Self::Steps => f.write_str("T"),
        }
    }
}

impl Debug for Size {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl PartialEq<usize> for Size {
    fn eq(&self, other: &usize) -> bool {
        *self == Self::Fixed(*other)
    }
}

impl From<usize> for Size {
    fn from(size: usize) -> Self {
        Self::Fixed(size)
    }
}

/// How a size stands in a file: a number, or `"T"`.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Number(usize),
    Name(String),
}

impl From<Size> for Written {
    fn from(size: Size) -> Self {
        match size {
            Size::Fixed(size) => Self::Number(size),
            Size::Steps => Self::Name("T".to_owned()),
        }
    }
}

impl TryFrom<Written> for Size {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Number(size) => Ok(Self::Fixed(size)),
            Written::Name(name) if name == "T" => Ok(Self::Steps),
            Written::Name(name) => Err(format!("a size is a number or \"T\", not \"{name}\"")),
        }
    }
}

/// The shape of one sample, without the batch.
pub trait SampleShape {
    /// Its sizes, in order.
    fn sizes(&self) -> Vec<Size>;
}

impl SampleShape for [usize] {
    fn sizes(&self) -> Vec<Size> {
        self.iter().copied().map(Size::Fixed).collect()
    }
}

impl SampleShape for Vec<usize> {
    fn sizes(&self) -> Vec<Size> {
        self.as_slice().sizes()
    }
}

/// Numbers of one sample, or of one step of it where it may have any number of steps.
pub(crate) fn numbers(sizes: &[Size]) -> Result<u64, Rule> {
    sizes.iter().try_fold(1u64, |product, size| product.checked_mul(size.at_least()).ok_or(Rule::Overflow))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_survive_json() {
        let shape = vec![Size::Steps, Size::Fixed(128)];
        let json = serde_json::to_string(&shape).unwrap();
        assert_eq!(json, r#"["T",128]"#);
        assert_eq!(serde_json::from_str::<Vec<Size>>(&json).unwrap(), shape);
        let refused = serde_json::from_str::<Vec<Size>>(r#"["N"]"#).unwrap_err().to_string();
        assert!(refused.starts_with("a size is a number or \"T\", not \"N\""), "{refused}");
    }

    #[test]
    fn steps_of_any_number_count_once() {
        assert_eq!(numbers(&[Size::Steps, Size::Fixed(6)]), Ok(6));
        assert_eq!(numbers(&[5, 6].sizes()), Ok(30));
        assert_eq!(numbers(&[usize::MAX, 2].sizes()), Err(Rule::Overflow));
    }
}
