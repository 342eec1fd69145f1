//! Float tensors of any backend with operators, so that a reference reads like its formula.

use std::ops::{Add, Mul, Range, Sub};

use burn::backend::tensor::{BoolTensor, FloatTensor};
use burn::backend::{Backend, TensorMetadata, get_or_init_device_settings};
use burn::tensor::{Shape, Slice};

/// A float tensor of backend `B`.
#[derive(Clone, Debug)]
pub(crate) struct Values<B: Backend>(pub(crate) FloatTensor<B>);

impl<B: Backend> Values<B> {
    /// Zeros of these dimensions, in the device and type of `like`.
    pub(crate) fn zeros<const D: usize>(dims: [usize; D], like: &Self) -> Self {
        Self(B::float_zeros(Shape::from(dims), &like.0.device(), like.0.dtype().into()))
    }

    pub(crate) fn dims<const D: usize>(&self) -> [usize; D] {
        self.0.shape().dims()
    }

    pub(crate) fn reshape<const D: usize>(self, dims: [usize; D]) -> Self {
        Self(B::float_reshape(self.0, Shape::from(dims)))
    }

    /// The tensors side by side along an axis.
    pub(crate) fn cat(parts: Vec<Self>, axis: usize) -> Self {
        Self(B::float_cat(parts.into_iter().map(|part| part.0).collect(), axis))
    }

    /// A part along one axis, all of the others.
    pub(crate) fn slice(self, axis: usize, range: Range<usize>) -> Self {
        let shape = self.0.shape();
        let whole = |size: usize| Slice::from(0..size);
        let mut slices: Vec<Slice> = shape.iter().map(|&size| whole(size)).collect();
        slices[axis] = Slice::from(range);
        Self(B::float_slice(self.0, &slices))
    }

    /// `[B, T, K]` -> `[B, K]`, one step.
    pub(crate) fn step(&self, step: usize) -> Self {
        let [batch, _, width] = self.dims();
        self.clone().slice(1, step..step + 1).reshape([batch, width])
    }

    /// `[B, n·H]` -> n times `[B, H]`.
    pub(crate) fn blocks(&self, hidden: usize) -> Vec<Self> {
        let [_, width] = self.dims();
        (0..width / hidden).map(|block| self.clone().slice(1, block * hidden..(block + 1) * hidden)).collect()
    }

    /// T times `[B, K]` -> `[B, T, K]`.
    pub(crate) fn stack(steps: Vec<Self>) -> Self {
        let steps = steps.into_iter().map(|step| {
            let [batch, width] = step.dims();
            step.reshape([batch, 1, width])
        });
        Self::cat(steps.collect(), 1)
    }

    /// The product of two matrices.
    pub(crate) fn matmul(&self, right: &Self) -> Self {
        Self(B::float_matmul(self.0.clone(), right.0.clone()))
    }

    /// `[m, n]` -> `[n, m]`.
    pub(crate) fn transpose(&self) -> Self {
        Self(B::float_swap_dims(self.0.clone(), 0, 1))
    }

    /// `[m, n]` -> `[n]`, the sums over the rows.
    pub(crate) fn sum_rows(&self) -> Self {
        let [_, cols] = self.dims();
        Self(B::float_sum_dim(self.0.clone(), 0)).reshape([cols])
    }

    pub(crate) fn sigmoid(self) -> Self {
        Self(B::sigmoid(self.0))
    }

    pub(crate) fn tanh(self) -> Self {
        Self(B::float_tanh(self.0))
    }

    pub(crate) fn relu(self) -> Self {
        Self(B::relu(self.0))
    }

    /// `grad` where these values, the outputs of a ReLU, are positive, otherwise 0.
    pub(crate) fn relu_gradient(&self, grad: Self) -> Self {
        Self(B::relu_backward(self.0.clone(), grad.0))
    }

    /// 1 − x.
    pub(crate) fn complement(&self) -> Self {
        Self(B::float_add_scalar(B::float_neg(self.0.clone()), 1.0.into()))
    }

    /// x + c.
    pub(crate) fn plus(self, number: f64) -> Self {
        Self(B::float_add_scalar(self.0, number.into()))
    }

    /// c·x.
    pub(crate) fn times(self, number: f64) -> Self {
        Self(B::float_mul_scalar(self.0, number.into()))
    }

    /// `above` where these values are greater than 0, elsewhere `below`.
    pub(crate) fn choose(&self, above: Self, below: Self) -> Self {
        let dtype = get_or_init_device_settings::<B>(&self.0.device()).bool_dtype;
        let is_above = B::float_greater_elem(self.0.clone(), 0.0.into(), dtype);
        below.or_where(is_above, above)
    }

    /// The values of `other` where `mask` is true, these elsewhere.
    pub(crate) fn or_where(self, mask: BoolTensor<B>, other: Self) -> Self {
        Self(B::float_mask_where(self.0, mask, other.0))
    }

    /// Zeros where `mask` is true, these values elsewhere.
    pub(crate) fn zero_where(self, mask: BoolTensor<B>) -> Self {
        Self(B::float_mask_fill(self.0, mask, 0.0.into()))
    }

    /// The bias `[n]` added to each row.
    pub(crate) fn add_to_rows(self, bias: Self) -> Self {
        let [len] = bias.dims();
        self + bias.reshape([1, len])
    }
}

impl<B: Backend> Add for Values<B> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(B::float_add(self.0, other.0))
    }
}

impl<B: Backend> Sub for Values<B> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(B::float_sub(self.0, other.0))
    }
}

impl<B: Backend> Mul for Values<B> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(B::float_mul(self.0, other.0))
    }
}
