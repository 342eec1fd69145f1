//! Training a network on labelled pictures, through Burn's trainer with callbacks.

use std::sync::Arc;

use burn::train::Learner;
use firebrick_callbacks::fit::{FitConfig, Loaders, Session, Weighting, fit_learner};
use firebrick_callbacks::{Cursor, Outcome, path_ids};
use firebrick_data::{LoaderConfig, check_weights};
use firebrick_layers::optim::AdamWConfig;

use super::task::{Classification, ImageNetwork};
use super::{ClassifierError, LabelledPictures, Preprocessing};

/// A trained network and what is needed to use it.
#[derive(Clone, Debug)]
pub struct Fitted<M> {
    /// The network in evaluation mode.
    pub network: M,
    /// What was done to the pictures.
    pub preprocessing: Preprocessing,
    /// Why it ended early, if it did, which checkpoint it went on from, and what should be known.
    pub outcome: Outcome,
}

/// Trains any module that maps pictures to logits: cross-entropy, AdamW.
///
/// With class weights, or with weights of the training or validation pictures, the metrics `Weighted Loss` and
/// `Weighted Accuracy` are there beside `Loss` and `Accuracy`.
///
/// The network lies on an autodiff device; see [`Classifier::fit`](super::Classifier::fit) for networks made of layers. With
/// the same network, pictures and configuration the weights are the same to the byte on the same machine.
///
/// # Errors
/// When pictures or settings do not fit, a checkpoint or a callback fails, or Burn's trainer stops on an error.
pub fn fit_network<M: ImageNetwork>(
    network: M,
    train: &impl LabelledPictures,
    valid: &impl LabelledPictures,
    config: &FitConfig,
    session: Session,
) -> Result<Fitted<M>, ClassifierError> {
    config.check()?;
    check_validation(train, valid)?;
    let of_pictures = [checked("training", train)?, checked("validation", valid)?];
    let weighting = Weighting::new(config, train.labels(), train.classes(), of_pictures)?;
    let preprocessing = fitted_to(train, config);
    let cursor = Cursor::new();
    let position = cursor.clone();
    let batches = LoaderConfig::new(config.batch_size).with_workers(config.workers);
    let shuffled = batches.clone().with_shuffle(config.seed);
    let train_loader = train.loader(&preprocessing, shuffled, Arc::new(move || position.position()));
    let valid_loader = valid.loader(&preprocessing, batches, Arc::new(|| (1, 0)));

    let task = Classification::new(network, config.label_smoothing);
    let task = path_ids(weighting.of_classes().into_iter().fold(task, Classification::with_class_weights));
    let optimiser = AdamWConfig::new().with_weight_decay(config.weight_decay as f32).init();
    let steps = train.count().div_ceil(config.batch_size);
    let learner = Learner::new(task, optimiser, config.scheduler(steps));
    let loaders = Loaders { train: train_loader, valid: valid_loader, cursor };
    let (task, outcome) = fit_learner(learner, loaders, config, session, |training| weighting.metrics(training))?;
    Ok(Fitted { network: task.network, preprocessing, outcome })
}

/// The weights of pictures, if they have any.
pub(super) fn checked<'a>(
    which: &'static str,
    pictures: &'a impl LabelledPictures,
) -> Result<Option<&'a [f32]>, ClassifierError> {
    let Some(weights) = pictures.weights() else { return Ok(None) };
    check_weights(weights, pictures.count()).map_err(|source| ClassifierError::SampleWeights { which, source })?;
    Ok(Some(weights))
}

fn fitted_to(train: &impl LabelledPictures, config: &FitConfig) -> Preprocessing {
    if !config.standardise {
        return Preprocessing::identity(train.shape()[0]);
    }
    let (mean, deviation) = train.moments();
    let deviation = deviation.into_iter().map(|value| if value > 1e-6 { value } else { 1.0 }).collect();
    Preprocessing { mean, deviation }
}

fn check_validation(train: &impl LabelledPictures, valid: &impl LabelledPictures) -> Result<(), ClassifierError> {
    if valid.count() == 0 {
        return Err(ClassifierError::Empty { which: "validation" });
    }
    if valid.shape() != train.shape() {
        let (found, expected) = (valid.shape(), train.shape());
        return Err(ClassifierError::PictureShape { which: "validation", found, expected });
    }
    if valid.classes() != train.classes() {
        let (found, expected) = (valid.classes().to_vec(), train.classes().to_vec());
        return Err(ClassifierError::Classes { which: "validation", found, expected });
    }
    Ok(())
}
