//! What must hold of mixtures of pictures.

use firebrick_data::random::Draws;

use super::*;
use crate::picture::Picture;
use crate::pipeline::Key;
use crate::sample::Sample;
use crate::targets::{BoxFormat, KeyPoint};
use crate::workspace::Workspace;

const SIDE: usize = 24;

/// Pictures of 0 with a rectangle of 10·(i + 1) each, in the picture and in the mask, a box around it, a point in its middle, and the class i.
fn batch(len: usize) -> Vec<Sample> {
    let mut draws = Draws::new(&[len as u64]);
    let mut side = || (draws.below(10) as usize, 5 + draws.below(9) as usize);
    let sample = |i: usize| {
        let ((top, height), (left, width)) = (side(), side());
        let level = 10 * (i as u8 + 1);
        let mut bytes = vec![0; SIDE * SIDE];
        for y in top..top + height {
            bytes[y * SIDE + left..][..width].fill(level);
        }
        let picture = || Picture::from_bytes(bytes.clone(), [SIDE, SIDE, 1]).unwrap();
        let corners = [left, top, left + width, top + height].map(|corner| corner as f64);
        let mut label = vec![0.0; len];
        label[i] = 1.0;
        let middle = KeyPoint { x: (left + width / 2) as f64, y: (top + height / 2) as f64, class: u32::from(level) };
        Sample::new(picture())
            .with_mask(picture())
            .unwrap()
            .with_boxes(&[corners], &[u32::from(level)], BoxFormat::PascalVoc)
            .unwrap()
            .with_key_points(vec![middle])
            .unwrap()
            .with_label(label)
    };
    (0..len).map(sample).collect()
}

fn steps() -> [MixStep; 3] {
    [CutMix::default().into(), Mosaic::default().into(), LabelSmoothing::default().into()]
}

fn key(index: u64) -> Key {
    Key { seed: 3, epoch: 1, index }
}

#[test]
fn the_same_key_and_the_record_give_the_same() {
    let pipeline = BatchPipeline::new(steps().map(|step| step.with_p(0.7))).unwrap();
    let mut space = Workspace::new();
    for index in 0..20 {
        let [mut once, mut again, mut replayed] = [(); 3].map(|()| batch(5));
        let applied = pipeline.apply(&mut once, key(index), &mut space).unwrap();
        pipeline.apply(&mut again, key(index), &mut Workspace::new()).unwrap();
        let applied: Vec<MixDrawn> = serde_json::from_str(&serde_json::to_string(&applied).unwrap()).unwrap();
        applied.iter().for_each(|drawn| drawn.apply(&mut replayed, &mut space).unwrap());
        assert_eq!(once, again);
        assert_eq!(once, replayed);
    }
}

#[test]
fn boxes_points_and_masks_stay_with_what_they_are_on() {
    let mut space = Workspace::new();
    for (index, step) in (0..60).flat_map(|index| steps().map(|step| (index, step))) {
        let pipeline = BatchPipeline::new([step]).unwrap();
        let mut mixed = batch(5);
        pipeline.apply(&mut mixed, key(index), &mut space).unwrap();
        for sample in &mixed {
            let bytes = sample.picture.bytes().unwrap();
            assert_eq!(bytes, sample.mask.as_ref().unwrap().bytes().unwrap());
            for found in &sample.boxes {
                let [x_min, y_min, x_max, y_max] = found.corners().map(|corner| corner as usize);
                let own = (y_min..y_max).flat_map(|y| &bytes[y * SIDE + x_min..y * SIDE + x_max]);
                let seen = own.filter(|byte| u32::from(**byte) == found.class).count();
                assert!(found.visible > 0.0 && found.visible <= 1.0 && seen > 0, "{found:?}");
            }
            for point in &sample.key_points {
                assert_eq!(u32::from(bytes[point.y as usize * SIDE + point.x as usize]), point.class, "{point:?}");
            }
        }
    }
}

#[test]
fn labels_are_shares_and_follow_the_area() {
    let mut space = Workspace::new();
    for (index, step) in (0..20).flat_map(|index| steps().map(|step| (index, step))) {
        let pipeline = BatchPipeline::new([step]).unwrap();
        let mut mixed = batch(4);
        pipeline.apply(&mut mixed, key(index), &mut space).unwrap();
        for sample in &mixed {
            let sum: f32 = sample.label.iter().sum();
            assert!((sum - 1.0).abs() < 1e-5 && sample.label.iter().all(|share| *share >= 0.0), "{:?}", sample.label);
        }
    }
    let mut mixed = batch(2);
    MosaicCentre { row: 6, column: 24 }.apply(&mut mixed, &mut space).unwrap();
    assert_eq!(mixed[0].label, [1.0, 0.0]);
    let mut mixed = batch(4);
    MosaicCentre { row: 6, column: 12 }.apply(&mut mixed, &mut space).unwrap();
    assert_eq!(mixed[0].label, [0.125, 0.125, 0.375, 0.375]);
}

#[test]
fn empty_batches_and_batches_of_one_are_fine() {
    let pipeline = BatchPipeline::new(steps()).unwrap();
    let mut space = Workspace::new();
    assert_eq!(pipeline.apply(&mut [], key(0), &mut space).unwrap(), []);
    let mut one = batch(1);
    pipeline.apply(&mut one, key(0), &mut space).unwrap();
    assert_eq!(one[0].label, [1.0]);
}

#[test]
fn batches_that_do_not_go_together_are_refused() {
    let mut space = Workspace::new();
    let mix = MixDrawn::CutMix(CutMix::default().draw(batch(2)[0].shape(), &mut Draws::new(&[1])));
    let refused = |change: &dyn Fn(&mut Sample)| {
        let mut mixed = batch(3);
        change(&mut mixed[1]);
        mix.apply(&mut mixed, &mut Workspace::new()).unwrap_err().to_string()
    };
    assert!(refused(&|sample| sample.picture = sample.picture.to_floats()).contains("picture 1"));
    assert!(refused(&|sample| sample.label.clear()).contains("label 1"));
    assert!(refused(&|sample| sample.mask = None).contains("mask"));
    let error = MixUpShare { share: 0.5 }.apply(&mut batch(2), &mut space).unwrap_err();
    assert!(error.to_string().contains("mix_up"), "{error}");
}

#[test]
fn settings_that_make_no_sense_are_refused_and_the_rest_comes_back() {
    let refused: [MixStep; 5] = [
        MixUp::new(0.0).into(),
        CutMix::new(f64::NAN).into(),
        Mosaic::new([0.8, 0.2]).into(),
        LabelSmoothing::new(1.5).into(),
        MixStep::from(MixUp::default()).with_p(2.0),
    ];
    for step in refused {
        assert!(BatchPipeline::new([step]).is_err(), "{step:?}");
    }
    let pipeline = BatchPipeline::new(steps().map(|step| step.with_p(0.25))).unwrap();
    assert_eq!(BatchPipeline::from_toml(&pipeline.to_toml().unwrap()).unwrap(), pipeline);
    for text in [
        "[[mixes]]\nmix = 'mixup'",
        "[[mixes]]\nmix = 'mix_up'\nalfa = 1.0",
        "[[mixes]]\nmix = 'mosaic'\ncentre = [0.9, 0.1]",
    ] {
        assert!(BatchPipeline::from_toml(text).is_err(), "{text}");
    }
}
