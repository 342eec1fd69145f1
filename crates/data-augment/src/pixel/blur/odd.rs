//! Filters with one odd size, drawn from a range.

/// Makes the settings and what they draw: `Name, "name"; [default smallest, default largest] to most; Drawn`.
macro_rules! odd_size {
    (
        $(#[$doc:meta])* $name:ident, $named:literal;
        $(#[$range_doc:meta])* [$low:literal, $high:literal] to $most:literal;
        $(#[$drawn_doc:meta])* $drawn:ident
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $(#[$range_doc])*
            pub size: [usize; 2],
        }

        impl $name {
            /// From the smallest and the largest size, both odd.
            pub fn new(size: [usize; 2]) -> Self {
                Self { size }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self { size: [$low, $high] }
            }
        }

        impl $crate::transform::Transform for $name {
            type Drawn = $drawn;
            const NAME: &'static str = $named;

            fn check(&self) -> Result<(), $crate::error::AugmentError> {
                $crate::pixel::blur::odd::check(Self::NAME, self.size, $most)
            }

            fn draw(
                &self,
                _shape: $crate::picture::Shape,
                draws: &mut firebrick_data::random::Draws,
            ) -> Result<$drawn, $crate::error::AugmentError> {
                Ok($drawn { size: $crate::pixel::blur::odd::draw(self.size, draws) })
            }
        }

        $(#[$drawn_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $drawn {
            /// Side in pixels, odd; an even one counts as the next.
            pub size: usize,
        }

        impl $drawn {
            fn within(&self) -> usize {
                self.size.clamp(1, $most) | 1
            }
        }
    };
}

use firebrick_data::random::Draws;
pub(super) use odd_size;

use crate::error::AugmentError;

/// Both odd, from small to large.
pub(super) fn check(transform: &'static str, size: [usize; 2], most: usize) -> Result<(), AugmentError> {
    crate::check::range(transform, "size", size.map(|size| size as f64), [1.0, most as f64])?;
    match size.into_iter().find(|size| size % 2 == 0) {
        Some(even) => {
            let rule = "a filter has a middle: its size is odd";
            Err(AugmentError::Setting { transform, setting: "size", value: even.to_string(), rule })
        }
        None => Ok(()),
    }
}

/// An odd size of the range, each as likely as any other.
pub(super) fn draw([low, high]: [usize; 2], draws: &mut Draws) -> usize {
    low + 2 * draws.below(((high - low) / 2) as u64 + 1) as usize
}
