//! Blur and sharpness. Beyond the edge a picture goes on mirrored at the middle of its outermost pixels, as in OpenCV.

mod box_blur;
mod defocus;
mod gaussian_blur;
mod median;
mod median_blur;
mod motion_blur;
mod odd;
mod rows;
mod sharpen;
mod smooth;
mod taps;

pub use box_blur::{BoxBlur, BoxBlurSize};
pub use defocus::{Defocus, DefocusDisk};
pub use gaussian_blur::{GaussianBlur, GaussianBlurSigma};
pub use median_blur::{MedianBlur, MedianBlurSize};
pub use motion_blur::{MotionBlur, MotionBlurLine};
pub use sharpen::{Sharpen, SharpenFactor};
