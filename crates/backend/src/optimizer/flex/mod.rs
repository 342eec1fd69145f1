//! The CPU kernel, for 32-bit floats: one pass over the parameter, its gradient and what the optimiser remembers.

mod pass;

use burn::backend::flex::FlexTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::DType;

use super::{AdamMoments, AdamStep, Decay, SgdStep, reference};
use crate::OptionalTensor;
use crate::cpu::{is_f32, whole};
use pass::{Update, pass};

/// As [`Backend::adam_update`](crate::Backend::adam_update); other floats than 32-bit ones take the reference.
pub(crate) fn adam(
    parameter: FlexTensor,
    gradient: FlexTensor,
    moments: AdamMoments<Flex>,
    step: &AdamStep,
) -> (FlexTensor, AdamMoments<Flex>) {
    let tensors = [&parameter, &gradient, &moments.first, &moments.second];
    let largest = match &moments.largest {
        OptionalTensor::Given(largest) => Some(largest),
        OptionalTensor::Absent => None,
    };
    if !tensors.into_iter().chain(largest).all(is_f32) {
        return reference::adam::<Flex>(parameter, gradient, moments, step);
    }

    let row = step.lazy.then(|| row_len(&parameter));
    let adam = Adam::new(step);
    let (mut first, mut second) = (whole(moments.first), whole(moments.second));
    let mut largest = moments.largest.into_option().map(whole);
    let [m, v] = [first.storage_mut(), second.storage_mut()];
    let parameter = match &mut largest {
        Some(largest) => pass(&AmsGrad(adam), [parameter, gradient], [m, v, largest.storage_mut()], row),
        None => pass(&adam, [parameter, gradient], [m, v], row),
    };
    (parameter, AdamMoments { first, second, largest: largest.into() })
}

/// As [`Backend::sgd_update`](crate::Backend::sgd_update); other floats than 32-bit ones take the reference.
pub(crate) fn sgd(
    parameter: FlexTensor,
    gradient: FlexTensor,
    velocity: OptionalTensor<Flex>,
    step: &SgdStep,
) -> (FlexTensor, OptionalTensor<Flex>) {
    let given = match &velocity {
        OptionalTensor::Given(velocity) => Some(velocity),
        OptionalTensor::Absent => None,
    };
    if ![&parameter, &gradient].into_iter().chain(given).all(is_f32) {
        return reference::sgd::<Flex>(parameter, gradient, velocity, step);
    }

    let row = step.lazy.then(|| row_len(&parameter));
    let plain = Plain { penalty: step.penalty, learning_rate: step.learning_rate as f32 };
    let Some(momentum) = step.momentum else {
        return (pass(&plain, [parameter, gradient], [], row), OptionalTensor::Absent);
    };
    // At the first step u ← g: as if the velocity, of zeros, were carried over with factor 0.
    let (taken, carried) = match velocity {
        OptionalTensor::Given(_) => ((1.0 - step.dampening) as f32, momentum),
        OptionalTensor::Absent => (1.0, 0.0),
    };
    let zeros = || FlexTensor::zeros(parameter.shape(), DType::F32);
    let mut velocity = velocity.into_option().map_or_else(zeros, whole);
    let sgd = Momentum { plain, taken, carried, ahead: step.nesterov.then_some(momentum) };
    let parameter = pass(&sgd, [parameter, gradient], [velocity.storage_mut()], row);
    (parameter, OptionalTensor::Given(velocity))
}

/// How many numbers one index of the first axis selects.
fn row_len(tensor: &FlexTensor) -> usize {
    tensor.shape().iter().skip(1).product()
}

/// Adam's step for one number; the state is `[m, v]`.
#[derive(Clone, Copy)]
struct Adam {
    learning_rate: f32,
    betas: [f32; 2],
    correction: f32,
    epsilon: f32,
    penalty: f32,
    kept: f32,
    cautious: Option<f32>,
}

impl Adam {
    fn new(step: &AdamStep) -> Self {
        let (correction, epsilon) = step.corrections();
        let rate = step.decay_rate();
        let (mut penalty, mut kept, mut cautious) = (0.0, 1.0, None);
        match step.decay {
            Decay::None => {}
            Decay::Penalty(lambda) => penalty = lambda,
            Decay::Decoupled(_) => kept = (1.0 - rate) as f32,
            Decay::Cautious(_) => cautious = Some(rate as f32),
        }
        let (learning_rate, betas) = (step.learning_rate as f32, step.betas);
        Self { learning_rate, betas, correction, epsilon, penalty, kept, cautious }
    }

    #[inline(always)]
    fn moments(&self, theta: f32, gradient: f32, [m, v]: [f32; 2]) -> [f32; 2] {
        let [beta_1, beta_2] = self.betas;
        let gradient = theta * self.penalty + gradient;
        [m * beta_1 + gradient * (1.0 - beta_1), v * beta_2 + (gradient * gradient) * (1.0 - beta_2)]
    }

    #[inline(always)]
    fn step(&self, theta: f32, m: f32, v: f32) -> f32 {
        let direction = (m * self.correction) / (v.sqrt() + self.epsilon);
        let decayed = match self.cautious {
            None => theta * self.kept,
            Some(rate) if (theta >= 0.0) == (m >= 0.0) => theta - theta * rate,
            Some(_) => theta,
        };
        decayed - direction * self.learning_rate
    }
}

impl Update<2> for Adam {
    #[inline(always)]
    fn update(&self, theta: f32, gradient: f32, state: [f32; 2]) -> (f32, [f32; 2]) {
        let [m, v] = self.moments(theta, gradient, state);
        (self.step(theta, m, v), [m, v])
    }
}

/// Adam's step with the largest second moment so far; the state is `[m, v, largest v]`.
struct AmsGrad(Adam);

impl Update<3> for AmsGrad {
    #[inline(always)]
    fn update(&self, theta: f32, gradient: f32, [m, v, largest]: [f32; 3]) -> (f32, [f32; 3]) {
        let [m, v] = self.0.moments(theta, gradient, [m, v]);
        let largest = if largest < v { v } else { largest };
        (self.0.step(theta, m, largest), [m, v, largest])
    }
}

/// Gradient descent for one number, without a state.
#[derive(Clone, Copy)]
struct Plain {
    penalty: f32,
    learning_rate: f32,
}

impl Update<0> for Plain {
    #[inline(always)]
    fn update(&self, theta: f32, gradient: f32, state: [f32; 0]) -> (f32, [f32; 0]) {
        (theta - (theta * self.penalty + gradient) * self.learning_rate, state)
    }
}

/// Gradient descent with momentum for one number; the state is the velocity.
struct Momentum {
    plain: Plain,
    taken: f32,
    carried: f32,
    ahead: Option<f32>,
}

impl Update<1> for Momentum {
    #[inline(always)]
    fn update(&self, theta: f32, gradient: f32, [velocity]: [f32; 1]) -> (f32, [f32; 1]) {
        let gradient = theta * self.plain.penalty + gradient;
        let velocity = gradient * self.taken + velocity * self.carried;
        let direction = self.ahead.map_or(velocity, |momentum| velocity * momentum + gradient);
        (theta - direction * self.plain.learning_rate, [velocity])
    }
}
