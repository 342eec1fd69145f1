//! Parameters that wait: a pretrained backbone learns only after its new head has, as with Lightning's `BackboneFinetuning` and
//! Keras's `layer.trainable = False`.

use crate::callback::HookResult;
use crate::{Callback, CallbackError, Context, Flow};

type Selection = Box<dyn Fn(&str) -> bool + Send>;

/// Freezes some of the model's parameters, for ever or until an epoch.
///
/// For a frozen parameter no gradient is computed, and the backward pass ends where only frozen parameters follow; the optimiser
/// leaves it and its state alone (weight decay too). Running statistics of a frozen batch normalisation go on, as in PyTorch. A
/// training has one of these: a second would replace what the first has frozen.
///
/// ```
/// use firebrick_callbacks::BackboneFreezing;
///
/// let freezing = BackboneFreezing::new("backbone").unfreeze_at_epoch(6).rate_after(1e-4);
/// let biases = BackboneFreezing::matching(|path| path.ends_with(".bias"));
/// ```
pub struct BackboneFreezing {
    selection: Selection,
    /// What is selected, for messages.
    described: String,
    unfreeze_at: Option<usize>,
    rate_after: Option<f64>,
    /// What the learner was told last.
    is_frozen: Option<bool>,
}

impl BackboneFreezing {
    /// Freezes the parameters below this path: `backbone` selects `backbone.0.weight`, and not `backbones.0.weight`.
    pub fn new(path: impl Into<String>) -> Self {
        let prefix = path.into();
        let described = prefix.clone();
        let is_below =
            move |path: &str| path.strip_prefix(&prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        Self { described, ..Self::matching(is_below) }
    }

    /// Freezes the parameters whose paths match.
    pub fn matching(selection: impl Fn(&str) -> bool + Send + 'static) -> Self {
        Self {
            selection: Box::new(selection),
            described: "matching(..)".to_owned(),
            unfreeze_at: None,
            rate_after: None,
            is_frozen: None,
        }
    }

    /// The first epoch (from 1) in which everything learns. Default: none does.
    pub fn unfreeze_at_epoch(self, epoch: usize) -> Self {
        Self { unfreeze_at: Some(epoch), ..self }
    }

    /// The learning rate from that epoch on, usually a small one; needs a [`ControlledLr`](crate::ControlledLr). Default: as it is.
    pub fn rate_after(self, rate: f64) -> Self {
        Self { rate_after: Some(rate), ..self }
    }

    fn apply(&mut self, context: &mut Context<'_>) -> Result<(), CallbackError> {
        let is_frozen = self.unfreeze_at.is_none_or(|epoch| context.epoch() < epoch);
        if self.is_frozen == Some(is_frozen) {
            return Ok(());
        }
        let selection = &self.selection;
        let selected = context.freeze(|path| is_frozen && selection(path));
        if is_frozen && selected == 0 {
            let rule = "no parameter of the model lies there; paths are such as backbone.0.weight";
            return Err(CallbackError::Setting { setting: "frozen path", value: self.described.clone(), rule });
        }
        self.is_frozen = Some(is_frozen);
        Ok(())
    }
}

impl Callback for BackboneFreezing {
    fn name(&self) -> &str {
        "BackboneFreezing"
    }

    fn on_train_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        if self.rate_after.is_some() {
            context.set_learning_rate(context.learning_rate())?;
        }
        self.is_frozen = None;
        self.apply(context)?;
        Ok(Flow::Continue)
    }

    fn on_epoch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        if let Some(rate) = self.rate_after.filter(|_| self.unfreeze_at == Some(context.epoch())) {
            context.set_learning_rate(rate)?;
        }
        Ok(Flow::Continue)
    }

    fn on_train_batch_begin(&mut self, context: &mut Context<'_>) -> HookResult {
        self.apply(context)?;
        Ok(Flow::Continue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::MetricTable;
    use crate::testing::{FakeLearner, context_of};

    fn run(freezing: &mut BackboneFreezing, learner: &mut FakeLearner, epoch: usize) {
        let mut table = MetricTable::default();
        context_of(epoch, &mut table, learner, |context| freezing.on_epoch_begin(context)).unwrap();
        context_of(epoch, &mut table, learner, |context| freezing.on_train_batch_begin(context)).unwrap();
    }

    #[test]
    fn the_backbone_is_frozen_until_its_epoch_and_the_rate_changes_then() {
        let mut freezing = BackboneFreezing::new("backbone").unfreeze_at_epoch(3).rate_after(0.25);
        let mut learner = FakeLearner { rate: 0.5, ..FakeLearner::default() };
        for (epoch, frozen, rate) in [(1, 1, 0.5), (2, 1, 0.5), (3, 0, 0.25), (4, 0, 0.25)] {
            run(&mut freezing, &mut learner, epoch);
            assert_eq!((learner.frozen.len(), learner.rate), (frozen, rate), "epoch {epoch}");
        }
    }

    #[test]
    fn a_path_selects_what_lies_below_it_only() {
        for (path, frozen) in [("backbone", 1), ("backbone.weight", 1)] {
            let mut learner = FakeLearner::default();
            run(&mut BackboneFreezing::new(path), &mut learner, 7);
            assert_eq!(learner.frozen.len(), frozen, "{path}");
        }
        let mut nothing = BackboneFreezing::new("back");
        let mut table = MetricTable::default();
        let error = context_of(1, &mut table, &mut FakeLearner::default(), |context| nothing.on_train_begin(context));
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with("frozen path = back: no parameter of the model lies there"), "{error}");
    }
}
