//! All transforms by name: what a pipeline is made of, and what a record holds.

use firebrick_data::random::Draws;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::AugmentError;
use crate::picture::Shape;
use crate::pipeline::Step;
use crate::sample::Sample;
use crate::transform::{Apply, Transform};
use crate::workspace::Workspace;

/// Makes the two enums from the list of transforms.
macro_rules! operations {
    ($($module:ident :: $name:ident),+ $(,)?) => {
        /// Any transform with its settings.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Operation {
            $(#[doc = concat!("[`", stringify!($name), "`](crate::", stringify!($module), "::", stringify!($name), ").")]
            $name(crate::$module::$name),)+
        }

        /// What any transform has drawn; applying it takes nothing else.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "transform", rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Drawn {
            $(#[doc = concat!("By [`", stringify!($name), "`](crate::", stringify!($module), "::", stringify!($name), ").")]
            $name(<crate::$module::$name as Transform>::Drawn),)+
            /// Where chains of a policy begin and end.
            Branch(crate::policy::Branch),
        }

        impl Operation {
            /// The names of all transforms, as files write them.
            pub const NAMES: &'static [&'static str] = &[$(<crate::$module::$name as Transform>::NAME),+];

            /// Its name in files.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => <crate::$module::$name as Transform>::NAME,)+ }
            }

            /// How likely it is applied if nothing is said.
            pub fn default_p(&self) -> f64 {
                match self { $(Self::$name(_) => <crate::$module::$name as Transform>::P,)+ }
            }

            /// Checks the settings.
            ///
            /// # Errors
            /// The first rule that is broken.
            pub fn check(&self) -> Result<(), AugmentError> {
                match self { $(Self::$name(transform) => transform.check(),)+ }
            }

            /// Draws what to do with a picture of this shape.
            ///
            /// # Errors
            /// When the transform cannot be applied to such a picture.
            pub fn draw(&self, shape: Shape, draws: &mut Draws) -> Result<Drawn, AugmentError> {
                Ok(match self { $(Self::$name(transform) => Drawn::$name(transform.draw(shape, draws)?),)+ })
            }

            /// Reads the settings of the transform of this name; none when there is no such name.
            pub(crate) fn read(name: &str, settings: Value) -> Option<serde_json::Result<Self>> {
                $(if name == <crate::$module::$name as Transform>::NAME {
                    return Some(serde_json::from_value(settings).map(Self::$name));
                })+
                None
            }

            /// Its settings as a table.
            pub(crate) fn write(&self) -> serde_json::Result<Value> {
                match self { $(Self::$name(transform) => serde_json::to_value(transform),)+ }
            }
        }

        impl Drawn {
            /// The name of the transform that drew it.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => <crate::$module::$name as Transform>::NAME,)+
                    Self::Branch(_) => "branch",
                }
            }

            /// Changes the picture and what belongs to it.
            ///
            /// # Errors
            /// When it was drawn for another picture and does not fit this one.
            pub fn apply(&self, sample: &mut Sample, space: &mut Workspace) -> Result<(), AugmentError> {
                match self {
                    $(Self::$name(drawn) => drawn.apply(sample, space),)+
                    Self::Branch(branch) => branch.apply(sample, space),
                }
            }
        }

        $(impl From<crate::$module::$name> for Operation {
            fn from(transform: crate::$module::$name) -> Self {
                Self::$name(transform)
            }
        }

        impl From<crate::$module::$name> for Step {
            fn from(transform: crate::$module::$name) -> Self {
                Operation::from(transform).into()
            }
        })+
    };
}

// A new transform: its file, and a line here.
operations! {
    generator::RandomTransform,
    geometry::Affine,
    geometry::CenterCrop,
    geometry::Elastic,
    geometry::GridDistortion,
    geometry::HorizontalFlip,
    geometry::Pad,
    geometry::PadTo,
    geometry::Perspective,
    geometry::RandomCrop,
    geometry::RandomResizedCrop,
    geometry::Resize,
    geometry::Rotate,
    geometry::Rotate90,
    geometry::Transpose,
    geometry::VerticalFlip,
    pixel::AutoContrast,
    pixel::BoxBlur,
    pixel::Brightness,
    pixel::ChannelDrop,
    pixel::ChannelShift,
    pixel::ChannelShuffle,
    pixel::Clahe,
    pixel::ColorJitter,
    pixel::Contrast,
    pixel::Cutout,
    pixel::Defocus,
    pixel::Equalize,
    pixel::Erasing,
    pixel::Gamma,
    pixel::GaussianBlur,
    pixel::GaussianNoise,
    pixel::Grayscale,
    pixel::GridMask,
    pixel::Hue,
    pixel::Invert,
    pixel::Jpeg,
    pixel::MedianBlur,
    pixel::MotionBlur,
    pixel::Normalize,
    pixel::Posterize,
    pixel::SaltAndPepper,
    pixel::Saturation,
    pixel::Sharpen,
    pixel::ShotNoise,
    pixel::Solarize,
    pixel::SpeckleNoise,
    pixel::Standardize,
}
