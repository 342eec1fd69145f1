//! What holds for every transform of values.

use proptest::prelude::*;

use super::*;
use crate::operation::{Drawn, Operation};
use crate::picture::Picture;
use crate::pipeline::{Applied, Key, Pipeline, Step};
use crate::sample::Sample;
use crate::transform::Transform;
use crate::workspace::Workspace;

/// Every transform with its defaults, applied for certain.
fn all() -> Vec<Step> {
    let colours: [Step; 7] = [
        ChannelDrop::default().with_p(1.0),
        ChannelShift::default().with_p(1.0),
        ChannelShuffle::new().with_p(1.0),
        ColorJitter::default().with_p(1.0),
        Grayscale::new().with_p(1.0),
        Hue::default().with_p(1.0),
        Saturation::default().with_p(1.0),
    ];
    colours.into_iter().chain(tones()).chain(places()).collect()
}

fn tones() -> [Step; 9] {
    [
        AutoContrast::new().with_p(1.0),
        Brightness::default().with_p(1.0),
        Clahe::default().with_p(1.0),
        Contrast::default().with_p(1.0),
        Equalize::new().with_p(1.0),
        Gamma::default().with_p(1.0),
        Invert::new().with_p(1.0),
        Posterize::default().with_p(1.0),
        Solarize::default().with_p(1.0),
    ]
}

fn places() -> [Step; 14] {
    [
        GaussianNoise::default().with_p(1.0),
        SaltAndPepper::default().with_p(1.0),
        ShotNoise::default().with_p(1.0),
        SpeckleNoise::default().with_p(1.0),
        BoxBlur::default().with_p(1.0),
        Defocus::default().with_p(1.0),
        GaussianBlur::default().with_p(1.0),
        MedianBlur::default().with_p(1.0),
        MotionBlur::default().with_p(1.0),
        Sharpen::default().with_p(1.0),
        Jpeg::default().with_p(1.0),
        Erasing::default().with_fill(Cover::Noise).with_p(1.0),
        Cutout::default().with_holes([1, 4]).with_p(1.0),
        GridMask::default().with_p(1.0),
    ]
}

fn picture(shape: [usize; 3], seed: u64, floats: bool) -> Picture {
    let mut draws = firebrick_data::random::Draws::new(&[seed]);
    let len = shape.iter().product();
    if floats {
        return Picture::from_floats((0..len).map(|_| draws.unit() as f32).collect(), shape).unwrap();
    }
    Picture::from_bytes((0..len).map(|_| draws.below(256) as u8).collect(), shape).unwrap()
}

fn shapes() -> impl Strategy<Value = [usize; 3]> {
    (1..40usize, 1..40usize, 1..=4usize).prop_map(|(height, width, channels)| [height, width, channels])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn ranges_are_kept_and_the_same_key_and_the_record_give_the_same(shape in shapes(), seed: u64, floats: bool) {
        let mut space = Workspace::new();
        let key = Key { seed, epoch: 1, index: 2 };
        for step in all() {
            let name = step.name();
            let pipeline = Pipeline::new([step]).unwrap();
            let [mut once, mut again, mut replayed] = [(); 3].map(|()| Sample::new(picture(shape, seed, floats)));
            let record = pipeline.apply_recorded(&mut once, key, &mut space).unwrap();
            pipeline.apply(&mut again, key, &mut Workspace::new()).unwrap();
            let record: Applied = serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap();
            record.replay(&mut replayed, &mut space).unwrap();
            prop_assert_eq!(&once, &again, "{}", name);
            prop_assert_eq!(&once, &replayed, "{}", name);
            prop_assert_eq!(once.shape().size(), [shape[0], shape[1]]);
            let inside = |value: &f32| (-1e-6..=1.0 + 1e-6).contains(value);
            prop_assert!(once.picture.floats().is_none_or(|floats| floats.iter().all(inside)), "{}", name);
        }
    }

    #[test]
    fn alpha_is_left_alone_by_tones_and_colours(side in 1..20usize, two: bool, seed: u64, floats: bool) {
        let channels = if two { 2 } else { 4 };
        let mut space = Workspace::new();
        for step in all().into_iter().take(16) {
            let pipeline = Pipeline::new([step]).unwrap();
            let before = picture([side, side, channels], seed, floats).to_floats();
            let mut sample = Sample::new(picture([side, side, channels], seed, floats));
            pipeline.apply(&mut sample, Key { seed, ..Key::default() }, &mut space).unwrap();
            let after = sample.picture.to_floats();
            let alpha = |picture: &Picture| picture.floats().unwrap().iter().skip(channels - 1).step_by(channels).copied().collect::<Vec<_>>();
            // Those that count in 256 levels round alpha of floats to them.
            let near = alpha(&before).iter().zip(alpha(&after)).all(|(a, b)| (a - b).abs() < 0.5 / 255.0 + 1e-6);
            prop_assert!(near, "{}", pipeline.steps()[0].name());
        }
    }

    #[test]
    fn identity_parameters_change_nothing(shape in shapes(), seed: u64, floats: bool) {
        let identities: Vec<Drawn> = [
            r#"{"transform":"brightness","factor":1.0}"#,
            r#"{"transform":"contrast","factor":1.0}"#,
            r#"{"transform":"saturation","factor":1.0}"#,
            r#"{"transform":"sharpen","factor":1.0}"#,
            r#"{"transform":"hue","shift":0.0}"#,
            r#"{"transform":"gamma","gamma":1.0}"#,
            r#"{"transform":"solarize","threshold":1.1}"#,
            r#"{"transform":"channel_shift","intensity":0.0}"#,
            r#"{"transform":"channel_shuffle","order":[0,1,2,3]}"#,
            r#"{"transform":"channel_drop","dropped":[false,false,false,false],"fill":0.5}"#,
            r#"{"transform":"gaussian_noise","sigma":0.0,"seed":5}"#,
            r#"{"transform":"speckle_noise","sigma":0.0,"seed":5}"#,
            r#"{"transform":"salt_and_pepper","salt":0.0,"pepper":0.0,"seed":5}"#,
            r#"{"transform":"box_blur","size":1}"#,
            r#"{"transform":"median_blur","size":1}"#,
            r#"{"transform":"motion_blur","size":1,"degrees":30.0}"#,
            r#"{"transform":"gaussian_blur","sigma":0.01,"size":5}"#,
            r#"{"transform":"defocus","radius":0,"soft":0.0}"#,
        ].iter().map(|json| serde_json::from_str(json).unwrap()).collect();
        let before = picture(shape, seed, floats);
        for drawn in identities {
            let mut sample = Sample::new(before.clone());
            drawn.apply(&mut sample, &mut Workspace::new()).unwrap();
            let near = sample.picture.to_floats().floats().unwrap().iter().zip(before.to_floats().floats().unwrap())
                .all(|(a, b)| (a - b).abs() < 1e-5);
            prop_assert!(near, "{}", drawn.name());
        }
    }

    #[test]
    fn inverting_twice_and_other_pairs_are_nothing(shape in shapes(), seed: u64) {
        let before = picture(shape, seed, false);
        let mut sample = Sample::new(before.clone());
        let mut space = Workspace::new();
        let twice = ["invert", "invert"].map(|name| serde_json::from_str::<Drawn>(&format!(r#"{{"transform":"{name}"}}"#)).unwrap());
        twice.iter().for_each(|drawn| drawn.apply(&mut sample, &mut space).unwrap());
        prop_assert_eq!(sample.picture, before);
    }
}

#[test]
fn numbers_that_are_none_never_panic() {
    let nasty = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, -1e30, 0.5];
    let mut space = Workspace::new();
    for channels in 1..=4 {
        let floats = nasty.iter().cycle().take(30 * channels).copied().collect();
        let picture = Picture::from_floats(floats, [5, 6, channels]).unwrap();
        for step in all().into_iter().chain([Standardize::new().with_p(1.0)]) {
            let pipeline = Pipeline::new([step]).unwrap();
            pipeline.apply(&mut Sample::new(picture.clone()), Key::default(), &mut space).unwrap();
        }
    }
}

#[test]
fn records_of_any_numbers_never_panic() {
    let records = [
        r#"{"transform":"posterize","bits":200}"#,
        r#"{"transform":"jpeg","quality":0}"#,
        r#"{"transform":"clahe","clip_limit":-1e300,"tiles":[0,1000]}"#,
        r#"{"transform":"channel_shuffle","order":[255,9,9,9]}"#,
        r#"{"transform":"box_blur","size":100000000}"#,
        r#"{"transform":"median_blur","size":0}"#,
        r#"{"transform":"motion_blur","size":0,"degrees":1e300}"#,
        r#"{"transform":"gaussian_blur","sigma":-1.0,"size":100000}"#,
        r#"{"transform":"defocus","radius":100000,"soft":1e300}"#,
        r#"{"transform":"solarize","threshold":-1e300}"#,
        r#"{"transform":"shot_noise","photons":-3.0,"seed":1}"#,
        r#"{"transform":"salt_and_pepper","salt":7.0,"pepper":-9.0,"seed":1}"#,
        r#"{"transform":"erasing","part":{"top":9,"left":900,"height":18446744073709551615,"width":1},"fill":"noise","seed":1}"#,
        r#"{"transform":"cutout","holes":99999999,"height":[-5.0,1e300],"width":[1e300,-1e300],"fill":{"level":-3.0},"seed":1}"#,
        r#"{"transform":"grid_mask","cell":0,"hole":50,"start":[7,1000000],"fill":{"level":0.5},"seed":1}"#,
        r#"{"transform":"normalize","mean":[0.0,0.0,0.0,0.0],"deviation":[0.0,0.0,0.0,0.0]}"#,
    ];
    for text in records {
        let drawn: Drawn = serde_json::from_str(text).unwrap();
        for shape in [[1, 1, 1], [1, 7, 2], [5, 1, 3], [9, 8, 4]] {
            for floats in [false, true] {
                let mut sample = Sample::new(picture(shape, 1, floats));
                assert!(drawn.apply(&mut sample, &mut Workspace::new()).is_ok(), "{text}");
            }
        }
    }
}

#[test]
fn every_transform_is_the_same_after_a_round_trip() {
    let pipeline =
        Pipeline::new(all().into_iter().chain([Normalize::default().into(), Standardize::new().into()])).unwrap();
    assert_eq!(Pipeline::from_toml(&pipeline.to_toml().unwrap()).unwrap(), pipeline);
    assert_eq!(Pipeline::from_json(&pipeline.to_json().unwrap()).unwrap(), pipeline);
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let refused: [Operation; 16] = [
        Brightness::new([1.2, 0.8]).into(),
        Contrast::new([f64::NAN, 1.0]).into(),
        Gamma::new([0.5, f64::INFINITY]).into(),
        Hue::new([-0.6, 0.0]).into(),
        Posterize::new([4, 9]).into(),
        Clahe::new([2.0, 2.0]).with_tiles([0, 8]).into(),
        ColorJitter { contrast: [-1.0, 1.0], ..ColorJitter::default() }.into(),
        ChannelDrop { channels: [0, 1], fill: 0.0 }.into(),
        BoxBlur::new([2, 3]).into(),
        MedianBlur::new([3, 17]).into(),
        GaussianBlur::new([1.0, 2.0]).with_size(4).into(),
        Defocus::new([0, 3]).into(),
        Jpeg::new([0, 50]).into(),
        Erasing::new([0.1, 0.2]).with_fill(Cover::Level(2.0)).into(),
        Cutout::new([0.2, 0.1]).into(),
        Normalize::new([0.5, 0.5, 0.5, 0.5, 0.5], [0.0]).into(),
    ];
    for operation in refused {
        let name = operation.name();
        let error = operation.check().unwrap_err().to_string();
        assert!(error.starts_with(name), "{error}");
    }
}
