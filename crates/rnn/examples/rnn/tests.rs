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

fn start(words: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    let Verb::Train(args) = Verb::try_parse_from(words)? else { panic!("another verb") };
    recipes::train(&args)
}

/// `train` with these arguments.
fn train(arguments: &str, out: &Path) -> anyhow::Result<RunResult> {
    let line = format!("rnn train {arguments} --out {}", out.display());
    start(line.split_whitespace().map(String::from))?;
    Ok(RunDir::open(out)?.read_result()?)
}

fn resume(run: &Path) -> anyhow::Result<RunResult> {
    start(["rnn", "train", "--resume"].map(String::from).into_iter().chain([run.display().to_string()]))?;
    Ok(RunDir::open(run)?.read_result()?)
}

/// What a training in `directory` looks like that was killed before its last checkpoint and what follows were written.
fn kill(directory: &Path, lost: &[&str]) {
    lost.iter().for_each(|file| std::fs::remove_file(directory.join(file)).unwrap());
    let checkpoints = std::fs::read_dir(directory.join("checkpoints")).unwrap();
    let mut checkpoints: Vec<PathBuf> = checkpoints.map(|entry| entry.unwrap().path()).collect();
    checkpoints.sort();
    assert!(checkpoints.len() >= 2, "{checkpoints:?}");
    std::fs::remove_file(checkpoints.pop().unwrap()).unwrap();
}

/// The figures of a stored run on its own data, and on those in another folder if one is given.
fn evaluate(run: &Path, data_dir: Option<&Path>) -> anyhow::Result<Vec<(String, f64)>> {
    let words = ["rnn", "evaluate", "--run"].map(String::from).into_iter().chain([run.display().to_string()]);
    let folder = data_dir.into_iter().flat_map(|folder| ["--data-dir".into(), folder.display().to_string()]);
    let Verb::Evaluate(args) = Verb::try_parse_from(words.chain(folder))? else { panic!("another verb") };
    evaluate::figures(&args)
}

/// A whole run and one that was killed and resumed end with the same figures, history and weights; evaluated again, it has the same
/// figures.
fn assert_survives_kill(arguments: &str) -> (tempfile::TempDir, RunResult) {
    let folder = tempfile::tempdir().unwrap();
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    let result = train(arguments, &whole).unwrap();
    train(arguments, &killed).unwrap();
    kill(&killed, &["result.json"]);
    let resumed = resume(&killed).unwrap();
    assert_eq!(resumed.metrics, result.metrics, "{arguments}");
    for file in ["history.csv", "model.bpk"] {
        let bytes = |run: &Path| std::fs::read(run.join(file)).unwrap();
        assert!(bytes(&whole) == bytes(&killed), "{arguments}: {file} differs");
    }
    let figures = evaluate(&whole, None).unwrap();
    assert!(!figures.is_empty());
    for (name, value) in figures {
        assert_eq!(result.metrics[&name], value, "{arguments}: {name} evaluated again");
    }
    (folder, result)
}

#[test]
fn reber_learns_the_grammar_in_short_and_goes_on_after_a_kill() {
    let _alone = alone();
    let small = "--epochs 3 --set train_strings=300 --set test_strings=60 --set max_length=30 --set far_strings=20";
    let (folder, result) = assert_survives_kill(small);
    assert!(result.metrics["test_string_accuracy"] <= result.metrics["test_distant_accuracy"]);
    let page = std::fs::read_to_string(folder.path().join("killed/report.html")).unwrap();
    assert!(result.metrics.contains_key("distant_accuracy_at_100"), "{:?}", result.metrics);
    assert!(page.contains("By length") && page.contains("Strings"));
}

#[test]
fn pictures_read_row_by_row_go_on_after_a_kill() {
    let _alone = alone();
    let (_folder, result) = assert_survives_kill("--recipe digits-rows --epochs 4 --set hidden_size=24");
    assert!(result.metrics["test_accuracy"] > 0.25, "{:?}", result.metrics);
}

#[test]
fn a_comparison_by_distance_goes_on_where_it_was_killed() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    for recipe in ["adding", "copy"] {
        let (whole, killed) = (folder.path().join(recipe), folder.path().join(format!("{recipe}-killed")));
        let small = format!(
            "--recipe {recipe} --epochs 2 --set distances=[2,4] --set hidden_size=4 --set train_sequences=60 --set test_sequences=20"
        );
        let result = train(&small, &whole).unwrap();
        train(&small, &killed).unwrap();
        std::fs::remove_file(killed.join("result.json")).unwrap();
        let task = if recipe == "adding" { "forecaster.json" } else { "tagger.json" };
        kill(&killed.join("gru-4"), &[task]);
        assert_eq!(resume(&killed).unwrap().metrics, result.metrics, "{recipe}");
        for file in ["distance.svg", "distance.png", "report.html"] {
            assert!(whole.join(file).is_file(), "{recipe}: {file}");
        }
    }
}

/// A folder with a text, reviews and a series of one's own.
fn own_data() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: String| {
        std::fs::create_dir_all(folder.path().join(file).parent().unwrap()).unwrap();
        std::fs::write(folder.path().join(file), text).unwrap();
    };
    write("text/train.txt", "the quick brown fox jumps over the lazy dog\n".repeat(60));
    let review = |i: usize| match i % 2 {
        0 => format!("0\ta bad film number {i}\n"),
        _ => format!("1\ta good film number {i}\n"),
    };
    write("tsv/train.tsv", (0..80).map(review).collect());
    let row =
        |t: usize| format!("{t},{:.3}\n", 10.0 + t as f64 / 10.0 + (t as f64 * std::f64::consts::TAU / 12.0).sin());
    write("series/sales.csv", format!("month,sales\n{}", (0..160).map(row).collect::<String>()));
    folder
}

#[test]
fn a_text_of_ones_own_is_learnt_and_written_on() {
    let _alone = alone();
    let data = own_data();
    let arguments = format!(
        "--recipe char-lm --dataset text --data-dir {} --epochs 4 --set batch_size=8 --set hidden_size=24 --set window=32 --set valid_window=32",
        data.path().join("text").display()
    );
    let (folder, result) = assert_survives_kill(&arguments);
    assert!(result.metrics["valid_loss"] < 3.0, "{:?}", result.metrics);
    let run = folder.path().join("whole");
    assert!(std::fs::read_to_string(run.join("sample.txt")).unwrap().chars().count() > 400);
    let verb = |words: &[&str]| {
        let words = words.iter().map(ToString::to_string).chain(["--run".into(), run.display().to_string()]);
        Verb::try_parse_from(["rnn".to_owned(), "generate".to_owned()].into_iter().chain(words)).unwrap()
    };
    let generate = |words: &[&str]| match verb(words) {
        Verb::Generate(args) => generate::generate(&args),
        _ => panic!("another verb"),
    };
    generate(&["--prompt", "the ", "--length", "20", "--top-k", "3"]).unwrap();
    let message = generate(&["--prompt", "Ω"]).unwrap_err().to_string();
    assert!(message.contains("does not know 'Ω', character 1"), "{message}");
    let message = generate(&["--top-p", "1.5"]).unwrap_err().to_string();
    assert!(message.contains("1.5"), "{message}");
}

#[test]
fn texts_of_ones_own_are_classified() {
    let _alone = alone();
    let data = own_data();
    for unit in ["words", "characters"] {
        let arguments = format!(
            "--recipe sentiment --dataset tsv --data-dir {} --epochs 3 --set unit={unit} --set hidden_size=8 --set embedding=8",
            data.path().join("tsv").display()
        );
        let (folder, _) = assert_survives_kill(&arguments);
        let run = folder.path().join("whole").display().to_string();
        let words = ["rnn", "predict", "--run", &run, "a good film", "never seen before"];
        let Verb::Predict(args) = Verb::try_parse_from(words).unwrap() else { panic!("another verb") };
        predict::predict(&args).unwrap();

        let others = data.path().join(format!("others-{unit}"));
        std::fs::create_dir(&others).unwrap();
        std::fs::write(others.join("train.tsv"), "1\tan unseen word\n0\tno\n".repeat(20)).unwrap();
        let figures = evaluate(Path::new(&run), Some(&others)).unwrap();
        assert!((0.0..=1.0).contains(&figures[0].1), "{figures:?}");
    }
}

#[test]
fn what_cannot_be_evaluated_is_said() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let gates = folder.path().join("gates");
    let small = "--recipe gates --epochs 1 --set train_strings=60 --set test_strings=300 --set max_length=30";
    train(small, &gates).unwrap();
    let message = evaluate(&gates, None).unwrap_err().to_string();
    assert!(message.contains("compares several networks"), "{message}");
    assert!(evaluate(&folder.path().join("nowhere"), None).is_err());
}

#[test]
fn a_series_of_ones_own_is_forecast() {
    let _alone = alone();
    let data = own_data();
    let arguments = format!(
        "--recipe forecast --dataset series --data-dir {} --epochs 3 --set window=12 --set horizon=6",
        data.path().join("series").display()
    );
    let (folder, result) = assert_survives_kill(&arguments);
    for name in ["test_mae", "naive_mae", "seasonal_naive_mae"] {
        assert!(result.metrics[name] > 0.0, "{:?}", result.metrics);
    }
    assert!(folder.path().join("whole/forecast.png").is_file());
}

#[test]
fn gates_and_gradients_are_drawn() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("gates");
    let small = "--recipe gates --epochs 2 --set train_strings=100 --set test_strings=300 --set max_length=30";
    let result = train(small, &run).unwrap();
    assert!(
        ["gates.svg", "gates.png", "gradients.svg", "gradients.png", "report.html"]
            .iter()
            .all(|file| run.join(file).is_file())
    );
    let left = |cell: &str| result.metrics[&format!("{cell}_new_gradient_at_50")];
    assert!(left("lstm") != left("simple-rnn"), "{:?}", result.metrics);
}

#[test]
fn a_trial_run_goes_through_the_recipes_that_need_no_data_and_stores_nothing() {
    let _alone = alone();
    let before = std::fs::read_dir(".").unwrap().count();
    for recipe in ["reber", "adding", "copy", "digits-rows", "gates"] {
        let line = format!("rnn train --fast-dev-run --recipe {recipe}");
        start(line.split_whitespace().map(String::from)).unwrap_or_else(|error| panic!("{recipe}: {error:#}"));
    }
    assert_eq!(std::fs::read_dir(".").unwrap().count(), before);
    let message = train("--fast-dev-run", Path::new("nowhere")).unwrap_err().to_string();
    assert!(message.contains("a trial run stores nothing"), "{message}");
}

#[test]
fn find_rate_suggests_a_rate_for_a_recipe_of_one_network() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("rates");
    let find = |line: &str| {
        let words = format!("rnn find-rate {line}");
        let Verb::FindRate(args) = Verb::try_parse_from(words.split_whitespace()).unwrap() else {
            panic!("another verb")
        };
        recipes::find_rate(&args)
    };
    find(&format!("--set train_strings=300 --set max_length=30 --steps 40 --out {}", out.display())).unwrap();
    let table = std::fs::read_to_string(out.join("rates.csv")).unwrap();
    assert!(table.starts_with("rate,loss,smoothed\n") && table.lines().count() > 20, "{table}");
    assert!(std::fs::read_to_string(out.join("rates.svg")).unwrap().contains("Learning rates for reber"));
    assert!(find("--recipe adding").unwrap_err().to_string().contains("compares several networks"));
    assert!(find("--resume run").unwrap_err().to_string().contains("one short run"));
}

#[test]
fn what_a_recipe_cannot_do_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let message = |arguments: &str| format!("{:#}", train(arguments, &folder.path().join("run")).unwrap_err());
    assert!(message("--dataset mnist").contains("makes its own strings"));
    assert!(message("--recipe adding --set distances=[]").contains("distances is empty"));
    assert!(message("--recipe copy --set distances=[0]").contains("distance is 0"));
    assert!(message("--set hidden=3").contains("unknown setting `hidden`"));
    assert!(message("--recipe sentiment --dataset digits").contains("digits"));
}
