//! The table of the data sets that have names.

use super::remote::{AIRLINE, CIFAR10, FASHION, MNIST, POLLUTION, SHAKESPEARE, SUNSPOTS};
use super::{Entry, Kind};

pub(in crate::catalog) const CIFAR10_CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

const DIGITS: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
const CLOTHES: &[&str] =
    &["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

pub(super) const ENTRIES: &[Entry] = &[
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
    Entry {
        name: "nsmc",
        about: "Korean film reviews, positive or negative: 135,000 train, 15,000 valid, 50,000 test",
        credit: "L. Park, Naver sentiment movie corpus, 2015; CC0",
        kind: Kind::PublicText { source: "ratings_train.txt and ratings_test.txt of https://github.com/e9t/nsmc" },
        files: &[],
        unpacked: &[],
    },
    Entry {
        name: "sst2",
        about: "sentences of film reviews, positive or negative: 6,920 train, 872 valid, 1,821 test",
        credit: "R. Socher et al., Recursive Deep Models for Semantic Compositionality, 2013; no licence stated",
        kind: Kind::PublicText {
            source: "the sentences of https://nlp.stanford.edu/sentiment as train.tsv, dev.tsv and test.tsv, label<TAB>text",
        },
        files: &[],
        unpacked: &[],
    },
    Entry {
        name: "mr",
        about: "sentences of film reviews, positive or negative: 8,636 train, 960 valid, 1,066 test",
        credit: "B. Pang and L. Lee, Seeing Stars, 2005; no licence stated",
        kind: Kind::PublicText {
            source: "rt-polarity of https://www.cs.cornell.edu/people/pabo/movie-review-data as train.tsv and test.tsv, \
                     label<TAB>text",
        },
        files: &[],
        unpacked: &[],
    },
    Entry {
        name: "tiny-shakespeare",
        about: "1.1 million characters of Shakespeare: the first nine tenths train, the last valid",
        credit: "W. Shakespeare, put together by A. Karpathy, 2015; public domain",
        kind: Kind::Corpus,
        files: SHAKESPEARE,
        unpacked: &[],
    },
    Entry {
        name: "airline",
        about: "airline passengers each month from 1949 to 1960, in thousands",
        credit: "G. Box and G. Jenkins, Time Series Analysis, 1976; no licence stated",
        kind: Kind::Series { file: "airline-passengers.csv", target: "Passengers", ignored: &["Month"], season: 12 },
        files: AIRLINE,
        unpacked: &[],
    },
    Entry {
        name: "sunspots",
        about: "sunspots each month from 1749 to 1983; a cycle has about eleven years",
        credit: "D. Andrews and A. Herzberg, Data, 1985; no licence stated",
        kind: Kind::Series { file: "monthly-sunspots.csv", target: "Sunspots", ignored: &["Month"], season: 132 },
        files: SUNSPOTS,
        unpacked: &[],
    },
    Entry {
        name: "pollution",
        about: "fine dust (PM2.5) and weather in Beijing each hour from 2010 to 2014, with gaps",
        credit: "S. Chen, Beijing PM2.5, UCI Machine Learning Repository, 2015; CC BY 4.0",
        kind: Kind::Series {
            file: "pollution.csv",
            target: "pm2.5",
            ignored: &["No", "year", "month", "day", "hour"],
            season: 24,
        },
        files: POLLUTION,
        unpacked: &[],
    },
    Entry {
        name: "text",
        about: "your own long text: DIR/train.txt with valid.txt and test.txt, or one file",
        credit: "yours",
        kind: Kind::OwnCorpus,
        files: &[],
        unpacked: &[],
    },
    Entry {
        name: "series",
        about: "your own time series: one table DIR/NAME.csv, a row for each step; the last column of numbers is forecast",
        credit: "yours",
        kind: Kind::OwnSeries,
        files: &[],
        unpacked: &[],
    },
];
