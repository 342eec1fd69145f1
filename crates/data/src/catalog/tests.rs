//! Data sets are found by name, in their standard files, and completed by the parts that they lack.

use super::*;
use crate::readers::idx_file;
use crate::readers::written::file;

fn idx_part(dir: &tempfile::TempDir, part: &str, labels: &[u8], end: &str) {
    let count = labels.len() as u32;
    let pixels: Vec<u8> = labels.iter().flat_map(|&label| [label, 0, 0, label]).collect();
    file(dir, &format!("{part}-images-idx3-ubyte{end}"), &idx_file(0x0803, &[count, 2, 2], &pixels));
    file(dir, &format!("{part}-labels-idx1-ubyte{end}"), &idx_file(0x0801, &[count], labels));
}

fn sizes(splits: &Splits<Images>) -> [usize; 3] {
    [splits.train.len(), splits.valid.len(), splits.test.len()]
}

fn message<T: std::fmt::Debug>(outcome: Result<T, DataError>) -> String {
    outcome.unwrap_err().to_string()
}

#[test]
fn mnist_is_read_from_plain_and_gzip_files_and_holds_out_a_tenth() {
    let dir = tempfile::tempdir().unwrap();
    let labels: Vec<u8> = (0..100).map(|i| i % 10).collect();
    idx_part(&dir, "train", &labels, ".gz");
    idx_part(&dir, "t10k", &labels[..20], "");
    let splits = images("mnist", Some(dir.path()), 3).unwrap();
    assert_eq!(sizes(&splits), [90, 10, 20]);
    assert_eq!((splits.valid.class_counts(), splits.test.class_counts()), (vec![1; 10], vec![2; 10]));
    assert!((0..90).all(|i| u32::from(splits.train.picture(i)[0]) == splits.train.labels()[i]));
    let again = images("mnist", Some(dir.path()), 3).unwrap();
    let picked = |splits: &Splits<Images>| splits.valid.labels().to_vec();
    assert_eq!(picked(&splits), picked(&again));
    assert_ne!(picked(&splits), picked(&images("mnist", Some(dir.path()), 4).unwrap()));
}

#[test]
fn a_missing_file_is_named_with_its_directory_and_the_way_to_get_it() {
    let dir = tempfile::tempdir().unwrap();
    let text = message(images("mnist", Some(dir.path()), 0));
    assert!(text.contains("train-images-idx3-ubyte"), "{text}");
    assert!(text.contains(dir.path().to_str().unwrap()), "{text}");
    assert!(text.contains("cargo xtask data fetch mnist"), "{text}");
    let text = message(images("cifar10", Some(dir.path()), 0));
    assert!(text.contains("data_batch_1.bin") && text.contains("data fetch cifar10"), "{text}");
    assert!(message(images("mnist", Some(&dir.path().join("none")), 0)).contains("none"));
}

#[test]
fn a_folder_of_the_name_inside_the_directory_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let labels: Vec<u8> = (0..30).map(|i| i % 10).collect();
    for part in ["mnist/train", "mnist/t10k"] {
        idx_part(&dir, part, &labels, "");
    }
    assert_eq!(sizes(&images("mnist", Some(dir.path()), 0).unwrap()), [27, 3, 30]);
}

#[test]
fn cifar_is_read_from_as_many_batches_as_there_are() {
    let dir = tempfile::tempdir().unwrap();
    let record = |label: u8| std::iter::once(label).chain(std::iter::repeat_n(label, 3072)).collect::<Vec<u8>>();
    let batch: Vec<u8> = (0..20).flat_map(|i| record(i % 2)).collect();
    file(&dir, "data_batch_1.bin.gz", &batch);
    file(&dir, "data_batch_2.bin", &batch);
    file(&dir, "test_batch.bin", &batch);
    let splits = images("cifar10", Some(dir.path()), 0).unwrap();
    assert_eq!((sizes(&splits), splits.test.classes()[1].as_str()), ([36, 4, 20], "automobile"));
    file(&dir, "batches.meta.txt", b"no\nyes\n");
    assert_eq!(images("cifar10", Some(dir.path()), 0).unwrap().test.classes(), ["no", "yes"]);
    std::fs::remove_file(dir.path().join("test_batch.bin")).unwrap();
    assert!(message(images("cifar10", Some(dir.path()), 0)).contains("test_batch.bin"));
}

#[test]
fn own_idx_files_may_lack_a_test_part() {
    let dir = tempfile::tempdir().unwrap();
    idx_part(&dir, "train", &[0, 1, 2].repeat(10), "");
    assert_eq!(sizes(&images("idx", Some(dir.path()), 0).unwrap()), [21, 3, 6]);
    idx_part(&dir, "t10k", &[1, 0], "");
    let splits = images("idx", Some(dir.path()), 0).unwrap();
    assert_eq!((sizes(&splits), splits.test.labels(), splits.test.classes().len()), ([27, 3, 2], &[1, 0][..], 3));
    idx_part(&dir, "t10k", &[3], "");
    assert!(message(images("idx", Some(dir.path()), 0)).contains("label \"3\""));
}

#[test]
fn own_tables_share_classes_and_scale_among_their_files() {
    let dir = tempfile::tempdir().unwrap();
    let rows = |labels: &[&str], value: u8| {
        let rows = labels.iter().map(|label| format!("{value},0,0,1,{label}\n"));
        format!("a,b,c,d,label\n{}", rows.collect::<String>())
    };
    file(&dir, "my_train.csv", rows(&["x", "y", "z"].repeat(10), 200).as_bytes());
    file(&dir, "my_test.csv.gz", rows(&["z", "x"], 1).as_bytes());
    let splits = images("csv", Some(dir.path()), 0).unwrap();
    assert_eq!((sizes(&splits), splits.test.labels()), ([27, 3, 2], &[2, 0][..]));
    assert_eq!((splits.test.scale(), splits.train.scale()), (1.0 / 255.0, 1.0 / 255.0));
    file(&dir, "old_train.csv", b"a,label\n1,x\n");
    assert!(message(images("csv", Some(dir.path()), 0)).contains("both my_train.csv and old_train.csv"));
}

#[test]
fn own_texts_are_one_file_or_several() {
    let dir = tempfile::tempdir().unwrap();
    let text: String = (0..40).map(|i| format!("{}\ttext {i}\n", i % 2)).collect();
    file(&dir, "reviews.tsv", text.as_bytes());
    let splits = texts("tsv", Some(dir.path()), 0).unwrap();
    assert_eq!([splits.train.len(), splits.valid.len(), splits.test.len()], [28, 4, 8]);
    assert_eq!(splits.test.labels.iter().sum::<u32>(), 4);
    file(&dir, "ratings_train.txt", b"0\ta\n1\tb\n");
    file(&dir, "ratings_dev.txt", b"1\tc\n");
    file(&dir, "ratings_test.txt", b"1\td\n0\te\n");
    let splits = texts("tsv", Some(dir.path()), 0).unwrap();
    assert_eq!((splits.valid.labels, splits.test.labels), (vec![1], vec![1, 0]));
    assert!(message(images("tsv", Some(dir.path()), 0)).contains("holds text, not pictures"));
    assert!(message(texts("digits", None, 0)).contains("holds no labelled texts"));
    let empty = tempfile::tempdir().unwrap();
    assert!(message(texts("tsv", Some(empty.path()), 0)).contains("train.tsv is not in"));
}

#[test]
fn own_pictures_come_in_class_folders_with_or_without_parts() {
    let dir = tempfile::tempdir().unwrap();
    let save = |name: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        image::GrayImage::new(2, 2).save(path).unwrap();
    };
    for i in 0..10 {
        save(&format!("flat/cat/{i}.png"));
        save(&format!("flat/dog/{i}.png"));
        save(&format!("parts/train/cat/{i}.png"));
        save(&format!("parts/train/dog/{i}.png"));
    }
    save("parts/test/dog/1.png");
    save("parts/test/cat/1.png");
    assert_eq!(sizes(&images("folder", Some(&dir.path().join("flat")), 0).unwrap()), [14, 2, 4]);
    assert_eq!(sizes(&images("folder", Some(&dir.path().join("parts")), 0).unwrap()), [18, 2, 2]);
    let request = Request::new("folder").with_data_dir(Some(&dir.path().join("parts"))).with_picture_size(Some([5, 4]));
    assert_eq!(request.images().unwrap().test.shape(), [1, 5, 4]);
}

#[test]
fn the_digits_need_nothing() {
    assert_eq!(sizes(&images("digits", None, 7).unwrap()), [1257, 180, 360]);
}

#[test]
fn public_texts_have_a_test_part_and_parts_that_no_seed_changes() {
    let dir = tempfile::tempdir().unwrap();
    let rows = |count: usize| (0..count).map(|i| format!("{i}\ttext {i}\t{}\n", i % 2)).collect::<String>();
    let file = |name: &str, count: usize| file(&dir, name, format!("id\tdocument\tlabel\n{}", rows(count)).as_bytes());
    file("nsmc/ratings_train.txt.gz", 40);
    let text = message(texts("nsmc", Some(dir.path()), 0));
    assert!(text.contains("test.tsv is not in") && text.contains("https://github.com/e9t/nsmc"), "{text}");
    file("nsmc/ratings_test.txt", 10);
    let splits = texts("nsmc", Some(dir.path()), 0).unwrap();
    assert_eq!([splits.train.len(), splits.valid.len(), splits.test.len()], [36, 4, 10]);
    assert_eq!(splits, texts("nsmc", Some(dir.path()), 1).unwrap());
    file("sst2/train.tsv", 9);
    file("sst2/dev.tsv", 3);
    file("sst2/test.tsv", 2);
    let splits = texts("sst2", Some(dir.path()), 0).unwrap();
    assert_eq!([splits.train.len(), splits.valid.len(), splits.test.len()], [9, 3, 2]);
}

#[test]
fn shakespeare_is_cut_where_nanogpt_cuts_and_ones_own_text_by_the_fractions() {
    let dir = tempfile::tempdir().unwrap();
    file(&dir, "tinyshakespeare/input.txt", "ab ü cd efghijklmnop".as_bytes());
    let splits = Request::new("tiny-shakespeare").with_data_dir(Some(dir.path())).corpus().unwrap();
    assert_eq!((splits.train.as_str(), splits.valid.as_str(), splits.test.as_str()), ("ab ü cd efghijklmn", "op", ""));
    let own = tempfile::tempdir().unwrap();
    let corpus = || Request::new("text").with_data_dir(Some(own.path())).corpus();
    file(&own, "novel.txt.gz", "0123456789".as_bytes());
    assert_eq!(corpus().unwrap(), Splits { train: "0123456".into(), valid: "7".into(), test: "89".into() });
    file(&own, "train.txt", "0123456789".as_bytes());
    file(&own, "valid.txt", "abc".as_bytes());
    assert_eq!(corpus().unwrap(), Splits { train: "01234567".into(), valid: "abc".into(), test: "89".into() });
    assert!(message(Request::new("nsmc").corpus()).contains("no long text"));
    let text = message(Request::new("tiny-shakespeare").with_data_dir(Some(own.path())).corpus());
    assert!(text.contains("input.txt") && text.contains("data fetch tiny-shakespeare"), "{text}");
    assert!(message(Request::new("airline").images()).contains("holds a time series, not pictures"));
}

#[test]
fn series_are_read_from_their_table_without_dates_and_with_categories() {
    let dir = tempfile::tempdir().unwrap();
    let rows =
        "No,year,month,day,hour,pm2.5,TEMP,cbwd\n1,2010,1,1,0,NA,-11,NW\n2,2010,1,1,1,7,NA,cv\n3,2010,1,1,2,NA,-9,NA\n";
    file(&dir, "timeseries/pollution.csv.gz", rows.as_bytes());
    let request = |name: &str| Request::new(name).with_data_dir(Some(dir.path()));
    let series = request("pollution").series().unwrap();
    assert_eq!((series.names(), series.season()), (&["pm2.5", "TEMP", "cbwd=NW", "cbwd=cv"].map(String::from)[..], 24));
    assert_eq!((series.column(0), series.column(1), series.target()), (&[7.0, 7.0][..], &[-11.0, -9.0][..], 0));
    assert_eq!((series.column(3), series.measured()), (&[1.0, 1.0][..], &[true, false][..]));
    assert_eq!(request("pollution").with_target(Some("TEMP")).series().unwrap().target(), 1);
    let text = message(request("pollution").with_target(Some("cbwd")).series());
    assert!(text.contains("pollution.csv.gz: there is no column \"cbwd\" of numbers"), "{text}");
    assert!(message(request("airline").series()).contains("airline-passengers.csv"));
    assert!(message(request("mr").series()).contains("no time series"));

    let own = tempfile::tempdir().unwrap();
    let series = || Request::new("series").with_data_dir(Some(own.path())).series();
    assert!(message(series()).contains("*.csv is not in"));
    file(&own, "power.csv", b"day,load,price\nmon,1,5\ntue,2,6\n");
    let found = series().unwrap();
    assert_eq!((found.names(), found.target()), (&["day=mon", "day=tue", "load", "price"].map(String::from)[..], 3));
    file(&own, "other.csv", b"x\n1\n");
    assert!(message(series()).contains("both other.csv and power.csv"));
}
