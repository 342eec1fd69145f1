//! No memory is taken per picture once a workspace has seen a few: counted, in a program of its own, for the counter is the allocator.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use allocation_counter::measure;
use firebrick_data_augment::generator::ImageDataGenerator;
use firebrick_data_augment::geometry::{
    Affine, CenterCrop, Elastic, Filter, GridDistortion, HorizontalFlip, Interpolation, Pad, Perspective, RandomCrop,
    RandomResizedCrop, Resize, Rotate, Rotate90, Transpose, VerticalFlip,
};
use firebrick_data_augment::{BoxFormat, Key, KeyPoint, Picture, Pipeline, Sample, Step, Workspace};

fn sample(floats: bool) -> Sample {
    let bytes = (0..48 * 64 * 3).map(|i| (i * 7 % 256) as u8).collect();
    let picture = Picture::from_bytes(bytes, [48, 64, 3]).unwrap();
    let picture = if floats { picture.to_floats() } else { picture };
    let mask = Picture::from_bytes(vec![1; 48 * 64], [48, 64, 1]).unwrap();
    let sample = Sample::new(picture).with_mask(mask).unwrap();
    let sample = sample.with_boxes(&[[4.0, 4.0, 30.0, 30.0]], &[1], BoxFormat::PascalVoc).unwrap();
    sample.with_key_points(vec![KeyPoint::new(20.0, 20.0)]).unwrap()
}

fn pipeline() -> Pipeline {
    let affine = Affine::new().rotate([-20.0, 20.0]).zoom([0.9, 1.1]).shift_x([-0.1, 0.1]);
    let geometry: [Step; 9] = [
        HorizontalFlip::new().into(),
        VerticalFlip::new().into(),
        affine.into(),
        Perspective::new(0.2).into(),
        Elastic::new(20.0, 4.0).into(),
        GridDistortion::new(4).into(),
        Rotate::new([-10.0, 10.0]).interpolation(Interpolation::Bicubic).into(),
        Pad::new(4).into(),
        Transpose::new().into(),
    ];
    let sizes: [Step; 4] = [
        Rotate90::default().into(),
        CenterCrop::new(40, 40).into(),
        RandomResizedCrop::new(50, 44).into(),
        RandomCrop::new(32, 32).into(),
    ];
    let steps = [
        Step::some_of(2, 5, geometry),
        Step::one_of([sizes[1].clone(), sizes[2].clone()]),
        Step::compose(sizes),
        Resize::new(28, 36).filter(Filter::Bicubic).into(),
        Resize::new(48, 64).into(),
    ];
    Pipeline::new(steps).unwrap()
}

#[test]
fn a_pipeline_takes_no_memory_once_it_has_seen_a_few_pictures() {
    for floats in [false, true] {
        let (pipeline, mut sample, mut space) = (pipeline(), sample(floats), Workspace::new());
        let mut run = |indices: std::ops::Range<u64>| {
            for index in indices {
                pipeline.apply(&mut sample, Key { seed: 4, epoch: 1, index }, &mut space).unwrap();
            }
        };
        run(0..300);
        let counted = measure(|| run(300..600));
        assert_eq!(counted.count_total, 0, "floats {floats}: {} bytes", counted.bytes_total);
    }
}

#[test]
fn the_counter_counts() {
    assert!(measure(|| drop(std::hint::black_box(vec![0u8; 100]))).count_total >= 1);
}

#[test]
fn a_generator_takes_no_memory_for_transforming_and_standardising() {
    let generator = ImageDataGenerator::new().rotation_range(20.0).width_shift_range(0.2).zoom_range(0.2);
    let generator = generator.horizontal_flip(true).brightness_range([0.8, 1.2]).samplewise_std_normalization(true);
    let (mut sample, mut space) = (sample(true), Workspace::new());
    let mut run = |indices: std::ops::Range<u64>| {
        for index in indices {
            generator.random_transform(&mut sample, Key { seed: 4, epoch: 1, index }, &mut space).unwrap();
            generator.standardize(&mut sample.picture, &mut space).unwrap();
        }
    };
    run(0..20);
    assert_eq!(measure(|| run(20..120)).count_total, 0);
}
