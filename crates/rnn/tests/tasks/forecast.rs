//! What a forecaster promises.

use burn::tensor::Device;
use firebrick_callbacks::callbacks;
use firebrick_data::{Sequences, Targets};

use firebrick_rnn::build::*;
use firebrick_rnn::tasks::*;
use firebrick_rnn::{SequenceNetworkConfig, sequence};

use super::{alone, assert_resumes, weights_of};

/// Two series, a sine and a cosine of another size, `steps` of them seen and the next two asked for; value · scale + shift.
fn waves(count: usize, scale: f32, shift: f32) -> Sequences {
    let step = |i: usize, t: usize| {
        let angle = 0.7 * (i * 3 + t) as f32;
        [angle.sin(), 3.0 * angle.cos()].map(|value| value * scale + shift)
    };
    let seen: Vec<Vec<f32>> = (0..count).map(|i| (0..4 + i % 3).flat_map(|t| step(i, t)).collect()).collect();
    let next = (0..count).flat_map(|i| (0..2).flat_map(move |h| step(i, 4 + i % 3 + h))).collect();
    Sequences::of_values(&seen, 2, Targets::values(next, 4)).unwrap()
}

fn network() -> SequenceNetworkConfig {
    sequence![gru(12), dense(4)]
}

fn forecaster() -> Forecaster {
    Forecaster::new(network(), 2).on(&Device::flex())
}

fn config() -> FitConfig {
    FitConfig::new().with_epochs(3).with_batch_size(8).with_learning_rate(1e-2).with_seed(2)
}

#[test]
fn it_learns_one_batch_by_heart_with_either_loss() {
    let _alone = alone();
    for loss in [ForecastLoss::MeanSquared, ForecastLoss::MeanAbsolute] {
        let data = waves(8, 1.0, 0.0);
        let fitted = forecaster().with_loss(loss).fit(&data, &data, config().with_epochs(200), callbacks![]).unwrap();
        let scores = fitted.evaluate(&data).unwrap();
        assert!(scores.mae < 0.1 && scores.horizon.len() == 2, "{loss:?}: {scores}");
    }
}

#[test]
fn forecasts_are_in_the_units_of_the_series() {
    let _alone = alone();
    let fit = |scale: f32, shift: f32| {
        let data = waves(24, scale, shift);
        let fitted = forecaster().fit(&data, &data, config(), callbacks![]).unwrap();
        (fitted.predict(&data).unwrap(), fitted.evaluate(&data).unwrap())
    };
    let (plain, scores) = fit(1.0, 0.0);
    let (large, large_scores) = fit(1024.0, 4096.0);
    for (plain, large) in plain.concat().into_iter().zip(large.concat()) {
        assert!((plain * 1024.0 + 4096.0 - large).abs() < 3.0, "{large} and not 1024 times {plain} and 4096");
    }
    assert!((large_scores.rmse() / scores.rmse() - 1024.0).abs() < 3.0);
}

#[test]
fn a_resumed_forecaster_ends_with_the_bytes_and_the_history_of_a_whole_one() {
    assert_resumes(&["train_loss", "train_mae", "valid_loss", "valid_mae"], |session| {
        let fitted = forecaster().fit_in(&waves(40, 1.0, 0.0), &waves(12, 1.0, 0.0), &config(), session).unwrap();
        weights_of(|directory| fitted.save(directory))
    });
}

#[test]
fn a_stored_forecaster_says_the_same() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let data = waves(24, 10.0, 300.0);
    let fitted = forecaster().fit(&data, &data, config(), callbacks![]).unwrap();
    fitted.save(folder.path()).unwrap();
    let load = || Forecaster::<SequenceNetworkConfig>::load(folder.path(), &Device::flex());
    let loaded = load().unwrap();
    assert_eq!(loaded.predict(&data).unwrap(), fitted.predict(&data).unwrap());
    assert_eq!((loaded.horizon(), loaded.config()), (2, fitted.config()));
    let path = folder.path().join("forecaster.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"horizon\": 2", "\"horizon\": 0")).unwrap();
    assert!(load().unwrap_err().to_string().contains("a horizon of 0"));
}

#[test]
fn weights_of_sequences_count_in_training() {
    let _alone = alone();
    let data = waves(24, 1.0, 0.0);
    let fit = |train: &Sequences| {
        let fitted = forecaster().fit(train, &data, config(), callbacks![]).unwrap();
        weights_of(|directory| fitted.save(directory))
    };
    let weighted = |weights: Vec<f32>| fit(&data.clone().with_weights(&weights).unwrap());
    assert!(weighted(vec![1.0; 24]) == fit(&data));
    assert!(weighted((0..24).map(|i| (i % 3) as f32).collect()) != fit(&data));
}

#[test]
fn what_does_not_fit_together_is_said() {
    let _alone = alone();
    let data = waves(6, 1.0, 0.0);
    let refused = |forecaster: Forecaster, train: &Sequences, config: FitConfig| {
        forecaster.fit(train, &data, config, callbacks![]).unwrap_err().to_string()
    };
    for horizon in [0, 3] {
        let message = refused(Forecaster::new(network(), horizon), &data, config());
        assert!(message.contains(&format!("a horizon of {horizon} steps")), "{message}");
    }
    let small = Forecaster::new(sequence![gru(4), dense(2)], 2);
    assert!(refused(small, &data, config()).contains("end it with `dense(4)`"));
    let classes = Sequences::of_values(&[[0.0, 0.0]], 2, Targets::classes(vec![0], vec!["a".into()])).unwrap();
    assert!(refused(forecaster(), &classes, config()).contains("a class for each sequence"));
    let other = Sequences::of_values(&[[0.0, 0.0]], 2, Targets::values(vec![0.0; 6], 6)).unwrap();
    assert!(refused(forecaster(), &other, config()).contains("those of the training have 6"));
    let weighted = config().with_class_weights(Some(ClassWeights::Balanced));
    assert!(refused(forecaster(), &data, weighted).contains("class_weights"));
    assert!(matches!(forecaster().predict(&data), Err(TaskError::NotTrained)));
}
