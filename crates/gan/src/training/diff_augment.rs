//! DiffAugment (Zhao et al., 2020, <https://arxiv.org/abs/2006.10738>): the discriminator sees real pictures and fakes through the same
//! random changes, and the generator learns through them, so that few real pictures are not learnt by heart.
//!
//! ```text
//! colour        x + b,  b ~ U(−½, ½);    (x − m)·c + m,  c ~ U(½, 3/2), m the picture's mean
//! translation   up to an eighth of each side, zeros (grey) come in
//! cutout        a square of half the side is zero (grey), its middle anywhere
//! ```
//!
//! Each picture has draws of its own, from the device's generator.

use burn::tensor::{Device, Distribution, Int, Tensor};
use serde::{Deserialize, Serialize};

/// What is changed. The default changes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiffAugment {
    /// Brightness and contrast.
    pub colour: bool,
    /// Where the picture stands.
    pub translation: bool,
    /// A square that is missing.
    pub cutout: bool,
}

impl DiffAugment {
    /// Pictures `[B, C, H, W]` of values −1 to 1, changed; gradients go through.
    pub fn apply(self, pictures: Tensor<4>) -> Tensor<4> {
        let pictures = if self.colour { coloured(pictures) } else { pictures };
        let pictures = if self.translation { translated(pictures) } else { pictures };
        if self.cutout { cut(pictures) } else { pictures }
    }
}

/// A number for each picture, `[B, 1, 1, 1]`.
fn draws(count: usize, [low, high]: [f64; 2], device: &Device) -> Tensor<4> {
    Tensor::random([count, 1, 1, 1], Distribution::Uniform(low, high), device)
}

fn coloured(pictures: Tensor<4>) -> Tensor<4> {
    let (count, device) = (pictures.dims()[0], pictures.device());
    let pictures = pictures + draws(count, [-0.5, 0.5], &device);
    let mean = pictures.clone().mean_dim(1).mean_dim(2).mean_dim(3);
    (pictures - mean.clone()) * draws(count, [0.5, 1.5], &device) + mean
}

/// Rows and columns move by products with matrices of zeros and ones.
fn translated(pictures: Tensor<4>) -> Tensor<4> {
    let [count, _, height, width] = pictures.dims();
    let device = pictures.device();
    let rows = shifts(count, height, &device);
    let columns = shifts(count, width, &device).swap_dims(2, 3);
    rows.matmul(pictures).matmul(columns)
}

/// S with S[b, 0, i, j] = 1 where j = i + s_b, s_b a whole number up to an eighth of the side either way: `[B, 1, N, N]`.
fn shifts(count: usize, side: usize, device: &Device) -> Tensor<4> {
    let most = side.div_ceil(8) as f64;
    let shift = draws(count, [-most - 0.499, most + 0.499], device).round();
    let places = Tensor::<1, Int>::arange(0..side as i64, device).float();
    let differences = places.clone().reshape([1, 1, 1, side]) - places.reshape([1, 1, side, 1]);
    differences.sub(shift).abs().lower_elem(0.5).float()
}

fn cut(pictures: Tensor<4>) -> Tensor<4> {
    let [count, _, height, width] = pictures.dims();
    let device = pictures.device();
    let outside = |side: usize, shape: [usize; 4]| {
        let middle = draws(count, [0.0, side as f64], &device);
        let places = Tensor::<1, Int>::arange(0..side as i64, &device).float().reshape(shape) + 0.5;
        places.sub(middle).abs().greater_elem(side as f64 / 4.0).float()
    };
    let rows = outside(height, [1, 1, height, 1]);
    let columns = outside(width, [1, 1, 1, width]);
    // A pixel stays where its row or its column lies outside of the square.
    let stays = rows.clone() + columns.clone() - rows * columns;
    pictures * stays
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: DiffAugment = DiffAugment { colour: true, translation: true, cutout: true };

    fn values(pictures: Tensor<4>) -> Vec<f32> {
        pictures.into_data().iter::<f32>().collect()
    }

    #[test]
    fn nothing_is_changed_by_default_and_each_change_changes_pictures_differently() {
        let device = Device::flex();
        let one = Tensor::<4>::random([1, 2, 8, 12], Distribution::Uniform(-1.0, 1.0), &device);
        let two = one.clone().repeat_dim(0, 2);
        assert_eq!(values(DiffAugment::default().apply(two.clone())), values(two.clone()));
        for (change, name) in [
            (DiffAugment { colour: true, ..DiffAugment::default() }, "colour"),
            (DiffAugment { cutout: true, ..DiffAugment::default() }, "cutout"),
            (ALL, "all"),
        ] {
            let changed = values(change.apply(two.clone()));
            assert_ne!(changed[..192], changed[192..], "{name}");
        }
    }

    #[test]
    fn a_translated_picture_is_the_picture_elsewhere() {
        let device = Device::flex();
        let mut pixels = [0.0f32; 64];
        pixels[3 * 8 + 4] = 1.0;
        let picture = Tensor::<1>::from_floats(pixels.as_slice(), &device).reshape([1, 1, 8, 8]).repeat_dim(0, 60);
        let mut places = std::collections::BTreeSet::new();
        for picture in values(translated(picture)).chunks(64) {
            let lit: Vec<usize> = (0..64).filter(|&place| picture[place] == 1.0).collect();
            assert!(lit.len() == 1 && picture.iter().sum::<f32>() == 1.0);
            let (row, column) = (lit[0] / 8, lit[0] % 8);
            assert!(row.abs_diff(3) <= 1 && column.abs_diff(4) <= 1);
            places.insert(lit[0]);
        }
        assert!(places.len() > 6, "{places:?}");
    }

    #[test]
    fn a_cut_picture_lacks_a_square_of_half_its_side_or_the_part_of_it_that_lies_inside() {
        let cut = values(cut(Tensor::<4>::ones([40, 1, 8, 8], &Device::flex())));
        for picture in cut.chunks(64) {
            let missing = picture.iter().filter(|value| **value == 0.0).count();
            assert!((4..=25).contains(&missing), "{missing}");
        }
    }

    #[test]
    fn gradients_reach_the_pictures_through_every_change() {
        let device = Device::flex().autodiff();
        let pictures = Tensor::<4>::ones([4, 1, 8, 8], &device).require_grad();
        let gradients = ALL.apply(pictures.clone()).sum().backward();
        let gradient: Vec<f32> = pictures.grad(&gradients).unwrap().into_data().iter::<f32>().collect();
        assert!(gradient.iter().filter(|value| **value != 0.0).count() > 100);
    }
}
