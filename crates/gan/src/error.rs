//! What can go wrong with a GAN.

use std::path::PathBuf;

use firebrick_layers::NetworkError;

/// One variant per rule.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GanError {
    /// A picture size that a DCGAN cannot make.
    #[error(
        "a DCGAN cannot make pictures of {}x{} pixels in {} channels: it doubles small maps, to 8 to 128 pixels a side. The nearest \
         sizes are {}", picture[1], picture[2], picture[0], sizes(nearest)
    )]
    PictureSize {
        /// `[C, H, W]`.
        picture: [usize; 3],
        /// Height and width, the next smaller and the next larger.
        nearest: [[usize; 2]; 2],
    },
    /// A generator whose pictures are not as large as the real ones.
    #[error(
        "the generator makes {made:?}, but the real pictures are {picture:?} (channels, height, width): the discriminator would tell \
         them apart by their size. Change the strides or the last layer"
    )]
    GeneratorOutput {
        /// What it makes of its noise.
        made: Vec<usize>,
        /// `[C, H, W]` of the real pictures.
        picture: [usize; 3],
    },
    /// A discriminator that does not end in one number.
    #[error(
        "the discriminator gives {given:?} for a picture, but it must give one number: end it with flatten and dense(1)"
    )]
    DiscriminatorOutput {
        /// What it gives.
        given: Vec<usize>,
    },
    /// A layer that does not take what reaches it.
    #[error("the {player}: {source}")]
    Network {
        /// `generator` or `discriminator`.
        player: &'static str,
        /// The layer and the rule.
        source: NetworkError,
    },
    /// A setting out of its range.
    #[error("{setting} = {value} is out of range: {rule}")]
    Setting {
        /// The field.
        setting: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// A loss that does not exist.
    #[error("there is no loss `{name}`; there are {known}")]
    UnknownLoss {
        /// What was asked for.
        name: String,
        /// All that there are.
        known: String,
    },
    /// Too few pictures to learn a distribution from.
    #[error("there are {count} {which} pictures; a GAN needs at least {needed}")]
    TooFewPictures {
        /// `training` or `validation`.
        which: &'static str,
        /// How many there are.
        count: usize,
        /// How many are needed.
        needed: usize,
    },
    /// Pictures of another shape than the players'.
    #[error(
        "the {which} pictures have shape {found:?}, the players were made for {expected:?} (channels, height, width)"
    )]
    PictureShape {
        /// `training` or `validation`.
        which: &'static str,
        /// What came.
        found: [usize; 3],
        /// What the players take.
        expected: [usize; 3],
    },
    /// A conditional GAN and pictures with another number of classes.
    #[error("the pictures have {found} classes, the players know {expected}")]
    Classes {
        /// Classes of the pictures.
        found: usize,
        /// Classes of the players.
        expected: usize,
    },
    /// A class that a conditional GAN does not know, or any class for another.
    #[error("there is no class {class}: {known}")]
    UnknownClass {
        /// What was asked for.
        class: usize,
        /// What there is.
        known: String,
    },
    /// A penalty with a discriminator that does not judge each picture by itself.
    #[error(
        "a penalty bounds the slope at each picture, but the discriminator has {layer}, which mixes the pictures of a batch or draws at \
         random: take layer_norm, or nothing in its place"
    )]
    PenaltyWithMixing {
        /// The kind of layer.
        layer: String,
    },
    /// A player whose numbers are no longer finite.
    #[error(
        "training stopped: {player}'s {what} is {value} in batch {step} of epoch {epoch}. Lower its learning rate or choose another \
         loss. {}", checkpoint.as_ref().map_or("There is no checkpoint from before".into(), |path| format!("The last good checkpoint is {}", path.display()))
    )]
    NotFinite {
        /// `the generator` or `the discriminator`.
        player: &'static str,
        /// `loss` or `gradient norm`.
        what: &'static str,
        /// NaN or an infinity.
        value: f64,
        /// From 1.
        epoch: usize,
        /// From 1.
        step: usize,
        /// The newest checkpoint, written before.
        checkpoint: Option<PathBuf>,
    },
    /// Training stopped on an error.
    #[error("training stopped: {0}")]
    Training(String),
    /// Asked before it was trained.
    #[error("this GAN has no weights yet: train it, or load a trained one")]
    NotTrained,
    /// Weights that cannot be written or read, or are another network's.
    #[cfg(feature = "train")]
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
    /// A stored GAN or judge whose description is damaged.
    #[error("{}: not a stored network: {message}", path.display())]
    Description {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        message: String,
    },
}

fn sizes(nearest: &[[usize; 2]; 2]) -> String {
    let [smaller, larger] = nearest.map(|[height, width]| format!("{height}x{width}"));
    if smaller == larger { smaller } else { format!("{smaller} and {larger}") }
}
