//! What can go wrong with a classifier.

use std::path::PathBuf;

use burn::data::dataset::DatasetError;
use firebrick_layers::NetworkError;

use super::Preprocessing;

/// One variant per rule.
#[derive(Debug, thiserror::Error)]
pub enum ClassifierError {
    /// The network does not fit the picture.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The network's last layer does not give one number per class.
    #[error(
        "the network gives an output of shape {output:?} for a picture, but there are {classes} \
         classes: end it with `dense({classes})`"
    )]
    Outputs {
        /// Shape of the output, without the batch.
        output: Vec<usize>,
        /// How many classes the training pictures have.
        classes: usize,
    },
    /// Pictures of another shape than the network's input.
    #[error("the {which} pictures have shape {found:?}, the network takes {expected:?} (channels, height, width)")]
    PictureShape {
        /// `training`, `validation`, ...
        which: &'static str,
        /// What came.
        found: [usize; 3],
        /// What the network takes.
        expected: [usize; 3],
    },
    /// No pictures.
    #[error("there are no {which} pictures")]
    Empty {
        /// `training`, `validation`, ...
        which: &'static str,
    },
    /// Other classes than those of the training.
    #[error("the {which} pictures have the classes {found:?}, the classifier knows {expected:?}")]
    Classes {
        /// `validation`, `test`, ...
        which: &'static str,
        /// What came.
        found: Vec<String>,
        /// What it knows.
        expected: Vec<String>,
    },
    /// Arrays whose sizes contradict each other.
    #[error("{values} values for {labels} labels: pictures of shape {shape:?} need {} each", shape.iter().product::<usize>())]
    Arrays {
        /// How many values.
        values: usize,
        /// The shape of a picture.
        shape: [usize; 3],
        /// How many labels.
        labels: usize,
    },
    /// Fewer names than classes.
    #[error("{names} class names for labels that need {needed}")]
    ClassNames {
        /// How many names.
        names: usize,
        /// How many classes.
        needed: usize,
    },
    /// Stored mean or deviation that cannot be applied.
    #[error("the stored preprocessing does not fit {channels} channels, or divides by zero: {found:?}")]
    Preprocessing {
        /// Channels of the pictures.
        channels: usize,
        /// What was stored.
        found: Preprocessing,
    },
    /// Weights of pictures that no loss can be multiplied by.
    #[error("the weights of the {which} pictures: {source}")]
    SampleWeights {
        /// `training`, `validation`, ...
        which: &'static str,
        /// What is wrong with them.
        source: firebrick_data::DataError,
    },
    /// Asked before it was trained.
    #[error("this classifier has no weights yet: call `fit`, or `Classifier::load` a trained one")]
    NotTrained,
    /// A data set that cannot be read.
    #[error("the data set cannot be read: {0}")]
    Data(#[from] DatasetError),
    /// A setting out of its range, class weights that do not fit, or a training that stopped on an error.
    #[error(transparent)]
    Fit(#[from] firebrick_callbacks::fit::FitError),
    /// Weights that cannot be written or read, or are another network's.
    #[error(transparent)]
    Weights(#[from] firebrick_callbacks::WeightsError),
    /// A file that cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A stored classifier whose description is damaged.
    #[error("{}: not a stored classifier: {message}", path.display())]
    Description {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        message: String,
    },
}
