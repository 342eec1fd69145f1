//! Grey in all channels.
//!
//! ```text
//! grey = 0.299·red + 0.587·green + 0.114·blue
//! ```

use super::rgb::map_colours;
use crate::error::AugmentError;
use crate::pixel::ranged::settled;
use crate::pixel::statistics::LUMA;
use crate::sample::Sample;
use crate::transform::Apply;
use crate::workspace::Workspace;

settled! {
    /// Replaces red, green and blue by their grey; the picture keeps its channels.
    ///
    /// ```
    /// use firebrick_data_augment::pixel::Grayscale;
    /// use firebrick_data_augment::{Apply, Picture, Sample, Workspace};
    ///
    /// let mut sample = Sample::new(Picture::from_bytes(vec![200, 100, 50, 7], [1, 1, 4])?);
    /// Grayscale::new().apply(&mut sample, &mut Workspace::new())?;
    /// assert_eq!(sample.picture.bytes(), Some(&[124, 124, 124, 7][..]));
    /// # Ok::<(), firebrick_data_augment::AugmentError>(())
    /// ```
    Grayscale, "grayscale"
}

impl Apply for Grayscale {
    fn apply(&self, sample: &mut Sample, _space: &mut Workspace) -> Result<(), AugmentError> {
        map_colours(
            &mut sample.picture,
            #[inline(always)]
            |colours, _| [colours[0] * LUMA[0] + colours[1] * LUMA[1] + colours[2] * LUMA[2]; 3],
        );
        Ok(())
    }
}
