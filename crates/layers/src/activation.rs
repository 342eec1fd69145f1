//! The value that flows from layer to layer: a tensor whose rank is known only when the network runs.

use burn::tensor::Tensor;

/// What a layer takes and gives: `[B, F]` or `[B, C, H, W]`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Activation {
    /// Features, `[B, F]`.
    Rank2(Tensor<2>),
    /// Pictures or feature maps, `[B, C, H, W]`.
    Rank4(Tensor<4>),
}

/// Applies a function that takes a tensor of any rank.
macro_rules! each_rank {
    ($activation:expr, |$x:ident| $body:expr) => {
        match $activation {
            $crate::Activation::Rank2($x) => $crate::Activation::Rank2($body),
            $crate::Activation::Rank4($x) => $crate::Activation::Rank4($body),
        }
    };
}
pub(crate) use each_rank;

impl Activation {
    /// Shape with the batch.
    pub fn shape(&self) -> Vec<usize> {
        match self {
            Self::Rank2(x) => x.dims().to_vec(),
            Self::Rank4(x) => x.dims().to_vec(),
        }
    }

    /// The tensor, of a rank that the caller knows.
    ///
    /// # Panics
    /// When the rank is another one; the message has the shape.
    pub fn into_tensor<const D: usize>(self) -> Tensor<D> {
        let shape = self.shape();
        assert!(shape.len() == D, "a tensor of {D} axes was asked for, but this value has the shape {shape:?}");
        match self {
            Self::Rank2(x) => Tensor::from_dispatch(x.into_dispatch()),
            Self::Rank4(x) => Tensor::from_dispatch(x.into_dispatch()),
        }
    }
}

impl<const D: usize> From<Tensor<D>> for Activation {
    /// # Panics
    /// When the tensor has neither two nor four axes.
    fn from(x: Tensor<D>) -> Self {
        match D {
            2 => Self::Rank2(Tensor::from_dispatch(x.into_dispatch())),
            4 => Self::Rank4(Tensor::from_dispatch(x.into_dispatch())),
            _ => panic!("layers take [B, F] or [B, C, H, W], not the shape {:?}", x.dims()),
        }
    }
}
