//! DCGAN (Radford et al., 2016, <https://arxiv.org/abs/1511.06434>) for pictures of 8 to 128 pixels a side.
//!
//! ```text
//! generator       z [Z] → dense → [2^(k−1)·F, H/2^k, W/2^k], batch norm, ReLU
//!                 → (transposed convolution 4x4, stride 2, half the channels, batch norm, ReLU) k − 1 times
//!                 → transposed convolution 4x4, stride 2, tanh → [C, H, W]
//! discriminator   x [C, H, W] → convolution 4x4, stride 2, LeakyReLU(0.2) → [F, H/2, W/2]
//!                 → (convolution 4x4, stride 2, twice the channels, norm, LeakyReLU(0.2)) k − 1 times → dense → [1]
//! ```
//!
//! No pooling. The kernel is a multiple of the stride, so that every pixel is reached as often as its neighbours (Odena et al.,
//! 2016, <https://doi.org/10.23915/distill.00003>). Weights start from N(0, 0.02²).

use firebrick_layers::{Initializer, Position, SequentialConfig, build::*};
use serde::{Deserialize, Serialize};

use crate::GanError;

/// The smallest and the largest side of a picture.
const SIDES: [usize; 2] = [8, 128];
/// The slope of LeakyReLU below zero.
const SLOPE: f64 = 0.2;
/// How weights start.
const START: Initializer = Initializer::RandomNormal { mean: 0.0, std: 0.02 };

/// What normalises the discriminator's inner layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscriminatorNorm {
    /// By the batch, as the paper does.
    #[default]
    Batch,
    /// By the channels of each pixel: for gradient penalties, which need pictures that do not see one another.
    Layer,
    /// Nothing.
    None,
}

/// The sizes of a DCGAN.
///
/// ```
/// use firebrick_gan::networks::Dcgan;
///
/// let dcgan = Dcgan::new([1, 28, 28])?;
/// let generator = dcgan.generator();
/// assert_eq!(generator.output_shape(&[100])?, [1, 28, 28]);
/// assert_eq!(dcgan.discriminator().output_shape(&[1, 28, 28])?, [1]);
/// let error = Dcgan::new([1, 30, 28]).unwrap_err().to_string();
/// assert!(error.contains("28x28 and 32x28"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dcgan {
    picture: [usize; 3],
    doublings: u32,
    filters: usize,
    norm: DiscriminatorNorm,
}

impl Dcgan {
    /// A DCGAN for pictures of shape `[C, H, W]`, 32 filters next to the picture.
    ///
    /// # Errors
    /// [`GanError::PictureSize`] when doublings cannot reach the size; the message has the nearest that they can.
    pub fn new(picture: [usize; 3]) -> Result<Self, GanError> {
        let [channels, height, width] = picture;
        let sides = [height, width];
        let doublings = doublings(height.min(width));
        let step = 1 << doublings;
        let fits = |side: usize| (SIDES[0]..=SIDES[1]).contains(&side) && side.is_multiple_of(step);
        if channels == 0 || !sides.into_iter().all(fits) {
            let nearest = [false, true].map(|up| sides.map(|side| nearest(side, step, up)));
            return Err(GanError::PictureSize { picture, nearest });
        }
        Ok(Self { picture, doublings, filters: 32, norm: DiscriminatorNorm::Batch })
    }

    /// Sets the number of filters next to the picture; each layer further in has twice as many.
    #[must_use]
    pub fn with_filters(self, filters: usize) -> Self {
        Self { filters, ..self }
    }

    /// Sets what normalises the discriminator's inner layers.
    #[must_use]
    pub fn with_discriminator_norm(self, norm: DiscriminatorNorm) -> Self {
        Self { norm, ..self }
    }

    /// The generator's layers: any number of inputs, the noise and the embedding of the class where there is one.
    pub fn generator(&self) -> SequentialConfig {
        let [channels, height, width] = self.picture;
        let inner = self.widths();
        let first = [inner[0], height >> self.doublings, width >> self.doublings];
        let start: Position = dense(first.iter().product()).with_bias(false).with_kernel_initializer(START).into();
        let mut layers = vec![start, reshape(first).into(), batch_norm().pytorch().relu().into()];
        for &filters in &inner[1..] {
            let grown = conv_transpose2d(filters, 4).same().with_stride(2).with_bias(false);
            layers.push(grown.with_kernel_initializer(START).into());
            layers.push(batch_norm().pytorch().relu().into());
        }
        let last = conv_transpose2d(channels, 4).same().with_stride(2).with_kernel_initializer(START);
        layers.push(last.tanh().into());
        layers.into_iter().collect()
    }

    /// The discriminator's layers: any number of channels, a plane of the class behind the picture's where there is one.
    pub fn discriminator(&self) -> SequentialConfig {
        let mut inner = self.widths();
        inner.reverse();
        let shrunk = |filters| conv2d(filters, 4).same().with_stride(2).with_kernel_initializer(START);
        let mut layers: Vec<Position> = vec![shrunk(inner[0]).leaky_relu(SLOPE).into()];
        for &filters in &inner[1..] {
            layers.extend(self.normalised(shrunk(filters)));
        }
        layers.push(flatten().into());
        layers.push(dense(1).with_kernel_initializer(START).into());
        layers.into_iter().collect()
    }

    fn normalised(&self, layer: firebrick_layers::Conv2dConfig) -> Vec<Position> {
        match self.norm {
            DiscriminatorNorm::Batch => {
                vec![layer.with_bias(false).into(), batch_norm().pytorch().leaky_relu(SLOPE).into()]
            }
            DiscriminatorNorm::Layer => {
                let leaky = activation(ActivationFn::LeakyRelu { negative_slope: SLOPE });
                vec![layer.into(), layer_norm().into(), leaky.into()]
            }
            DiscriminatorNorm::None => vec![layer.leaky_relu(SLOPE).into()],
        }
    }

    /// Channels from the smallest maps to the largest.
    fn widths(&self) -> Vec<usize> {
        (0..self.doublings).rev().map(|place| self.filters << place).collect()
    }
}

/// How often a generator doubles its maps: from at least 4 pixels a side, from 2 for pictures below 16.
fn doublings(side: usize) -> u32 {
    if side < 16 { 2 } else { (side / 4).ilog2() }.min(5)
}

/// The nearest side that can be made, at most or at least this one.
fn nearest(side: usize, step: usize, up: bool) -> usize {
    let multiple = if up { side.next_multiple_of(step) } else { side / step * step };
    multiple.clamp(SIDES[0], SIDES[1])
}

#[cfg(test)]
mod tests {
    use firebrick_layers::LayerConfig;

    use super::*;

    #[test]
    fn every_size_that_is_taken_is_made_exactly_and_every_other_names_its_neighbours() {
        let mut taken = Vec::new();
        for side in 1..=140 {
            match Dcgan::new([3, side, side]) {
                Ok(dcgan) => {
                    assert_eq!(dcgan.generator().output_shape(&[10]).unwrap(), [3, side, side]);
                    assert_eq!(dcgan.discriminator().output_shape(&[3, side, side]).unwrap(), [1]);
                    taken.push(side);
                }
                Err(GanError::PictureSize { nearest, .. }) => {
                    for [height, width] in nearest {
                        Dcgan::new([3, height, width]).unwrap();
                    }
                }
                Err(error) => panic!("{side}: {error}"),
            }
        }
        let expected = [8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128];
        assert_eq!(taken, expected);
    }

    #[test]
    fn pictures_need_not_be_square_nor_grey() {
        for picture in [[1, 8, 16], [3, 32, 64], [4, 28, 20]] {
            let dcgan = Dcgan::new(picture).unwrap().with_filters(4);
            assert_eq!(dcgan.generator().output_shape(&[7]).unwrap(), picture);
            assert_eq!(dcgan.discriminator().output_shape(&picture).unwrap(), [1]);
        }
        assert!(Dcgan::new([0, 8, 8]).is_err());
    }

    #[test]
    fn the_default_networks_hold_the_notes_rules() {
        let dcgan = Dcgan::new([1, 32, 32]).unwrap();
        let (generator, discriminator) = (dcgan.generator(), dcgan.discriminator());
        let kinds = |network: &SequentialConfig| -> Vec<&str> {
            network.positions().iter().map(|position| position.layer.kind()).collect()
        };
        for network in [&generator, &discriminator] {
            assert!(!kinds(network).iter().any(|kind| kind.contains("pool")), "no pooling");
        }
        for position in generator.positions() {
            if let LayerConfig::BatchNorm(norm) = &position.layer {
                assert_eq!(norm.activation, ActivationFn::Relu, "ReLU inside the generator");
            }
        }
        assert_eq!(kinds(&generator).iter().filter(|kind| **kind == "batch_norm").count(), 3);
        let Some(LayerConfig::ConvTranspose2d(last)) = generator.positions().last().map(|last| &last.layer) else {
            panic!("the generator ends with a transposed convolution")
        };
        assert_eq!(last.activation, ActivationFn::Tanh, "tanh right before the discriminator");
        let leaky = ActivationFn::LeakyRelu { negative_slope: 0.2 };
        for position in discriminator.positions() {
            match &position.layer {
                LayerConfig::BatchNorm(norm) => assert_eq!(norm.activation, leaky),
                LayerConfig::Conv2d(conv) => assert!(conv.activation == leaky || !conv.bias, "a norm follows"),
                _ => {}
            }
        }
    }

    #[test]
    fn a_discriminator_for_gradient_penalties_has_no_batch_norm() {
        for norm in [DiscriminatorNorm::Layer, DiscriminatorNorm::None] {
            let network = Dcgan::new([1, 16, 16]).unwrap().with_discriminator_norm(norm).discriminator();
            assert!(network.positions().iter().all(|position| position.layer.kind() != "batch_norm"), "{norm:?}");
        }
    }
}
