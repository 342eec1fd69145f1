//! What must hold of the policies.

use super::action::{ALL_BUT_INVERT, Action, USUAL};
use super::*;
use crate::picture::{Picture, Shape};
use crate::pipeline::{Key, Pipeline};
use crate::sample::Sample;
use crate::targets::{BoxFormat, KeyPoint};
use crate::workspace::Workspace;

fn policies() -> Vec<Policy> {
    let names = ["rand_augment", "trivial_augment", "aug_mix", "auto_augment_cifar10", "auto_augment_imagenet"];
    names.iter().map(|name| Policy::named(name).unwrap()).collect()
}

fn sample(channels: usize) -> Sample {
    let bytes = (0..40 * 30 * channels).map(|i| (i * 37 % 251) as u8).collect();
    Sample::new(Picture::from_bytes(bytes, [40, 30, channels]).unwrap())
        .with_mask(Picture::from_bytes(vec![1; 1200], [40, 30, 1]).unwrap())
        .unwrap()
        .with_boxes(&[[2.0, 3.0, 20.0, 30.0]], &[4], BoxFormat::PascalVoc)
        .unwrap()
        .with_key_points(vec![KeyPoint::new(5.0, 6.0)])
        .unwrap()
}

fn key(index: u64) -> Key {
    Key { seed: 5, epoch: 1, index }
}

#[test]
fn the_same_key_gives_the_same_bytes_and_so_does_the_record() {
    let mut space = Workspace::new();
    for policy in policies() {
        let pipeline = Pipeline::new([policy.into()]).unwrap();
        let mut changed = 0;
        for index in 0..30 {
            let [mut once, mut again, mut replayed] = [(); 3].map(|()| sample(1 + index as usize % 4));
            let before = once.clone();
            let record = pipeline.apply_recorded(&mut once, key(index), &mut space).unwrap();
            pipeline.apply(&mut again, key(index), &mut Workspace::new()).unwrap();
            let json = serde_json::to_string(&record).unwrap();
            let record: crate::pipeline::Applied = serde_json::from_str(&json).unwrap();
            record.replay(&mut replayed, &mut space).unwrap();
            assert_eq!(once, again, "{}", pipeline.steps()[0].name());
            assert_eq!(once, replayed, "{json}");
            changed += u32::from(once != before);
        }
        assert!(changed > 10, "{}: {changed} of 30", pipeline.steps()[0].name());
    }
}

#[test]
fn policies_are_the_same_after_a_round_trip_and_name_unknown_settings() {
    for policy in policies() {
        let pipeline = Pipeline::new([policy.into()]).unwrap();
        assert_eq!(Pipeline::from_toml(&pipeline.to_toml().unwrap()).unwrap(), pipeline);
        assert_eq!(Pipeline::from_json(&pipeline.to_json().unwrap()).unwrap(), pipeline);
    }
    let error = Pipeline::from_toml("[[transforms]]\ntransform = 'rand_augment'\nmagnitudes = 3\n").unwrap_err();
    assert!(error.to_string().contains("magnitudes"), "{error}");
    assert!(Policy::named("auto_augmnet").is_none());
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let refused: [Policy; 6] = [
        RandAugment::new(2, 31).into(),
        RandAugment { bins: 1, ..RandAugment::default() }.into(),
        TrivialAugment { bins: 0, ..TrivialAugment::default() }.into(),
        AugMix { severity: 0, ..AugMix::default() }.into(),
        AugMix { mixture_width: 11, ..AugMix::default() }.into(),
        AugMix { alpha: f64::NAN, ..AugMix::default() }.into(),
    ];
    for policy in refused {
        let text = format!("{policy:?}");
        assert!(Pipeline::new([policy.into()]).is_err(), "{text}");
    }
}

#[test]
fn strengths_are_those_of_the_papers() {
    let shape = Shape::new(100, 331, 3).unwrap();
    let strongest = |action: Action| action.strength(&USUAL, [9, 10], shape);
    let table = [
        (Action::ShearX, 0.3),
        (Action::TranslateX, 150.0),
        (Action::TranslateY, 45.0),
        (Action::Rotate, 30.0),
        (Action::Color, 0.9),
        (Action::Posterize, 4.0),
        (Action::Solarize, 0.0),
    ];
    for (action, strength) in table {
        assert!((strongest(action) - strength).abs() < 1e-9, "{action:?}: {}", strongest(action));
    }
    assert_eq!(ALL_BUT_INVERT.iter().filter(|action| **action == Action::Invert).count(), 0);
}

#[test]
fn aug_mix_leaves_targets_where_they_are() {
    let pipeline = Pipeline::new([AugMix { severity: 10, ..AugMix::default() }.into()]).unwrap();
    let mut space = Workspace::new();
    for index in 0..10 {
        let mut mixed = sample(3);
        pipeline.apply(&mut mixed, key(index), &mut space).unwrap();
        let before = sample(3);
        assert_eq!((mixed.mask, mixed.boxes, mixed.key_points), (before.mask, before.boxes, before.key_points));
        assert_ne!(mixed.picture, before.picture);
    }
    assert!(space.asides.is_empty());
}

#[test]
fn a_record_whose_branches_do_not_match_is_refused() {
    for steps in [
        r#"{"transform":"branch","branch":"end","keep":0,"original":1}"#,
        r#"{"transform":"branch","branch":"next","keep":0}"#,
    ] {
        let record: crate::pipeline::Applied = serde_json::from_str(&format!("{{\"steps\":[{steps}]}}")).unwrap();
        let error = record.replay(&mut sample(3), &mut Workspace::new()).unwrap_err();
        assert!(error.to_string().contains("branch"), "{error}");
    }
}
