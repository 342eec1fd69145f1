//! The numbers that follow a sequence: fit, evaluate, predict, save, load.

use std::path::Path;

use burn::module::Module;
use burn::tensor::Device;
use burn::train::Learner;
use burn::train::metric::LossMetric;
use firebrick_callbacks::fit::{FitConfig, FitError, Loaders, Session, fit_learner};
use firebrick_callbacks::{Callback, Outcome, path_ids};
use firebrick_data::{BatchContext, Collate, Padding, Sequences, Target, Targets};
use firebrick_layers::optim::AdamWConfig;
use serde::{Deserialize, Serialize};

use super::super::batching::Batching;
use super::super::checks::{self, Checked};
use super::super::labelling::rows;
use super::super::stored::{Described, load_network};
use super::super::{ModelConfig, SequenceModel, TaskError};
use super::batch::{ForecastCollate, Scales};
use super::{AbsoluteErrorMetric, ForecastLoss, ForecastScores, Forecasting, Scaling};
use crate::{SequenceNetworkConfig, SequenceShape};

const DESCRIBED: Described = Described { task: "forecaster", file: "forecaster.json" };

/// Sequences that go through the network at once when it predicts.
const BATCH: usize = 256;

/// A forecaster: the next H steps of S series, or any numbers that a sequence should be answered with (H is 1 then).
///
/// With `FitConfig::standardise`, the default, series are brought to mean 0 and deviation 1 as measured on the training sequences,
/// and forecasts are brought back: what comes in and goes out is in the units of the series.
///
/// ```
/// use firebrick_callbacks::callbacks;
/// use firebrick_data::problems::{SinesConfig, sines};
/// use firebrick_rnn::tasks::{FitConfig, Forecaster};
/// use firebrick_rnn::{build::*, sequence};
///
/// // Sines of one period, from 12 steps the next 2.
/// let waves = SinesConfig { steps: 12, horizon: 2, components: 1, min_period: 8.0, max_period: 8.0, noise: 0.0 };
/// let (train, test) = (sines(200, &waves, 1)?, sines(50, &waves, 2)?);
/// let config = FitConfig::new().with_epochs(15).with_learning_rate(1e-2);
/// let forecaster = Forecaster::new(sequence![gru(16), dense(2)], 2).fit(&train, &test, config, callbacks![])?;
///
/// let scores = forecaster.evaluate(&test)?;
/// assert!(scores.mae < 0.1, "the mean of |sin| is 0.64: {scores}");
/// assert_eq!(forecaster.predict(&test)?[0].len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Forecaster<C: ModelConfig = SequenceNetworkConfig> {
    config: C,
    horizon: usize,
    device: Device,
    batching: Batching,
    loss: ForecastLoss,
    trained: Option<Trained<C::Model>>,
}

/// What training adds.
#[derive(Clone, Debug)]
struct Trained<M> {
    network: M,
    features: Option<usize>,
    scales: Scales,
    /// How the training went; none for one that was loaded.
    outcome: Option<Outcome>,
}

/// `forecaster.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description<C> {
    /// Numbers at each step; none where steps are ids.
    features: Option<usize>,
    horizon: usize,
    scaling: Scales,
    padding: Padding,
    network: C,
}

impl<C: ModelConfig> Forecaster<C> {
    /// A forecaster of `horizon` steps on Burn's default device. Nothing is checked or allocated before [`fit`](Self::fit).
    pub fn new(network: C, horizon: usize) -> Self {
        Self {
            config: network,
            horizon,
            device: Device::default(),
            batching: Batching::default(),
            loss: ForecastLoss::default(),
            trained: None,
        }
    }

    /// Uses another device.
    #[must_use]
    pub fn on(mut self, device: &Device) -> Self {
        self.device = device.clone();
        if let Some(trained) = &mut self.trained {
            trained.network = trained.network.clone().to_device(device);
        }
        self
    }

    /// What forecasts are held against the truth with. Default the mean of the squared errors.
    #[must_use]
    pub fn with_loss(self, loss: ForecastLoss) -> Self {
        Self { loss, ..self }
    }

    /// How sequences of different lengths become one batch; stored with the forecaster. Default: padded at the end to the longest.
    #[must_use]
    pub fn with_padding(mut self, padding: Padding) -> Self {
        self.batching.padding = padding;
        self
    }

    /// Whether sequences of similar length share a batch, which saves padding and so time. Default true.
    #[must_use]
    pub fn with_buckets(mut self, buckets: bool) -> Self {
        self.batching.buckets = buckets;
        self
    }

    /// Trains from fresh weights drawn with `config.seed`.
    ///
    /// # Errors
    /// When the network, the sequences or a setting do not fit together, or training fails.
    pub fn fit(
        self,
        train: &Sequences,
        valid: &Sequences,
        config: FitConfig,
        callbacks: Vec<Box<dyn Callback>>,
    ) -> Result<Self, TaskError> {
        self.fit_in(train, valid, &config, Session::new().with_callbacks(callbacks))
    }

    /// As [`fit`](Self::fit), with checkpoints to resume from and the rest of a [`Session`].
    ///
    /// # Errors
    /// As [`fit`](Self::fit), and when a checkpoint cannot be written or read.
    pub fn fit_in(
        mut self,
        train: &Sequences,
        valid: &Sequences,
        config: &FitConfig,
        session: Session,
    ) -> Result<Self, TaskError> {
        let width = self.check(train, valid, config)?;
        let scales = scales(train, width / self.horizon, config.standardise);
        let training_device = self.device.clone().autodiff();
        training_device.seed(config.seed);
        let network = self.config.init(&self.batching.shape(train), &training_device)?;
        let collate = ForecastCollate { collate: self.batching.collate(), scales: scales.clone() };
        let fed = self.batching.fed([train, valid], collate, config);

        let task = path_ids(Forecasting::new(network, self.loss));
        let optimiser = AdamWConfig::new().with_weight_decay(config.weight_decay as f32).init();
        let learner = Learner::new(task, optimiser, config.scheduler(fed.batches));
        let loaders = Loaders { train: fed.train, valid: fed.valid, cursor: fed.cursor };
        let (task, outcome) = fit_learner(learner, loaders, config, session, |training| {
            training.metrics((LossMetric::new(), AbsoluteErrorMetric::new()))
        })?;
        self.trained =
            Some(Trained { network: task.network, features: train.features(), scales, outcome: Some(outcome) });
        Ok(self)
    }

    /// Checks all that a training needs; gives the numbers of an answer.
    fn check(&self, train: &Sequences, valid: &Sequences, config: &FitConfig) -> Result<usize, TaskError> {
        config.check()?;
        self.batching.check()?;
        if config.label_smoothing != 0.0 || config.class_weights.is_some() {
            let setting = if config.class_weights.is_some() { "class_weights" } else { "label_smoothing" };
            let rule = "a forecast has no classes, leave it out";
            return Err(FitError::Setting { setting, value: "given".to_owned(), rule }.into());
        }
        let width = width(train).unwrap_or_default();
        for (which, sequences) in [("training", train), ("validation", valid)] {
            let checked = Checked { which, sequences };
            checked.steps(train.features())?;
            checked.symbols(self.config.symbols())?;
            checked.weights()?;
            self.check_targets(checked, width)?;
        }
        self.check_network(&self.batching.shape(train), width)?;
        Ok(width)
    }

    fn check_targets(&self, checked: Checked<'_>, width: usize) -> Result<(), TaskError> {
        let Checked { which, sequences } = checked;
        let (found, horizon) = (self::width(sequences), self.horizon);
        match found {
            None => {
                let (found, expected) = (checks::kind(sequences.targets()), "numbers as targets");
                Err(TaskError::Targets { which, found, task: DESCRIBED.task, expected })
            }
            Some(found) if found != width || horizon == 0 || found % horizon != 0 => {
                Err(TaskError::Horizon { which, found, width, horizon })
            }
            Some(_) => Ok(()),
        }
    }

    fn check_network(&self, shape: &SequenceShape, width: usize) -> Result<(), TaskError> {
        if self.config.is_stateful() {
            return Err(TaskError::Stateful);
        }
        let output = self.config.output_shape(shape)?;
        if output == SequenceShape::Whole(vec![width]) {
            return Ok(());
        }
        let remedy = format!("end it with `dense({width})`, after a layer with one output for the whole sequence");
        Err(TaskError::Outputs {
            found: output.to_string(),
            task: DESCRIBED.task,
            expected: format!("[{width}]"),
            remedy,
        })
    }

    /// The same forecaster with the weights that a [`ModelCheckpoint`](firebrick_callbacks::ModelCheckpoint) wrote in its training.
    ///
    /// # Errors
    /// Before training, or when the file cannot be read or holds another network's weights.
    pub fn with_kept_weights(mut self, path: impl AsRef<Path>) -> Result<Self, TaskError> {
        let trained = self.trained.as_mut().ok_or(TaskError::NotTrained)?;
        let task = Forecasting::new(trained.network.clone(), self.loss);
        trained.network = firebrick_callbacks::load_weights(task, path)?.network.valid();
        Ok(self)
    }

    /// Errors in the units of the series, over all and for each step ahead.
    ///
    /// # Errors
    /// Before training, or when the steps or targets of the sequences are not the forecaster's.
    pub fn evaluate(&self, sequences: &Sequences) -> Result<ForecastScores, TaskError> {
        let width = self.horizon * self.trained()?.scales.targets.series();
        self.check_targets(Checked { which: "test", sequences }, width)?;
        let truth: Vec<Vec<f32>> = (0..sequences.len()).filter_map(|i| numbers(sequences, i)).collect();
        Ok(ForecastScores::new(&self.predict(sequences)?, &truth, self.horizon))
    }

    /// The next steps of each sequence, `[H·S]`, the series of a step side by side. Targets are not looked at.
    ///
    /// # Errors
    /// Before training, or when the steps of the sequences are not the forecaster's.
    pub fn predict(&self, sequences: &Sequences) -> Result<Vec<Vec<f32>>, TaskError> {
        let (trained, checked) = (self.trained()?, Checked { which: "test", sequences });
        checked.steps(trained.features)?;
        checked.symbols(self.config.symbols())?;
        let mut all = vec![Vec::new(); sequences.len()];
        for places in Batching::by_length(sequences, BATCH) {
            let items = places.iter().map(|&place| sequences.item(place)).collect();
            let context = BatchContext { seed: 0, epoch: 1, step: 0, indices: places.clone() };
            let batch = self.batching.collate().collate(items, &context, &self.device);
            let answers = rows(trained.network.answer(trained.scales.input(batch)));
            let width = answers.dims()[1];
            let values: Vec<f32> = answers.into_data().iter::<f32>().collect();
            for (&place, row) in places.iter().zip(values.chunks(width)) {
                all[place] = row.to_vec();
                trained.scales.targets.restore(&mut all[place]);
            }
        }
        Ok(all)
    }

    /// Writes the weights, the network, the scaling and the padding into `directory`, which is made when it does not exist. Files
    /// are replaced whole or not at all.
    ///
    /// # Errors
    /// Before training, or when a file cannot be written.
    pub fn save(&self, directory: impl AsRef<Path>) -> Result<(), TaskError> {
        let trained = self.trained()?;
        let description = Description {
            features: trained.features,
            horizon: self.horizon,
            scaling: trained.scales.clone(),
            padding: self.batching.padding,
            network: self.config.clone(),
        };
        DESCRIBED.save(directory.as_ref(), &trained.network, &description)
    }

    /// Reads what [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// When a file is missing or damaged, or the weights are another network's.
    pub fn load(directory: impl AsRef<Path>, device: &Device) -> Result<Self, TaskError> {
        let directory = directory.as_ref();
        let Description { features, horizon, scaling: scales, padding, network } =
            DESCRIBED.description::<Description<C>>(directory)?;
        let series = scales.targets.series();
        let steps_fit =
            scales.steps.as_ref().map_or(features.is_none(), |steps| features.is_some_and(|f| steps.is_usable(f)));
        if !steps_fit || !scales.targets.is_usable(series) || series == 0 || horizon == 0 {
            return Err(
                DESCRIBED.refused(directory, "a horizon of 0, or a scaling of other series or that divides by zero")
            );
        }
        let batching = Batching { padding, ..Batching::default() };
        let forecaster = Self { device: device.clone(), batching, ..Self::new(network, horizon) };
        forecaster.batching.check()?;
        let shape = forecaster.batching.shape_of(features);
        forecaster.check_network(&shape, horizon.saturating_mul(series))?;
        let network = load_network(forecaster.config.init(&shape, device)?, directory)?;
        Ok(Self { trained: Some(Trained { network, features, scales, outcome: None }), ..forecaster })
    }

    /// How many steps it looks ahead.
    pub fn horizon(&self) -> usize {
        self.horizon
    }

    /// What the network is made from.
    pub fn config(&self) -> &C {
        &self.config
    }

    /// The trained network in evaluation mode; none before training.
    pub fn network(&self) -> Option<&C::Model> {
        self.trained.as_ref().map(|trained| &trained.network)
    }

    /// How the training went: why it ended early, if it did, and what it went on from; none before training and for a
    /// forecaster that was loaded.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.trained.as_ref().and_then(|trained| trained.outcome.as_ref())
    }

    fn trained(&self) -> Result<&Trained<C::Model>, TaskError> {
        self.trained.as_ref().ok_or(TaskError::NotTrained)
    }
}

/// Target numbers of each sequence; none where the targets are no numbers.
fn width(sequences: &Sequences) -> Option<usize> {
    match sequences.targets() {
        Targets::Values { width, .. } => Some(*width),
        _ => None,
    }
}

/// What follows sequence `i`.
fn numbers(sequences: &Sequences, i: usize) -> Option<Vec<f32>> {
    match sequences.target(i) {
        Target::Values(values) => Some(values),
        _ => None,
    }
}

/// Of steps and targets, as measured on the training sequences.
fn scales(train: &Sequences, series: usize, standardise: bool) -> Scales {
    if !standardise {
        return Scales { steps: train.features().map(Scaling::identity), targets: Scaling::identity(series) };
    }
    let steps =
        train.features().map(|features| Scaling::fitted(features, (0..train.len()).filter_map(|i| train.values(i))));
    let followed: Vec<Vec<f32>> = (0..train.len()).filter_map(|i| numbers(train, i)).collect();
    Scales { steps, targets: Scaling::fitted(series, followed.iter().map(Vec::as_slice)) }
}
