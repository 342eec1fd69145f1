//! The value that flows from layer to layer of a sequence network, the mask with it.

use burn::tensor::{Device, Int, Tensor};
use firebrick_layers::{Activation, Mask, MaskError};

use crate::Sequence;

/// What a layer of a sequence network takes and gives. Masks are true where a step counts.
///
/// A network's input is made from tensors, alone or with a mask given by hand:
///
/// ```
/// use burn::tensor::{Device, Int, Tensor};
/// use firebrick_layers::Mask;
/// use firebrick_rnn::Signal;
///
/// let device = Device::flex();
/// let ids = Tensor::<2, Int>::from_ints([[5, 2, 0]], &device);
/// let mask = Mask::from_lengths(&[2], 3, &device)?;
/// assert_eq!(Signal::from((ids, mask)).shape(), [1, 3]);
/// # Ok::<(), firebrick_layers::MaskError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Signal {
    /// An id at each step.
    Ids {
        /// `[B, T]`.
        ids: Tensor<2, Int>,
        /// `[B, T]`; without one, every step counts.
        mask: Option<Mask>,
    },
    /// Features at each step, `[B, T, F]`.
    Sequence(Sequence),
    /// A picture at each step.
    Pictures {
        /// `[B, T, C, H, W]`.
        values: Tensor<5>,
        /// `[B, T]`; without one, every step counts.
        mask: Option<Mask>,
    },
    /// Features `[B, F]` or a picture `[B, C, H, W]` for the whole sequence.
    Whole(Activation),
}

impl Signal {
    /// Shape with the batch.
    pub fn shape(&self) -> Vec<usize> {
        match self {
            Self::Ids { ids, .. } => ids.dims().to_vec(),
            Self::Sequence(sequence) => sequence.dims().to_vec(),
            Self::Pictures { values, .. } => values.dims().to_vec(),
            Self::Whole(x) => x.shape(),
        }
    }

    /// The mask that travels with it.
    pub fn mask(&self) -> Option<&Mask> {
        match self {
            Self::Ids { mask, .. } | Self::Pictures { mask, .. } => mask.as_ref(),
            Self::Sequence(sequence) => sequence.mask.as_ref(),
            Self::Whole(_) => None,
        }
    }

    /// The device of its tensors.
    pub fn device(&self) -> Device {
        match self {
            Self::Ids { ids, .. } => ids.device(),
            Self::Sequence(sequence) => sequence.values.device(),
            Self::Pictures { values, .. } => values.device(),
            Self::Whole(Activation::Rank2(x)) => x.device(),
            Self::Whole(Activation::Rank4(x)) => x.device(),
            Self::Whole(other) => panic!("layers take [B, F] or [B, C, H, W], not the shape {:?}", other.shape()),
        }
    }

    /// The features `[B, F]` of a network whose output is one for the whole sequence.
    ///
    /// # Panics
    /// When it is another kind; the message has the shape.
    pub fn into_features(self) -> Tensor<2> {
        match self {
            Self::Whole(x) => x.into_tensor(),
            other => panic!("one output for the whole sequence was asked for, [B, F], but there is {}", other.told()),
        }
    }

    /// The sequence `[B, T, F]` of a network whose output is one for each step, with its mask.
    ///
    /// # Panics
    /// When it is another kind; the message has the shape.
    pub fn into_sequence(self) -> Sequence {
        match self {
            Self::Sequence(sequence) => sequence,
            other => panic!("an output for each step was asked for, [B, T, F], but there is {}", other.told()),
        }
    }

    pub(crate) fn into_ids(self) -> (Tensor<2, Int>, Option<Mask>) {
        match self {
            Self::Ids { ids, mask } => (ids, mask),
            other => panic!("ids were asked for, [B, T], but there is {}", other.told()),
        }
    }

    pub(crate) fn into_pictures(self) -> Tensor<5> {
        match self {
            Self::Pictures { values, .. } => values,
            other => panic!("a picture at each step was asked for, but there is {}", other.told()),
        }
    }

    pub(crate) fn into_whole(self) -> Activation {
        match self {
            Self::Whole(x) => x,
            other => panic!("one output for the whole sequence was asked for, but there is {}", other.told()),
        }
    }

    /// What it is, for messages.
    fn told(&self) -> String {
        let kind = match self {
            Self::Ids { .. } => "a sequence of ids",
            Self::Sequence(_) => "a sequence of features",
            Self::Pictures { .. } => "a sequence of pictures",
            Self::Whole(_) => "one output for the whole sequence",
        };
        format!("{kind} of shape {:?}", self.shape())
    }

    /// The same with harmless values in the steps that do not count: whatever stood there, NaN included, reaches neither
    /// results nor gradients from here on.
    pub(crate) fn cleaned(self) -> Self {
        match self {
            Self::Ids { ids, mask: Some(mask) } => {
                Self::Ids { ids: ids.mask_fill(mask.steps().bool_not(), 0), mask: Some(mask) }
            }
            Self::Sequence(Sequence { values, mask: Some(mask) }) => {
                let padding = mask.steps().bool_not().unsqueeze_dim::<3>(2).expand(values.dims());
                Self::Sequence(Sequence::masked(values.mask_fill(padding, 0.0), mask))
            }
            Self::Pictures { values, mask: Some(mask) } => {
                let [batch, steps, ..] = values.dims();
                let padding = mask.steps().bool_not().reshape([batch, steps, 1, 1, 1]).expand(values.dims());
                Self::Pictures { values: values.mask_fill(padding, 0.0), mask: Some(mask) }
            }
            unmasked => unmasked,
        }
    }

    /// Whether the mask fits the values.
    pub(crate) fn check_mask(&self) -> Result<(), MaskError> {
        let shape = self.shape();
        self.mask().map_or(Ok(()), |mask| mask.check("sequences", shape[0], shape[1]))
    }
}

/// The steps that count in both.
///
/// # Panics
/// When the masks belong to sequences of different shapes.
pub(crate) fn both(a: Option<Mask>, b: Option<Mask>) -> Option<Mask> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.and(&b).unwrap_or_else(|error| panic!("{error}"))),
        (a, b) => a.or(b),
    }
}

impl From<Tensor<2, Int>> for Signal {
    fn from(ids: Tensor<2, Int>) -> Self {
        Self::Ids { ids, mask: None }
    }
}

impl From<(Tensor<2, Int>, Mask)> for Signal {
    fn from((ids, mask): (Tensor<2, Int>, Mask)) -> Self {
        Self::Ids { ids, mask: Some(mask) }
    }
}

impl From<(Tensor<2, Int>, Option<Mask>)> for Signal {
    fn from((ids, mask): (Tensor<2, Int>, Option<Mask>)) -> Self {
        Self::Ids { ids, mask }
    }
}

impl From<Tensor<5>> for Signal {
    fn from(values: Tensor<5>) -> Self {
        Self::Pictures { values, mask: None }
    }
}

impl From<(Tensor<5>, Mask)> for Signal {
    fn from((values, mask): (Tensor<5>, Mask)) -> Self {
        Self::Pictures { values, mask: Some(mask) }
    }
}

impl From<Sequence> for Signal {
    fn from(sequence: Sequence) -> Self {
        Self::Sequence(sequence)
    }
}

impl From<Tensor<3>> for Signal {
    fn from(values: Tensor<3>) -> Self {
        Self::Sequence(values.into())
    }
}

impl From<(Tensor<3>, Mask)> for Signal {
    fn from(masked: (Tensor<3>, Mask)) -> Self {
        Self::Sequence(masked.into())
    }
}

impl From<(Tensor<3>, Option<Mask>)> for Signal {
    fn from(masked: (Tensor<3>, Option<Mask>)) -> Self {
        Self::Sequence(masked.into())
    }
}
