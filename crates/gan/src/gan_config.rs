//! Both players as data, checked before anything is allocated.

use burn::tensor::Device;
use firebrick_layers::{EmbeddingConfig, Initializer, SequentialConfig};
use serde::{Deserialize, Serialize};

use crate::networks::Dcgan;
use crate::{Discriminator, Gan, GanError, Generator};

/// A generator and a discriminator for pictures of one shape.
///
/// ```
/// use burn::tensor::Device;
/// use firebrick_gan::GanConfig;
///
/// let device = Device::flex();
/// let gan = GanConfig::dcgan([1, 8, 8])?.with_latent_size(16).init(&device)?;
/// let fakes = gan.generator.forward(gan.generator.noise(4, &device), None);
/// assert_eq!(fakes.dims(), [4, 1, 8, 8]);
/// assert_eq!(gan.discriminator.forward(fakes, None).dims(), [4]);
/// # Ok::<(), firebrick_gan::GanError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GanConfig {
    /// `[C, H, W]` of the real pictures.
    pub picture: [usize; 3],
    /// Numbers of noise for one picture. Default 100, as in the paper.
    pub latent_size: usize,
    /// Classes that the players are told, for a conditional GAN. Default none.
    #[serde(default)]
    pub classes: Option<usize>,
    /// Features of a class's embedding, which follow the noise. Default 16.
    pub embedding_size: usize,
    /// The generator's layers: features in, a picture out.
    pub generator: SequentialConfig,
    /// The discriminator's layers: a picture in, one number out.
    pub discriminator: SequentialConfig,
}

impl GanConfig {
    /// Players of these layers for pictures of shape `[C, H, W]`.
    pub fn new(picture: [usize; 3], generator: SequentialConfig, discriminator: SequentialConfig) -> Self {
        Self { picture, latent_size: 100, classes: None, embedding_size: 16, generator, discriminator }
    }

    /// The [`Dcgan`] for pictures of shape `[C, H, W]`.
    ///
    /// # Errors
    /// [`GanError::PictureSize`].
    pub fn dcgan(picture: [usize; 3]) -> Result<Self, GanError> {
        let dcgan = Dcgan::new(picture)?;
        Ok(Self::new(picture, dcgan.generator(), dcgan.discriminator()))
    }

    /// Sets the numbers of noise for one picture.
    #[must_use]
    pub fn with_latent_size(self, latent_size: usize) -> Self {
        Self { latent_size, ..self }
    }

    /// Tells both players which of so many classes a picture is of.
    #[must_use]
    pub fn with_classes(self, classes: Option<usize>) -> Self {
        Self { classes, ..self }
    }

    /// Numbers that reach the generator.
    pub fn generator_input(&self) -> [usize; 1] {
        [self.latent_size + self.classes.map_or(0, |_| self.embedding_size)]
    }

    /// The shape that reaches the discriminator, `[C, H, W]`.
    pub fn discriminator_input(&self) -> [usize; 3] {
        let [channels, height, width] = self.picture;
        [channels + usize::from(self.classes.is_some()), height, width]
    }

    /// Whether the players fit the picture and one another. Allocates nothing.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), GanError> {
        let sizes = [("latent_size", self.latent_size), ("embedding_size", self.embedding_size)];
        let counts = self.classes.into_iter().map(|classes| ("classes", classes)).chain(sizes);
        for (setting, value) in counts {
            if !(1..=1 << 16).contains(&value) {
                return Err(GanError::Setting { setting, value: value.to_string(), rule: "from 1 to 65,536" });
            }
        }
        let made = self.generator.output_shape(&self.generator_input()).map_err(of("generator"))?;
        if made != self.picture {
            return Err(GanError::GeneratorOutput { made, picture: self.picture });
        }
        let given = self.discriminator.output_shape(&self.discriminator_input()).map_err(of("discriminator"))?;
        if given == [1] { Ok(()) } else { Err(GanError::DiscriminatorOutput { given }) }
    }

    /// Makes the players; weights are drawn from the device's generator.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn init(&self, device: &Device) -> Result<Gan, GanError> {
        self.check()?;
        let [_, height, width] = self.picture;
        let table = |classes, features| {
            let start = Initializer::RandomNormal { mean: 0.0, std: 1.0 };
            EmbeddingConfig::new(classes, features).with_initializer(start).init(device)
        };
        let generator = self.generator.init(&self.generator_input(), device).map_err(of("generator"))?;
        let of_generator = self.classes.map(|classes| table(classes, self.embedding_size));
        let discriminator =
            self.discriminator.init(&self.discriminator_input(), device).map_err(of("discriminator"))?;
        let of_discriminator = self.classes.map(|classes| table(classes, height * width));
        Ok(Gan {
            generator: Generator::new(generator, of_generator, self.latent_size),
            discriminator: Discriminator::new(discriminator, of_discriminator),
        })
    }
}

fn of(player: &'static str) -> impl Fn(firebrick_layers::NetworkError) -> GanError {
    move |source| GanError::Network { player, source }
}

#[cfg(test)]
mod tests {
    use firebrick_layers::{build::*, sequential};

    use super::*;

    #[test]
    fn players_that_do_not_fit_are_refused_with_both_sizes() {
        let discriminator = || sequential![flatten(), dense(1)];
        let small = GanConfig::new([1, 4, 4], sequential![dense(9), reshape([1, 3, 3])], discriminator());
        let message = small.check().unwrap_err().to_string();
        assert!(message.contains("[1, 3, 3]") && message.contains("[1, 4, 4]"), "{message}");

        let generator = || sequential![dense(16).tanh(), reshape([1, 4, 4])];
        let two = GanConfig::new([1, 4, 4], generator(), sequential![flatten(), dense(2)]);
        assert!(two.check().unwrap_err().to_string().contains("end it with flatten and dense(1)"));

        let broken = GanConfig::new([1, 4, 4], generator(), sequential![conv2d(2, 9), flatten(), dense(1)]);
        assert!(broken.check().unwrap_err().to_string().starts_with("the discriminator: "));

        let silent = GanConfig::new([1, 4, 4], generator(), discriminator()).with_latent_size(0);
        assert!(silent.check().unwrap_err().to_string().contains("latent_size = 0"));
        assert!(GanConfig::new([1, 4, 4], generator(), discriminator()).check().is_ok());
    }

    #[test]
    fn a_conditional_generator_answers_to_the_class() {
        let device = Device::flex();
        let config = GanConfig::dcgan([1, 8, 8]).unwrap().with_latent_size(4).with_classes(Some(3));
        let gan = config.init(&device).unwrap();
        let noise = gan.generator.noise(1, &device).repeat_dim(0, 3);
        let classes = burn::tensor::Tensor::from_ints([0, 1, 2], &device);
        let fakes = gan.generator.forward(noise, Some(classes.clone()));
        let picture = |i: usize| fakes.clone().slice(i..i + 1).into_data().iter::<f32>().collect::<Vec<_>>();
        assert!(picture(0) != picture(1) && picture(1) != picture(2));
        assert_eq!(gan.discriminator.forward(fakes, Some(classes)).dims(), [3]);
    }

    #[test]
    fn a_stored_description_is_read_back() {
        let config = GanConfig::dcgan([3, 16, 16]).unwrap().with_classes(Some(10));
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<GanConfig>(&json).unwrap(), config);
    }
}
