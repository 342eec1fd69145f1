//! The reference: the steps in Burn's own operations, for any backend and for Burn's `Dispatch`. What a kernel computes
//! must agree with it.

use burn::backend::{
    Backend, Scalar, TensorMetadata, get_or_init_device_settings, tensor::BoolTensor, tensor::FloatTensor,
};
use burn::tensor::{BoolDType, Shape};

use super::{AdamMoments, AdamStep, Decay, SgdStep};
use crate::OptionalTensor;

/// As [`adam_update`](super::adam_update).
pub(crate) fn adam<B: Backend>(
    parameter: FloatTensor<B>,
    gradient: FloatTensor<B>,
    moments: AdamMoments<B>,
    step: &AdamStep,
) -> (FloatTensor<B>, AdamMoments<B>) {
    let before = step.lazy.then(|| (touched::<B>(gradient.clone()), parameter.clone(), moments.clone()));
    let gradient = match step.decay {
        Decay::Penalty(penalty) => penalised::<B>(parameter.clone(), gradient, penalty),
        _ => gradient,
    };
    let [beta_1, beta_2] = step.betas;
    let squared = B::float_mul(gradient.clone(), gradient.clone());
    let first = mixed::<B>(moments.first, beta_1, gradient, 1.0 - beta_1);
    let second = mixed::<B>(moments.second, beta_2, squared, 1.0 - beta_2);
    let largest = moments.largest.into_option().map(|largest| larger::<B>(largest, second.clone()));

    let (correction, epsilon) = step.corrections();
    let root = B::float_sqrt(largest.clone().unwrap_or_else(|| second.clone()));
    let direction =
        B::float_div(scaled::<B>(first.clone(), correction), B::float_add_scalar(root, Scalar::from(epsilon)));
    let decayed = decayed::<B>(parameter, first.clone(), step);
    let parameter = B::float_sub(decayed, scaled::<B>(direction, step.learning_rate));
    let after = (parameter, AdamMoments { first, second, largest: largest.into() });
    match before {
        Some((touched, parameter, moments)) => kept_rows::<B>(&touched, (parameter, moments), after),
        None => after,
    }
}

/// As [`sgd_update`](super::sgd_update).
pub(crate) fn sgd<B: Backend>(
    parameter: FloatTensor<B>,
    gradient: FloatTensor<B>,
    velocity: OptionalTensor<B>,
    step: &SgdStep,
) -> (FloatTensor<B>, OptionalTensor<B>) {
    let before = step.lazy.then(|| (touched::<B>(gradient.clone()), parameter.clone(), velocity.clone()));
    let gradient = match step.penalty {
        0.0 => gradient,
        penalty => penalised::<B>(parameter.clone(), gradient, penalty),
    };
    let velocity = step.momentum.map(|momentum| match velocity.into_option() {
        Some(velocity) => {
            B::float_add(scaled::<B>(gradient.clone(), 1.0 - step.dampening), scaled::<B>(velocity, momentum))
        }
        None => gradient.clone(),
    });
    let direction = match (&velocity, step.momentum) {
        (Some(velocity), Some(momentum)) if step.nesterov => {
            B::float_add(scaled::<B>(velocity.clone(), momentum), gradient)
        }
        (Some(velocity), _) => velocity.clone(),
        (None, _) => gradient,
    };
    let after = B::float_sub(parameter, scaled::<B>(direction, step.learning_rate));
    let Some((touched, parameter, before)) = before else {
        return (after, velocity.into());
    };
    let velocity = velocity.map(|velocity| match before.into_option() {
        Some(before) => B::float_mask_where(before, touched.clone(), velocity),
        None => B::float_mask_fill(velocity, B::bool_not(touched.clone()), Scalar::from(0.0)),
    });
    (B::float_mask_where(parameter, touched, after), velocity.into())
}

fn scaled<B: Backend>(x: FloatTensor<B>, factor: impl Into<Scalar>) -> FloatTensor<B> {
    B::float_mul_scalar(x, factor.into())
}

/// a·α + b·β.
fn mixed<B: Backend>(a: FloatTensor<B>, alpha: f32, b: FloatTensor<B>, beta: f32) -> FloatTensor<B> {
    B::float_add(scaled::<B>(a, alpha), scaled::<B>(b, beta))
}

fn penalised<B: Backend>(parameter: FloatTensor<B>, gradient: FloatTensor<B>, penalty: f32) -> FloatTensor<B> {
    B::float_add(scaled::<B>(parameter, penalty), gradient)
}

/// The larger of each pair.
fn larger<B: Backend>(a: FloatTensor<B>, b: FloatTensor<B>) -> FloatTensor<B> {
    let b_is_larger = B::float_lower(a.clone(), b.clone(), bool_dtype::<B>(&a));
    B::float_mask_where(a, b_is_larger, b)
}

/// The parameter after decoupled weight decay; `first` is the first moment after the step.
fn decayed<B: Backend>(parameter: FloatTensor<B>, first: FloatTensor<B>, step: &AdamStep) -> FloatTensor<B> {
    let rate = step.decay_rate();
    if rate == 0.0 {
        return parameter;
    }
    if !matches!(step.decay, Decay::Cautious(_)) {
        return scaled::<B>(parameter, 1.0 - rate);
    }
    let dtype = bool_dtype::<B>(&parameter);
    let is_positive = |x: FloatTensor<B>| B::float_greater_equal_elem(x, Scalar::from(0.0), dtype);
    let differ = B::bool_not_equal(is_positive(parameter.clone()), is_positive(first));
    let decay = B::float_mask_fill(scaled::<B>(parameter.clone(), rate), differ, Scalar::from(0.0));
    B::float_sub(parameter, decay)
}

/// The rows whose gradient is not zero throughout, as a mask of the gradient's shape.
fn touched<B: Backend>(gradient: FloatTensor<B>) -> BoolTensor<B> {
    let (shape, dtype) = (gradient.shape(), bool_dtype::<B>(&gradient));
    let numbers = shape.num_elements();
    let rows = shape.iter().next().copied().unwrap_or(1).max(1);
    let matrix = Shape::new([rows, numbers / rows]);
    let total = B::float_sum_dim(B::float_abs(B::float_reshape(gradient, matrix.clone())), 1);
    let touched = B::float_not_equal_elem(total, Scalar::from(0.0), dtype);
    B::bool_reshape(B::bool_expand(touched, matrix), shape)
}

/// `after` in the rows that were touched, `before` in the others.
fn kept_rows<B: Backend>(
    touched: &BoolTensor<B>,
    (parameter, before): (FloatTensor<B>, AdamMoments<B>),
    (updated, after): (FloatTensor<B>, AdamMoments<B>),
) -> (FloatTensor<B>, AdamMoments<B>) {
    let choose = |before, after| B::float_mask_where(before, touched.clone(), after);
    let largest = match (before.largest.into_option(), after.largest.into_option()) {
        (Some(before), Some(after)) => Some(choose(before, after)),
        _ => None,
    };
    let moments = AdamMoments {
        first: choose(before.first, after.first),
        second: choose(before.second, after.second),
        largest: largest.into(),
    };
    (choose(parameter, updated), moments)
}

fn bool_dtype<B: Backend>(tensor: &FloatTensor<B>) -> BoolDType {
    get_or_init_device_settings::<B>(&tensor.device()).bool_dtype
}
