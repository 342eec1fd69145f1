//! Closures as a callback, Keras's `LambdaCallback`, with every hook there is.

use std::collections::BTreeMap;

use crate::callback::HookResult;
use crate::{Callback, CallbackError, Context, Flow};

/// What a closure may answer in a hook: nothing, a [`Flow`], or a [`HookResult`].
pub trait Answer {
    /// The hook's result.
    fn into_result(self) -> HookResult;
}

impl Answer for () {
    fn into_result(self) -> HookResult {
        Ok(Flow::Continue)
    }
}

impl Answer for Flow {
    fn into_result(self) -> HookResult {
        Ok(self)
    }
}

impl<A: Answer> Answer for Result<A, CallbackError> {
    fn into_result(self) -> HookResult {
        self.and_then(A::into_result)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Hook {
    TrainBegin,
    TrainEnd,
    EpochBegin,
    EpochEnd,
    TrainBatchBegin,
    TrainBatchEnd,
    ValidBegin,
    ValidEnd,
    ValidBatchBegin,
    ValidBatchEnd,
}

type Closure = Box<dyn FnMut(&mut Context<'_>) -> HookResult + Send>;

/// Calls closures. Each hook of [`Callback`] has a method of the same name that takes one; a second closure for the same hook takes
/// the place of the first. What a closure remembers does not survive the process: a callback with a state is a type of its own.
///
/// ```
/// use firebrick_callbacks::{Flow, LambdaCallback};
///
/// let lambda = LambdaCallback::new()
///     .on_epoch_begin(|context| eprintln!("epoch {}", context.epoch()))
///     .on_train_batch_end(|context| if context.global_step() == 1000 { Flow::stop("enough") } else { Flow::Continue });
/// ```
#[derive(Default)]
pub struct LambdaCallback {
    hooks: BTreeMap<Hook, Closure>,
    batch_metrics: bool,
}

macro_rules! setters {
    ($($hook:ident $method:ident),*) => {$(
        #[doc = concat!("Called in [`Callback::", stringify!($method), "`].")]
        pub fn $method<A: Answer>(self, closure: impl FnMut(&mut Context<'_>) -> A + Send + 'static) -> Self {
            self.with(Hook::$hook, closure)
        }
    )*};
}

impl LambdaCallback {
    /// No closure yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether [`Context::metrics`] must be up to date in `on_train_batch_end`; see [`Callback::wants_batch_metrics`]. Default
    /// `false`.
    pub fn with_batch_metrics(self, wanted: bool) -> Self {
        Self { batch_metrics: wanted, ..self }
    }

    setters!(
        TrainBegin on_train_begin,
        TrainEnd on_train_end,
        EpochBegin on_epoch_begin,
        EpochEnd on_epoch_end,
        TrainBatchBegin on_train_batch_begin,
        TrainBatchEnd on_train_batch_end,
        ValidBegin on_valid_begin,
        ValidEnd on_valid_end,
        ValidBatchBegin on_valid_batch_begin,
        ValidBatchEnd on_valid_batch_end
    );

    fn with<A: Answer>(mut self, hook: Hook, mut closure: impl FnMut(&mut Context<'_>) -> A + Send + 'static) -> Self {
        self.hooks.insert(hook, Box::new(move |context| closure(context).into_result()));
        self
    }

    fn call(&mut self, hook: Hook, context: &mut Context<'_>) -> HookResult {
        self.hooks.get_mut(&hook).map_or(Ok(Flow::Continue), |closure| closure(context))
    }
}

macro_rules! hooks {
    ($($hook:ident $method:ident),*) => {$(
        fn $method(&mut self, context: &mut Context<'_>) -> HookResult {
            self.call(Hook::$hook, context)
        }
    )*};
}

impl Callback for LambdaCallback {
    fn name(&self) -> &str {
        "LambdaCallback"
    }

    fn wants_batch_metrics(&self) -> bool {
        self.batch_metrics
    }

    hooks!(
        TrainBegin on_train_begin,
        TrainEnd on_train_end,
        EpochBegin on_epoch_begin,
        EpochEnd on_epoch_end,
        TrainBatchBegin on_train_batch_begin,
        TrainBatchEnd on_train_batch_end,
        ValidBegin on_valid_begin,
        ValidEnd on_valid_end,
        ValidBatchBegin on_valid_batch_begin,
        ValidBatchEnd on_valid_batch_end
    );
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::metrics::MetricTable;
    use crate::testing::context;

    type CallHook = fn(&mut LambdaCallback, &mut Context<'_>) -> HookResult;

    const HOOKS: [(&str, CallHook); 10] = [
        ("train begin", Callback::on_train_begin),
        ("epoch begin", Callback::on_epoch_begin),
        ("batch begin", Callback::on_train_batch_begin),
        ("batch end", Callback::on_train_batch_end),
        ("valid begin", Callback::on_valid_begin),
        ("valid batch begin", Callback::on_valid_batch_begin),
        ("valid batch end", Callback::on_valid_batch_end),
        ("valid end", Callback::on_valid_end),
        ("epoch end", Callback::on_epoch_end),
        ("train end", Callback::on_train_end),
    ];

    #[test]
    fn each_closure_is_called_in_its_hook_alone() {
        let called = Arc::new(Mutex::new(Vec::new()));
        let note = |name: &'static str| {
            let called = called.clone();
            move |context: &mut Context<'_>| called.lock().unwrap().push((name, context.epoch()))
        };
        let mut lambda = LambdaCallback::new()
            .on_train_begin(note("train begin"))
            .on_train_end(note("train end"))
            .on_epoch_begin(note("epoch begin"))
            .on_epoch_end(note("epoch end"))
            .on_train_batch_begin(note("batch begin"))
            .on_train_batch_end(note("batch end"))
            .on_valid_begin(note("valid begin"))
            .on_valid_end(note("valid end"))
            .on_valid_batch_begin(note("valid batch begin"))
            .on_valid_batch_end(note("valid batch end"));
        for ((_, hook), epoch) in HOOKS.into_iter().zip(1..) {
            context(epoch, &mut MetricTable::default(), |context| hook(&mut lambda, context)).unwrap();
        }
        let expected: Vec<_> = HOOKS.map(|hook| hook.0).into_iter().zip(1..).collect();
        assert_eq!(*called.lock().unwrap(), expected);
    }

    #[test]
    fn nothing_a_flow_and_an_error_are_answers() {
        let mut lambda = LambdaCallback::new()
            .on_epoch_begin(|_| Flow::stop("enough"))
            .on_epoch_end(|_| Err::<(), _>(CallbackError::other("out of paper")));
        context(1, &mut MetricTable::default(), |context| {
            assert_eq!(Callback::on_train_begin(&mut lambda, context).unwrap(), Flow::Continue);
            assert_eq!(Callback::on_epoch_begin(&mut lambda, context).unwrap(), Flow::stop("enough"));
            assert_eq!(Callback::on_epoch_end(&mut lambda, context).unwrap_err().to_string(), "out of paper");
        });
    }
}
