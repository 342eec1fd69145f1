//! Recipes in short runs, as a person types them: what they write, and that they go on after being killed.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use firebrick_run::{RunDir, RunResult};

use super::*;

/// The CPU backend has one random generator for the whole process: trainings must not draw from it side by side.
fn alone() -> MutexGuard<'static, ()> {
    static GENERATOR: Mutex<()> = Mutex::new(());
    GENERATOR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `train` with these arguments.
fn train(arguments: &str, out: &Path) -> anyhow::Result<RunResult> {
    let line = format!("cnn train {arguments} --out {}", out.display());
    let Verb::Train(args) = Verb::try_parse_from(line.split_whitespace())? else { panic!("another verb") };
    recipes::train(&args)?;
    Ok(RunDir::open(out)?.read_result()?)
}

fn resume(run: &Path) -> anyhow::Result<RunResult> {
    let line = ["cnn", "train", "--resume"].map(String::from).into_iter().chain([run.display().to_string()]);
    let Verb::Train(args) = Verb::try_parse_from(line)? else { panic!("another verb") };
    recipes::train(&args)?;
    Ok(RunDir::open(run)?.read_result()?)
}

/// What a run looks like that was killed before its last checkpoint and its result were written.
fn kill(run: &Path) {
    std::fs::remove_file(run.join("result.json")).unwrap();
    let mut checkpoints: Vec<PathBuf> =
        std::fs::read_dir(run.join("checkpoints")).unwrap().map(|entry| entry.unwrap().path()).collect();
    checkpoints.sort();
    assert!(checkpoints.len() >= 2, "{checkpoints:?}");
    std::fs::remove_file(checkpoints.pop().unwrap()).unwrap();
}

/// A whole run and one that was killed and resumed end with the same figures, history and weights.
fn assert_survives_kill(arguments: &str) -> (tempfile::TempDir, RunResult) {
    let folder = tempfile::tempdir().unwrap();
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    let result = train(arguments, &whole).unwrap();
    train(arguments, &killed).unwrap();
    kill(&killed);
    let resumed = resume(&killed).unwrap();
    assert_eq!(resumed.metrics, result.metrics, "{arguments}");
    for file in ["history.csv", "model.bpk"] {
        let bytes = |run: &Path| std::fs::read(run.join(file)).unwrap();
        assert!(bytes(&whole) == bytes(&killed), "{arguments}: {file} differs");
    }
    (folder, result)
}

#[test]
fn overfit_reports_what_was_kept_and_where_it_ended_also_after_a_kill() {
    let _alone = alone();
    let (folder, result) = assert_survives_kill("--recipe overfit --set train_pictures=60 --set patience=3");
    let (kept, stop) = (result.metrics["kept_epoch"], result.metrics["stop_epoch"]);
    assert_eq!(stop, kept + 3.0);
    assert_eq!(result.epochs as f64, stop);
    let run = folder.path().join("killed");
    let page = std::fs::read_to_string(run.join("report.html")).unwrap();
    for part in [format!("kept in epoch {kept}"), format!("ended in epoch {stop}"), "Kept and last weights".into()] {
        assert!(page.contains(&part), "{part}");
    }
    let curves = std::fs::read_to_string(run.join("curves-loss.svg")).unwrap();
    assert!(curves.contains(&format!("kept in epoch {kept}")) && run.join("curves-loss.png").is_file());
}

#[test]
fn diverge_ends_where_the_validation_loss_exceeds_the_threshold() {
    let _alone = alone();
    let (folder, result) = assert_survives_kill("--recipe diverge --set train_pictures=300 --set learning_rate=0.15");
    assert!(result.metrics["stop_epoch"] > result.metrics["kept_epoch"]);
    let history = std::fs::read_to_string(folder.path().join("whole/history.csv")).unwrap();
    let column = history.lines().next().unwrap().split(',').position(|name| name == "valid_loss").unwrap();
    let losses = history.lines().skip(1).map(|row| row.split(',').nth(column).unwrap().parse::<f64>().unwrap());
    let (last, before) = {
        let all: Vec<f64> = losses.collect();
        (all[all.len() - 1], all[..all.len() - 1].to_vec())
    };
    assert!(last > 1.0 && before.iter().all(|loss| *loss <= 1.0), "{before:?} {last}");
}

#[test]
fn an_augmented_training_goes_on_after_a_kill_as_if_nothing_had_happened() {
    let _alone = alone();
    let small = "--epochs 4 --set network=mlp --set train_pictures=80 --set batch_size=16 --workers 2";
    let (_folder, plain) = assert_survives_kill(small);
    let (folder, named) = assert_survives_kill(&format!("{small} --augment handwriting"));
    assert!(named.metrics["test_loss"] != plain.metrics["test_loss"], "augmenting changes the training");
    let one = train(&small.replace("--workers 2", "--workers 0 --augment handwriting"), &folder.path().join("one"));
    assert_eq!(one.unwrap().metrics, named.metrics, "whatever the number of threads");

    let file = folder.path().join("policy.toml");
    std::fs::write(&file, "[[transforms]]\ntransform = \"rotate\"\ndegrees = [-20, 20]\n").unwrap();
    let run = folder.path().join("file");
    train(&format!("{small} --augment {}", file.display()), &run).unwrap();
    let config = std::fs::read_to_string(run.join("config.json")).unwrap();
    assert!(config.contains("\"degrees\"") && !config.contains("policy.toml"), "{config}");

    let refused = |augment: &str| {
        let error = train(&format!("{small} --augment {augment}"), &folder.path().join("refused"));
        format!("{:#}", error.unwrap_err())
    };
    assert!(refused("handwritten").contains("no policy `handwritten`; known are"));
    std::fs::write(&file, "[[transforms]]\ntransform = \"rotat\"\n").unwrap();
    assert!(refused(&file.display().to_string()).contains("line 2"));
    std::fs::write(&file, "[[transforms]]\ntransform = \"random_crop\"\nheight = 6\nwidth = 6\n").unwrap();
    assert!(refused(&file.display().to_string()).contains("leave the pipeline as [1, 6, 6]"));
}

#[test]
fn limits_and_callbacks_on_weights_hold_also_after_a_kill() {
    let _alone = alone();
    let small = "--epochs 4 --set network=wide-mlp --set train_pictures=80 --set batch_size=16";
    let (plain, _) = assert_survives_kill(&format!("{small} --set steps_per_epoch=3 --set validation_freq=2"));
    let history = std::fs::read_to_string(plain.path().join("whole/history.csv")).unwrap();
    let rows: Vec<&str> = history.lines().skip(1).collect();
    assert!(
        rows.len() == 4 && rows[0].ends_with(',') && !rows[1].ends_with(','),
        "validated every second epoch: {history}"
    );

    let watched = format!("{small} --set keep_best=true --set validation_freq=2 --set ema=0.9 --set clip_norm=0.5");
    let (_folder, result) = assert_survives_kill(&watched);
    assert_eq!(result.metrics["kept_epoch"] % 2.0, 0.0);
    let (_folder, unclipped) = assert_survives_kill(&watched.replace(" --set clip_norm=0.5", ""));
    assert!(unclipped.metrics["test_loss"] != result.metrics["test_loss"], "clipping changes the training");

    let (board, _) = assert_survives_kill(&format!("{small} --set tensorboard=true"));
    for split in ["train", "valid"] {
        let files = std::fs::read_dir(board.path().join("killed/tensorboard").join(split)).unwrap();
        assert!(files.count() >= 2, "{split}: the resumed run begins a file of its own");
    }

    let folder = tempfile::tempdir().unwrap();
    let result =
        train(&format!("{small} --set max_steps=7 --set validation_steps=1"), &folder.path().join("run")).unwrap();
    assert_eq!(result.epochs, 2, "five steps, then two");
}

#[test]
fn a_trial_run_goes_through_every_recipe_and_stores_nothing() {
    let _alone = alone();
    let before = std::fs::read_dir(".").unwrap().count();
    for recipe in ["digits", "mlp-vs-cnn", "padding-pooling", "overfit", "diverge", "cifar10 --dataset digits"] {
        let line = format!("cnn train --fast-dev-run --recipe {recipe} --set ema=0.9");
        let Verb::Train(args) = Verb::try_parse_from(line.split_whitespace()).unwrap() else { panic!("another verb") };
        recipes::train(&args).unwrap_or_else(|error| panic!("{recipe}: {error:#}"));
    }
    assert_eq!(std::fs::read_dir(".").unwrap().count(), before);
    let message = train("--fast-dev-run", Path::new("nowhere")).unwrap_err().to_string();
    assert!(message.contains("a trial run stores nothing"), "{message}");
}

#[test]
fn find_rate_writes_its_curve_and_suggests_a_rate_that_trains() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("rates");
    let line = format!("cnn find-rate --set network=mlp --steps 60 --out {}", out.display());
    let Verb::FindRate(args) = Verb::try_parse_from(line.split_whitespace()).unwrap() else { panic!("another verb") };
    find_rate::find_rate(&args).unwrap();
    let table = std::fs::read_to_string(out.join("rates.csv")).unwrap();
    assert!(table.starts_with("rate,loss,smoothed\n") && table.lines().count() > 30, "{table}");
    let svg = std::fs::read_to_string(out.join("rates.svg")).unwrap();
    let rate = svg.split("suggested: ").nth(1).unwrap().split('<').next().unwrap();
    assert!((1e-5..1.0).contains(&rate.parse::<f64>().unwrap()), "{rate}");
    assert!(std::fs::read(out.join("rates.png")).unwrap().starts_with(b"\x89PNG"));
    let refused = Verb::try_parse_from(["cnn", "find-rate", "--resume", "run"]).unwrap();
    let Verb::FindRate(args) = refused else { panic!("another verb") };
    assert!(find_rate::find_rate(&args).unwrap_err().to_string().contains("one short run"));
}

#[test]
fn class_weights_are_set_by_name_or_one_by_one() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let small = "--epochs 1 --set network=mlp --set train_pictures=50";
    let balanced = train(&format!("{small} --set class_weights=balanced"), &folder.path().join("balanced")).unwrap();
    assert!(balanced.metrics["test_accuracy"] > 0.0);
    let history = std::fs::read_to_string(folder.path().join("balanced/history.csv")).unwrap();
    assert!(history.starts_with("epoch,learning_rate,train_loss,train_accuracy,train_weighted_loss"), "{history}");
    let list = "[1,1,1,1,1,1,1,1,1,2]";
    train(&format!("{small} --set class_weights={list}"), &folder.path().join("list")).unwrap();
    let refused = |value: &str| {
        let error = train(&format!("{small} --set class_weights={value}"), &folder.path().join("refused"));
        format!("{:#}", error.unwrap_err())
    };
    assert!(refused("[1,2]").contains("2 class weights for 10 classes"));
    assert!(refused("fair").contains("`balanced` or a list"));
    assert!(!folder.path().join("refused").exists(), "nothing was begun");
}

#[test]
fn pictures_of_different_sizes_need_a_size_and_the_message_says_so() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    for (class, value) in [("dark", 20u8), ("light", 200)] {
        let pictures = folder.path().join("pictures").join(class);
        std::fs::create_dir_all(&pictures).unwrap();
        for i in 0..12u32 {
            let sides = [8 + i % 3, 9 + i % 2];
            write_bmp(&pictures.join(format!("{i}.bmp")), sides, value + i as u8);
        }
    }
    let pictures = folder.path().join("pictures").display().to_string();
    let arguments = format!("--dataset folder --data-dir {pictures} --epochs 1 --set network=mlp");
    let message = format!("{:#}", train(&arguments, &folder.path().join("refused")).unwrap_err());
    assert!(message.contains("--picture-size HEIGHTxWIDTH"), "{message}");
    let run = folder.path().join("run");
    train(&format!("{arguments} --picture-size 8x10"), &run).unwrap();
    let classifier = firebrick_cnn::Classifier::load(&run, &burn::tensor::Device::flex()).unwrap();
    assert_eq!(classifier.shape()[1..], [8, 10]);
    let message = format!("{:#}", train("--picture-size 8x8 --epochs 1", &folder.path().join("digits")).unwrap_err());
    assert!(message.contains("\"digits\" have one size already"), "{message}");
}

/// A picture of one colour, height by width.
fn write_bmp(path: &Path, [height, width]: [u32; 2], value: u8) {
    let row = (3 * width).next_multiple_of(4) as usize;
    let size = 54 + row as u32 * height;
    let mut bytes = b"BM".to_vec();
    bytes.extend([size, 0, 54, 40, width, height].iter().flat_map(|number| number.to_le_bytes()));
    bytes.extend([1, 0, 24, 0]);
    bytes.extend([0u8; 24]);
    bytes.extend(std::iter::repeat_n(value, row * height as usize));
    std::fs::write(path, bytes).unwrap();
}
