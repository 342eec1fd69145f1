//! Every level about as often as any other: the histogram of each channel becomes flat.
//!
//! ```text
//! out = floor((count of values below in + step/2) / step)        step = floor((values - count of the lightest) / 255)
//! ```
//!
//! As `ImageOps.equalize` of Pillow and `equalize` of torchvision. Floats are taken at 256 levels.

use crate::error::AugmentError;
use crate::pixel::point::look_up_channels;
use crate::pixel::ranged::settled;
use crate::pixel::statistics::histograms;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::workspace::Workspace;

settled! {
    /// Flattens the histogram of each channel.
    ///
    /// ```
    /// use firebrick_data_augment::pixel::Equalize;
    /// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
    ///
    /// let dark: Vec<u8> = (0..1024u32).map(|i| (i / 16) as u8).collect();
    /// let mut sample = Sample::new(Picture::from_bytes(dark, [32, 32, 1])?);
    /// Equalize::new().apply(&mut sample, &mut Workspace::new())?;
    /// assert_eq!(sample.picture.bytes().and_then(|bytes| bytes.last()), Some(&255));
    /// # Ok::<(), firebrick_data_augment::AugmentError>(())
    /// ```
    Equalize, "equalize"
}

impl Apply for Equalize {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        let tables = histograms(&sample.picture).map(|counts| table(&counts));
        look_up_channels(&mut sample.picture, &tables);
        Ok(())
    }
}

fn table(counts: &[u32; 256]) -> [u8; 256] {
    let lightest = counts.iter().rev().find(|&&count| count > 0).copied().unwrap_or(0);
    let step = (counts.iter().sum::<u32>() - lightest) / 255;
    if step == 0 {
        return std::array::from_fn(|level| level as u8);
    }
    let mut below = step / 2;
    std::array::from_fn(|level| {
        let out = (below / step).min(255) as u8;
        below += counts[level];
        out
    })
}
