//! Masking by a value, Keras's Masking.
//!
//! ```text
//! mask[b, t] = x[b, t, f] ≠ value for any feature f        y = x where the mask is true, else 0        x, y [B, T, F]
//! ```

use burn::module::Module;
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::{Mask, Rule};

/// Configuration of [`Masking`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MaskingConfig {
    /// The value of all features of a step that does not count. Default 0.
    pub mask_value: f64,
}

impl MaskingConfig {
    /// Masks the steps whose features all have this value.
    pub fn new(mask_value: f64) -> Self {
        Self { mask_value }
    }

    /// Makes the layer.
    ///
    /// # Panics
    /// When the value is NaN, which equals nothing.
    pub fn init(&self) -> Masking {
        if let Err(rule) = self.check() {
            panic!("masking: {rule}");
        }
        Masking { mask_value: self.mask_value }
    }

    /// Whether the value can mask anything.
    ///
    /// # Errors
    /// When it is NaN.
    pub fn check(&self) -> Result<(), Rule> {
        match self.mask_value.is_nan() {
            false => Ok(()),
            true => Err(Rule::OutOfRange { what: "mask_value", value: self.mask_value, range: "a number, not NaN" }),
        }
    }
}

/// Masks the steps whose features all have a value.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use firebrick_layers::MaskingConfig;
///
/// let x = Tensor::<3>::from_floats([[[1.0, -1.0], [-1.0, -1.0]]], &Device::flex());
/// let (y, mask) = MaskingConfig::new(-1.0).init().forward(x);
/// assert_eq!(mask.lengths(), Some(vec![1]));
/// assert_eq!(y.into_data().try_to_vec::<f32>().unwrap(), [1.0, -1.0, 0.0, 0.0]);
/// ```
#[derive(Module, Debug)]
pub struct Masking {
    mask_value: f64,
}

impl Masking {
    /// The sequences `[B, T, F]` with zeros in the masked steps, and the mask `[B, T]`.
    pub fn forward(&self, x: Tensor<3>) -> (Tensor<3>, Mask) {
        let mask = Mask::from_features(&x, self.mask_value);
        let shape = x.dims();
        let padding = mask.steps().bool_not().unsqueeze_dim::<3>(2).expand(shape);
        (x.mask_fill(padding, 0.0), mask)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn values(x: Tensor<3>) -> Vec<f32> {
        x.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn a_step_is_masked_only_when_every_feature_has_the_value() {
        let device = Device::flex();
        let x = Tensor::from_floats(
            [[[0.0, 0.0], [0.0, 2.0], [3.0, 4.0]], [[f32::NAN, 0.0], [0.0, 0.0], [5.0, 0.0]]],
            &device,
        );
        let (y, mask) = MaskingConfig::default().init().forward(x);
        assert_eq!(mask.rows(), [[false, true, true], [true, false, true]]);
        assert_eq!(values(y)[..6], [0.0, 0.0, 0.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn masked_steps_become_zeros_and_get_no_gradient() {
        let device = Device::flex().autodiff();
        let x = Tensor::from_floats([[[7.0, 7.0], [7.0, 1.0]]], &device).require_grad();
        let (y, _) = MaskingConfig::new(7.0).init().forward(x.clone());
        let gradients = (y.clone() * 3.0).sum().backward();
        assert_eq!(values(y.inner()), [0.0, 0.0, 7.0, 1.0]);
        assert_eq!(values(x.grad(&gradients).unwrap()), [0.0, 0.0, 3.0, 3.0]);
    }

    #[test]
    fn a_value_that_equals_nothing_is_refused() {
        let message = MaskingConfig::new(f64::NAN).check().unwrap_err().to_string();
        assert_eq!(message, "mask_value is NaN: it must be a number, not NaN");
        assert!(MaskingConfig::new(f64::INFINITY).check().is_ok());
    }

    #[test]
    fn the_configuration_survives_json_and_toml() {
        let config = MaskingConfig::new(-1.5);
        assert_eq!(serde_json::from_str::<MaskingConfig>(&serde_json::to_string(&config).unwrap()).unwrap(), config);
        assert_eq!(toml::from_str::<MaskingConfig>(&toml::to_string(&config).unwrap()).unwrap(), config);
        assert_eq!(toml::from_str::<MaskingConfig>("").unwrap(), MaskingConfig::new(0.0));
        assert!(toml::from_str::<MaskingConfig>("value = 1").is_err());
    }
}
