//! What must hold of all transforms that move pixels, and of what moves with them.

use firebrick_data::random::Draws;

use super::*;
use crate::{AugmentError, BoxFormat, Key, KeyPoint, Picture, Pipeline, Sample, Step, Transform, Workspace};

fn picture(shape: [usize; 3], seed: u64) -> Picture {
    let mut draws = Draws::new(&[seed]);
    let bytes = (0..shape.iter().product()).map(|_| draws.below(256) as u8).collect();
    Picture::from_bytes(bytes, shape).unwrap()
}

/// Slow waves, which every way of interpolation follows.
fn smooth([height, width, channels]: [usize; 3]) -> Picture {
    let value = |i: usize| {
        let (y, x, c) = (i / channels / width, i / channels % width, i % channels);
        (127.5 + 120.0 * ((x as f64) / 9.0 + c as f64).sin() * ((y as f64) / 7.0).cos()).round() as u8
    };
    Picture::from_bytes((0..height * width * channels).map(value).collect(), [height, width, channels]).unwrap()
}

fn applied(steps: impl IntoIterator<Item = Step>, sample: &Sample) -> Sample {
    let mut sample = sample.clone();
    Pipeline::new(steps).unwrap().apply(&mut sample, Key::default(), &mut Workspace::new()).unwrap();
    sample
}

fn difference(a: &Picture, b: &Picture) -> u8 {
    assert_eq!(a.shape(), b.shape());
    a.bytes().unwrap().iter().zip(b.bytes().unwrap()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

fn quarter(turns: u64) -> Step {
    Rotate90::new([turns, turns]).into()
}

#[test]
fn what_undoes_itself_gives_the_picture_back() {
    for shape in [[1, 1, 1], [1, 5, 2], [7, 1, 3], [33, 70, 3], [64, 31, 4], [5, 6, 1]] {
        let sample = Sample::new(picture(shape, 3));
        let flip = || HorizontalFlip::new().with_p(1.0);
        let turn = || VerticalFlip::new().with_p(1.0);
        let transpose = || Transpose::new().with_p(1.0);
        assert_eq!(applied([flip(), flip()], &sample), sample);
        assert_eq!(applied([turn(), turn()], &sample), sample);
        assert_eq!(applied([transpose(), transpose()], &sample), sample);
        assert_eq!(applied([quarter(1), quarter(3)], &sample), sample);
        assert_eq!(applied([quarter(2), flip(), turn()], &sample), sample);
        assert_eq!(applied([quarter(1), quarter(1)], &sample), applied([quarter(2)], &sample));
        assert_eq!(applied([transpose(), turn()], &sample), applied([quarter(1)], &sample));
        let padded = applied([Pad::sides(2, 3, 1, 4).into(), Pad::new(0).into()], &sample);
        assert_eq!(padded.shape().size(), [shape[0] + 5, shape[1] + 5]);
        let [height, width] = sample.shape().size();
        let back = applied([Pad::new(3).into(), CenterCrop::new(height, width).into()], &sample);
        assert_eq!(back, sample);
        assert_eq!(applied([Resize::new(height, width).into()], &sample), sample);
    }
}

#[test]
fn quarter_turns_with_and_without_interpolation_agree() {
    let sample = Sample::new(picture([40, 40, 3], 5));
    for turns in 0..4 {
        let degrees = 90.0 * turns as f64;
        let turned = applied([Rotate::new([degrees, degrees]).into()], &sample);
        assert_eq!(turned, applied([quarter(turns)], &sample), "{degrees}");
    }
}

#[test]
fn bytes_and_floats_are_mixed_alike() {
    for channels in 1..=4 {
        let bytes = Sample::new(picture([37, 90, channels], 8));
        let floats = Sample::new(bytes.picture.to_floats());
        for fill in [Fill::Nearest, Fill::Reflect, Fill::Mirror, Fill::Wrap] {
            let affine = Affine::new().rotate([11.0; 2]).zoom([1.3; 2]).shift_x([0.1; 2]).fill(fill);
            let as_bytes = applied([affine.into()], &bytes).picture;
            let as_floats = applied([affine.into()], &floats).picture;
            let worst = as_bytes.bytes().unwrap().iter().zip(as_floats.floats().unwrap());
            let worst = worst.map(|(byte, float)| (f32::from(*byte) - 255.0 * float).abs()).fold(0.0, f32::max);
            // Half a level from rounding, up to one from shares of 8 bits where black meets white.
            assert!(worst <= 1.5, "{channels} channels, {fill:?}: {worst}");
        }
    }
}

#[test]
fn a_map_and_its_inverse_leave_smooth_pictures_as_they_are() {
    let sample = Sample::new(smooth([80, 120, 3]));
    for interpolation in [Interpolation::Bilinear, Interpolation::Bicubic] {
        let rotate = |degrees: f64| Rotate::new([degrees; 2]).interpolation(interpolation);
        let there_and_back = [rotate(17.0).into(), rotate(-17.0).into(), CenterCrop::new(40, 40).into()];
        let back = applied(there_and_back, &sample);
        let middle = applied([CenterCrop::new(40, 40).into()], &sample);
        assert!(difference(&back.picture, &middle.picture) <= 3, "{interpolation:?}");
    }
    let zoomed = applied([Resize::new(240, 360).into(), Resize::new(80, 120).into()], &sample);
    assert!(difference(&zoomed.picture, &sample.picture) <= 4);
}

/// The box around the pixels of a mask that are set.
fn around(mask: &Picture) -> [f64; 4] {
    let width = mask.shape().width;
    let set = mask.bytes().unwrap().iter().enumerate().filter(|(_, byte)| **byte == 1).map(|(i, _)| i);
    set.fold([f64::MAX, f64::MAX, 0.0, 0.0], |[a, b, c, d], i| {
        let (x, y) = ((i % width) as f64, (i / width) as f64);
        [a.min(x), b.min(y), c.max(x + 1.0), d.max(y + 1.0)]
    })
}

fn overlap(a: [f64; 4], b: [f64; 4]) -> f64 {
    let area = |[x, y, u, v]: [f64; 4]| (u - x).max(0.0) * (v - y).max(0.0);
    let both = area([a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])]);
    both / (area(a) + area(b) - both)
}

/// A spot of light with a key point in its middle, and a rectangle that a mask and a box show.
fn marked() -> Sample {
    let [height, width] = [200usize, 240];
    let area = [60.0, 50.0, 150.0, 130.0];
    let inside = |i: usize| {
        let (x, y) = ((i % width) as f64, (i / width) as f64);
        x >= area[0] && x < area[2] && y >= area[1] && y < area[3]
    };
    let mask = Picture::from_bytes((0..height * width).map(|i| u8::from(inside(i))).collect(), [height, width, 1]);
    // Where a spot of light goes, a key point goes.
    let mut spot = vec![0; height * width];
    for (dy, dx) in (0..5).flat_map(|dy| (0..5).map(move |dx| (dy, dx))) {
        spot[(88 + dy) * width + 98 + dx] = 255;
    }
    let sample = Sample::new(Picture::from_bytes(spot, [height, width, 1]).unwrap()).with_mask(mask.unwrap()).unwrap();
    let sample = sample.with_boxes(&[area], &[1], BoxFormat::PascalVoc).unwrap();
    sample.with_key_points(vec![KeyPoint::new(100.0, 90.0)]).unwrap()
}

fn moves() -> [Step; 14] {
    let affine = Affine::new().rotate([3.0; 2]).zoom([1.2; 2]).shift_x([0.05; 2]).shear_x([4.0; 2]).shift_y([-0.04; 2]);
    [
        HorizontalFlip::new().with_p(1.0),
        VerticalFlip::new().with_p(1.0),
        Transpose::new().with_p(1.0),
        quarter(1),
        quarter(3),
        Rotate::new([90.0; 2]).into(),
        affine.fill(Fill::constant(0.0)).into(),
        Perspective::new(0.1).fill(Fill::constant(0.0)).into(),
        Elastic::new(60.0, 12.0).fill(Fill::constant(0.0)).into(),
        GridDistortion::new(4).into(),
        Resize::new(100, 300).into(),
        CenterCrop::new(150, 180).into(),
        RandomResizedCrop::new(180, 220).area([0.8, 1.0]).into(),
        Pad::sides(7, 3, 9, 1).fill(Fill::constant(0.0)).into(),
    ]
}

#[test]
fn boxes_masks_and_key_points_move_alike() {
    let sample = marked();
    for step in moves() {
        let name = step.name();
        let moved = applied([step], &sample);
        let found = around(moved.mask.as_ref().unwrap());
        let expected = moved.boxes[0].corners();
        let least = if ["affine", "perspective", "elastic"].contains(&name) { 0.93 } else { 0.97 };
        assert!(overlap(found, expected) >= least, "{name}: {found:?} {expected:?}");
        let bytes = moved.picture.bytes().unwrap();
        let sum = bytes.iter().map(|&byte| f64::from(byte)).sum::<f64>();
        let mean = |at: fn(usize, usize) -> usize| {
            let width = moved.shape().width;
            bytes.iter().enumerate().map(|(i, &byte)| f64::from(byte) * at(i, width) as f64).sum::<f64>() / sum
        };
        let (x, y) = (mean(|i, width| i % width), mean(|i, width| i / width));
        let point = moved.key_points[0];
        assert!((x - point.x).abs() < 0.6 && (y - point.y).abs() < 0.6, "{name}: ({x}, {y}) {point:?}");
    }
}

#[test]
fn boxes_are_dropped_by_area_and_by_what_is_left_of_them() {
    let sample = Sample::new(picture([10, 10, 1], 1));
    let sample =
        sample.with_boxes(&[[0.0, 0.0, 4.0, 4.0], [5.0, 5.0, 9.0, 9.0]], &[0, 1], BoxFormat::PascalVoc).unwrap();
    let crop = |limits: crate::TargetLimits| {
        let mut sample = sample.clone();
        let pipeline = Pipeline::new([CenterCrop::new(6, 6).into()]).unwrap().with_targets(limits).unwrap();
        pipeline.apply(&mut sample, Key::default(), &mut Workspace::new()).unwrap();
        sample.boxes.iter().map(|area| (area.class, area.corners())).collect::<Vec<_>>()
    };
    let limits = crate::TargetLimits::new();
    let both = [(0, [0.0, 0.0, 2.0, 2.0]), (1, [3.0, 3.0, 6.0, 6.0])];
    assert_eq!(crop(limits), both);
    assert_eq!(crop(limits.with_min_area(5.0)), both[1..]);
    assert_eq!(crop(limits.with_min_visibility(0.3)), both[1..]);
    assert_eq!(crop(limits.with_min_visibility(0.25)), both);
}

#[test]
fn the_four_formats_say_the_same_box() {
    let sample = Sample::new(picture([20, 40, 1], 1));
    let cases = [
        (BoxFormat::PascalVoc, [4.0, 5.0, 12.0, 15.0]),
        (BoxFormat::Coco, [4.0, 5.0, 8.0, 10.0]),
        (BoxFormat::Albumentations, [0.1, 0.25, 0.3, 0.75]),
        (BoxFormat::Yolo, [0.2, 0.5, 0.2, 0.5]),
    ];
    for (format, values) in cases {
        let read = sample.clone().with_boxes(&[values], &[], format).unwrap();
        let corners = read.boxes[0].corners();
        let near = |a: [f64; 4], b: [f64; 4]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9);
        assert!(near(corners, [4.0, 5.0, 12.0, 15.0]), "{format:?}: {corners:?}");
        assert!(near(format.write(&read.boxes[0], sample.shape()), values), "{format:?}");
    }
}

#[test]
fn pictures_and_targets_that_are_none_are_refused() {
    let refused = |shape: [usize; 3]| Picture::from_bytes(vec![], shape).unwrap_err();
    assert!(matches!(refused([0, 3, 1]), AugmentError::PictureShape { height: 0, .. }));
    assert!(matches!(refused([3, 0, 1]), AugmentError::PictureShape { width: 0, .. }));
    assert!(matches!(refused([3, 3, 0]), AugmentError::PictureShape { channels: 0, .. }));
    assert!(matches!(refused([3, 3, 5]), AugmentError::PictureShape { channels: 5, .. }));
    assert!(matches!(refused([usize::MAX, 3, 1]), AugmentError::PictureShape { .. }));
    assert!(matches!(refused([3, 3, 1]), AugmentError::ValueCount { given: 0, expected: 9, .. }));
    let sample = Sample::new(picture([10, 10, 1], 1));
    let boxed = |values: [f64; 4]| sample.clone().with_boxes(&[values], &[], BoxFormat::PascalVoc).unwrap_err();
    assert!(matches!(boxed([5.0, 1.0, 4.0, 3.0]), AugmentError::BoxInverted { index: 0, .. }));
    assert!(matches!(boxed([5.0, 3.0, 6.0, 3.0]), AugmentError::BoxInverted { .. }));
    assert!(matches!(boxed([f64::NAN, 1.0, 4.0, 3.0]), AugmentError::BoxInverted { .. }));
    assert!(matches!(boxed([5.0, 1.0, 10.5, 3.0]), AugmentError::BoxOutside { .. }));
    assert!(matches!(boxed([-1.0, 1.0, 4.0, 3.0]), AugmentError::BoxOutside { .. }));
    let point = sample.clone().with_key_points(vec![KeyPoint::new(1.0, 9.6)]).unwrap_err();
    assert!(matches!(point, AugmentError::KeyPointOutside { index: 0, .. }));
    let mask = sample.clone().with_mask(picture([10, 9, 1], 1)).unwrap_err();
    assert!(matches!(mask, AugmentError::MaskSize { .. }));
}

#[test]
fn a_crop_larger_than_the_picture_is_refused_and_so_is_its_record_on_a_smaller_one() {
    let mut space = Workspace::new();
    let crop = Pipeline::new([RandomCrop::new(8, 8).into()]).unwrap();
    let mut large = Sample::new(picture([9, 9, 1], 1));
    let mut small = Sample::new(picture([9, 7, 1], 1));
    let error = crop.apply(&mut small, Key::default(), &mut space).unwrap_err();
    assert!(matches!(error, AugmentError::TooSmall { transform: "random_crop", height: 8, width: 8, .. }), "{error}");
    let record = crop.apply_recorded(&mut large, Key::default(), &mut space).unwrap();
    assert!(record.replay(&mut small, &mut space).is_err());
}

#[test]
fn every_transform_takes_a_picture_of_one_pixel() {
    let sample = Sample::new(Picture::from_bytes(vec![200, 100, 50], [1, 1, 3]).unwrap());
    for interpolation in [Interpolation::Nearest, Interpolation::Bilinear, Interpolation::Bicubic] {
        let steps: [Step; 8] = [
            Rotate::new([30.0; 2]).interpolation(interpolation).into(),
            Affine::new().zoom([3.0; 2]).fill(Fill::Wrap).interpolation(interpolation).into(),
            Perspective::new(0.9).interpolation(interpolation).fill(Fill::Mirror).into(),
            Elastic::new(10.0, 4.0).interpolation(interpolation).into(),
            GridDistortion::new(5).interpolation(interpolation).into(),
            RandomResizedCrop::new(1, 1).into(),
            Resize::new(1, 1).filter(Filter::Bicubic).into(),
            quarter(1),
        ];
        for step in steps {
            let name = step.name();
            assert_eq!(applied([step], &sample).picture, sample.picture, "{name} {interpolation:?}");
        }
    }
}
