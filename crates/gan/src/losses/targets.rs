//! What the discriminator is to say of real pictures and of fakes.

use burn::tensor::{Distribution, Tensor};

/// The targets of the discriminator: 1 for real pictures, 0 for fakes, unless they are smoothed or noisy.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Targets {
    /// One-sided smoothing: real pictures have the target 1 − smoothing (Salimans et al., 2016,
    /// <https://arxiv.org/abs/1606.03498>). Default 0.
    pub smoothing: f64,
    /// The share of pictures whose target is the other's, drawn from the device's generator. Default 0.
    pub noise: f64,
}

impl Targets {
    /// The target of each real picture and of each fake, as many as there are logits.
    pub fn of(&self, real: &Tensor<1>, fake: &Tensor<1>) -> (Tensor<1>, Tensor<1>) {
        let high = 1.0 - self.smoothing;
        if self.noise == 0.0 {
            return (real.full_like(high), fake.zeros_like());
        }
        let swapped = |logits: &Tensor<1>| {
            let share = Tensor::<1>::random(logits.shape(), Distribution::Uniform(0.0, 1.0), &logits.device());
            share.lower_elem(self.noise).float()
        };
        let (real, fake) = (swapped(real), swapped(fake));
        ((-real + 1.0) * high, fake * high)
    }
}
