//! TEMP
use super::{Conv2dGradients, Conv2dOptions, reference};
use burn::backend::{Flex, flex::FlexTensor};
pub(crate) fn forward(
    x: FlexTensor,
    weight: FlexTensor,
    bias: Option<FlexTensor>,
    options: &Conv2dOptions,
) -> FlexTensor {
    reference::forward::<Flex>(x, weight, bias, options)
}
pub(crate) fn backward(
    x: FlexTensor,
    weight: FlexTensor,
    dy: FlexTensor,
    options: &Conv2dOptions,
    w: Conv2dGradients,
) -> reference::Gradients<Flex> {
    reference::backward::<Flex>(x, weight, dy, options, w)
}
