//! Where the public data sets come from.

use super::RemoteFile;

const MNIST_MIRRORS: &[&str] =
    &["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"];
const FASHION_MIRRORS: &[&str] = &[
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
];
const CIFAR10_MIRRORS: &[&str] =
    &["https://www.cs.toronto.edu/~kriz/", "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/"];

const SHAKESPEARE_MIRRORS: &[&str] = &[
    "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/",
    "https://github.com/karpathy/char-rnn/raw/master/data/tinyshakespeare/",
];
const SERIES_MIRRORS: &[&str] = &[
    "https://raw.githubusercontent.com/jbrownlee/Datasets/master/",
    "https://github.com/jbrownlee/Datasets/raw/master/",
];

pub(super) const MNIST: &[RemoteFile] = &[
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

pub(super) const FASHION: &[RemoteFile] = &[
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

pub(super) const CIFAR10: &[RemoteFile] = &[RemoteFile {
    name: "cifar-10-binary.tar.gz",
    bytes: 170_052_171,
    sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    content_sha256: None,
    mirrors: CIFAR10_MIRRORS,
}];

pub(super) const SHAKESPEARE: &[RemoteFile] = &[RemoteFile {
    name: "input.txt",
    bytes: 1_115_394,
    sha256: "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    content_sha256: None,
    mirrors: SHAKESPEARE_MIRRORS,
}];

pub(super) const AIRLINE: &[RemoteFile] = &[RemoteFile {
    name: "airline-passengers.csv",
    bytes: 2180,
    sha256: "8cb51be753a718d9be5d76d7e238cc224792754676adc21faa59e954b0201621",
    content_sha256: None,
    mirrors: SERIES_MIRRORS,
}];

pub(super) const SUNSPOTS: &[RemoteFile] = &[RemoteFile {
    name: "monthly-sunspots.csv",
    bytes: 45_039,
    sha256: "c4ec8cc57d9f6fb6ecdb3e1f37f25b6f4badd5124c55931052b0cd2fc3bc71f3",
    content_sha256: None,
    mirrors: SERIES_MIRRORS,
}];

pub(super) const POLLUTION: &[RemoteFile] = &[RemoteFile {
    name: "pollution.csv",
    bytes: 2_010_492,
    sha256: "892e9559205d16d32623135c127a3951c12e46ea1e0b3093e107ce89a9fd60e2",
    content_sha256: None,
    mirrors: SERIES_MIRRORS,
}];
