//! Noise. What is drawn is a seed: the noise of each value is computed from it and the value's position.

/// Makes the settings of noise with one strength, drawn from a range, and what they draw: the strength and a seed.
macro_rules! noise {
    (
        $(#[$doc:meta])* $name:ident, $named:literal;
        $(#[$range_doc:meta])* $field:ident: $default:expr, in $limits:expr;
        $(#[$drawn_doc:meta])* $drawn:ident { $(#[$field_doc:meta])* $same:ident }
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
                Self { $field: $default }
            }
        }

        impl $crate::transform::Transform for $name {
            type Drawn = $drawn;
            const NAME: &'static str = $named;

            fn check(&self) -> Result<(), $crate::error::AugmentError> {
                $crate::check::range(Self::NAME, stringify!($field), self.$field, $limits)
            }

            fn draw(
                &self,
                _shape: $crate::picture::Shape,
                draws: &mut firebrick_data::random::Draws,
            ) -> Result<$drawn, $crate::error::AugmentError> {
                let $same = $crate::transform::uniform(draws, self.$field);
                Ok($drawn { $same, seed: $crate::pixel::noise::seed(draws) })
            }
        }

        $(#[$drawn_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $drawn {
            $(#[$field_doc])*
            pub $same: f64,
            /// Of the noise.
            pub seed: u64,
        }
    };
}

pub(super) mod field;
mod gaussian_noise;
mod salt_and_pepper;
mod shot_noise;
mod speckle_noise;

pub(super) use field::{Field, seed};
pub use gaussian_noise::{GaussianNoise, GaussianNoiseField};
pub use salt_and_pepper::{SaltAndPepper, SaltAndPepperField};
pub use shot_noise::{ShotNoise, ShotNoiseField};
pub use speckle_noise::{SpeckleNoise, SpeckleNoiseField};
