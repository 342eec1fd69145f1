//! Brightness, contrast and what else maps a level to another.

mod auto_contrast;
mod brightness;
mod clahe;
mod contrast;
mod equalize;
mod gamma;
mod invert;
mod posterize;
mod solarize;

pub use auto_contrast::AutoContrast;
pub use brightness::{Brightness, BrightnessFactor};
pub use clahe::{Clahe, ClaheLimit};
pub use contrast::{Contrast, ContrastFactor};
pub use equalize::Equalize;
pub use gamma::{Gamma, GammaExponent};
pub use invert::Invert;
pub use posterize::{Posterize, PosterizeBits};
pub use solarize::{Solarize, SolarizeThreshold};
