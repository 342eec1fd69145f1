//! What can be wrong with a network: the broken rule, and where in the network it was broken.

use std::path::PathBuf;

use crate::Size;
use crate::list::SampleShape;
use crate::trace::{MAX_ACTIVATION, MAX_PARAMETERS};

/// A network that cannot be built, or a file that does not describe one.
///
/// A place is written as the position's number and kind, from the outermost list inwards: `2.residual.0.conv2d` is
/// the first layer, a convolution, inside the residual at position 2 (counted from 0).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// A layer cannot take the shape that reaches it, or one of its settings is impossible.
    #[error("layer {at} cannot take an input of shape {incoming:?}: {rule}")]
    Layer {
        /// Place of the layer, with its name where it has one.
        at: String,
        /// Shape that reaches the layer, without the batch.
        incoming: Vec<Size>,
        /// The rule that is broken.
        rule: Rule,
    },
    /// The shape given for the network's input is impossible.
    #[error("a network cannot start from an input of shape {shape:?} (without the batch): {rule}")]
    Input {
        /// The shape that was given.
        shape: Vec<Size>,
        /// The rule that is broken.
        rule: Rule,
    },
    /// Two positions carry the same name.
    #[error("two layers are named `{name}`: {first} and {second}; give one of them another name")]
    DuplicateName {
        /// The name.
        name: String,
        /// Place of the first.
        first: String,
        /// Place of the second.
        second: String,
    },
    /// A name that could be mistaken for a place.
    #[error("layer {at} is named `{name}`: a name has letters, digits, `_` and `-` and starts with a letter")]
    InvalidName {
        /// Place of the layer.
        at: String,
        /// The name that was given.
        name: String,
    },
    /// No position has this name or place.
    #[error("the network has no layer `{wanted}`; it has: {known}")]
    UnknownPosition {
        /// What was asked for.
        wanted: String,
        /// Every name, or place where there is none.
        known: String,
    },
    /// A setting that the layer does not have, lacks, or has with a value of another kind.
    #[error("{at}: {message}")]
    Setting {
        /// Place of the layer.
        at: String,
        /// What is wrong, with the settings that exist.
        message: String,
    },
    /// A `layer` that is none.
    #[error("{at}: there is no layer `{found}`; the layers are: {known}")]
    UnknownLayer {
        /// Place of the layer.
        at: String,
        /// What was written.
        found: String,
        /// The layers that exist.
        known: String,
    },
    /// The text is not TOML.
    #[error("not valid TOML: {message}")]
    Toml {
        /// The parser's message with line and column.
        message: String,
    },
    /// The text is not JSON.
    #[error("not valid JSON: {message}")]
    Json {
        /// The parser's message with line and column.
        message: String,
    },
    /// The configuration holds a number that the format cannot write.
    #[error("this network cannot be written as {format}: {message}")]
    Write {
        /// `TOML` or `JSON`.
        format: &'static str,
        /// What the writer refused.
        message: String,
    },
    /// A network file cannot be read.
    #[error("cannot read the network file {}: {message}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's message.
        message: String,
    },
    /// The file name does not say which format the file has.
    #[error("{}: a network file ends in .toml or .json", path.display())]
    FileKind {
        /// The file.
        path: PathBuf,
    },
    /// A network file is longer than any network needs.
    #[error("{}: {bytes} bytes are too long for a network file (limit {limit})", path.display())]
    FileTooLong {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// Something is wrong inside a network file.
    #[error("{}: {error}", path.display())]
    InFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: Box<NetworkError>,
    },
}

/// A rule of shapes and settings. The message says what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Rule {
    /// The input has another number of axes than the layer needs.
    #[error("it needs {expected}{hint}")]
    Axes {
        /// The axes that are needed.
        expected: &'static str,
        /// What to put before the layer, or nothing.
        hint: &'static str,
    },
    /// A size that must be at least 1 is 0.
    #[error("{what} must be at least 1")]
    Zero {
        /// The setting.
        what: &'static str,
    },
    /// The window does not fit even once.
    #[error(
        "the window covers {span} cells but the {axis} has {size}, with {padding} of padding; \
         take a smaller window, padding \"same\", or fewer steps that shrink the picture before it"
    )]
    WindowTooLarge {
        /// `height` or `width`.
        axis: &'static str,
        /// Cells that the window covers: dilation · (kernel − 1) + 1.
        span: usize,
        /// Cells of the input.
        size: usize,
        /// Cells of padding, both sides together.
        padding: usize,
    },
    /// A transposed convolution whose padding eats the whole output.
    #[error("{size} cells grow to {grown}, of which the padding takes {padding}: nothing is left; take less padding")]
    NothingLeft {
        /// Cells of the input.
        size: usize,
        /// Cells before the padding is cut off.
        grown: usize,
        /// Cells cut off.
        padding: usize,
    },
    /// An output padding that adds whole steps.
    #[error("the output padding {output_padding} must be smaller than the stride {stride}")]
    OutputPadding {
        /// The output padding.
        output_padding: usize,
        /// The stride.
        stride: usize,
    },
    /// Pooling windows that lie in the padding alone.
    #[error(
        "a padding of {padding} must be smaller than the pooling window of {kernel}: else a window would see no cell"
    )]
    PaddingBeyondWindow {
        /// The padding of one side.
        padding: usize,
        /// The kernel along that axis.
        kernel: usize,
    },
    /// The channels that arrive are not those the layer was told.
    #[error("it was given {told} = {expected}, but {found} arrive; leave {told} out, it is inferred")]
    Incoming {
        /// `in_channels` or `in_features`.
        told: &'static str,
        /// What was given.
        expected: usize,
        /// What arrives.
        found: usize,
    },
    /// Channels that do not divide into groups.
    #[error("{channels} {which} do not divide into {groups} groups")]
    Groups {
        /// `incoming channels` or `out_channels`.
        which: &'static str,
        /// How many.
        channels: usize,
        /// The groups.
        groups: usize,
    },
    /// A shape that takes another number of numbers than a sample has.
    #[error("the shape {shape:?} takes {expected} numbers, but {found} arrive")]
    Numbers {
        /// The shape.
        shape: Vec<usize>,
        /// What it takes.
        expected: u64,
        /// What arrives.
        found: u64,
    },
    /// A number outside its range.
    #[error("{what} is {value}: it must be {range}")]
    OutOfRange {
        /// The setting.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The range in words.
        range: &'static str,
    },
    /// The two arms of a residual end in different shapes.
    #[error(
        "the layers end in {layers:?} and the shortcut in {shortcut:?}: a residual adds them, so both must be equal; \
         give it a shortcut that projects, such as conv2d with kernel_size 1 and the same stride"
    )]
    ResidualShapes {
        /// Output shape of the layers.
        layers: Vec<Size>,
        /// Output shape of the shortcut.
        shortcut: Vec<Size>,
    },
    /// Branches that cannot be merged.
    #[error("branch 0 ends in {first:?} and branch {branch} in {other:?}: to {merge} them {needed}")]
    BranchShapes {
        /// Output shape of the first branch.
        first: Vec<Size>,
        /// The branch that differs.
        branch: usize,
        /// Its output shape.
        other: Vec<Size>,
        /// The merge.
        merge: &'static str,
        /// What must agree.
        needed: &'static str,
    },
    /// Branches without a branch.
    #[error("it has no branches; an empty list is a branch that passes its input on")]
    NoBranches,
    /// Residuals and branches nested too deeply.
    #[error("residuals and branches nest more than {limit} deep")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// More parameters than [`MAX_PARAMETERS`].
    #[error("with it the network has {count} parameters; the limit is {MAX_PARAMETERS}")]
    TooManyParameters {
        /// Parameters up to and with this layer.
        count: u64,
    },
    /// A value bigger than [`MAX_ACTIVATION`].
    #[error("a single sample would take {count} numbers here; the limit is {MAX_ACTIVATION}")]
    ActivationTooLarge {
        /// Numbers of one sample.
        count: u64,
    },
    /// Two layers that run in opposite directions and do not go together.
    #[error("{what} of the forward layer is {forward} and of the backward layer {backward}: {needed}")]
    Directions {
        /// The setting.
        what: &'static str,
        /// That of the forward layer.
        forward: String,
        /// That of the backward layer.
        backward: String,
        /// What must hold.
        needed: &'static str,
    },
    /// A product that no computer can hold.
    #[error("its sizes are so large that their product overflows")]
    Overflow,
}

impl Rule {
    /// Two arms of a residual that end in different shapes.
    pub fn residual_shapes<S: SampleShape>(layers: &S, shortcut: &S) -> Self {
        Self::ResidualShapes { layers: layers.sizes(), shortcut: shortcut.sizes() }
    }
}
