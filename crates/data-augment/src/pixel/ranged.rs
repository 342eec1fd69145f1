//! Transforms with one number, drawn from a range.

/// Makes the settings and what they draw: `Name, "name", Drawn { field: [default low, default high] in [least, most] }`.
macro_rules! ranged {
    (
        $(#[$doc:meta])* $name:ident, $named:literal;
        $(#[$range_doc:meta])* $field:ident: [$low:expr, $high:expr] in [$least:expr, $most:expr];
        $(#[$drawn_doc:meta])* $drawn:ident
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $(#[$range_doc])*
            pub $field: [f64; 2],
        }

        impl $name {
            /// From a range, low to high.
            pub fn new($field: [f64; 2]) -> Self {
                Self { $field }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $field: [$low, $high] }
            }
        }

        impl $crate::transform::Transform for $name {
            type Drawn = $drawn;
            const NAME: &'static str = $named;

            fn check(&self) -> Result<(), $crate::error::AugmentError> {
                $crate::check::range(Self::NAME, stringify!($field), self.$field, [$least, $most])
            }

            fn draw(
                &self,
                _shape: $crate::picture::Shape,
                draws: &mut firebrick_data::random::Draws,
            ) -> Result<$drawn, $crate::error::AugmentError> {
                Ok($drawn { $field: $crate::transform::uniform(draws, self.$field) })
            }
        }

        $(#[$drawn_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $drawn {
            /// Drawn from the range.
            pub $field: f64,
        }
    };
}

/// Makes the settings of a transform that has none, and is what it draws.
macro_rules! settled {
    ($(#[$doc:meta])* $name:ident, $named:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {}

        impl $name {
            /// There is nothing to set but its probability.
            pub fn new() -> Self {
                Self {}
            }
        }

        impl $crate::transform::Transform for $name {
            type Drawn = Self;
            const NAME: &'static str = $named;

            fn check(&self) -> Result<(), $crate::error::AugmentError> {
                Ok(())
            }

            fn draw(
                &self,
                _shape: $crate::picture::Shape,
                _draws: &mut firebrick_data::random::Draws,
            ) -> Result<Self, $crate::error::AugmentError> {
                Ok(*self)
            }
        }
    };
}

pub(super) use {ranged, settled};
