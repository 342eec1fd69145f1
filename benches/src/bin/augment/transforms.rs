//! What is measured: transforms with settings that the peers have too.

use std::fmt;

/// A picture's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    side: usize,
    channels: usize,
}

/// Colour pictures of two sizes, and MNIST's.
pub(crate) const SIZES: [Size; 3] =
    [Size { side: 256, channels: 3 }, Size { side: 512, channels: 3 }, Size { side: 28, channels: 1 }];

impl Size {
    pub(crate) fn shape(self) -> [usize; 3] {
        [self.side, self.side, self.channels]
    }

    /// Slopes with noise on them, as the peers' script makes them.
    pub(crate) fn pixels(self) -> Vec<u8> {
        let value = |i: usize| {
            let (y, x, c) = (i / self.channels / self.side, i / self.channels % self.side, i % self.channels);
            ((x / 2 + y / 3 + c * 40 + (x * y * 31 + c * 17) % 32) % 256) as u8
        };
        (0..self.side * self.side * self.channels).map(value).collect()
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { side, channels } = self;
        write!(f, "{side}x{side}x{channels}")
    }
}

/// A transform with its settings.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    /// A step of a pipeline in JSON; SIDE, HALF and EIGHTH are lengths in pixels.
    step: &'static str,
    colours: bool,
}

impl Measured {
    pub(crate) fn takes(&self, size: Size) -> bool {
        size.channels == 3 || !self.colours
    }

    pub(crate) fn settings(&self, size: Size) -> String {
        let lengths = [("SIDE", size.side), ("HALF", size.side / 2), ("EIGHTH", size.side / 8)];
        lengths.iter().fold(self.step.to_owned(), |step, (name, length)| step.replace(name, &length.to_string()))
    }
}

const fn any(name: &'static str, step: &'static str) -> Measured {
    Measured { name, step, colours: false }
}

const fn coloured(name: &'static str, step: &'static str) -> Measured {
    Measured { name, step, colours: true }
}

pub(crate) const TRANSFORMS: &[Measured] = &[
    any("horizontal_flip", r#"{"transform":"horizontal_flip","p":1}"#),
    any("vertical_flip", r#"{"transform":"vertical_flip","p":1}"#),
    any("transpose", r#"{"transform":"transpose","p":1}"#),
    any("rotate90", r#"{"transform":"rotate90","turns":[1,1],"p":1}"#),
    any("crop", r#"{"transform":"random_crop","height":HALF,"width":HALF}"#),
    any("random_resized_crop", r#"{"transform":"random_resized_crop","height":HALF,"width":HALF,"antialias":false}"#),
    any(
        "pad",
        r#"{"transform":"pad","top":EIGHTH,"bottom":EIGHTH,"left":EIGHTH,"right":EIGHTH,"fill":{"constant":[0,0,0,0]}}"#,
    ),
    any("resize", r#"{"transform":"resize","height":HALF,"width":HALF,"antialias":false}"#),
    any("resize_antialias", r#"{"transform":"resize","height":HALF,"width":HALF,"antialias":true}"#),
    any("rotate", r#"{"transform":"rotate","degrees":[15,15],"fill":{"constant":[0,0,0,0]}}"#),
    any(
        "affine",
        r#"{"transform":"affine","rotate":[15,15],"shift_x":[0.1,0.1],"zoom":[1.1,1.1],"shear_x":[5,5],"fill":{"constant":[0,0,0,0]}}"#,
    ),
    any("perspective", r#"{"transform":"perspective","distortion":0.3,"fill":{"constant":[0,0,0,0]},"p":1}"#),
    any("elastic", r#"{"transform":"elastic","alpha":50,"sigma":5}"#),
    any("grid_distortion", r#"{"transform":"grid_distortion","steps":5}"#),
    any("brightness", r#"{"transform":"brightness","factor":[1.3,1.3]}"#),
    any("contrast", r#"{"transform":"contrast","factor":[1.3,1.3]}"#),
    any("gamma", r#"{"transform":"gamma","gamma":[1.3,1.3]}"#),
    any("invert", r#"{"transform":"invert"}"#),
    any("posterize", r#"{"transform":"posterize","bits":[4,4]}"#),
    any("solarize", r#"{"transform":"solarize","threshold":[0.5,0.5]}"#),
    any("equalize", r#"{"transform":"equalize"}"#),
    any("auto_contrast", r#"{"transform":"auto_contrast"}"#),
    any("clahe", r#"{"transform":"clahe","clip_limit":[2,2]}"#),
    coloured("saturation", r#"{"transform":"saturation","factor":[1.3,1.3]}"#),
    coloured("hue", r#"{"transform":"hue","shift":[0.1,0.1]}"#),
    coloured("color_jitter", r#"{"transform":"color_jitter"}"#),
    coloured("grayscale", r#"{"transform":"grayscale"}"#),
    coloured("channel_shuffle", r#"{"transform":"channel_shuffle"}"#),
    coloured("channel_drop", r#"{"transform":"channel_drop"}"#),
    any("gaussian_noise", r#"{"transform":"gaussian_noise","sigma":[0.1,0.1]}"#),
    any("speckle_noise", r#"{"transform":"speckle_noise","sigma":[0.1,0.1]}"#),
    any("shot_noise", r#"{"transform":"shot_noise","photons":[50,50]}"#),
    any("salt_and_pepper", r#"{"transform":"salt_and_pepper","amount":[0.05,0.05]}"#),
    any("gaussian_blur", r#"{"transform":"gaussian_blur","sigma":[1.5,1.5],"size":7}"#),
    any("box_blur", r#"{"transform":"box_blur","size":[5,5]}"#),
    any("median_blur_3", r#"{"transform":"median_blur","size":[3,3]}"#),
    any("median_blur_5", r#"{"transform":"median_blur","size":[5,5]}"#),
    any("motion_blur", r#"{"transform":"motion_blur","size":[7,7],"degrees":[30,30]}"#),
    any("defocus", r#"{"transform":"defocus","radius":[3,3],"soft":[0.4,0.4]}"#),
    any("sharpen", r#"{"transform":"sharpen","factor":[1.5,1.5]}"#),
    any("jpeg", r#"{"transform":"jpeg","quality":[60,60]}"#),
    any("erasing", r#"{"transform":"erasing","scale":[0.1,0.1],"p":1}"#),
    any("cutout", r#"{"transform":"cutout","holes":[4,4],"height":[0.2,0.2],"width":[0.2,0.2],"p":1}"#),
    any("grid_mask", r#"{"transform":"grid_mask","p":1}"#),
    any("normalize", r#"{"transform":"normalize","mean":[0.5],"deviation":[0.25]}"#),
];

#[cfg(test)]
mod tests {
    use super::super::ours::Ours;
    use super::*;

    #[test]
    fn every_transform_can_be_measured_on_every_size_it_takes() {
        for transform in TRANSFORMS {
            for size in SIZES.into_iter().filter(|size| transform.takes(*size)) {
                let rate = Ours::new(transform, size).unwrap().rate(1e-6, 2).unwrap();
                assert!(rate > 0.0, "{} {size}", transform.name);
            }
        }
    }
}
