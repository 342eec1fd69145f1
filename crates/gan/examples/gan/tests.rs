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
    match Verb::try_parse_from(["gan".to_owned()].into_iter().chain(words))? {
        Verb::Train(args) => recipes::train(&args),
        Verb::Evaluate(args) => evaluate::evaluate(&args),
        Verb::Generate(args) => generate::generate(&args),
    }
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(String::from).collect()
}

/// `train` with these arguments.
fn train(arguments: &str, out: &Path) -> anyhow::Result<RunResult> {
    start(words(&format!("train {arguments} --out {}", out.display())))?;
    Ok(RunDir::open(out)?.read_result()?)
}

/// What a run looks like that was killed before its last checkpoint and its result were written.
fn kill(run: &Path) {
    std::fs::remove_file(run.join("result.json")).unwrap();
    let checkpoints = std::fs::read_dir(run.join("checkpoints")).unwrap();
    let mut checkpoints: Vec<PathBuf> = checkpoints.map(|entry| entry.unwrap().path()).collect();
    checkpoints.sort();
    assert!(checkpoints.len() >= 2, "{checkpoints:?}");
    std::fs::remove_file(checkpoints.pop().unwrap()).unwrap();
}

/// A short run.
const SMALL: &str = "--epochs 3 --set train_pictures=128 --set batch_size=16 --set filters=4 --set latent_size=8 --set judged=40 \
                     --set judge_epochs=1";

#[test]
fn a_killed_run_goes_on_to_the_same_bytes_and_its_generator_draws() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    let arguments = format!("{SMALL} --set discriminator_steps=2 --set instance_noise=0.05 --set label_noise=0.05");
    let result = train(&arguments, &whole).unwrap();
    train(&arguments, &killed).unwrap();
    kill(&killed);
    start(words(&format!("train --resume {}", killed.display()))).unwrap();
    assert_eq!(RunDir::open(&killed).unwrap().read_result().unwrap().metrics, result.metrics);
    for file in ["history.csv", "model.bpk", "judge.bpk", "training.gif", "samples/epoch-0003.png", "samples.png"] {
        let bytes = |run: &Path| std::fs::read(run.join(file)).unwrap();
        assert!(bytes(&whole) == bytes(&killed), "{file} differs");
    }
    let page = std::fs::read_to_string(whole.join("report.html")).unwrap();
    for part in ["Samples", "Between", "Judged", "Nearest", "Classes", "Training", "data:image/gif"] {
        assert!(page.contains(part), "{part}");
    }
    let history = std::fs::read_to_string(whole.join("history.csv")).unwrap();
    for column in ["train_generator_loss", "train_real_accuracy", "train_fake_accuracy", "train_discriminator_gradient"]
    {
        assert!(history.lines().next().unwrap().contains(column), "{history}");
    }

    let (some, more) = (folder.path().join("some"), folder.path().join("more"));
    for (count, out) in [(2, &some), (3, &more)] {
        start(words(&format!("generate --run {} --count {count} --seed 3 --out {}", whole.display(), out.display())))
            .unwrap();
    }
    let bytes = |folder: &Path| std::fs::read(folder.join("fake-0001.png")).unwrap();
    assert!(bytes(&some) == bytes(&more) && more.join("fake-0002.png").is_file() && more.join("grid.png").is_file());
    start(words(&format!("evaluate --run {}", whole.display()))).unwrap();
    let refused = start(words(&format!("generate --run {} --class 12 --out {}", whole.display(), some.display())));
    assert!(refused.unwrap_err().to_string().contains("there is no class `12`"));
}

#[test]
fn a_conditional_run_draws_the_class_that_it_is_asked_for() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    train(&format!("{SMALL} --epochs 1 --set conditional=true").replace("--epochs 3 ", ""), &run).unwrap();
    let drawn = |class: usize| {
        let out = folder.path().join(class.to_string());
        start(words(&format!("generate --run {} --count 1 --class {class} --out {}", run.display(), out.display())))
            .unwrap();
        std::fs::read(out.join("fake-0000.png")).unwrap()
    };
    assert_ne!(drawn(3), drawn(8));
}

#[test]
fn players_from_files_are_trained_and_wrong_ones_are_refused() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let dense = |outputs: usize| format!("[[layers]]\nlayer = \"dense\"\nout_features = {outputs}\n");
    let generator = |side: usize| {
        let shape = format!("[[layers]]\nlayer = \"reshape\"\nshape = [1, {side}, {side}]\n");
        dense(side * side) + "activation = \"tanh\"\n" + &shape
    };
    let discriminator = file("d.toml", &("[[layers]]\nlayer = \"flatten\"\n".to_owned() + &dense(1)));
    let own = |side: usize| format!("--generator {} --discriminator {discriminator}", file("g.toml", &generator(side)));
    let run = folder.path().join("run");
    let result = train(&format!("{SMALL} {}", own(8)), &run).unwrap();
    assert_eq!(result.parameters, (8 + 1) * 64 + 65);
    let refused = train(&format!("{SMALL} {}", own(7)), &folder.path().join("refused")).unwrap_err();
    assert!(format!("{refused:#}").contains("[1, 7, 7]"), "{refused:#}");
    assert!(!folder.path().join("refused").exists(), "nothing was begun");
    for (setting, part) in [
        ("loss=wgan", "least-squares"),
        ("loss=wasserstein", "set `clip`"),
        ("loss=hinge --set label_smoothing=0.1", "label_smoothing = 0.1"),
    ] {
        let refused = train(&format!("{SMALL} --set {setting}"), &folder.path().join("refused")).unwrap_err();
        assert!(format!("{refused:#}").contains(part), "{refused:#}");
    }
}

#[test]
fn a_trial_run_goes_through_every_recipe() {
    let _alone = alone();
    for recipe in
        ["digits", "mnist --dataset digits", "mnist-conditional --dataset digits", "mnist-wgan-gp --dataset digits"]
    {
        start(words(&format!("train --fast-dev-run --set filters=4 --recipe {recipe}")))
            .unwrap_or_else(|error| panic!("{recipe}: {error:#}"));
    }
}
