//! What a classifier and a tagger share: a network that labels sequences or their steps.

use std::path::Path;

use burn::module::Module;
use burn::tensor::Device;
use burn::tensor::activation::softmax;
use burn::train::Learner;
use firebrick_callbacks::fit::{FitConfig, Loaders, Session, Weighting, fit_learner};
use firebrick_callbacks::{Outcome, path_ids};
use firebrick_data::{BatchContext, Collate, Padding, Sequences, Side, Target, UNTAGGED};
use firebrick_layers::optim::AdamWConfig;
use serde::{Deserialize, Serialize};

use super::batching::{Batching, Fed};
use super::checks::{self, Checked};
use super::labelled::{LabelledBatch, LabelledCollate, signal};
use super::labelling::{Labelling, rows};
use super::stored::{Described, StoredText, load_network};
use super::{ModelConfig, SequenceModel, TaskError};
use crate::SequenceShape;

/// Sequences that go through the network at once when it predicts.
const BATCH: usize = 256;

/// What is labelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Labelled {
    Sequences,
    Steps,
    /// Each step with the symbol that comes next.
    Next,
}

impl Labelled {
    fn described(self) -> Described {
        match self {
            Self::Sequences => Described { task: "sequence classifier", file: "classifier.json" },
            Self::Steps => Described { task: "sequence tagger", file: "tagger.json" },
            Self::Next => Described { task: "language model", file: "language_model.json" },
        }
    }

    /// What the targets must be.
    fn targets(self) -> &'static str {
        match self {
            Self::Sequences => "a class for each sequence",
            Self::Steps => "a tag for each step",
            Self::Next => "the symbols themselves",
        }
    }

    /// Refuses a network that answers otherwise.
    fn check_output(self, output: &SequenceShape, classes: usize) -> Result<(), TaskError> {
        let (expected, remedy) = match (self, output) {
            (Self::Sequences, SequenceShape::Whole(sizes)) if *sizes == [classes] => return Ok(()),
            (Self::Steps | Self::Next, SequenceShape::Steps(_, sizes)) if *sizes == [classes] => return Ok(()),
            (Self::Sequences, SequenceShape::Whole(_)) => (format!("[{classes}]"), ""),
            (Self::Sequences, _) => (format!("[{classes}]"), ", after a layer with one output for the whole sequence"),
            (_, SequenceShape::Steps(..)) => (format!("[T, {classes}]"), ""),
            (..) => (format!("[T, {classes}]"), ", after recurrent layers that return their sequences"),
        };
        let remedy = format!("end it with `dense({classes})`{remedy}");
        Err(TaskError::Outputs { found: output.to_string(), task: self.described().task, expected, remedy })
    }
}

/// A network that labels, its classes and its way with batches.
#[derive(Clone, Debug)]
pub(super) struct Labeller<C: ModelConfig> {
    labelled: Labelled,
    pub(super) config: C,
    pub(super) device: Device,
    pub(super) batching: Batching,
    pub(super) text: Option<StoredText>,
    trained: Option<Trained<C::Model>>,
}

/// What training adds.
#[derive(Clone, Debug)]
pub(super) struct Trained<M> {
    pub(super) network: M,
    pub(super) features: Option<usize>,
    pub(super) classes: Vec<String>,
    /// How the training went; none for one that was loaded.
    pub(super) outcome: Option<Outcome>,
}

/// What is learnt from, checked.
pub(super) struct Lesson {
    pub(super) shape: SequenceShape,
    pub(super) features: Option<usize>,
    pub(super) classes: Vec<String>,
    pub(super) weighting: Weighting,
    pub(super) fed: Fed<LabelledBatch>,
}

/// The description of a stored labeller.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description<C> {
    /// Numbers at each step; none where steps are ids.
    features: Option<usize>,
    classes: Vec<String>,
    padding: Padding,
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    text: Option<StoredText>,
    network: C,
}

fn none<T>() -> Option<T> {
    None
}

impl<C: ModelConfig> Labeller<C> {
    pub(super) fn new(labelled: Labelled, config: C) -> Self {
        Self { labelled, config, device: Device::default(), batching: Batching::default(), text: None, trained: None }
    }

    pub(super) fn on(mut self, device: &Device) -> Self {
        self.device = device.clone();
        if let Some(trained) = &mut self.trained {
            trained.network = trained.network.clone().to_device(device);
        }
        self
    }

    pub(super) fn fit_in(
        self,
        [train, valid]: [&Sequences; 2],
        config: &FitConfig,
        session: Session,
    ) -> Result<Self, TaskError> {
        config.check()?;
        self.batching.check()?;
        let classes = train.classes().unwrap_or_default().to_vec();
        let checked =
            [("training", train), ("validation", valid)].map(|(which, sequences)| Checked { which, sequences });
        let of_sequences = self.check(checked, &classes)?;
        let of_sequences = [of_sequences[0].as_deref(), of_sequences[1].as_deref()];
        let weighting = Weighting::new(config, &self.labels(train), &classes, of_sequences)?;

        let shape = self.batching.shape(train);
        let fed = self.batching.fed([train, valid], LabelledCollate(self.batching.collate()), config);
        self.train(Lesson { shape, features: train.features(), classes, weighting, fed }, config, session)
    }

    /// Trains on batches that are made.
    pub(super) fn train(mut self, lesson: Lesson, config: &FitConfig, session: Session) -> Result<Self, TaskError> {
        let Lesson { shape, features, classes, weighting, fed } = lesson;
        self.check_network(&shape, classes.len())?;
        let training_device = self.device.clone().autodiff();
        training_device.seed(config.seed);
        let network = self.config.init(&shape, &training_device)?;
        let (network, outcome) = fit_labels(network, fed, &weighting, config, session)?;
        self.trained = Some(Trained { network, features, classes, outcome: Some(outcome) });
        Ok(self)
    }

    fn check_network(&self, shape: &SequenceShape, classes: usize) -> Result<(), TaskError> {
        if self.config.is_stateful() {
            return Err(TaskError::Stateful);
        }
        self.labelled.check_output(&self.config.output_shape(shape)?, classes)
    }

    /// Checks training and validation sequences; gives their weights.
    fn check(&self, data: [Checked<'_>; 2], classes: &[String]) -> Result<[Option<Vec<f32>>; 2], TaskError> {
        let features = data[0].sequences.features();
        for checked in data {
            checked.steps(features)?;
            self.check_targets(checked, classes)?;
            checked.symbols(self.config.symbols())?;
        }
        self.check_network(&self.batching.shape(data[0].sequences), classes.len())?;
        Ok([data[0].weights()?, data[1].weights()?])
    }

    fn check_targets(&self, checked: Checked<'_>, classes: &[String]) -> Result<(), TaskError> {
        let Checked { which, sequences } = checked;
        let (found, expected) = (checks::kind(sequences.targets()), self.labelled.targets());
        if found != expected {
            return Err(TaskError::Targets { which, found, task: self.labelled.described().task, expected });
        }
        checked.classes(classes)?;
        checked.tags(&self.batching)
    }

    /// The labels that a training counts, for balanced class weights.
    fn labels(&self, train: &Sequences) -> Vec<u32> {
        (0..train.len()).flat_map(|i| self.labels_of(train, i)).filter(|&label| label != UNTAGGED).collect()
    }

    /// The label of sequence `i`, or those of its steps that are kept.
    pub(super) fn labels_of(&self, sequences: &Sequences, i: usize) -> Vec<u32> {
        match sequences.target(i) {
            Target::Class(label) => vec![label],
            Target::Tags(tags) => tags[self.batching.kept(tags.len())].to_vec(),
            Target::Unknown | Target::Values(_) => Vec::new(),
        }
    }

    pub(super) fn with_kept_weights(mut self, path: &Path) -> Result<Self, TaskError> {
        let trained = self.trained.as_mut().ok_or(TaskError::NotTrained)?;
        let task = Labelling::new(trained.network.clone(), 0.0);
        trained.network = firebrick_callbacks::load_weights(task, path)?.network.valid();
        Ok(self)
    }

    /// Sequences with targets that the trained network can be held against.
    pub(super) fn check_evaluation(&self, sequences: &Sequences) -> Result<&Trained<C::Model>, TaskError> {
        let (trained, checked) = (self.trained()?, Checked { which: "test", sequences });
        checked.steps(trained.features)?;
        self.check_targets(checked, &trained.classes)?;
        Ok(trained)
    }

    /// The probabilities of the classes, `[K]` for the sequence or for each of its steps that are kept.
    pub(super) fn probabilities(&self, sequences: &Sequences) -> Result<Vec<Vec<Vec<f32>>>, TaskError> {
        let (trained, checked) = (self.trained()?, Checked { which: "test", sequences });
        checked.steps(trained.features)?;
        checked.symbols(self.config.symbols())?;
        let mut all = vec![Vec::new(); sequences.len()];
        for places in Batching::by_length(sequences, BATCH) {
            let rows = self.probabilities_of(trained, sequences, &places);
            places.iter().zip(rows).for_each(|(&place, rows)| all[place] = rows);
        }
        Ok(all)
    }

    fn probabilities_of(
        &self,
        trained: &Trained<C::Model>,
        sequences: &Sequences,
        places: &[usize],
    ) -> Vec<Vec<Vec<f32>>> {
        let items = places.iter().map(|&place| sequences.item(place)).collect();
        let context = BatchContext { seed: 0, epoch: 1, step: 0, indices: places.to_vec() };
        let batch = self.batching.collate().collate(items, &context, &self.device);
        let (lengths, steps) = (batch.lengths.clone(), batch.dims()[1]);
        let probabilities = softmax(rows(trained.network.answer(signal(&batch))), 1);
        let classes = probabilities.dims()[1];
        let values: Vec<f32> = probabilities.into_data().iter::<f32>().collect();
        let rows: Vec<Vec<f32>> = values.chunks(classes).map(<[f32]>::to_vec).collect();
        if self.labelled == Labelled::Sequences {
            return rows.into_iter().map(|row| vec![row]).collect();
        }
        let first = |length: usize| if self.batching.padding.padding == Side::Pre { steps - length } else { 0 };
        let kept = |(rows, length): (&[Vec<f32>], usize)| rows[first(length)..][..length].to_vec();
        rows.chunks(steps).zip(lengths).map(kept).collect()
    }

    pub(super) fn save(&self, directory: &Path) -> Result<(), TaskError> {
        let trained = self.trained()?;
        let description = Description {
            features: trained.features,
            classes: trained.classes.clone(),
            padding: self.batching.padding,
            text: self.text.clone(),
            network: self.config.clone(),
        };
        self.labelled.described().save(directory, &trained.network, &description)
    }

    pub(super) fn load(labelled: Labelled, directory: &Path, device: &Device) -> Result<Self, TaskError> {
        let described = labelled.described();
        let Description { features, classes, padding, text, network } =
            described.description::<Description<C>>(directory)?;
        let labeller = Self {
            batching: Batching { padding, ..Batching::default() },
            device: device.clone(),
            text,
            ..Self::new(labelled, network)
        };
        labeller.batching.check()?;
        let shape = labeller.batching.shape_of(features);
        labeller.check_network(&shape, classes.len())?;
        let network = load_network(labeller.config.init(&shape, device)?, directory)?;
        Ok(Self { trained: Some(Trained { network, features, classes, outcome: None }), ..labeller })
    }

    pub(super) fn trained(&self) -> Result<&Trained<C::Model>, TaskError> {
        self.trained.as_ref().ok_or(TaskError::NotTrained)
    }
}

/// Trains a network that labels; it comes back in evaluation mode.
pub(super) fn fit_labels<M: SequenceModel>(
    network: M,
    fed: Fed<LabelledBatch>,
    weighting: &Weighting,
    config: &FitConfig,
    session: Session,
) -> Result<(M, Outcome), TaskError> {
    let task = Labelling::new(network, config.label_smoothing);
    let task = path_ids(weighting.of_classes().into_iter().fold(task, Labelling::with_class_weights));
    let optimiser = AdamWConfig::new().with_weight_decay(config.weight_decay as f32).init();
    let learner = Learner::new(task, optimiser, config.scheduler(fed.batches));
    let loaders = Loaders { train: fed.train, valid: fed.valid, cursor: fed.cursor };
    let (task, outcome) = fit_learner(learner, loaders, config, session, |training| weighting.metrics(training))?;
    Ok((task.network, outcome))
}
