//! What the event files hold, read back record by record. (`cargo xtask check --peers` reads them with TensorBoard's own code.)

use std::fs;
use std::path::Path;

use super::*;
use crate::metrics::MetricTable;
use crate::testing::context;

/// The fields of a message: numbers, and what they hold as bytes.
fn fields(mut bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let length = bytes.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
        let (varint, rest) = bytes.split_at(length);
        *bytes = rest;
        varint.iter().rev().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7F))
    }
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let length = match key & 7 {
            0 => {
                fields.push((key >> 3, varint(&mut bytes).to_le_bytes().to_vec()));
                continue;
            }
            1 => 8,
            2 => varint(&mut bytes) as usize,
            _ => 4,
        };
        let (field, rest) = bytes.split_at(length);
        fields.push((key >> 3, field.to_vec()));
        bytes = rest;
    }
    fields
}

fn field(bytes: &[u8], number: u64) -> Option<Vec<u8>> {
    fields(bytes).into_iter().find(|field| field.0 == number).map(|field| field.1)
}

/// Step and tag of every event of a run, in the order of its files; `START` for a session's beginning.
fn events(directory: &Path) -> Vec<(u64, String)> {
    let mut paths: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut events = Vec::new();
    for bytes in paths.iter().map(|path| fs::read(path).unwrap()) {
        let mut rest = bytes.as_slice();
        while let Some((length, after)) = rest.split_first_chunk() {
            let data = &after[4..4 + u64::from_le_bytes(*length) as usize];
            rest = &after[data.len() + 8..];
            let step = field(data, 2).map_or(0, |step| u64::from_le_bytes(step.try_into().unwrap()));
            let tag = field(data, 5).and_then(|summary| field(&field(&summary, 1)?, 1));
            let start = field(data, 7).map(|session| assert_eq!(field(&session, 1).unwrap()[0], 1));
            events.extend(tag.map(|tag| (step, String::from_utf8(tag).unwrap())));
            events.extend(start.map(|()| (step, "START".to_owned())));
        }
    }
    events
}

fn table(valid: bool) -> MetricTable {
    let mut table = MetricTable::default();
    table.push(Split::Train, "Loss", None, 0.5);
    if valid {
        table.push(Split::Valid, "Loss", None, 0.25);
    }
    table
}

fn begin(board: &mut TensorBoard) {
    context(1, &mut MetricTable::default(), |context| board.on_train_begin(context)).unwrap();
}

/// An epoch of ten batches.
fn epoch(board: &mut TensorBoard, epoch: usize) {
    let before = 10 * (epoch as u64 - 1);
    context(epoch, &mut table(true), |context| {
        context.position.global_step = before;
        board.on_epoch_begin(context).unwrap();
    });
    for done in before..before + 10 {
        context(epoch, &mut table(false), |context| {
            context.position.global_step = done;
            board.on_train_batch_begin(context).unwrap();
            let is_due = board.update_freq.is_some_and(|batches| (done as usize + 1).is_multiple_of(batches));
            assert_eq!(board.wants_batch_metrics(), is_due);
            context.position.global_step = done + 1;
            board.on_train_batch_end(context).unwrap();
        });
    }
    context(epoch, &mut table(true), |context| board.on_epoch_end(context)).unwrap();
}

fn end(board: &mut TensorBoard, epochs: usize) {
    context(epochs + 1, &mut table(true), |context| {
        context.position.step = 0;
        board.on_train_end(context).unwrap();
    });
}

fn expected(events: &[(u64, &str)]) -> Vec<(u64, String)> {
    events.iter().map(|(step, tag)| (*step, (*tag).to_owned())).collect()
}

#[test]
fn splits_have_directories_and_batches_have_one() {
    let directory = tempfile::tempdir().unwrap();
    let mut board = TensorBoard::new(directory.path()).update_freq(6).text("configuration", "batch size 32");
    begin(&mut board);
    (1..=2).for_each(|number| epoch(&mut board, number));
    end(&mut board, 2);
    let train = [(0, "START"), (0, "configuration"), (1, "epoch_loss"), (1, "epoch_learning_rate")];
    let second = [(2, "epoch_loss"), (2, "epoch_learning_rate")];
    assert_eq!(events(&directory.path().join("train")), expected(&[&train[..], &second].concat()));
    let valid = [(0, "START"), (1, "epoch_loss"), (2, "epoch_loss")];
    assert_eq!(events(&directory.path().join("valid")), expected(&valid));
    let batches: Vec<(u64, &str)> =
        [6, 12, 18].into_iter().flat_map(|step| [(step, "batch_loss"), (step, "batch_learning_rate")]).collect();
    assert_eq!(events(&directory.path().join("batches")), expected(&[&[(0, "START")][..], &batches].concat()));
}

#[test]
fn a_resumed_run_says_from_which_steps_on_it_writes() {
    let directory = tempfile::tempdir().unwrap();
    let board = || TensorBoard::new(directory.path()).update_freq(10).text("configuration", "batch size 32");
    let mut killed = board();
    begin(&mut killed);
    epoch(&mut killed, 1);
    let state = killed.state();
    epoch(&mut killed, 2);
    let mut second = board();
    begin(&mut second);
    second.load_state(&state).unwrap();
    epoch(&mut second, 2);
    let after_start = |run: &str| {
        let events = events(&directory.path().join(run));
        events[events.iter().rposition(|event| event.1 == "START").unwrap()..].to_vec()
    };
    let train = [(2, "START"), (2, "epoch_loss"), (2, "epoch_learning_rate")];
    assert_eq!(after_start("train"), expected(&train), "the text is not written again");
    assert_eq!(after_start("valid"), expected(&[(2, "START"), (2, "epoch_loss")]));
    let batches = [(11, "START"), (20, "batch_loss"), (20, "batch_learning_rate")];
    assert_eq!(after_start("batches"), expected(&batches));
}

#[test]
fn entries_of_ones_own_come_with_the_epoch_and_the_last_ones_with_the_end() {
    let directory = tempfile::tempdir().unwrap();
    let mut board = TensorBoard::new(directory.path());
    let entries = board.entries();
    begin(&mut board);
    entries.scalar("temperature", 0.7);
    entries.histogram("activations", vec![0.0, 1.0]);
    assert!(entries.image("samples", b"no picture".to_vec()).is_err());
    epoch(&mut board, 1);
    entries.text("notes", "done");
    end(&mut board, 1);
    let train = [
        (0, "START"),
        (1, "epoch_loss"),
        (1, "epoch_learning_rate"),
        (1, "temperature"),
        (1, "activations"),
        (1, "notes"),
    ];
    assert_eq!(events(&directory.path().join("train")), expected(&train));
}

#[test]
fn what_a_callback_adds_goes_to_the_split_that_its_name_tells() {
    let directory = tempfile::tempdir().unwrap();
    let mut board = TensorBoard::new(directory.path());
    begin(&mut board);
    let mut metrics = MetricTable::default();
    ["valid_fid", "learning_rate", "temperature"].into_iter().for_each(|column| metrics.add(column, 1.0));
    context(3, &mut metrics, |context| board.on_epoch_end(context)).unwrap();
    assert_eq!(events(&directory.path().join("valid")), expected(&[(0, "START"), (3, "epoch_fid")]));
    let train = [(0, "START"), (3, "epoch_learning_rate"), (3, "epoch_temperature")];
    assert_eq!(events(&directory.path().join("train")), expected(&train), "the rate once");
}

#[test]
fn tags_group_parameters_by_module() {
    assert_eq!(tag_of_path("layers.0.weight"), "layers.0/weight");
    assert_eq!(tag_of_path("weight"), "weight");
}

#[test]
fn a_frequency_of_nothing_and_a_directory_that_cannot_be_made_are_errors() {
    let directory = tempfile::tempdir().unwrap();
    let mut never = TensorBoard::new(directory.path()).histogram_freq(0);
    let error = context(1, &mut table(true), |context| never.on_train_begin(context)).unwrap_err().to_string();
    assert!(error.starts_with("histogram_freq = 0: "), "{error}");
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let mut board = TensorBoard::new(&file);
    begin(&mut board);
    let error = context(1, &mut table(true), |context| board.on_epoch_end(context)).unwrap_err().to_string();
    assert!(error.contains("cannot write the events") && error.contains("file/train"), "{error}");
}
