//! Pipelines with a name: a place to begin.

use std::path::Path;

use crate::error::AugmentError;
use crate::generator::RandomTransform;
use crate::geometry::{Affine, Elastic, Fill, HorizontalFlip, Pad, RandomCrop};
use crate::picture::Shape;
use crate::pipeline::{Pipeline, Step};
use crate::policy::{AugMix, AutoAugment, LearntPolicy, RandAugment, TrivialAugment};

/// The names, and what each is for.
pub const NAMES: &[(&str, &str)] = &[
    ("flip-crop", "padded by an eighth, cropped anywhere, flipped: He et al., 2016, for CIFAR-10"),
    (
        "handwriting",
        "turned, sheared, zoomed and shifted a little: for digits and letters, which no flip leaves what they are",
    ),
    ("handwriting-elastic", "the same, and as on rubber: Simard et al., 2003"),
    ("rand-augment", "two transforms of medium strength: Cubuk et al., 2020"),
    ("trivial-augment", "one transform of any strength: Mueller and Hutter, 2021"),
    ("aug-mix", "a mixture of chains of transforms: Hendrycks et al., 2020"),
    ("auto-augment-cifar10", "what was learnt on CIFAR-10: Cubuk et al., 2019"),
    ("auto-augment-imagenet", "what was learnt on ImageNet: Cubuk et al., 2019"),
    ("keras", "ImageDataGenerator with rotation 15, shifts 0.1, zoom 0.1 and horizontal flips"),
];

/// The pipeline of a name for pictures of this shape; they keep their size.
///
/// ```
/// use firebrick_data_augment::{Shape, named};
///
/// let pipeline = named::pipeline("flip-crop", Shape::new(32, 32, 3)?)?;
/// assert_eq!(pipeline.steps().len(), 3);
/// assert!(named::pipeline("flip-crp", Shape::new(32, 32, 3)?).unwrap_err().to_string().contains("flip-crop"));
/// # Ok::<(), firebrick_data_augment::AugmentError>(())
/// ```
///
/// # Errors
/// When there is no such name.
pub fn pipeline(name: &str, shape: Shape) -> Result<Pipeline, AugmentError> {
    let Shape { height, width, .. } = shape;
    let black = Fill::constant(0.0);
    let steps: Vec<Step> = match name {
        "flip-crop" => {
            let (rows, columns) = (height.div_ceil(8), width.div_ceil(8));
            let pad = Pad::sides(rows, rows, columns, columns).fill(Fill::Reflect);
            vec![pad.into(), RandomCrop::new(height, width).into(), HorizontalFlip::new().into()]
        }
        "handwriting" => vec![handwriting(black).into()],
        "handwriting-elastic" => {
            // 34 and 4 of the paper, for pictures of 28 pixels.
            let side = height.min(width) as f64 / 28.0;
            let elastic = Elastic::new(34.0 * side, (4.0 * side).max(0.5)).fill(black);
            vec![handwriting(black).into(), elastic.into()]
        }
        "rand-augment" => vec![RandAugment::default().into()],
        "trivial-augment" => vec![TrivialAugment::new().into()],
        "aug-mix" => vec![AugMix::default().into()],
        "auto-augment-cifar10" => vec![AutoAugment::new(LearntPolicy::Cifar10).into()],
        "auto-augment-imagenet" => vec![AutoAugment::new(LearntPolicy::ImageNet).into()],
        "keras" => vec![
            RandomTransform {
                rotation_range: 15.0,
                width_shift_range: 0.1.into(),
                height_shift_range: 0.1.into(),
                zoom_range: [0.9, 1.1],
                horizontal_flip: true,
                ..RandomTransform::default()
            }
            .into(),
        ],
        _ => {
            let known = NAMES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            return Err(AugmentError::UnknownPolicy { name: name.into(), known });
        }
    };
    Pipeline::new(steps)
}

/// The pipeline of a name, or of a file whose name ends in `.toml` or `.json`.
///
/// # Errors
/// When there is no such name, or the file holds no pipeline.
pub fn pipeline_or_file(name: &str, shape: Shape) -> Result<Pipeline, AugmentError> {
    if Path::new(name).extension().is_some() { Pipeline::from_file(name) } else { pipeline(name, shape) }
}

fn handwriting(fill: Fill) -> Affine {
    let around = |most: f64| [-most, most];
    let affine = Affine::new().rotate(around(12.0)).shear_x(around(10.0)).zoom([0.85, 1.15]).zoom_y([0.85, 1.15]);
    affine.shift_x(around(0.1)).shift_y(around(0.1)).fill(fill)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_pipeline_that_keeps_sizes() {
        for (name, _) in NAMES {
            for shape in [Shape { height: 8, width: 8, channels: 1 }, Shape { height: 32, width: 48, channels: 3 }] {
                let pipeline = pipeline(name, shape).unwrap();
                assert_eq!(pipeline.shapes(shape).unwrap(), [shape], "{name}");
                assert_eq!(Pipeline::from_toml(&pipeline.to_toml().unwrap()).unwrap(), pipeline, "{name}");
            }
        }
    }
}
