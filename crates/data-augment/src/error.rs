//! What can be wrong with a picture, its targets or a pipeline: one variant for each rule.

use std::path::PathBuf;

use crate::picture::Shape;

/// An augmentation that cannot be done, and what to do about it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AugmentError {
    // Pictures and what belongs to them.
    /// A picture without pixels, or with more channels than a picture has.
    #[error("no picture is {height} x {width} with {channels} channels: give sides of at least 1 and 1 to 4 channels")]
    PictureShape {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
        /// Values of a pixel.
        channels: usize,
    },
    /// Values that are not one for each channel of each pixel.
    #[error("{given} values for a picture of {shape}: give {expected}")]
    ValueCount {
        /// Values given.
        given: usize,
        /// Values needed.
        expected: usize,
        /// Size of the picture.
        shape: Shape,
    },
    /// A mask of another size than its picture.
    #[error("a mask of {mask} beside a picture of {picture}: both have one height and width")]
    MaskSize {
        /// Size of the mask.
        mask: Shape,
        /// Size of the picture.
        picture: Shape,
    },
    /// A box whose sides are in the wrong order, without area, or not finite.
    #[error("box {index}, {values:?}, has no area: x_min < x_max and y_min < y_max must hold, all finite")]
    BoxInverted {
        /// Position in the list.
        index: usize,
        /// As it was given.
        values: [f64; 4],
    },
    /// A box that reaches beyond its picture.
    #[error("box {index}, {values:?}, reaches beyond its picture of {shape}; clip it first")]
    BoxOutside {
        /// Position in the list.
        index: usize,
        /// As it was given.
        values: [f64; 4],
        /// Size of the picture.
        shape: Shape,
    },
    /// A key point that is not on its picture.
    #[error("key point {index} at ({x}, {y}) is not on its picture of {shape}")]
    KeyPointOutside {
        /// Position in the list.
        index: usize,
        /// Column, 0 is the middle of the first.
        x: f64,
        /// Row.
        y: f64,
        /// Size of the picture.
        shape: Shape,
    },
    /// A transform that needs other pictures.
    #[error("{transform} needs {needs}, the picture is {shape}")]
    Unsuited {
        /// Its name.
        transform: &'static str,
        /// What pictures it takes.
        needs: &'static str,
        /// Size of the picture.
        shape: Shape,
    },
    /// A part that does not fit into the picture.
    #[error("{transform} takes {height} x {width} pixels, the picture is {shape}: pad or resize it first")]
    TooSmall {
        /// Its name.
        transform: &'static str,
        /// Rows taken.
        height: usize,
        /// Columns taken.
        width: usize,
        /// Size of the picture.
        shape: Shape,
    },

    // Batches.
    /// A batch of pictures that cannot be mixed.
    #[error(
        "{mix}: picture {index} of the batch is {shape}, the first is {first}: all must have one shape, and be all of bytes or all of floats"
    )]
    MixedPictures {
        /// Name of the mix.
        mix: &'static str,
        /// Position in the batch.
        index: usize,
        /// Size of the picture.
        shape: Shape,
        /// Size of the first picture.
        first: Shape,
    },
    /// A batch of labels that cannot be mixed.
    #[error("{mix}: label {index} of the batch has {classes} classes, the first has {first}")]
    MixedLabels {
        /// Name of the mix.
        mix: &'static str,
        /// Position in the batch.
        index: usize,
        /// Classes of the label.
        classes: usize,
        /// Classes of the first label.
        first: usize,
    },
    /// Masks that cannot be mixed.
    #[error(
        "{mix}: masks cannot be mixed: give all pictures of a batch one (as sample {index} does not), and none for mix_up"
    )]
    MixedMasks {
        /// Name of the mix.
        mix: &'static str,
        /// Position in the batch.
        index: usize,
    },

    /// A record in which chains end that did not begin, or that changed the picture's size.
    #[error(
        "a branch of the record goes on or ends that did not begin, or whose picture has another shape: begin, next ..., end"
    )]
    NoBranch,

    // Settings.
    /// A range whose ends are in the wrong order, not finite, or beyond what the transform can do.
    #[error("{transform}: {setting} = [{low}, {high}] is no range from low to high within [{least}, {most}]")]
    Range {
        /// Name of the transform.
        transform: &'static str,
        /// Name of the setting.
        setting: &'static str,
        /// Lower end given.
        low: f64,
        /// Upper end given.
        high: f64,
        /// The lowest lower end.
        least: f64,
        /// The highest upper end.
        most: f64,
    },
    /// A number that is not finite, or beyond what the transform can do.
    #[error("{transform}: {setting} = {value} is not within [{least}, {most}]")]
    Number {
        /// Name of the transform.
        transform: &'static str,
        /// Name of the setting.
        setting: &'static str,
        /// Value given.
        value: f64,
        /// The lowest.
        least: f64,
        /// The highest.
        most: f64,
    },
    /// A size of 0, or beyond all memory.
    #[error("{transform}: {setting} = {value}: a size is at least 1 and at most 65535")]
    Size {
        /// Name of the transform.
        transform: &'static str,
        /// Name of the setting.
        setting: &'static str,
        /// Value given.
        value: usize,
    },
    /// A setting that breaks a rule of its own.
    #[error("{transform}: {setting} = {value}: {rule}")]
    Setting {
        /// Name of the transform.
        transform: &'static str,
        /// Name of the setting.
        setting: &'static str,
        /// Value given.
        value: String,
        /// What must hold.
        rule: &'static str,
    },
    /// A probability that is none.
    #[error("{transform}: p = {p} is no probability: 0 to 1")]
    Probability {
        /// Name of the transform.
        transform: &'static str,
        /// Value given.
        p: f64,
    },
    /// A choice without anything to choose from.
    #[error("{transform} has nothing to choose from: give it transforms, at least one with p above 0")]
    NoChoice {
        /// Name of the choice.
        transform: &'static str,
    },
    /// More transforms asked for than there are.
    #[error("some_of: n = [{low}, {high}] of {there} transforms: from low to high, at most {there}")]
    Choices {
        /// Fewest.
        low: usize,
        /// Most.
        high: usize,
        /// How many there are.
        there: usize,
    },

    // ImageDataGenerator.
    /// A standardisation that needs `fit` first.
    #[error("{needs} needs statistics of the training pictures: call `fit` first")]
    NotFitted {
        /// What is asked for.
        needs: &'static str,
    },
    /// `fit` without pictures.
    #[error("there is no picture to fit to")]
    NothingToFit,
    /// Pictures of another shape than those of `fit`.
    #[error("a picture of {shape}, but `fit` saw pictures of {fitted}")]
    FittedToOthers {
        /// The shape of the pictures of `fit`.
        fitted: Shape,
        /// The shape of this one.
        shape: Shape,
    },
    /// Pictures too large for a whitening matrix.
    #[error(
        "zca_whitening of pictures of {values} values: the matrix would have as many rows and columns; at most {most}"
    )]
    WhiteningSize {
        /// Values of a picture.
        values: usize,
        /// The most there may be.
        most: usize,
    },
    /// Pictures whose singular values cannot be found.
    #[error("zca_whitening: no singular values could be found; all values of the pictures must be finite")]
    Whitening,
    /// A part of the data that would be empty.
    #[error("validation_split = {split} of {pictures} pictures: the {subset} part is empty")]
    EmptySubset {
        /// Validation or training.
        subset: &'static str,
        /// The share of the validation part.
        split: f64,
        /// All pictures.
        pictures: usize,
    },
    /// Parts with different classes.
    #[error(
        "training and validation pictures have different classes after the split; shuffle the data, or set ignore_class_split"
    )]
    SplitClasses,
    /// A subset without a split.
    #[error("subset = {subset} needs a validation_split above 0")]
    NoSplit {
        /// Validation or training.
        subset: &'static str,
    },
    /// A column that a table does not have.
    #[error("the table has no column `{name}`; it has: {known}")]
    Column {
        /// The name.
        name: String,
        /// All names.
        known: String,
    },
    /// A cell that cannot be what the class mode asks for.
    #[error("row {row} of column `{column}`, `{value}`: {rule}")]
    Cell {
        /// 1-based, without the head.
        row: usize,
        /// The column's name.
        column: String,
        /// What stands there.
        value: String,
        /// What must hold.
        rule: &'static str,
    },
    /// Labels that do not fit the class mode.
    #[error("class_mode {mode} takes {needs}, found {found}")]
    ClassMode {
        /// Its name.
        mode: &'static str,
        /// What it takes.
        needs: &'static str,
        /// What there is.
        found: String,
    },

    // Plugs.
    /// A pipeline whose pictures do not make a batch.
    #[error(
        "pictures of {from} leave the pipeline in several sizes, {found}: a batch has one; resize or crop at the end"
    )]
    Sizes {
        /// The shape before.
        from: Shape,
        /// The shapes after.
        found: String,
    },
    /// A name that no pipeline has.
    #[error("there is no policy `{name}`; known are {known}, or give a file that ends in .toml or .json")]
    UnknownPolicy {
        /// The name.
        name: String,
        /// All names.
        known: String,
    },

    // Files.
    /// A text that is no pipeline; the message says where.
    #[error("no pipeline in {format}: {message}")]
    Read {
        /// TOML or JSON.
        format: &'static str,
        /// The rule that is broken, with line and column.
        message: String,
    },
    /// A pipeline that cannot be written.
    #[error("a pipeline that {format} cannot hold: {message}")]
    Write {
        /// TOML or JSON.
        format: &'static str,
        /// Why.
        message: String,
    },
    /// A file that cannot be read.
    #[error("{}: {message}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// A file with another ending.
    #[error("{}: a pipeline's file ends in .toml or .json", path.display())]
    FileKind {
        /// The file.
        path: PathBuf,
    },
}
