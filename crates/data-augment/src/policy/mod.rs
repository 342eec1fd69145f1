//! Policies that others have found: which transforms, how strong, how likely. They are steps of a pipeline, and what they do stands
//! in its record transform by transform.
//!
//! The transforms and their strengths are those of torchvision. Where a policy moves pixels, masks, boxes and key points move with
//! them.

mod action;
mod aug_mix;
mod auto_augment;
mod branch;
mod rand_augment;
mod tables;
mod trivial_augment;

use std::fmt::Debug;

use firebrick_data::random::Draws;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::AugmentError;
use crate::pipeline::{Run, Step};
pub use aug_mix::AugMix;
pub use auto_augment::{AutoAugment, LearntPolicy};
pub(crate) use branch::Aside;
pub use branch::Branch;
pub use rand_augment::RandAugment;
pub use trivial_augment::TrivialAugment;

/// Settings from which several transforms are drawn.
pub(crate) trait PolicyRule: Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// Its name in files, snake case.
    const NAME: &'static str;

    /// Checks the settings.
    fn check(&self) -> Result<(), AugmentError>;

    /// Draws, records and applies.
    fn run(&self, run: &mut Run<'_>, draws: &mut Draws) -> Result<(), AugmentError>;
}

/// Makes the enum from the list of policies.
macro_rules! policies {
    ($($name:ident),+ $(,)?) => {
        /// Any policy with its settings.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Policy {
            $(#[doc = concat!("[`", stringify!($name), "`].")] $name($name),)+
        }

        impl Policy {
            /// The names of all policies, as files write them.
            pub const NAMES: &'static [&'static str] = &[$(<$name as PolicyRule>::NAME),+];

            /// Its name in files.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => <$name as PolicyRule>::NAME,)+ }
            }

            /// Checks the settings.
            ///
            /// # Errors
            /// The first rule that is broken.
            pub fn check(&self) -> Result<(), AugmentError> {
                match self { $(Self::$name(policy) => policy.check(),)+ }
            }

            pub(crate) fn run(&self, run: &mut Run<'_>, draws: &mut Draws) -> Result<(), AugmentError> {
                match self { $(Self::$name(policy) => policy.run(run, draws),)+ }
            }

            /// Reads the settings of the policy of this name; none when there is no such name.
            pub(crate) fn read(name: &str, settings: Value) -> Option<serde_json::Result<Self>> {
                $(if name == <$name as PolicyRule>::NAME {
                    return Some(serde_json::from_value(settings).map(Self::$name));
                })+
                None
            }

            /// Its settings as a table.
            pub(crate) fn write(&self) -> serde_json::Result<Value> {
                match self { $(Self::$name(policy) => serde_json::to_value(policy),)+ }
            }
        }

        $(impl From<$name> for Policy {
            fn from(policy: $name) -> Self {
                Self::$name(policy)
            }
        }

        impl From<$name> for Step {
            fn from(policy: $name) -> Self {
                Policy::from(policy).into()
            }
        })+
    };
}

// A new policy: its file, and its name here.
policies! { RandAugment, TrivialAugment, AugMix, AutoAugment }

impl Policy {
    /// The policy of a name as the command line takes it, with its defaults: those of files, and `auto_augment_cifar10` and
    /// `auto_augment_imagenet`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "rand_augment" => Some(RandAugment::default().into()),
            "trivial_augment" => Some(TrivialAugment::default().into()),
            "aug_mix" => Some(AugMix::default().into()),
            "auto_augment" | "auto_augment_imagenet" => Some(AutoAugment::new(LearntPolicy::ImageNet).into()),
            "auto_augment_cifar10" => Some(AutoAugment::new(LearntPolicy::Cifar10).into()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
