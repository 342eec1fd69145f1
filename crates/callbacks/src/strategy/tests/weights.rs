//! What callbacks do to weights and gradients of a real network.

use burn::module::{Module, Param};
use burn::prelude::Tensor;

use super::*;
use crate::parameters::parameters_of;
use crate::{
    BackboneFreezing, ExponentialMovingAverage, GradientAccumulationScheduler, GradientClipping, LearningRateFinder,
    NamedParameter,
};

type Seen<T> = Arc<Mutex<Vec<T>>>;

fn weights_of(parameters: &[NamedParameter], path: &str) -> Vec<f32> {
    parameters.iter().find(|parameter| parameter.path == path).unwrap().values.clone()
}

/// Trains; the parameters before and after.
fn parameters_around(epochs: usize, callbacks: Vec<Box<dyn Callback>>) -> [Vec<NamedParameter>; 2] {
    let directory = tempfile::tempdir().unwrap();
    let result = fit(directory.path(), strategy(callbacks), epochs);
    assert!(result.error.is_none(), "{}", result.error.unwrap());
    [parameters_of(&Net::new(&Device::flex(), 16)), parameters_of(&result.model)]
}

#[test]
fn swapped_weights_are_exchanged_bit_by_bit_and_back() {
    let _alone = alone();
    let swap = |context: &mut Context<'_>| {
        if context.step() == 3 {
            context.keep_weights("early");
        }
        if context.step() == STEPS {
            let late = context.parameters();
            context.average_weights("early", 0.25)?;
            context.swap_weights("early")?;
            let averaged = context.parameters();
            assert_ne!(averaged, late);
            assert!(averaged.iter().any(|parameter| parameter.path == "norm.running_mean"));
            context.swap_weights("early")?;
            assert_eq!(context.parameters(), late);
            context.restore_weights("early")?;
            assert_eq!(context.parameters(), averaged);
        }
        let unknown = context.swap_weights("none").unwrap_err().to_string();
        assert_eq!(unknown, "no weights were kept under the name \"none\"");
        let share = context.average_weights("none", 1.5).unwrap_err().to_string();
        assert_eq!(share, "share = 1.5: a share must be from 0 to 1");
        Ok(Flow::Continue)
    };
    parameters_around(1, callbacks![At("train batch end", swap)]);
}

#[test]
fn a_swap_leaves_the_training_as_it_was() {
    let _alone = alone();
    let [_, plain] = parameters_around(2, vec![]);
    let average = ExponentialMovingAverage::new(0.9).averaged_at_end(false);
    let [_, swapped] = parameters_around(2, callbacks![average.swap_on_epoch(true)]);
    assert_eq!(plain, swapped);
}

#[test]
fn saved_and_final_weights_are_the_averaged_ones() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("{epoch}.bpk");
    let save = ModelCheckpoint::new(path, Monitor::valid("Loss"));
    // Called before the average is: with Keras it would save the weights in training.
    let callbacks = callbacks![save, ExponentialMovingAverage::new(0.9).swap_on_epoch(true)];
    let result = fit(directory.path(), strategy(callbacks), 2);
    let saved = load_weights(Net::new(&Device::flex(), 16), directory.path().join("2.bpk")).unwrap();
    assert_eq!(parameters_of(&saved), parameters_of(&result.model));
    let [_, plain] = parameters_around(2, vec![]);
    assert_ne!(parameters_of(&saved), plain);
}

#[test]
fn frozen_parameters_get_no_gradient_and_stay_until_their_epoch() {
    struct Paths(Seen<(usize, Vec<String>)>);
    impl Callback for Paths {
        fn name(&self) -> &str {
            "Paths"
        }
        fn wants_gradients(&self) -> bool {
            true
        }
        fn on_optimizer_step_begin(&mut self, context: &mut Context<'_>) -> HookResult {
            let paths = context.gradients()?.into_iter().map(|gradient| gradient.path).collect();
            self.0.lock().unwrap().push((context.epoch(), paths));
            Ok(Flow::Continue)
        }
    }
    let _alone = alone();
    let seen: Seen<(usize, Vec<String>)> = Seen::default();
    let [before, after] = parameters_around(1, callbacks![BackboneFreezing::new("body"), Paths(seen.clone())]);
    assert!(
        seen.lock()
            .unwrap()
            .iter()
            .all(|(_, paths)| paths[..] == ["norm.gamma", "norm.beta", "head.weight", "head.bias"])
    );
    for path in ["body.weight", "body.bias"] {
        assert_eq!(weights_of(&before, path), weights_of(&after, path), "{path}");
    }
    for path in ["head.weight", "norm.gamma", "norm.running_mean"] {
        assert_ne!(weights_of(&before, path), weights_of(&after, path), "{path}");
    }
    let seen: Seen<(usize, Vec<String>)> = Seen::default();
    let freezing = BackboneFreezing::new("body").unfreeze_at_epoch(2);
    let [before, after] = parameters_around(2, callbacks![freezing, Paths(seen.clone())]);
    assert!(seen.lock().unwrap().iter().all(|(epoch, paths)| paths.len() == if *epoch == 1 { 4 } else { 6 }));
    assert_ne!(weights_of(&before, "body.weight"), weights_of(&after, "body.weight"));
}

#[test]
fn a_path_that_freezes_nothing_ends_the_training_at_once() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let strategy = strategy(callbacks![BackboneFreezing::new("backbone")]);
    let outcome = strategy.outcome();
    fit(directory.path(), strategy, 1);
    let error = outcome.error().unwrap().to_string();
    assert!(error.starts_with("BackboneFreezing: frozen path = backbone: no parameter"), "{error}");
}

#[test]
fn a_batch_step_of_ones_own_shows_its_gradients_and_obeys_freezing() {
    struct Once;
    impl BatchStep<Net> for Once {
        fn run(&self, phases: &mut Phases<'_, Net>, batch: network::Batch) -> burn::train::ClassificationOutput {
            let output = phases.train_step(batch);
            phases.optimizer_step(output.grads);
            output.item
        }
    }
    let _alone = alone();
    let callbacks = || callbacks![BackboneFreezing::new("body"), GradientClipping::by_norm(0.1)];
    let [_, default] = parameters_around(1, callbacks());
    let directory = tempfile::tempdir().unwrap();
    let stepped = fit(directory.path(), strategy(callbacks()).with_batch_step(Once), 1);
    assert_eq!(parameters_of(&stepped.model), default);
    let [_, unclipped] = parameters_around(1, callbacks![BackboneFreezing::new("body")]);
    assert_ne!(default, unclipped);
}

#[test]
fn an_error_about_gradients_ends_the_training_within_a_batch_step_too() {
    struct Fails;
    impl Callback for Fails {
        fn name(&self) -> &str {
            "Fails"
        }
        fn wants_gradients(&self) -> bool {
            true
        }
        fn on_optimizer_step_begin(&mut self, _context: &mut Context<'_>) -> HookResult {
            Err(CallbackError::other("too steep"))
        }
    }
    struct Once;
    impl BatchStep<Net> for Once {
        fn run(&self, phases: &mut Phases<'_, Net>, batch: network::Batch) -> burn::train::ClassificationOutput {
            let output = phases.train_step(batch);
            phases.optimizer_step(output.grads);
            output.item
        }
    }
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    for strategy in [strategy(callbacks![Fails]), strategy(callbacks![Fails]).with_batch_step(Once)] {
        let outcome = strategy.outcome();
        let result = fit(directory.path(), strategy, 1);
        assert_eq!(outcome.error().unwrap().to_string(), "Fails: too steep");
        assert_eq!(result.model.weights(), Net::new(&Device::flex(), 16).weights(), "no step was taken");
    }
}

#[test]
fn accumulation_is_refused_where_something_else_takes_the_steps() {
    struct Nothing;
    impl BatchStep<Net> for Nothing {
        fn run(&self, phases: &mut Phases<'_, Net>, batch: network::Batch) -> burn::train::ClassificationOutput {
            phases.train_step(batch).item
        }
    }
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let accumulating = || strategy(callbacks![GradientAccumulationScheduler::new([(1, 2)])]);
    let with_step = accumulating().with_batch_step(Nothing);
    let outcome = with_step.outcome();
    fit(directory.path(), with_step, 1);
    assert!(outcome.error().unwrap().to_string().contains("accumulate in that step instead"));
    let twice = accumulating();
    let outcome = twice.outcome();
    twice.attach(training(directory.path(), Points::new(None), 1).grads_accumulation(2)).launch(learner());
    assert!(outcome.error().unwrap().to_string().contains("leave that out"));
}

#[test]
fn steps_are_averaged_only_when_the_optimiser_has_taken_one() {
    let _alone = alone();
    let steps: Seen<bool> = Seen::default();
    let seen = steps.clone();
    let look = move |context: &mut Context<'_>| {
        seen.lock().unwrap().push(context.has_stepped());
        Ok(Flow::Continue)
    };
    parameters_around(1, callbacks![GradientAccumulationScheduler::new([(1, 5)]), At("train batch end", look)]);
    let stepped: Vec<usize> =
        steps.lock().unwrap().iter().enumerate().filter(|(_, stepped)| **stepped).map(|(index, _)| index + 1).collect();
    assert_eq!(stepped, [5, 10, STEPS], "the last group is what is left");
}

#[test]
fn a_sweep_of_learning_rates_ends_the_training_with_its_first_weights() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let finder = LearningRateFinder::new().rates(1e-6, 10.0).steps(30);
    let curve = finder.curve();
    let strategy = strategy(callbacks![finder]);
    let outcome = strategy.outcome();
    let result = fit(directory.path(), strategy, 9);
    assert!(result.error.is_none());
    let points = curve.points();
    assert_eq!((points.len(), outcome.stop().unwrap().epoch), (30, 3));
    assert!((points[0].rate / 1e-6 - 1.0).abs() < 1e-9 && (points[29].rate - 10.0).abs() < 1e-9, "{points:?}");
    assert!(points.iter().all(|point| point.loss > 0.0));
    let suggestion = curve.suggestion().unwrap();
    assert!(points.iter().any(|point| point.rate == suggestion));
    assert!(outcome.stop().unwrap().reason.contains("suggested is"));
    let (found, initial) = (parameters_of(&result.model), parameters_of(&Net::new(&Device::flex(), 16)));
    assert_eq!(found, initial, "running statistics too");
}

#[test]
fn kept_weights_share_memory_with_nothing_that_trains() {
    struct Fill;
    impl burn::module::ModuleMapper for Fill {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            param.map(|value| value.full_like(9.0))
        }
    }
    let _alone = alone();
    let model = Net::new(&Device::flex().autodiff(), 16);
    let before = parameters_of(&model);
    let filled = model.valid().map(&mut Fill);
    assert!(parameters_of(&filled).iter().all(|parameter| parameter.values.iter().all(|value| *value == 9.0)));
    assert_eq!(parameters_of(&model), before);
}
