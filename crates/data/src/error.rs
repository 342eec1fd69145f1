//! What can be wrong with data: one variant for each rule, with the file and the place in it.

use std::path::PathBuf;

/// Data that cannot be used, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    // Pictures and splits in memory.
    /// A picture without pixels, or with more than memory has addresses.
    #[error("no picture can have the shape {shape:?} (channels, height, width): give three sides of at least 1")]
    PictureShape {
        /// Channels, height, width.
        shape: [usize; 3],
    },
    /// Bytes that are not as many pictures as there are labels.
    #[error("{pixels} bytes are not {labels} pictures of shape {shape:?}: give one label for each picture")]
    PixelCount {
        /// Bytes given.
        pixels: usize,
        /// Channels, height, width.
        shape: [usize; 3],
        /// Labels given.
        labels: usize,
    },
    /// A label that names no class.
    #[error("sample {index} has label {label}, but there are {classes} classes (labels 0 to {classes} - 1)")]
    LabelOutOfRange {
        /// Position of the sample.
        index: usize,
        /// Its label.
        label: u32,
        /// Number of classes.
        classes: usize,
    },
    /// Weights that are not one for each sample.
    #[error("{weights} weights for {samples} samples: give one for each")]
    WeightCount {
        /// Weights given.
        weights: usize,
        /// Samples there are.
        samples: usize,
    },
    /// A weight that no loss can be multiplied by.
    #[error("sample {index} has weight {weight}: a weight is a finite number of at least 0")]
    Weight {
        /// Position of the sample.
        index: usize,
        /// Its weight.
        weight: f32,
    },
    /// Weights under which nothing counts.
    #[error("all {samples} samples have weight 0: nothing could be learnt; give at least one a weight above 0")]
    NoWeight {
        /// Samples there are.
        samples: usize,
    },
    /// A share of the samples that is no share.
    #[error("a {part} fraction {fraction} is not between 0 and 1")]
    Fraction {
        /// Validation or test.
        part: &'static str,
        /// The value given.
        fraction: f64,
    },
    /// A part of a split that would have no sample.
    #[error("splitting {samples} samples: the {part} part would be empty; change the fractions or add samples")]
    EmptyPart {
        /// Training, validation or test.
        part: &'static str,
        /// Samples to split.
        samples: usize,
    },
    /// Cross-validation with too few or too many folds.
    #[error("{k} folds of {samples} samples: choose at least 2 folds and at most one for each sample")]
    Folds {
        /// Folds asked for.
        k: usize,
        /// Samples to fold.
        samples: usize,
    },

    // Files as such.
    /// The system would not open or read a file or directory.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file or directory that must be there is not.
    #[error("{} is not in {}: {advice}", name, dir.display())]
    Missing {
        /// What was looked for.
        name: String,
        /// Where.
        dir: PathBuf,
        /// How to get it.
        advice: String,
    },
    /// Compressed data that is damaged or ends early.
    #[error(
        "{}: the gzip data is damaged or cut off after {byte} decompressed bytes ({reason}): get the file again",
        path.display()
    )]
    Gzip {
        /// The file.
        path: PathBuf,
        /// Bytes that could be decompressed.
        byte: u64,
        /// What is wrong.
        reason: String,
    },
    /// Compressed data that grows beyond measure.
    #[error(
        "{}: its {compressed} bytes expand to more than {limit}: this looks like a gzip bomb; if it is not, \
         decompress the file and read it plain", path.display()
    )]
    Expands {
        /// The file.
        path: PathBuf,
        /// Size of the file.
        compressed: u64,
        /// Decompressed bytes that were allowed.
        limit: u64,
    },
    /// More data than memory can hold.
    #[error("{}: {bytes} bytes are needed, more than can be had (limit {limit}): {advice}", path.display())]
    TooLarge {
        /// The file or directory.
        path: PathBuf,
        /// Bytes needed.
        bytes: u128,
        /// Bytes allowed.
        limit: u64,
        /// How to need less.
        advice: &'static str,
    },
    /// A file that ends before its contents do.
    #[error("{}: ends at byte {found}, but {what} needs {needed}: the file is cut off, get it again", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// What asks for the bytes.
        what: String,
        /// Bytes that there are.
        found: u64,
        /// Bytes that are needed.
        needed: u128,
    },
    /// A file that goes on after its contents.
    #[error("{}: goes on after byte {expected}, where its header says that it ends: not the file that it claims to be", path.display())]
    Trailing {
        /// The file.
        path: PathBuf,
        /// Where it should end.
        expected: u64,
    },
    /// A file without a sample.
    #[error("{}: holds no sample", path.display())]
    Empty {
        /// The file or directory.
        path: PathBuf,
    },

    // IDX and CIFAR.
    /// The first four bytes of an IDX file are others than they should be.
    #[error(
        "{}: begins with {found:#010x}, an IDX file of {what} begins with {expected:#010x} (byte 0): {advice}",
        path.display()
    )]
    IdxMagic {
        /// The file.
        path: PathBuf,
        /// Pictures or labels.
        what: &'static str,
        /// The first four bytes.
        found: u32,
        /// What they should be.
        expected: u32,
        /// What it may be instead.
        advice: &'static str,
    },
    /// A header that describes no picture.
    #[error("{}: the header (byte {byte}) gives pictures of {height} x {width}: a side is 0", path.display())]
    IdxSides {
        /// The file.
        path: PathBuf,
        /// Where the sides stand.
        byte: u64,
        /// Rows.
        height: u32,
        /// Columns.
        width: u32,
    },
    /// Pictures and labels that do not belong together.
    #[error(
        "{} holds {images} pictures, {} holds {labels} labels: they do not belong together",
        images_path.display(), labels_path.display()
    )]
    IdxPair {
        /// The file of pictures.
        images_path: PathBuf,
        /// Pictures in it.
        images: usize,
        /// The file of labels.
        labels_path: PathBuf,
        /// Labels in it.
        labels: usize,
    },
    /// A label in a binary file that names no class.
    #[error("{}: label {label} at byte {byte}, but there are {classes} classes (labels from 0)", path.display())]
    Label {
        /// The file.
        path: PathBuf,
        /// Where the label stands, in the decompressed data.
        byte: u64,
        /// The label.
        label: u32,
        /// Number of classes.
        classes: usize,
    },
    /// The parts of a data set differ in the size of their pictures.
    #[error("{}: pictures of shape {found:?}, but those of the training part have {expected:?}", path.display())]
    PartShape {
        /// The file of the other part.
        path: PathBuf,
        /// Its pictures.
        found: [usize; 3],
        /// Those of the training part.
        expected: [usize; 3],
    },

    /// A label of another part that the training part has not.
    #[error("{}: label {label:?} does not occur in the training part: nothing can learn it", path.display())]
    UnknownLabel {
        /// The file of the other part.
        path: PathBuf,
        /// The label.
        label: String,
    },

    // Folders of pictures.
    /// A folder that has no classes.
    #[error(
        "{}: {found} class folder(s); put the pictures of each class into a folder of its own (at least 2 folders)",
        path.display()
    )]
    ClassFolders {
        /// The folder.
        path: PathBuf,
        /// Class folders in it.
        found: usize,
    },
    /// Folders that come in sets with other classes than the training set's.
    #[error("{}: class {class:?} is not among the classes of the training folder {}", path.display(), train.display())]
    UnknownClass {
        /// The folder of the class.
        path: PathBuf,
        /// Its class.
        class: String,
        /// The training folder.
        train: PathBuf,
    },
    /// A file that is no picture, or a damaged one.
    #[error("{}: not a picture that can be read (png, jpeg, bmp, gif, webp): {reason}", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        reason: String,
    },
    /// A picture of another size than the first.
    #[error(
        "{}: {} x {} pixels (height, width), but {} has {} x {}: bring all pictures to one size, with --picture-size \
         HEIGHTxWIDTH on the command line or Request::with_picture_size in code",
        path.display(), found[0], found[1], first.display(), expected[0], expected[1]
    )]
    PictureSize {
        /// The picture.
        path: PathBuf,
        /// Its height and width.
        found: [usize; 2],
        /// The first picture.
        first: PathBuf,
        /// Its height and width.
        expected: [usize; 2],
    },

    // Text and tables. Rows count from 1 and include the header.
    /// Text that is not UTF-8.
    #[error("{}, row {row}: not UTF-8 text: save the file as UTF-8", path.display())]
    Utf8 {
        /// The file.
        path: PathBuf,
        /// 1-based.
        row: u64,
    },
    /// A row longer than any row should be.
    #[error("{}, row {row}: longer than {limit} bytes: is this a text file with one sample for each line?", path.display())]
    RowTooLong {
        /// The file.
        path: PathBuf,
        /// 1-based.
        row: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// A row with another number of columns than it should have.
    #[error("{}, row {row}: {found} column(s) instead of {expected}: {advice}", path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// 1-based.
        row: u64,
        /// Columns there are.
        found: usize,
        /// Columns there should be.
        expected: usize,
        /// What the layout is.
        advice: &'static str,
    },
    /// A header that lacks a column, or names one twice.
    #[error("{}, row 1: column {column:?} {problem}; the columns are {known}", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// Missing or doubled.
        problem: &'static str,
        /// The columns that there are.
        known: String,
    },
    /// A cell that should be a number and is not, or is out of range.
    #[error("{}, row {row}, column {column:?}: {value:?} is not {expected}", path.display())]
    Cell {
        /// The file.
        path: PathBuf,
        /// 1-based.
        row: u64,
        /// Name of the column.
        column: String,
        /// The first characters of the cell.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A table whose columns make no picture.
    #[error("{}: {columns} pixel columns make no {advice}", path.display())]
    PictureColumns {
        /// The file.
        path: PathBuf,
        /// Columns besides the label.
        columns: usize,
        /// What would.
        advice: &'static str,
    },
    /// More classes than a data set can sensibly have.
    #[error("{}, row {row}: more than {limit} different labels: is the first column the label?", path.display())]
    TooManyClasses {
        /// The file.
        path: PathBuf,
        /// 1-based.
        row: u64,
        /// Classes allowed.
        limit: usize,
    },

    // The catalog.
    /// No data set has this name.
    #[error("there is no data set {name:?}; known are: {known}")]
    UnknownDataset {
        /// The name asked for.
        name: String,
        /// All names.
        known: String,
    },
    /// A person's own data without a place to find it.
    #[error("data set {name:?} is your own data: say where it lies with --data-dir DIR (or FIREBRICK_DATA)")]
    NoDataDir {
        /// The name asked for.
        name: String,
    },
    /// A size is asked for where pictures have one already.
    #[error("the pictures of data set {name:?} have one size already: a picture size is for folders of pictures")]
    NotResized {
        /// The data set.
        name: String,
    },
    /// Two files that could both be the same part.
    #[error("{}: both {first} and {second} could be the {part} part: leave one there", dir.display())]
    TwoFiles {
        /// Where they lie.
        dir: PathBuf,
        /// Train, valid or test.
        part: String,
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
    /// A data set without texts where texts are asked for.
    #[error("data set {name:?} holds no labelled texts; nsmc, sst2 and mr do, and your own come by the name tsv")]
    NotTexts {
        /// The name asked for.
        name: String,
    },
    /// A data set that is no long text where one is asked for.
    #[error("data set {name:?} is no long text; tiny-shakespeare is, and your own come by the name text")]
    NotCorpus {
        /// The name asked for.
        name: String,
    },
    /// A data set that is no time series where one is asked for.
    #[error(
        "data set {name:?} is no time series; airline, sunspots and pollution are, and your own come by the name series"
    )]
    NotSeries {
        /// The name asked for.
        name: String,
    },
    /// A table that makes no time series.
    #[error("{}: {source}", path.display())]
    Series {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: crate::series::SeriesError,
    },
    /// A data set without pictures where pictures are asked for.
    #[error("data set {name:?} holds {holds}, not pictures")]
    NotPictures {
        /// The name asked for.
        name: String,
        /// What it holds instead.
        holds: &'static str,
    },
}
