//! The data sets that have names, and where the public ones come from.

use crate::error::DataError;

/// A data set that has a name.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is asked for by.
    pub name: &'static str,
    /// What it holds, in one line.
    pub about: &'static str,
    /// Who made it, and the licence as far as one is known.
    pub credit: &'static str,
    /// How it is read.
    pub kind: Kind,
    /// What is downloaded; empty when nothing is.
    pub files: &'static [RemoteFile],
    /// The files that are taken from a downloaded archive (tar, gzip), which is not kept; empty when it is no archive.
    pub unpacked: &'static [&'static str],
}

/// How a data set is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Part of this crate.
    Embedded,
    /// Four IDX files with these classes.
    Idx {
        /// Names by label.
        classes: &'static [&'static str],
    },
    /// The binary version of CIFAR-10.
    Cifar,
    /// One's own pictures, a folder for each class.
    Folder,
    /// One's own IDX files.
    OwnIdx,
    /// One's own CSV tables of pictures.
    Table,
    /// One's own labelled texts.
    Text,
}

/// A file that can be downloaded.
#[derive(Debug, PartialEq, Eq)]
pub struct RemoteFile {
    /// Its name, here and there.
    pub name: &'static str,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of the file, as published.
    pub sha256: &'static str,
    /// SHA-256 of what is in it, where that is published too: the same data may be compressed in another way.
    pub content_sha256: Option<&'static str>,
    /// Where it can be had: what the name is appended to, in the order of trying.
    pub mirrors: &'static [&'static str],
}

impl Entry {
    /// Whether it is a person's own data.
    pub fn is_own(&self) -> bool {
        matches!(self.kind, Kind::Folder | Kind::OwnIdx | Kind::Table | Kind::Text)
    }
}

/// All data sets that have names.
pub fn list() -> &'static [Entry] {
    ENTRIES
}

/// The data set of this name.
///
/// # Errors
/// When there is none; the message lists all names.
pub fn entry(name: &str) -> Result<&'static Entry, DataError> {
    ENTRIES.iter().find(|entry| entry.name == name).ok_or_else(|| {
        let known: Vec<&str> = ENTRIES.iter().map(|entry| entry.name).collect();
        DataError::UnknownDataset { name: name.chars().take(80).collect(), known: known.join(", ") }
    })
}

pub(super) const CIFAR10_CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

const DIGITS: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
const CLOTHES: &[&str] =
    &["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

const MNIST_MIRRORS: &[&str] =
    &["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"];
const FASHION_MIRRORS: &[&str] = &[
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
];
const CIFAR10_MIRRORS: &[&str] =
    &["https://www.cs.toronto.edu/~kriz/", "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/"];

const ENTRIES: &[Entry] = &[
    Entry {
        name: "digits",
        about: "1,797 handwritten digits, 8 x 8 grey, embedded: 1,257 train, 180 valid, 360 test",
        credit: "E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, 1998; CC BY 4.0",
        kind: Kind::Embedded,
        files: &[],
        unpacked: &[],
    },
    Entry {
        name: "mnist",
        about: "handwritten digits, 28 x 28 grey, 10 classes: 60,000 train, 10,000 test",
        credit: "Y. LeCun, C. Cortes and C. Burges, 1998; commonly given as CC BY-SA 3.0",
        kind: Kind::Idx { classes: DIGITS },
        files: MNIST,
        unpacked: &[],
    },
    Entry {
        name: "fashion-mnist",
        about: "articles of clothing, 28 x 28 grey, 10 classes: 60,000 train, 10,000 test",
        credit: "H. Xiao, K. Rasul and R. Vollgraf (Zalando), 2017; MIT",
        kind: Kind::Idx { classes: CLOTHES },
        files: FASHION,
        unpacked: &[],
    },
    Entry {
        name: "cifar10",
        about: "photographs, 32 x 32 colour, 10 classes: 50,000 train, 10,000 test",
        credit: "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009; no licence stated",
        kind: Kind::Cifar,
        files: CIFAR10,
        unpacked: &[
            "data_batch_1.bin",
            "data_batch_2.bin",
            "data_batch_3.bin",
            "data_batch_4.bin",
            "data_batch_5.bin",
            "test_batch.bin",
            "batches.meta.txt",
        ],
    },
    Entry {
        name: "folder",
        about: "your own pictures: DIR/CLASS/*.png, or DIR/train/CLASS/*.png with DIR/test and DIR/valid beside it",
        credit: "yours",
        kind: Kind::Folder,
        files: &[],
        unpacked: &[],
    },
    Entry {
        name: "idx",
        about: "your own IDX files: train-images-idx3-ubyte, train-labels-idx1-ubyte, and t10k-... for a test part; or .gz",
        credit: "yours",
        kind: Kind::OwnIdx,
        files: &[],
        unpacked: &[],
    },
    Entry {
        name: "csv",
        about: "your own pictures as a table: DIR/train.csv with test.csv and valid.csv, or one file; pixels and label",
        credit: "yours",
        kind: Kind::Table,
        files: &[],
        unpacked: &[],
    },
    Entry {
        name: "tsv",
        about: "your own labelled texts: DIR/train.tsv with test.tsv and valid.tsv, or one file; label<TAB>text",
        credit: "yours",
        kind: Kind::Text,
        files: &[],
        unpacked: &[],
    },
];

const MNIST: &[RemoteFile] = &[
    RemoteFile {
        name: "train-images-idx3-ubyte.gz",
        bytes: 9_912_422,
        sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        content_sha256: Some("ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        mirrors: MNIST_MIRRORS,
    },
    RemoteFile {
        name: "train-labels-idx1-ubyte.gz",
        bytes: 28_881,
        sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        content_sha256: Some("65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
        mirrors: MNIST_MIRRORS,
    },
    RemoteFile {
        name: "t10k-images-idx3-ubyte.gz",
        bytes: 1_648_877,
        sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        content_sha256: Some("0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        mirrors: MNIST_MIRRORS,
    },
    RemoteFile {
        name: "t10k-labels-idx1-ubyte.gz",
        bytes: 4_542,
        sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        content_sha256: Some("ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
        mirrors: MNIST_MIRRORS,
    },
];

const FASHION: &[RemoteFile] = &[
    RemoteFile {
        name: "train-images-idx3-ubyte.gz",
        bytes: 26_421_880,
        sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        content_sha256: None,
        mirrors: FASHION_MIRRORS,
    },
    RemoteFile {
        name: "train-labels-idx1-ubyte.gz",
        bytes: 29_515,
        sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        content_sha256: None,
        mirrors: FASHION_MIRRORS,
    },
    RemoteFile {
        name: "t10k-images-idx3-ubyte.gz",
        bytes: 4_422_102,
        sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        content_sha256: None,
        mirrors: FASHION_MIRRORS,
    },
    RemoteFile {
        name: "t10k-labels-idx1-ubyte.gz",
        bytes: 5_148,
        sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        content_sha256: None,
        mirrors: FASHION_MIRRORS,
    },
];

const CIFAR10: &[RemoteFile] = &[RemoteFile {
    name: "cifar-10-binary.tar.gz",
    bytes: 170_052_171,
    sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    content_sha256: None,
    mirrors: CIFAR10_MIRRORS,
}];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_checksums_are_checksums() {
        for (i, entry) in ENTRIES.iter().enumerate() {
            assert!(ENTRIES[..i].iter().all(|other| other.name != entry.name));
            for file in entry.files {
                for sum in std::iter::once(file.sha256).chain(file.content_sha256) {
                    assert!(sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()));
                }
                assert!(file.mirrors.len() >= 2 && file.mirrors.iter().all(|mirror| mirror.ends_with('/')));
            }
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let message = entry("minst").unwrap_err().to_string();
        assert!(message.contains("\"minst\"") && message.contains("digits, mnist, fashion-mnist, cifar10, folder"));
    }
}
