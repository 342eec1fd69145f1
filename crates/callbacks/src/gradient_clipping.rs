//! Gradient clipping, with the semantics of PyTorch's `clip_grad_norm_` and `clip_grad_value_`, Lightning's `gradient_clip_val`.

use crate::callback::HookResult;
use crate::{Callback, CallbackError, Context, Flow};

/// Limits the gradients before every optimiser step: their global norm over all parameters, or each element.
///
/// Burn's own `GradientClipping` of an optimiser limits each parameter's norm on its own, which changes the step's direction. When
/// gradients accumulate, their mean over the batches is clipped, once.
///
/// ```
/// use firebrick_callbacks::GradientClipping;
///
/// let by_norm = GradientClipping::by_norm(1.0);
/// let by_value = GradientClipping::by_value(0.5);
/// ```
#[derive(Clone, Debug)]
pub struct GradientClipping {
    limit: Limit,
}

#[derive(Clone, Copy, Debug)]
enum Limit {
    Norm(f64),
    Value(f64),
}

impl GradientClipping {
    /// Scales all gradients so that their global Euclidean norm is at most `max`. A norm that is not finite is left alone: nothing
    /// could be saved of such gradients (PyTorch makes them all NaN).
    pub fn by_norm(max: f64) -> Self {
        Self { limit: Limit::Norm(max) }
    }

    /// Clamps every element into `-max..=max`.
    pub fn by_value(max: f64) -> Self {
        Self { limit: Limit::Value(max) }
    }
}

impl Callback for GradientClipping {
    fn name(&self) -> &str {
        "GradientClipping"
    }

    fn wants_gradients(&self) -> bool {
        true
    }

    fn on_train_begin(&mut self, _context: &mut Context<'_>) -> HookResult {
        let (setting, limit) = match self.limit {
            Limit::Norm(max) => ("by_norm", max),
            Limit::Value(max) => ("by_value", max),
        };
        if limit > 0.0 {
            return Ok(Flow::Continue);
        }
        Err(CallbackError::Setting { setting, value: limit.to_string(), rule: "a limit of gradients must be above 0" })
    }

    fn on_optimizer_step_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        match self.limit {
            Limit::Norm(max) => context.clip_gradients_by_norm(max).map(|_| Flow::Continue),
            Limit::Value(max) => context.clip_gradients_by_value(max).map(|()| Flow::Continue),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::MetricTable;
    use crate::testing::context;

    #[test]
    fn a_limit_that_leaves_nothing_is_refused_at_the_beginning() {
        for clipping in
            [GradientClipping::by_norm(0.0), GradientClipping::by_value(-1.0), GradientClipping::by_norm(f64::NAN)]
        {
            let mut clipping = clipping;
            let error =
                context(1, &mut MetricTable::default(), |context| clipping.on_train_begin(context)).unwrap_err();
            assert!(error.to_string().ends_with("a limit of gradients must be above 0"), "{error}");
        }
    }

    #[test]
    fn outside_of_its_hook_there_are_no_gradients() {
        let mut clipping = GradientClipping::by_norm(1.0);
        let error = context(1, &mut MetricTable::default(), |context| clipping.on_optimizer_step_begin(context));
        assert!(matches!(error.unwrap_err(), CallbackError::NoGradients));
    }
}
