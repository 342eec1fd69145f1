//! Takes a recorded sequence through one of our callbacks.

use std::path::Path;

use serde_json::Value;

use super::{Case, Decision};
use crate::metrics::MetricTable;
use crate::testing::{FakeLearner, context_of, log_after_batch};
use crate::{
    Callback, CallbackError, Context, CosineDecay, CosineRestarts, EarlyStopping, ExponentialDecay, Flow,
    LearningRateScheduler, ModelCheckpoint, Monitor, PolynomialDecay, Position, ReduceLrOnPlateau, Split, StepDecay,
    TerminateOnNan,
};

type Replayed = Result<Decision, CallbackError>;

/// Keras's name of a metric in our terms.
fn metric(name: &str) -> (Split, &'static str) {
    match name {
        "loss" => (Split::Train, "Loss"),
        "val_loss" => (Split::Valid, "Loss"),
        "val_accuracy" => (Split::Valid, "Accuracy"),
        "val_score" => (Split::Valid, "Score"),
        other => panic!("no metric {other}"),
    }
}

pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.parse().expect("nan, inf or -inf")),
        value => Some(value.as_f64().expect("a number")),
    }
}

fn float(value: &Value) -> f64 {
    number(value).expect("a number")
}

fn count(value: &Value) -> usize {
    value.as_u64().expect("a count") as usize
}

fn flag(value: &Value) -> bool {
    value.as_bool().expect("true or false")
}

impl Case {
    fn monitor(&self) -> Monitor {
        let (split, name) = metric(&self.monitor);
        let monitor = if split == Split::Train { Monitor::train(name) } else { Monitor::valid(name) };
        match self.mode.as_str() {
            "min" => monitor.min(),
            "max" => monitor.max(),
            _ => monitor,
        }
    }

    /// The callback with each of the case's options set.
    fn configured<C>(&self, callback: C, set: impl Fn(C, &str, &Value) -> C) -> C {
        self.options.iter().fold(callback, |callback, (name, value)| set(callback, name, value))
    }

    /// What the hook does at the end of an epoch (from 0) with this value, or without validation.
    fn at_epoch_end<R>(
        &self,
        epoch: usize,
        value: Option<f64>,
        learner: &mut FakeLearner,
        hook: impl FnOnce(&mut Context<'_>) -> R,
    ) -> R {
        let mut table = MetricTable::default();
        let (split, name) = metric(&self.logged);
        if let Some(value) = value {
            table.push(split, name, None, value);
        }
        context_of(epoch + 1, &mut table, learner, |context| {
            context.validated = value.is_some();
            hook(context)
        })
    }
}

fn begin(callback: &mut dyn Callback, learner: &mut FakeLearner) -> Result<(), CallbackError> {
    context_of(1, &mut MetricTable::default(), learner, |context| callback.on_train_begin(context)).map(drop)
}

pub(super) fn early_stopping(case: &Case) -> Replayed {
    let mut callback = case.configured(EarlyStopping::new(case.monitor()), |callback, name, value| match name {
        "patience" => callback.patience(count(value)),
        "min_delta" => callback.min_delta(float(value)),
        "baseline" => callback.baseline(float(value)),
        "restore_best_weights" => callback.restore_best_weights(flag(value)),
        "start_from_epoch" => callback.start_from_epoch(count(value)),
        other => panic!("no option {other}"),
    });
    let mut learner = FakeLearner::default();
    begin(&mut callback, &mut learner)?;
    let mut decision = Decision::default();
    for (epoch, value) in case.values.iter().enumerate() {
        learner.weights = epoch;
        let flow = case.at_epoch_end(epoch, number(value), &mut learner, |context| callback.on_epoch_end(context))?;
        if flow != Flow::Continue {
            decision.stop = Some(epoch);
            break;
        }
    }
    context_of(1, &mut MetricTable::default(), &mut learner, |context| callback.on_train_end(context))?;
    Ok(Decision { weights: Some(learner.weights), ..decision })
}

pub(super) fn reduce_lr_on_plateau(case: &Case) -> Replayed {
    let mut callback = case.configured(ReduceLrOnPlateau::new(case.monitor()), |callback, name, value| match name {
        "factor" => callback.factor(float(value)),
        "patience" => callback.patience(count(value)),
        "min_delta" => callback.min_delta(float(value)),
        "cooldown" => callback.cooldown(count(value)),
        "min_lr" => callback.min_lr(float(value)),
        other => panic!("no option {other}"),
    });
    let mut learner = FakeLearner { rate: case.rate, ..FakeLearner::default() };
    begin(&mut callback, &mut learner)?;
    let mut decision = Decision::default();
    for (epoch, value) in case.values.iter().enumerate() {
        case.at_epoch_end(epoch, number(value), &mut learner, |context| callback.on_epoch_end(context))?;
        decision.rates.push(learner.rate);
    }
    Ok(decision)
}

pub(super) fn model_checkpoint(case: &Case) -> Replayed {
    let directory = tempfile::tempdir().expect("a directory");
    let template = directory.path().join(case.path.replace("val_", "valid_"));
    let checkpoint = ModelCheckpoint::new(template, case.monitor());
    let mut callback = case.configured(checkpoint, |callback, name, value| match name {
        "save_best_only" => callback.save_best_only(flag(value)),
        "initial_value_threshold" => callback.initial_value_threshold(float(value)),
        "save_freq" => callback.every_steps(count(value)),
        other => panic!("no option {other}"),
    });
    let mut learner = FakeLearner { log: log_after_batch(0.0), ..FakeLearner::default() };
    begin(&mut callback, &mut learner)?;
    let mut decision = Decision::default();
    for (index, value) in case.values.iter().enumerate() {
        let batches = case.batches.unwrap_or(1);
        let (epoch, batch) = (index / batches, index % batches);
        if case.batches.is_some() {
            let position = Position { epoch: epoch + 1, step: batch + 1, global_step: index as u64 + 1 };
            case.at_epoch_end(epoch, number(value), &mut learner, |context| {
                context.position = position;
                callback.on_train_batch_end(context)
            })?;
        }
        if batch == batches - 1 {
            case.at_epoch_end(epoch, number(value), &mut learner, |context| callback.on_epoch_end(context))?;
        }
        for path in learner.take_files() {
            assert!(path.exists());
            decision.files.push((epoch, case.batches.map(|_| batch), relative(&path, directory.path())));
        }
    }
    Ok(decision)
}

fn relative(path: &Path, directory: &Path) -> String {
    let name = path.strip_prefix(directory).expect("a file in the directory");
    name.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}

pub(super) fn learning_rate_scheduler(case: &Case) -> Replayed {
    let mut callback = scheduler(case);
    let mut learner = FakeLearner { rate: 0.5, ..FakeLearner::default() };
    begin(&mut callback, &mut learner)?;
    let mut decision = Decision::default();
    for epoch in 1..=case.keras.rates.len() {
        let mut table = MetricTable::default();
        context_of(epoch, &mut table, &mut learner, |context| callback.on_epoch_begin(context))?;
        decision.rates.push(learner.rate);
    }
    Ok(decision)
}

fn scheduler(case: &Case) -> LearningRateScheduler {
    let number = |name: &str| case.numbers[name];
    let steps = || number("steps") as u64;
    match case.name.as_str() {
        "constant" => LearningRateScheduler::new({
            let value = number("value");
            move |_, _| value
        }),
        "times" => LearningRateScheduler::new({
            let factor = number("factor");
            move |_, rate| rate * factor
        }),
        "times_after" => LearningRateScheduler::new({
            let (factor, first) = (number("factor"), number("epoch") as u64 + 1);
            move |epoch, rate| if epoch < first { rate } else { rate * factor }
        }),
        "of_the_epoch" => LearningRateScheduler::new({
            let value = number("value");
            move |epoch, _| value / epoch as f64
        }),
        "exponential" => LearningRateScheduler::of(ExponentialDecay::new(number("rate"), steps(), number("factor"))),
        "step" => LearningRateScheduler::of(StepDecay::new(number("rate"), steps(), number("factor"))),
        "polynomial" => LearningRateScheduler::of(
            PolynomialDecay::new(number("rate"), steps()).power(number("power")).end_rate(number("end_rate")),
        ),
        "cosine" => LearningRateScheduler::of(CosineDecay::new(number("rate"), steps()).min_rate(number("min_rate"))),
        "cosine_restarts" => LearningRateScheduler::of(
            CosineRestarts::new(number("rate"), steps())
                .growth(number("growth") as u64)
                .peak_factor(number("peak_factor"))
                .min_rate(number("min_rate")),
        ),
        other => panic!("no schedule {other}"),
    }
}

pub(super) fn terminate_on_nan(case: &Case) -> Replayed {
    let mut callback = case.configured(TerminateOnNan::new(), |callback, name, value| match name {
        "raise_error" => callback.raise_error(flag(value)),
        other => panic!("no option {other}"),
    });
    let mut learner = FakeLearner { log: log_after_batch(0.0), ..FakeLearner::default() };
    begin(&mut callback, &mut learner)?;
    for (batch, value) in case.values.iter().enumerate() {
        learner.log = log_after_batch(float(value));
        let mut table = MetricTable::default();
        let flow = context_of(1, &mut table, &mut learner, |context| callback.on_train_batch_end(context))?;
        if flow != Flow::Continue {
            return Ok(Decision { stop: Some(batch), ..Decision::default() });
        }
    }
    Ok(Decision::default())
}
