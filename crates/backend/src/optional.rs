//! A tensor argument that may be absent, such as the bias of a layer without one.

use burn::backend::{Backend, ExtensionType, tensor::FloatTensor};

/// A float tensor primitive that an operation may go without.
///
/// The operations of [`Backend`](crate::Backend) take it in place of `Option`, which Burn's
/// dispatch does not look into.
#[derive(Clone, Debug, ExtensionType)]
pub enum OptionalTensor<B: Backend> {
    /// The tensor is there.
    Given(FloatTensor<B>),
    /// There is none.
    Absent,
}

impl<B: Backend> OptionalTensor<B> {
    /// The same as an `Option`.
    pub fn into_option(self) -> Option<FloatTensor<B>> {
        match self {
            Self::Given(tensor) => Some(tensor),
            Self::Absent => None,
        }
    }
}

impl<B: Backend> From<Option<FloatTensor<B>>> for OptionalTensor<B> {
    fn from(tensor: Option<FloatTensor<B>>) -> Self {
        tensor.map_or(Self::Absent, Self::Given)
    }
}
