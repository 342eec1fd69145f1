//! Fitting a task with a configuration: what `fit` and `evaluate` of every architecture crate share.
//!
//! A task is a network with its loss, as Burn's `Learner` takes it; its loaders, its optimiser and its metrics are its own.
//!
//! ```
//! use std::sync::Arc;
//!
//! use burn::data::dataloader::{DataLoaderBuilder, batcher::Batcher};
//! use burn::data::dataset::InMemDataset;
//! use burn::nn::{Linear, LinearConfig};
//! use burn::optim::AdamWConfig;
//! use burn::prelude::*;
//! use burn::train::metric::{AccuracyMetric, LossMetric};
//! use burn::train::{InferenceStep, Learner, TrainOutput, TrainStep};
//! use firebrick_callbacks::Cursor;
//! use firebrick_callbacks::fit::{Classified, FitConfig, Loaders, Session, fit_learner};
//!
//! /// Whether a number is above a half.
//! #[derive(Module, Debug)]
//! struct Half {
//!     linear: Linear,
//! }
//!
//! impl TrainStep for Half {
//!     type Input = Tensor<2>;
//!     type Output = Classified;
//!     fn step(&self, x: Tensor<2>) -> TrainOutput<Classified> {
//!         let item = InferenceStep::step(self, x);
//!         TrainOutput::new(self, item.loss().backward(), item)
//!     }
//! }
//!
//! impl InferenceStep for Half {
//!     type Input = Tensor<2>;
//!     type Output = Classified;
//!     fn step(&self, x: Tensor<2>) -> Classified {
//!         let labels = x.clone().greater_elem(0.5).int().squeeze_dim(1);
//!         Classified::new(self.linear.forward(x), labels, 0.0)
//!     }
//! }
//!
//! #[derive(Clone)]
//! struct Numbers;
//!
//! impl Batcher<f32, Tensor<2>> for Numbers {
//!     fn batch(&self, numbers: Vec<f32>, device: &Device) -> Tensor<2> {
//!         Tensor::<1>::from_floats(numbers.as_slice(), device).unsqueeze_dim(1)
//!     }
//! }
//!
//! let numbers = || DataLoaderBuilder::new(Numbers).batch_size(8).build(InMemDataset::new((0..64).map(|i| i as f32 / 64.0).collect()));
//! let task = Half { linear: LinearConfig::new(1, 2).init(&Device::flex().autodiff()) };
//! let config = FitConfig::new().with_epochs(40).with_learning_rate(0.1);
//! let learner = Learner::new(task, AdamWConfig::new().init(), config.scheduler(8));
//! let loaders = Loaders { train: numbers(), valid: numbers(), cursor: Cursor::new() };
//! let (task, _outcome) = fit_learner(learner, loaders, &config, Session::new(), |training| {
//!     training.metrics((AccuracyMetric::new(), LossMetric::new()))
//! })?;
//! let asked = Tensor::<2>::from_floats([[0.1], [0.9]], &Device::flex());
//! let right = task.linear.forward(asked).argmax(1);
//! assert_eq!(right.into_data().iter::<i64>().collect::<Vec<_>>(), [0, 1]);
//! # Ok::<(), firebrick_callbacks::fit::FitError>(())
//! ```

mod class_weights;
mod classified;
mod config;
mod error;
mod evaluation;
mod learner;
mod schedule;
mod session;
mod weighted_metric;
mod weighting;

pub use class_weights::ClassWeights;
pub use classified::Classified;
pub use config::FitConfig;
pub use error::FitError;
pub use evaluation::{ClassScores, Evaluation, WeightedScores, most_probable};
pub use learner::{Loaders, fit_learner};
pub use schedule::Schedule;
pub use session::Session;
pub use weighted_metric::{WeightedInput, WeightedMetric};
pub use weighting::Weighting;
