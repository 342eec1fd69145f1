//! The readers against damaged files: no input may make them panic, hang or take memory that the file does not justify.
//!
//! The cases are the files in `corpus/`, changed in random places, and random bytes. The variable
//! `FIREBRICK_FUZZ_SECONDS` makes each reader's run that long, with cases that differ from run to run.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]
#![expect(clippy::print_stdout, reason = "a long run says how many cases it had")]

use std::cell::Cell;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use firebrick_data::readers::{cifar, csv, idx, text, tsv};
use firebrick_data::series::{Series, SeriesConfig, Standardisation, WindowConfig};
use firebrick_data::{DataError, Images};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// Cases of a run without the variable, and between two looks at the clock with it.
const CASES: u32 = 400;
/// A small file that keeps a reader busy for longer is a defect.
const PATIENCE: Duration = Duration::from_secs(10);
/// The whole test process may have had this much memory at once.
const MAX_MEMORY_KIB: u64 = 600 << 10;

/// A change of a file.
#[derive(Clone, Debug)]
enum Change {
    /// Writes these bytes over those at a place.
    Overwrite(usize, Vec<u8>),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
    Repeat(usize, usize, usize),
    Cut(usize),
}

/// How a file is stored.
#[derive(Clone, Debug)]
enum Storage {
    Plain,
    Gzip,
    /// Compressed, then changed.
    Broken(Vec<Change>),
}

#[derive(Clone, Debug)]
struct Damage {
    changes: Vec<Change>,
    storage: Storage,
}

#[derive(Clone, Debug)]
enum Case {
    /// A set of files of the corpus, each with its damage.
    Damaged(usize, Vec<Damage>),
    Random(Vec<Vec<u8>>),
}

/// Bytes that readers stumble over: limits of numbers, separators, quotes, broken text.
fn spice() -> impl Strategy<Value = Vec<u8>> {
    let picked: [&[u8]; 14] = [
        b"\xff\xff\xff\xff",
        b"\0\0\0\0",
        b"\x7f\xff\xff\xff",
        b"\0\0\0\x01",
        b"\n",
        b"\r\n",
        b"\t",
        b"\"",
        b",",
        b"\xc3",
        b"\x1f\x8b",
        b"label",
        b"-1e999",
        b"\0",
    ];
    let picked = picked.map(<[u8]>::to_vec).to_vec();
    prop_oneof![prop::sample::select(picked), prop::collection::vec(any::<u8>(), 1..6)]
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<usize>;
    prop_oneof![
        4 => (place(), spice()).prop_map(|(at, bytes)| Change::Overwrite(at, bytes)),
        3 => (place(), spice()).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        2 => (place(), 1usize..40).prop_map(|(at, count)| Change::Remove(at, count)),
        1 => (place(), 1usize..200, 1usize..300).prop_map(|(at, length, times)| Change::Repeat(at, length, times)),
        2 => place().prop_map(Change::Cut),
    ]
}

fn damage() -> impl Strategy<Value = Damage> {
    let storage = prop_oneof![
        3 => Just(Storage::Plain),
        1 => Just(Storage::Gzip),
        1 => prop::collection::vec(change(), 1..3).prop_map(Storage::Broken),
    ];
    (prop::collection::vec(change(), 0..4), storage).prop_map(|(changes, storage)| Damage { changes, storage })
}

fn case(sets: usize, files: usize) -> impl Strategy<Value = Case> {
    prop_oneof![
        9 => (0..sets, prop::collection::vec(damage(), files)).prop_map(|(set, damage)| Case::Damaged(set, damage)),
        1 => prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4000), files).prop_map(Case::Random),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    let place = |at: usize, len: usize| at % (len + 1);
    match change {
        Change::Overwrite(at, new) => {
            let at = place(*at, bytes.len());
            let end = (at + new.len()).min(bytes.len());
            bytes.splice(at..end, new.iter().copied());
        }
        Change::Insert(at, new) => {
            let at = place(*at, bytes.len());
            bytes.splice(at..at, new.iter().copied());
        }
        Change::Remove(at, count) => {
            let at = place(*at, bytes.len());
            bytes.drain(at..(at + count).min(bytes.len()));
        }
        Change::Repeat(at, length, times) => {
            let at = place(*at, bytes.len());
            let chunk = bytes[at..(at + length).min(bytes.len())].repeat(*times);
            bytes.splice(at..at, chunk);
        }
        Change::Cut(at) => bytes.truncate(place(*at, bytes.len())),
    }
}

fn damaged(original: &[u8], damage: &Damage) -> Vec<u8> {
    let mut bytes = original.to_vec();
    damage.changes.iter().for_each(|change| apply(&mut bytes, change));
    match &damage.storage {
        Storage::Plain => bytes,
        Storage::Gzip => gzip(&bytes),
        Storage::Broken(changes) => {
            let mut bytes = gzip(&bytes);
            changes.iter().for_each(|change| apply(&mut bytes, change));
            bytes
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The files of the corpus for one reader, decompressed, by name; `files` of them belong together.
fn corpus(reader: &str, files: usize) -> Vec<Vec<Vec<u8>>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(reader);
    let mut paths: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let contents: Vec<Vec<u8>> = paths.iter().map(|path| plain(path)).collect();
    assert!(!contents.is_empty() && contents.len().is_multiple_of(files));
    contents.chunks(files).map(<[Vec<u8>]>::to_vec).collect()
}

fn plain(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    if path.extension().is_none_or(|extension| extension != "gz") {
        return bytes;
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut plain).unwrap();
    plain
}

/// Runs a reader over damaged files; some must be readable still, and an error must say which file it means.
fn fuzz(reader: &str, files: usize, read: impl Fn(&[PathBuf]) -> Result<(), DataError>) {
    let corpus = corpus(reader, files);
    let dir = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = (0..files).map(|i| dir.path().join(format!("file-{i}"))).collect();
    let seconds = std::env::var("FIREBRICK_FUZZ_SECONDS").ok().map(|seconds| seconds.parse().unwrap());
    let config = Config { cases: CASES, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    let (began, cases, whole) = (Instant::now(), Cell::new(0u64), Cell::new(0u64));
    loop {
        // A runner is done after its cases, so each round has one of its own.
        let mut runner = match seconds {
            Some(_) => TestRunner::new(config.clone()),
            None => TestRunner::new_with_rng(config.clone(), TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
        };
        let outcome = runner.run(&case(corpus.len(), files), |case| {
            let contents = match &case {
                Case::Damaged(set, damage) => corpus[*set].iter().zip(damage).map(|(f, d)| damaged(f, d)).collect(),
                Case::Random(contents) => contents.clone(),
            };
            paths.iter().zip(&contents).for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
            cases.set(cases.get() + 1);
            let was_read = check(&read, &paths, dir.path())?;
            whole.set(whole.get() + u64::from(was_read));
            Ok(())
        });
        outcome.unwrap_or_else(|failure| panic!("{reader}: {failure}"));
        if began.elapsed() >= Duration::from_secs(seconds.unwrap_or(0)) {
            break;
        }
    }
    let (cases, whole) = (cases.get(), whole.get());
    assert!(whole > 0 && whole < cases, "{reader}: {whole} of {cases} files could be read");
    println!("{reader}: {cases} cases, {whole} read, {:?}, peak {:?} KiB", began.elapsed(), peak_memory_kib());
}

/// Whether the files could be read; fails when the reader breaks one of its promises.
fn check(
    read: &impl Fn(&[PathBuf]) -> Result<(), DataError>,
    paths: &[PathBuf],
    dir: &Path,
) -> Result<bool, TestCaseError> {
    let began = Instant::now();
    let outcome = read(paths);
    prop_assert!(began.elapsed() < PATIENCE, "took {:?}", began.elapsed());
    let peak = peak_memory_kib();
    prop_assert!(peak.is_none_or(|peak| peak < MAX_MEMORY_KIB), "{peak:?} KiB");
    if let Err(error) = &outcome {
        let message = error.to_string();
        prop_assert!(message.contains(dir.to_str().unwrap()), "the message names no file: {message}");
        prop_assert!(message.len() < 2000, "the message has {} bytes", message.len());
    }
    Ok(outcome.is_ok())
}

/// The most memory that this process had, where Linux says so.
fn peak_memory_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What every reader of pictures promises.
fn whole(images: &Images) {
    assert!(!images.is_empty());
    let size: usize = images.shape().iter().product();
    assert!((0..images.len()).all(|i| images.picture(i).len() == size));
    assert_eq!(images.class_counts().iter().sum::<usize>(), images.len());
}

#[test]
fn idx_files_of_any_kind_are_read_or_refused() {
    fuzz("idx", 2, |paths| {
        idx::read(&paths[0], &paths[1], Some(&["0", "1", "2", "3"])).map(|images| whole(&images))?;
        idx::read(&paths[0], &paths[1], None).map(|images| whole(&images))
    });
}

#[test]
fn cifar_files_of_any_kind_are_read_or_refused() {
    let classes: Vec<String> = (0..10).map(|class| class.to_string()).collect();
    fuzz("cifar", 1, |paths| {
        let names = cifar::read_class_names(&paths[0]);
        assert!(names.is_err() || names.is_ok_and(|names| !names.is_empty()));
        cifar::read(paths, &classes).map(|images| whole(&images))
    });
}

#[test]
fn csv_files_of_any_kind_are_read_or_refused() {
    fuzz("csv", 1, |paths| {
        let table = csv::read(&paths[0])?;
        for column in table.columns() {
            let rows = match &column.values {
                csv::Values::Numbers(values) => values.len(),
                csv::Values::Categories { codes, names } => {
                    assert!(codes.iter().flatten().all(|&code| (code as usize) < names.len()));
                    codes.len()
                }
            };
            assert_eq!(rows, table.len());
        }
        csv::read_pictures(&paths[0]).map(|images| whole(&images))
    });
}

#[test]
fn tsv_files_of_any_kind_are_read_or_refused() {
    fuzz("tsv", 1, |paths| {
        let texts = tsv::read(&paths[0])?;
        assert!(!texts.is_empty() && texts.texts.len() == texts.labels.len());
        assert!(texts.labels.iter().all(|&label| (label as usize) < texts.classes.len()));
        Ok(())
    });
}

#[test]
fn texts_of_any_kind_are_read_or_refused() {
    fuzz("tsv", 1, |paths| text::read(&paths[0]).map(|text| assert!(!text.is_empty())));
}

#[test]
fn tables_of_any_kind_are_series_or_refused() {
    fuzz("csv", 1, |paths| {
        let table = csv::read(&paths[0])?;
        let refused = |source| DataError::Series { path: paths[0].clone(), source };
        let series = Series::from_table(&table, &SeriesConfig::default()).map_err(refused)?;
        let finite =
            |i: usize| series.column(i).len() == series.len() && series.column(i).iter().all(|v| v.is_finite());
        assert!((0..series.names().len()).all(finite));
        let scale = Standardisation::fit(&series, 0..series.len()).map_err(refused)?;
        let scaled = series.standardised(&scale).map_err(refused)?;
        scaled.windows(0..series.len(), &WindowConfig { input: 1, horizon: 1, stride: 1 }).map_err(refused).map(drop)
    });
}
