//! Both players in one module.
//!
//! ```text
//! fake   = G([z, e_y])            z ~ N(0, 1), [B, Z]     e_y the embedding of class y, [B, E], where it is conditional
//! logit  = D([x, plane_y])        x [B, C, H, W] in −1..1     plane_y another channel, [B, 1, H, W]      → [B]
//! ```
//!
//! The classes reach both players as in Mirza & Osindero (2014, <https://arxiv.org/abs/1411.1784>).

use burn::module::Module;
use burn::tensor::{Device, Distribution, Int, Tensor};
use firebrick_layers::{Embedding, Sequential};

/// Makes pictures from noise.
#[derive(Module, Debug)]
pub struct Generator {
    /// The list of layers.
    pub network: Sequential,
    /// The embedding of the classes, where it is conditional.
    pub classes: Option<Embedding>,
    latent_size: usize,
}

/// Tells real pictures from fakes.
#[derive(Module, Debug)]
pub struct Discriminator {
    /// The list of layers.
    pub network: Sequential,
    /// A plane for each class, where it is conditional.
    pub classes: Option<Embedding>,
}

/// A generator and a discriminator; made by [`GanConfig::init`](crate::GanConfig::init).
#[derive(Module, Debug)]
pub struct Gan {
    /// The player that makes pictures.
    pub generator: Generator,
    /// The player that judges them.
    pub discriminator: Discriminator,
}

impl Generator {
    pub(crate) fn new(network: Sequential, classes: Option<Embedding>, latent_size: usize) -> Self {
        Self { network, classes, latent_size }
    }

    /// Numbers of noise for one picture.
    pub fn latent_size(&self) -> usize {
        self.latent_size
    }

    /// Noise for so many pictures from the device's generator, `[B, Z]`.
    pub fn noise(&self, count: usize, device: &Device) -> Tensor<2> {
        Tensor::random([count, self.latent_size], Distribution::Normal(0.0, 1.0), device)
    }

    /// Pictures `[B, C, H, W]` of values −1 to 1 from noise `[B, Z]`, of the classes `[B]` where it is conditional.
    ///
    /// # Panics
    /// When the noise has another size, or classes are missing or not expected.
    pub fn forward(&self, noise: Tensor<2>, classes: Option<Tensor<1, Int>>) -> Tensor<4> {
        let input = match (&self.classes, classes) {
            (Some(embedding), Some(classes)) => Tensor::cat(vec![noise, embedding.forward_column(classes)], 1),
            (None, _) => noise,
            (Some(_), None) => panic!("a conditional generator needs the class of each picture, [B]"),
        };
        self.network.forward(input)
    }
}

impl Discriminator {
    pub(crate) fn new(network: Sequential, classes: Option<Embedding>) -> Self {
        Self { network, classes }
    }

    /// The logit of "real" of each picture, `[B]`.
    ///
    /// # Panics
    /// When the pictures have another shape, or classes are missing.
    pub fn forward(&self, pictures: Tensor<4>, classes: Option<Tensor<1, Int>>) -> Tensor<1> {
        let [count, _, height, width] = pictures.dims();
        let input = match (&self.classes, classes) {
            (Some(planes), Some(classes)) => {
                let plane = planes.forward_column(classes).reshape([count, 1, height, width]);
                Tensor::cat(vec![pictures, plane], 1)
            }
            (None, _) => pictures,
            (Some(_), None) => panic!("a conditional discriminator needs the class of each picture, [B]"),
        };
        self.network.forward::<4, 2>(input).reshape([count])
    }
}

impl Gan {
    /// Whether classes are told to the players.
    pub fn is_conditional(&self) -> bool {
        self.generator.classes.is_some()
    }

    /// The classes of a batch, where the players are told them.
    pub(crate) fn told(&self, classes: Tensor<1, Int>) -> Option<Tensor<1, Int>> {
        self.is_conditional().then_some(classes)
    }
}
