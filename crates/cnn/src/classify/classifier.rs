//! A network, its classes and its preprocessing in one value: fit, evaluate, predict, save, load.

use std::path::Path;

use burn::module::Module;
use burn::tensor::Device;
use firebrick_callbacks::{Callback, Outcome};
use firebrick_layers::{Sequential, SequentialConfig};
use serde::{Deserialize, Serialize};

use super::fit::{checked, fit_network};
use super::task::Classification;
use super::{
    ClassifierError, Evaluation, FitConfig, LabelledPictures, Pictures, Preprocessing, Session, predict_network,
};

/// The description of a stored classifier; the weights lie beside it.
const DESCRIPTION: &str = "classifier.json";
/// The weights of a stored classifier.
const WEIGHTS: &str = "model.bpk";

/// An image classifier made from a list of layers.
///
/// ```
/// use firebrick_callbacks::callbacks;
/// use firebrick_cnn::{Classifier, FitConfig, Samples, networks::mlp};
///
/// // Two classes of 4x4 pictures: bright on the left, bright on the right.
/// let picture = |label: u32| (0..16).map(move |i| f32::from((i % 4 < 2) == (label == 0)));
/// let labels: Vec<u32> = (0..40).map(|i| i % 2).collect();
/// let values = labels.iter().flat_map(|&label| picture(label)).collect();
/// let data = Samples::new(values, [1, 4, 4], labels)?;
///
/// let config = FitConfig::new().with_epochs(5);
/// let classifier = Classifier::new(mlp(2), [1, 4, 4]).fit(&data, &data, config, callbacks![])?;
/// assert_eq!(classifier.evaluate(&data)?.accuracy, 1.0);
/// # Ok::<(), firebrick_cnn::ClassifierError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Classifier {
    config: SequentialConfig,
    shape: [usize; 3],
    device: Device,
    trained: Option<Trained>,
}

/// What training adds.
#[derive(Clone, Debug)]
struct Trained {
    network: Sequential,
    classes: Vec<String>,
    preprocessing: Preprocessing,
    /// How the training went; none for one that was loaded.
    outcome: Option<Outcome>,
}

/// `classifier.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    shape: [usize; 3],
    classes: Vec<String>,
    preprocessing: Preprocessing,
    network: SequentialConfig,
}

impl Classifier {
    /// A classifier for pictures of shape `[C, H, W]`, on Burn's default device. Nothing is
    /// checked or allocated before [`fit`](Self::fit).
    pub fn new(network: SequentialConfig, shape: [usize; 3]) -> Self {
        Self { config: network, shape, device: Device::default(), trained: None }
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

    /// Trains from fresh weights drawn with `config.seed`.
    ///
    /// # Errors
    /// When the network, the pictures or a setting do not fit together, or training fails.
    pub fn fit(
        self,
        train: &impl LabelledPictures,
        valid: &impl LabelledPictures,
        config: FitConfig,
        callbacks: Vec<Box<dyn Callback>>,
    ) -> Result<Self, ClassifierError> {
        self.fit_in(train, valid, &config, Session::new().with_callbacks(callbacks))
    }

    /// As [`fit`](Self::fit), with checkpoints to resume from and the rest of a [`Session`].
    ///
    /// # Errors
    /// As [`fit`](Self::fit), and when a checkpoint cannot be written or read.
    pub fn fit_in(
        mut self,
        train: &impl LabelledPictures,
        valid: &impl LabelledPictures,
        config: &FitConfig,
        session: Session,
    ) -> Result<Self, ClassifierError> {
        self.check_outputs(train.classes().len())?;
        self.check_pictures("training", train)?;
        let training_device = self.device.clone().autodiff();
        training_device.seed(config.seed);
        let network = self.config.init(&self.shape, &training_device)?;
        let fitted = fit_network(network, train, valid, config, session)?;
        self.trained = Some(Trained {
            network: fitted.network,
            classes: train.classes().to_vec(),
            preprocessing: fitted.preprocessing,
            outcome: Some(fitted.outcome),
        });
        Ok(self)
    }

    /// The same classifier with the weights that a [`ModelCheckpoint`](firebrick_callbacks::ModelCheckpoint) wrote in its training.
    ///
    /// # Errors
    /// Before training, or when the file cannot be read or holds another network's weights.
    pub fn with_kept_weights(mut self, path: impl AsRef<Path>) -> Result<Self, ClassifierError> {
        let trained = self.trained.as_mut().ok_or(ClassifierError::NotTrained)?;
        let task = Classification::new(trained.network.clone(), 0.0);
        trained.network = firebrick_callbacks::load_weights(task, path)?.network.valid();
        Ok(self)
    }

    /// Loss, accuracy, top-5 accuracy, confusion matrix and figures per class; of pictures with weights also the weighted figures.
    ///
    /// # Errors
    /// Before training, or when the pictures' shape or classes are not the classifier's.
    pub fn evaluate(&self, pictures: &impl LabelledPictures) -> Result<Evaluation, ClassifierError> {
        let trained = self.trained()?;
        if pictures.classes() != trained.classes {
            return Err(ClassifierError::Classes {
                which: "test",
                found: pictures.classes().to_vec(),
                expected: trained.classes.clone(),
            });
        }
        let probabilities = self.predict(pictures)?;
        let (labels, classes) = (pictures.labels(), &trained.classes);
        Ok(match checked("test", pictures)? {
            Some(weights) => Evaluation::with_weights(&probabilities, labels, classes, weights),
            None => Evaluation::new(&probabilities, labels, classes),
        })
    }

    /// The probability of each class, one row per picture.
    ///
    /// # Errors
    /// Before training, or when the pictures' shape is not the classifier's.
    pub fn predict(&self, pictures: &impl Pictures) -> Result<Vec<Vec<f32>>, ClassifierError> {
        let Trained { network, preprocessing, .. } = self.trained()?;
        self.check_pictures("test", pictures)?;
        Ok(predict_network(network, pictures, preprocessing, &self.device))
    }

    /// Writes the weights, the network, the classes and the preprocessing into `directory`, which
    /// is made when it does not exist. Files are replaced whole or not at all.
    ///
    /// # Errors
    /// Before training, or when a file cannot be written.
    pub fn save(&self, directory: impl AsRef<Path>) -> Result<(), ClassifierError> {
        let Trained { network, classes, preprocessing, .. } = self.trained()?;
        let directory = directory.as_ref();
        let failed = |source| ClassifierError::File { path: directory.to_path_buf(), source };
        std::fs::create_dir_all(directory).map_err(failed)?;
        let description = Description {
            shape: self.shape,
            classes: classes.clone(),
            preprocessing: preprocessing.clone(),
            network: self.config.clone(),
        };
        firebrick_callbacks::save_weights(network, directory.join(WEIGHTS))?;
        let json = serde_json::to_string_pretty(&description).expect("plain data is valid JSON");
        let path = directory.join(DESCRIPTION);
        firebrick_callbacks::write_atomically(&path, json.as_bytes())
            .map_err(|source| ClassifierError::File { path, source })
    }

    /// Reads what [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// When a file is missing or damaged, or the weights are another network's.
    pub fn load(directory: impl AsRef<Path>, device: &Device) -> Result<Self, ClassifierError> {
        let path = directory.as_ref().join(DESCRIPTION);
        let text =
            std::fs::read_to_string(&path).map_err(|source| ClassifierError::File { path: path.clone(), source })?;
        let description: Description = serde_json::from_str(&text)
            .map_err(|error| ClassifierError::Description { path: path.clone(), message: error.to_string() })?;
        let Description { shape, classes, preprocessing, network: config } = description;
        preprocessing.check(shape[0])?;
        let network = config.init(&shape, device)?;
        let network = firebrick_callbacks::load_weights(network, directory.as_ref().join(WEIGHTS))?;
        let trained = Trained { network: network.valid(), classes, preprocessing, outcome: None };
        let classifier = Self { config, shape, device: device.clone(), trained: Some(trained) };
        classifier.check_outputs(classifier.classes().len())?;
        Ok(classifier)
    }

    /// The names of the classes; none before training.
    pub fn classes(&self) -> &[String] {
        self.trained.as_ref().map_or(&[], |trained| &trained.classes)
    }

    /// The shape of a picture, `[C, H, W]`.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// The list of layers.
    pub fn config(&self) -> &SequentialConfig {
        &self.config
    }

    /// The trained network in evaluation mode; none before training.
    pub fn network(&self) -> Option<&Sequential> {
        self.trained.as_ref().map(|trained| &trained.network)
    }

    /// How the training went: why it ended early, if it did, and what it went on from; none before training and for a
    /// classifier that was loaded.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.trained.as_ref().and_then(|trained| trained.outcome.as_ref())
    }

    fn trained(&self) -> Result<&Trained, ClassifierError> {
        self.trained.as_ref().ok_or(ClassifierError::NotTrained)
    }

    fn check_outputs(&self, classes: usize) -> Result<(), ClassifierError> {
        let output = self.config.output_shape(&self.shape)?;
        if output == [classes] { Ok(()) } else { Err(ClassifierError::Outputs { output, classes }) }
    }

    fn check_pictures(&self, which: &'static str, pictures: &impl Pictures) -> Result<(), ClassifierError> {
        if pictures.count() == 0 {
            return Err(ClassifierError::Empty { which });
        }
        if pictures.shape() != self.shape {
            let (found, expected) = (pictures.shape(), self.shape);
            return Err(ClassifierError::PictureShape { which, found, expected });
        }
        Ok(())
    }
}
