//! Random pipelines: written and read, replayed, on any thread; and what is refused.

use proptest::prelude::*;

use super::*;
use crate::geometry::{
    Affine, CenterCrop, Elastic, Fill, Filter, GridDistortion, HorizontalFlip, Interpolation, Pad, PadTo, Perspective,
    RandomCrop, RandomResizedCrop, Resize, Rotate, Rotate90, Transpose, VerticalFlip,
};
use crate::{AugmentError, BoxFormat, KeyPoint, Picture, Transform};

fn fill(draws: &mut Draws) -> Fill {
    match draws.below(5) {
        0 => Fill::constant(draws.below(256) as f64),
        1 => Fill::Reflect,
        2 => Fill::Mirror,
        3 => Fill::Wrap,
        _ => Fill::Nearest,
    }
}

fn interpolation(draws: &mut Draws) -> Interpolation {
    [Interpolation::Nearest, Interpolation::Bilinear, Interpolation::Bicubic][draws.below(3) as usize]
}

fn filter(draws: &mut Draws) -> Filter {
    [Filter::Nearest, Filter::Bilinear, Filter::Bicubic, Filter::Area][draws.below(4) as usize]
}

/// Any transform with any settings that pictures of any size allow.
fn transform(draws: &mut Draws) -> Step {
    let side = |draws: &mut Draws| 1 + draws.below(40) as usize;
    let (fill, interpolation, filter) = (fill(draws), interpolation(draws), filter(draws));
    match draws.below(13) {
        0 => HorizontalFlip::new().into(),
        1 => VerticalFlip::new().into(),
        2 => Transpose::new().into(),
        3 => Rotate90::default().into(),
        4 => Rotate::new([-180.0, 180.0]).fill(fill).interpolation(interpolation).into(),
        5 => Affine::new()
            .rotate([-30.0, 20.0])
            .shift_x([-0.4, 0.2])
            .shift_y([-0.1, 0.3])
            .zoom([0.5, 2.0])
            .zoom_y([0.7, 1.3])
            .shear_x([-30.0, 10.0])
            .shear_y([0.0, 20.0])
            .fill(fill)
            .interpolation(interpolation)
            .into(),
        6 => Perspective::new(0.6).fill(fill).interpolation(interpolation).into(),
        7 => Elastic::new(20.0, 3.0).fill(fill).interpolation(interpolation).into(),
        8 => GridDistortion::new(1 + draws.below(6) as usize).interpolation(interpolation).into(),
        9 => Resize::new(side(draws), side(draws)).filter(filter).antialias(draws.below(2) == 0).into(),
        10 => RandomResizedCrop::new(side(draws), side(draws)).filter(filter).area([0.2, 1.0]).into(),
        11 => Pad::sides(side(draws), 0, side(draws), 3).fill(fill).into(),
        _ => {
            let (height, width) = (side(draws), side(draws));
            let crop = if draws.below(2) == 0 {
                RandomCrop::new(height, width).into()
            } else {
                CenterCrop::new(height, width).into()
            };
            Step::compose([PadTo::new(height, width).fill(fill).into(), crop])
        }
    }
}

fn step(draws: &mut Draws, depth: u64) -> Step {
    let p = draws.below(11) as f64 / 10.0;
    let steps = |draws: &mut Draws| (0..1 + draws.below(3)).map(|_| step(draws, depth + 1)).collect::<Vec<_>>();
    let step = match draws.below(if depth < 2 { 8 } else { 4 }) {
        0..4 => transform(draws),
        4 => Step::compose(steps(draws)),
        5 => Step::one_of(steps(draws).into_iter().map(|step| step.with_p(0.7))),
        6 => {
            let steps = steps(draws);
            Step::some_of(0, steps.len(), steps)
        }
        _ => Step::random_order(steps(draws)),
    };
    step.with_p(p)
}

fn pipeline(seed: u64) -> Pipeline {
    let draws = &mut Draws::new(&[1, seed]);
    let limits = TargetLimits::new().with_min_area(1.0).with_min_visibility(0.1);
    Pipeline::new((0..4).map(|_| step(draws, 0))).unwrap().with_targets(limits).unwrap()
}

/// A picture of any size, with a mask, two boxes and three points.
fn sample(seed: u64) -> Sample {
    let draws = &mut Draws::new(&[2, seed]);
    let [height, width] = [1, 2].map(|_| 1 + draws.below(48) as usize);
    let channels = 1 + draws.below(4) as usize;
    let shape = [height, width, channels];
    let bytes: Vec<u8> = (0..height * width * channels).map(|_| draws.below(256) as u8).collect();
    let picture = Picture::from_bytes(bytes, shape).unwrap();
    let picture = if draws.below(2) == 0 { picture } else { picture.to_floats() };
    let mask = Picture::from_bytes((0..height * width).map(|i| (i % 7) as u8).collect(), [height, width, 1]).unwrap();
    let boxes = [[0.0, 0.0, 1.0, 1.0], [0.25, 0.3, 0.5, 0.9]];
    let points = [[0.1, 0.9], [0.5, 0.5], [0.99, 0.0]];
    let points = points.map(|[x, y]| KeyPoint::new(x * width as f64 - 0.5, y * height as f64 - 0.5)).to_vec();
    let sample = Sample::new(picture).with_mask(mask).unwrap();
    sample.with_boxes(&boxes, &[3, 4], BoxFormat::Albumentations).unwrap().with_key_points(points).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_pipeline_is_the_same_after_it_was_written_and_read(seed: u64) {
        let pipeline = pipeline(seed);
        prop_assert_eq!(&Pipeline::from_toml(&pipeline.to_toml().unwrap()).unwrap(), &pipeline);
        prop_assert_eq!(&Pipeline::from_json(&pipeline.to_json().unwrap()).unwrap(), &pipeline);
    }

    #[test]
    fn a_replayed_record_gives_the_same_picture_and_targets(seed: u64) {
        let (pipeline, mut once) = (pipeline(seed), sample(seed));
        let mut again = once.clone();
        let mut space = Workspace::new();
        let record = pipeline.apply_recorded(&mut once, Key { seed, epoch: 2, index: 9 }, &mut space).unwrap();
        let text = serde_json::to_string(&record).unwrap();
        let stored: Applied = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&stored, &record);
        stored.replay(&mut again, &mut space).unwrap();
        prop_assert_eq!(again, once);
    }

    #[test]
    fn boxes_and_points_stay_on_the_picture_and_masks_keep_its_size(seed: u64) {
        let (pipeline, mut sample) = (pipeline(seed), sample(seed));
        pipeline.apply(&mut sample, Key { seed, ..Key::default() }, &mut Workspace::new()).unwrap();
        let shape = sample.shape();
        prop_assert_eq!(sample.mask.as_ref().unwrap().shape().size(), shape.size());
        for area in &sample.boxes {
            let [x_min, y_min, x_max, y_max] = area.corners();
            prop_assert!(0.0 <= x_min && x_min < x_max && x_max <= shape.width as f64, "{area:?} {shape}");
            prop_assert!(0.0 <= y_min && y_min < y_max && y_max <= shape.height as f64, "{area:?} {shape}");
            prop_assert!(area.visible >= 0.1 && area.visible <= 1.0 + 1e-9 && area.area() >= 1.0, "{area:?}");
        }
        prop_assert!(sample.key_points.iter().all(|point| point.is_on(shape)));
        let known: Vec<u8> = (0..7).collect();
        prop_assert!(sample.mask.unwrap().bytes().unwrap().iter().all(|class| known.contains(class)));
    }

    #[test]
    fn what_happens_to_a_picture_depends_on_its_key_alone(seed: u64) {
        let (pipeline, sample) = (pipeline(seed), sample(seed));
        let key = Key { seed, epoch: 1, index: 5 };
        let run = |before: u64| {
            let mut space = Workspace::new();
            for index in 0..before {
                pipeline.apply(&mut sample.clone(), Key { index, ..key }, &mut space).unwrap();
            }
            let mut sample = sample.clone();
            pipeline.apply(&mut sample, key, &mut space).unwrap();
            sample
        };
        let threads: Vec<Sample> = std::thread::scope(|scope| {
            let started: Vec<_> = (0..3).map(|before| scope.spawn({
                let run = &run;
                move || run(before)
            })).collect();
            started.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        prop_assert!(threads.iter().all(|other| *other == threads[0]));
    }
}

/// The message of a pipeline that is refused.
fn refused(toml: &str) -> String {
    Pipeline::from_toml(toml).unwrap_err().to_string()
}

#[test]
fn an_unknown_name_is_refused_with_its_line_and_the_known_ones() {
    let message = refused("[[transforms]]\ntransform = \"rotate\"\n\n[[transforms]]\ntransform = \"rotat\"\n");
    for part in ["line 5", "`rotat`", "rotate90", "one_of", "horizontal_flip"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let json = "{\"transforms\": [\n{\"transform\": \"one_of\", \"transforms\": [\n{\"transform\": \"blurr\"}]}]}";
    let message = Pipeline::from_json(json).unwrap_err().to_string();
    assert!(message.contains("`blurr`") && message.contains("line 3"), "{message}");
}

#[test]
fn broken_settings_are_refused_by_the_rule_they_break() {
    let cases = [
        ("transform = \"rotate\"\ndegrees = [10, -10]", "degrees = [10, -10] is no range"),
        ("transform = \"rotate\"\ndegrees = [nan, 1]", "degrees: every number is finite"),
        ("transform = \"rotate\"\ndegrees = [0, inf]", "degrees: every number is finite"),
        ("transform = \"rotate\"\nangle = 3", "rotate: unknown field `angle`, expected one of `degrees`"),
        ("transform = \"rotate\"\np = 1.5", "p = 1.5 is no probability"),
        ("transform = \"rotate\"\np = -0.1", "p = -0.1 is no probability"),
        ("transform = \"random_crop\"\nheight = 0\nwidth = 3", "height = 0: a size is at least 1"),
        ("transform = \"random_crop\"\nheight = 3", "random_crop: missing field `width`"),
        ("transform = \"elastic\"\nalpha = 1\nsigma = 0", "elastic: sigma = 0 is not within"),
        ("transform = \"pad\"\ntop = -1", "pad: "),
        ("transform = \"one_of\"\ntransforms = []", "one_of has nothing to choose from"),
        ("transform = \"some_of\"\nn = [1, 2]\ntransforms = [{ transform = \"transpose\" }]", "n = [1, 2] of 1"),
        ("transform = \"some_of\"\ntransforms = []", "some_of: missing field `n`"),
        ("p = 0.5", "missing field `transform`"),
    ];
    for (body, expected) in cases {
        let message = refused(&format!("[[transforms]]\n{body}\n"));
        assert!(message.contains(expected), "{body}: {message}");
        assert!(message.contains("line "), "{body}: {message}");
    }
    assert!(refused("transforms = 3").contains("line 1"));
    assert!(refused("steps = []").contains("unknown field `steps`"));
    assert!(Pipeline::new([Rotate::new([f64::NAN, 1.0]).into()]).is_err());
    assert!(Pipeline::default().with_targets(TargetLimits::new().with_min_visibility(2.0)).is_err());
}

#[test]
fn files_that_are_none_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        std::fs::write(dir.path().join(name), text).unwrap();
        Pipeline::from_file(dir.path().join(name))
    };
    assert_eq!(write("a.toml", "transforms = []").unwrap(), Pipeline::default());
    assert_eq!(write("a.json", "{\"transforms\": []}").unwrap(), Pipeline::default());
    assert!(matches!(write("a.yaml", ""), Err(AugmentError::FileKind { .. })));
    assert!(write("b.toml", "transforms = 1").unwrap_err().to_string().contains("b.toml"));
    assert!(matches!(Pipeline::from_file(dir.path().join("none.toml")), Err(AugmentError::File { .. })));
    let long = format!("# {}\ntransforms = []", "x".repeat(1 << 20));
    assert!(write("long.toml", &long).unwrap_err().to_string().contains("longer than"));
}

#[test]
fn a_choice_of_one_takes_each_as_often_as_its_p_says() {
    let steps =
        [Rotate90::new([1, 1]).with_p(0.2), Rotate90::new([2, 2]).with_p(0.6), Rotate90::new([3, 3]).with_p(0.0)];
    let pipeline = Pipeline::new([Step::one_of(steps).with_p(0.5)]).unwrap();
    let mut counts = [0; 4];
    let mut space = Workspace::new();
    for index in 0..4000 {
        let mut sample = Sample::new(Picture::from_bytes(vec![1, 2, 3, 4], [2, 2, 1]).unwrap());
        pipeline.apply(&mut sample, Key { index, ..Key::default() }, &mut space).unwrap();
        let turned = [[1, 2, 3, 4], [2, 4, 1, 3], [4, 3, 2, 1], [3, 1, 4, 2]];
        counts[turned.iter().position(|bytes| sample.picture.bytes() == Some(bytes)).unwrap()] += 1;
    }
    assert!((counts[0] - 2000i32).abs() < 130 && (counts[1] - 500i32).abs() < 90, "{counts:?}");
    assert!((counts[2] - 1500i32).abs() < 130 && counts[3] == 0, "{counts:?}");
}

#[test]
fn some_of_takes_so_many_in_order_and_random_order_takes_all_in_any() {
    let pads = |i: usize| Step::from(Pad::sides(i, 0, 0, 0));
    let applied = |step: Step, index: u64| {
        let mut sample = Sample::new(Picture::from_bytes(vec![0], [1, 1, 1]).unwrap());
        let key = Key { index, ..Key::default() };
        let pipeline = Pipeline::new([step]).unwrap();
        let record = pipeline.apply_recorded(&mut sample, key, &mut Workspace::new()).unwrap();
        let tops = record.steps.iter().map(|drawn| serde_json::to_value(drawn).unwrap()["top"].as_u64().unwrap());
        tops.collect::<Vec<_>>()
    };
    let mut sets = std::collections::BTreeSet::new();
    let mut orders = std::collections::BTreeSet::new();
    for index in 0..200 {
        let some = applied(Step::some_of(1, 2, (1..4).map(pads)), index);
        assert!(some.is_sorted() && (1..=2).contains(&some.len()));
        sets.insert(some);
        let all = applied(Step::random_order((1..4).map(pads)), index);
        assert_eq!(all.len(), 3);
        orders.insert(all);
    }
    assert_eq!((sets.len(), orders.len()), (6, 6));
}
