//! What a configuration takes from arguments, and what it refuses.

use super::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Settings {
    batch_size: usize,
    learning_rate: f64,
}

fn recipe() -> Recipe<Settings> {
    Recipe {
        name: "digits",
        dataset: "digits",
        epochs: 20,
        settings: Settings { batch_size: 64, learning_rate: 0.001 },
    }
}

fn stored() -> RunConfig<Settings> {
    RunConfig::new("cnn", &TrainArgs::default(), &recipe()).unwrap()
}

#[test]
fn what_the_arguments_leave_open_comes_from_the_recipe() {
    let config = stored();
    assert_eq!((config.dataset.as_str(), config.epochs, config.seed, config.workers), ("digits", 20, 0, 1));
    assert_eq!((config.device, config.seeds, config.settings.batch_size), (DeviceName::Flex, None, 64));
}

#[test]
fn arguments_and_settings_win_over_the_recipe() {
    let args = TrainArgs {
        dataset: Some("folder".into()),
        data_dir: Some("pictures".into()),
        epochs: Some(3),
        seed: Some(7),
        set: vec!["batch_size=8".into()],
        ..TrainArgs::default()
    };
    let config = RunConfig::new("cnn", &args, &recipe()).unwrap();
    assert_eq!((config.dataset.as_str(), config.epochs, config.seed, config.settings.batch_size), ("folder", 3, 7, 8));
    assert!(config.data_dir.unwrap().is_absolute());
}

#[test]
fn a_configuration_survives_json() {
    let text = serde_json::to_string(&stored()).unwrap();
    assert_eq!(serde_json::from_str::<RunConfig<Settings>>(&text).unwrap(), stored());
    assert!(text.contains("\"crate\":\"cnn\""), "{text}");
}

#[test]
fn arguments_that_would_change_a_resumed_run_are_refused_one_by_one() {
    let default = TrainArgs::default;
    let cases = [
        (TrainArgs { recipe: Some("mnist".into()), ..default() }, "recipe is \"digits\", not \"mnist\""),
        (TrainArgs { dataset: Some("mnist".into()), ..default() }, "dataset is \"digits\", not \"mnist\""),
        (TrainArgs { epochs: Some(5), ..default() }, "epochs is 20, not 5"),
        (TrainArgs { seed: Some(1), ..default() }, "seed is 0, not 1"),
        (TrainArgs { seeds: Some(3), ..default() }, "seeds is null, not 3"),
        (TrainArgs { device: Some(DeviceName::Wgpu), ..default() }, "device is \"flex\", not \"wgpu\""),
        (TrainArgs { set: vec!["batch_size=8".into()], ..default() }, "batch_size is 64, not 8"),
        (TrainArgs { out: Some("elsewhere".into()), ..default() }, "--out names another directory"),
    ];
    for (args, expected) in cases {
        let error = stored().resumed(&args, Path::new("runs/cnn-digits-1")).unwrap_err();
        let ArgumentError::Changes { changes, .. } = &error else { panic!("{error:?}") };
        assert_eq!(changes, &[expected]);
        assert!(error.to_string().starts_with("runs/cnn-digits-1 holds another run"), "{error}");
    }
}

#[test]
fn arguments_that_repeat_the_stored_run_or_do_not_change_it_are_accepted() {
    let args = TrainArgs {
        recipe: Some("digits".into()),
        epochs: Some(20),
        out: Some("runs/cnn-digits-1".into()),
        set: vec!["learning_rate=0.001".into()],
        workers: Some(4),
        data_dir: Some("moved".into()),
        ..TrainArgs::default()
    };
    let config = stored().resumed(&args, Path::new("runs/cnn-digits-1")).unwrap();
    assert_eq!(config.workers, 4);
    assert!(config.data_dir.unwrap().ends_with("moved"));
}

#[test]
fn a_network_file_is_kept_as_text_and_refused_when_it_is_not_toml() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network.toml");
    std::fs::write(&path, "[[layers]]\nkind = \"flatten\"\n").unwrap();
    let args = TrainArgs { model: Some(path.clone()), ..TrainArgs::default() };
    let config = RunConfig::new("cnn", &args, &recipe()).unwrap();
    assert_eq!(config.model.as_deref(), Some("[[layers]]\nkind = \"flatten\"\n"));

    std::fs::write(&path, "[[layers]]\nkind = flatten\n").unwrap();
    let error = RunConfig::new("cnn", &args, &recipe()).unwrap_err().to_string();
    assert!(error.contains("network.toml is not a network in TOML") && error.contains("line 2"), "{error}");

    std::fs::remove_file(&path).unwrap();
    assert!(matches!(RunConfig::new("cnn", &args, &recipe()), Err(ArgumentError::File(FileError::Unreadable { .. }))));
}

#[test]
fn the_resume_command_names_the_device_and_quotes_the_path() {
    let mut config = stored();
    assert_eq!(config.resume_command(Path::new("runs/a")), "cargo xtask train cnn --resume runs/a");
    config.device = DeviceName::Wgpu;
    assert_eq!(config.resume_command(Path::new("my run")), "cargo xtask train cnn --resume 'my run' --device wgpu");
}

#[test]
fn a_run_of_another_crate_is_refused_with_the_command_that_takes_it() {
    let error = stored().expect_crate("rnn", Path::new("runs/a")).unwrap_err().to_string();
    assert_eq!(error, "runs/a is a run of crate cnn, not of rnn. Go on with: cargo xtask train cnn --resume runs/a");
}
